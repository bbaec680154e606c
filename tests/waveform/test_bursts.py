"""Pulses of one burst, bursts of one second."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import NotMeasurable
from harness.waveform.bursts import find_bursts
from harness.waveform.current_phases import find_phases
from harness.waveform.pulse_groups import group
from tests.waveform.stimuli import degraded, trapezoid

WIDTH, SPACING = 12.0, 40.0


def train(pulses: list[int], every: float, *, offset: float = 95.0, rise: float = 3.0) -> np.ndarray:
    """Return bursts of so many biphasic pulses each, one burst `every` so many samples."""
    t = np.arange(round(offset + len(pulses) * every))
    record = np.zeros(t.size)
    for burst, count in enumerate(pulses):
        for pulse in range(count):
            start = offset + burst * every + pulse * SPACING
            record += trapezoid(t, start, WIDTH, rise) - trapezoid(t, start + WIDTH + 4, WIDTH, rise)
    return record


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    count=st.integers(2, 9),
    bursts=st.integers(2, 6),
    pause=st.floats(100, 300),
    rise=st.floats(0.1, 4),
    sigma=st.sampled_from([0.0, 0.01]),
)
def test_burst_figures_are_within_their_bounds(
    count: int, bursts: int, pause: float, rise: float, sigma: float
) -> None:
    """Biphasic bursts of known structure: pulses, rate, duration, gap and duty."""
    length = (count - 1) * SPACING + 2 * WIDTH + 4
    every = length + pause
    found = find_bursts(group(find_phases(degraded(train([count] * bursts, every, rise=rise), sigma, 0.0, 1))), 1e-3)
    assert (found.pulses_per_burst, found.whole) == (count, bursts)
    for figure, true in (
        (found.bursts_per_second, 1e3 / every),
        (found.duration_s, length * 1e-3),
        (found.gap_s, pause * 1e-3),
        (found.duty, length / every),
    ):
        assert abs(figure.value - true) <= figure.bound
    assert found.duty.value == pytest.approx(found.bursts_per_second.value * found.duration_s.value)


def test_bursts_that_the_record_cuts_do_not_count() -> None:
    """Begun within a burst and ended within another one: only the bursts between count, and all have five pulses."""
    record = train([5] * 5, 500.0)[150:-450]
    found = find_bursts(group(find_phases(record)), 1.0)
    assert (found.pulses_per_burst, found.whole) == (5, 3)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (train([1] * 2, 200.0), "fewer than three pulses"),
        (train([1] * 9, 200.0), "no bursts"),
        (train([5, 4, 5], 500.0), "4 to 5 pulses"),
        (train([5], 500.0), "no bursts"),
        (train([5, 5], 500.0)[120:], "fewer than two whole bursts"),
        (np.concatenate((train([5, 5], 500.0), np.zeros(300), train([5], 500.0))), "at one interval"),
    ],
)
def test_no_structure_without_whole_and_equal_bursts(record: np.ndarray, reason: str) -> None:
    """Continuous pulses, unequal bursts and single bursts have no burst structure."""
    with pytest.raises(NotMeasurable, match=reason):
        find_bursts(group(find_phases(record)), 1.0)
