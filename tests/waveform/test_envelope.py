"""Ramps of a pulsed output after a contact, and what happens after a loss."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import NotFinite, NotMeasurable
from harness.waveform.current_phases import find_phases
from harness.waveform.envelope import Envelope, envelope, hold_level, ramp, restart, steady_envelope
from harness.waveform.pulse_groups import group
from tests.waveform.stimuli import degraded, trapezoid

SPACING, WIDTH = 50.0, 20.0
INTERVAL = 1e-3


def pulsed(levels: np.ndarray, *, offset: float = 30.3, sigma: float = 0.0, biphasic: bool = True) -> np.ndarray:
    """Return one pulse for each plateau level, `SPACING` samples apart."""
    t = np.arange(round(offset + SPACING * levels.size))
    record = np.zeros(t.size)
    for k, level in enumerate(levels):
        start = offset + SPACING * k
        record += level * trapezoid(t, start, WIDTH, 2.0)
        if biphasic:
            record -= 0.5 * level * trapezoid(t, start + WIDTH, WIDTH, 2.0)
    return degraded(record, sigma, 0.0, 4)


def of(levels: np.ndarray, **more: float) -> Envelope:
    """The envelope of pulses with these plateaus."""
    return envelope(group(find_phases(pulsed(levels, **more))), INTERVAL)


def points(levels: list[float], bound: float = 0.0) -> Envelope:
    """An envelope of one pulse a second, the first one second after the contact at 0."""
    at = np.arange(1.0, len(levels) + 1)
    return Envelope(at, np.zeros(at.size), np.array(levels), np.full(at.size, bound))


@settings(deadline=None, derandomize=True, max_examples=40)
@given(pulses=st.integers(20, 60), sigma=st.sampled_from([0.0, 0.002]), offset=st.floats(20, 60))
def test_a_linear_ramp_rises_in_eight_tenths_of_its_length(pulses: int, sigma: float, offset: float) -> None:
    """From zero at the contact to the hold level: 10-90 % lasts 0.8 of the ramp, hold and delay within their bounds."""
    at = SPACING * np.arange(1, 2 * pulses + 1)
    length = SPACING * pulses
    levels = np.clip(at / length, 0.08, 1.0)
    # So many samples before the first pulse the ramp is at zero.
    found = ramp(of(levels, offset=offset, sigma=sigma), (offset - SPACING) * INTERVAL)
    for figure, true in (
        (found.hold, 1.0),
        (found.rise_s, 0.8 * length * INTERVAL),
        (found.delay_s, 0.1 * length * INTERVAL),
        (found.within_s, 0.9 * length * INTERVAL),
        (found.largest_fall, 0.0),
        (found.overshoot, 0.0),
    ):
        assert abs(figure.value - true) <= figure.bound + 1e-9
    assert found.is_monotonic
    assert found.rise_s.bound <= 6 * SPACING * INTERVAL


def test_plateaus_are_those_of_the_larger_phase() -> None:
    """The envelope is the positive plateau, not half of it and not peak to peak."""
    levels = np.linspace(0.3, 1.0, 12)
    found = of(levels)
    assert found.level == pytest.approx(levels, rel=1e-9)
    assert np.all(np.abs(found.at_s - (30.3 + SPACING * np.arange(12)) * INTERVAL) <= found.at_bound_s)


def test_a_step_and_a_dip_of_the_ramp_have_their_size() -> None:
    """0.5 in one step at the contact, a fall by 0.2 before 90 %, 0.1 above the hold level."""
    found = ramp(points([0.5, 0.7, 0.5, 0.8, 1.1, 1.0, 1.0, 1.0, 1.0, 1.0], 0.01), 0.0)
    assert found.largest_step.value == pytest.approx(0.5)
    assert found.largest_fall.value == pytest.approx(0.2)
    assert found.overshoot.value == pytest.approx(0.1)
    assert not found.is_monotonic


def test_an_output_that_does_not_ramp_rises_at_its_first_pulse() -> None:
    """The first pulse is judged: full level at once is one step of the hold level."""
    found = ramp(points([1.0] * 8), 0.0)
    assert found.largest_step.value == pytest.approx(1.0)
    assert found.within_s.value <= 1.0
    assert found.within_s.value + found.within_s.bound >= 1.0


@pytest.mark.parametrize(
    ("first", "bound", "answer"), [(0.05, 0.01, True), (0.4, 0.01, False), (1.0, 0.01, False), (0.1, 0.02, None)]
)
def test_a_restart_is_from_zero_or_not_or_open(first: float, bound: float, answer: bool | None) -> None:  # noqa: FBT001
    """The first pulse after the contact as a share of the level before; within the bound of a tenth nobody knows."""
    found = restart(points([1.0] * 6 + [first, 0.8, 1.0], bound), 6.5, 6.9)
    assert found.share.value == pytest.approx(first)
    assert found.from_zero is answer


def test_an_envelope_needs_pulses_with_plateaus_that_come_to_rest() -> None:
    """No plateau, too few pulses, a level on the move, no pulse after the contact, no instant."""
    t = np.arange(600)
    spikes = sum(np.exp(-np.maximum(t - 40 - 60 * k, 0) / 6) * (t >= 40 + 60 * k) for k in range(8))
    with pytest.raises(NotMeasurable, match="no plateau"):
        envelope(group(find_phases(spikes)), INTERVAL)
    with pytest.raises(NotMeasurable, match="holds 3"):
        hold_level(points([1.0] * 3))
    with pytest.raises(NotMeasurable, match="not come to rest"):
        hold_level(points([0.1 * k for k in range(1, 11)]))
    with pytest.raises(NotMeasurable, match="holds 0"):
        ramp(points([1.0] * 8), 20.0)
    with pytest.raises(NotMeasurable, match="no pulse comes after"):
        restart(points([1.0] * 8), 9.0, 9.5)
    with pytest.raises(NotFinite):
        ramp(points([1.0] * 8), float("nan"))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("sigma", [0.0, 0.02])
def test_the_ramp_of_a_direct_current_is_that_of_its_means(sign: int, sigma: float) -> None:
    """A linear rise over a second from the contact at 0.5 s, of either sign: 10-90 % lasts 0.8 s, without a fall."""
    t = np.arange(4000) * INTERVAL
    record = degraded(sign * np.clip(t - 0.5, 0, 1), sigma, 0.0, 5)
    found = ramp(steady_envelope(record, INTERVAL, every_s=0.02), 0.5)
    assert abs(found.rise_s.value - 0.8) <= found.rise_s.bound
    assert abs(found.delay_s.value - 0.1) <= found.delay_s.bound
    assert abs(found.hold.value - 1.0) <= found.hold.bound + 1e-12
    assert found.rise_s.bound < 0.15
    assert found.is_monotonic


@pytest.mark.parametrize("every_s", [0.0, 1e-5, 5.0, -1.0])
def test_a_stretch_is_one_sample_at_least_and_the_record_at_most(every_s: float) -> None:
    """Nothing is averaged over less than a sample or more than the record."""
    with pytest.raises(NotMeasurable, match="a stretch of"):
        steady_envelope(np.ones(100), INTERVAL, every_s=every_s)
