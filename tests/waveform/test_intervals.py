"""Missing and extra pulses, jitter and drift over long trains."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import NotMeasurable
from harness.waveform.current_phases import find_phases
from harness.waveform.intervals import Intervals, interval_statistics
from harness.waveform.pulse_groups import group
from tests.waveform.stimuli import degraded

PULSES = 10_000
PERIOD = 20.0


def statistics(instants: np.ndarray, doubt: float = 0.0, interval_s: float = 1.0) -> Intervals:
    """The statistics of instants that all have one error bound."""
    return interval_statistics(instants, np.full(instants.size, doubt), interval_s)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    lost=st.sets(st.integers(1, PULSES - 2), max_size=40),
    added=st.sets(st.integers(0, PULSES - 2), max_size=20),
    where=st.floats(0.05, 0.95),
    jitter=st.floats(0, 0.02),
)
def test_every_lost_and_every_added_pulse_is_counted(
    lost: set[int], added: set[int], where: float, jitter: float
) -> None:
    """10 000 pulses, some removed, some put in between two others: both are counted, and the period stays."""
    index = np.arange(PULSES)
    instants = PERIOD * (index + np.random.default_rng(5).uniform(-jitter, jitter, PULSES))
    kept = np.delete(instants, sorted(lost))
    # Beside a gap nobody can tell an extra pulse from a late one.
    beside = {k for k in added if not {k - 1, k, k + 1, k + 2} & lost}
    extra = np.array([instants[k] + where * (instants[k + 1] - instants[k]) for k in sorted(beside)])
    found = statistics(np.sort(np.concatenate((kept, extra))))
    assert (found.missing, found.extra) == (len(lost), len(beside))
    assert found.mean_s.value == pytest.approx(PERIOD, rel=1e-5)


def test_ten_thousand_recorded_pulses_with_seven_removed() -> None:
    """From samples, in 8 bits with noise: seven missing, none extra, longest interval where two in a row are gone."""
    lost = {17, 500, 501, 2500, 7003, 9000, 9500}
    starts = 10.3 + 20.17 * np.array([k for k in range(PULSES) if k not in lost])
    t = np.arange(math.ceil(starts[-1]) + 30)
    nearest = starts[np.clip(np.searchsorted(starts, t, side="right") - 1, 0, None)]
    place = t - nearest
    record = np.clip(np.minimum(place / 3 + 0.5, (8.0 - place) / 3 + 0.5), 0, 1)
    following = starts[np.clip(np.searchsorted(starts, t, side="right"), 0, starts.size - 1)]
    record = np.maximum(record, np.clip((t - following) / 3 + 0.5, 0, 1) * (following > t))
    pulses = group(find_phases(degraded(record, 0.004, 1 / 200, 3)))
    found = interval_statistics(pulses.start, pulses.phases.start_doubt[pulses.first], 1e-5)
    assert (found.pulses, found.missing, found.extra) == (PULSES - 7, 7, 0)
    assert abs(found.longest_s.value - 3 * 20.17e-5) <= found.longest_s.bound
    assert abs(found.mean_s.value - 20.17e-5) <= found.mean_s.bound
    assert found.mean_s.bound < 1e-4 * 20.17e-5
    assert found.standard_deviation_s.value <= found.standard_deviation_s.bound


@settings(deadline=None, derandomize=True, max_examples=40)
@given(sigma=st.floats(0, 0.5), doubt=st.floats(0, 0.5), slope=st.floats(-2e-5, 2e-5), seed=st.integers(0, 99))
def test_figures_of_intervals_are_within_their_bounds(sigma: float, doubt: float, slope: float, seed: int) -> None:
    """Instants wrong by up to their bound move every figure by no more than its own."""
    rng = np.random.default_rng(seed)
    true = np.cumsum(np.concatenate(([3.0], 20 * (1 + slope * np.arange(1000)) + rng.normal(0, sigma, 1000))))
    one, other = statistics(true), statistics(true + rng.uniform(-doubt, doubt, true.size), doubt)
    for name in (
        "longest_s",
        "mean_s",
        "standard_deviation_s",
        "shortest_regular_s",
        "longest_regular_s",
        "drift",
        "period_to_period_s",
    ):
        exact, found = getattr(one, name), getattr(other, name)
        assert abs(found.value - exact.value) <= found.bound + 1e-6 * abs(exact.value), name


def test_jitter_and_drift_have_closed_forms() -> None:
    """Alternating intervals deviate by their half difference, period to period by it times root 2; a line drifts."""
    lengths = np.tile([19.0, 21.0], 500)
    found = statistics(np.cumsum(np.concatenate(([0.0], lengths))))
    assert found.standard_deviation_s.value == pytest.approx(math.sqrt(1000 / 999))
    assert found.period_to_period_s.value == pytest.approx(2 / math.sqrt(2))
    assert (found.shortest_regular_s.value, found.longest_regular_s.value) == (19.0, 21.0)
    drifting = statistics(np.cumsum(np.concatenate(([0.0], np.linspace(20, 20.2, 1001)))))
    assert drifting.drift.value == pytest.approx(0.2 / 20.1, rel=2e-3)
    assert drifting.period_to_period_s.value == pytest.approx(0.0002 / math.sqrt(2))


def test_a_sweep_is_no_disorder() -> None:
    """Intervals that change tenfold from first to last, with one pulse gone: one missing."""
    instants = np.delete(np.cumsum(np.geomspace(100, 10, 400)), 200)
    assert (statistics(instants).missing, statistics(instants).extra) == (1, 0)


@pytest.mark.parametrize("lost", [[], [3], [-4], [2, 20, -3]])
@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(("start", "stop", "seconds"), [(10, 100, 6), (5, 200, 6), (10, 100, 10), (1, 1000, 6)])
def test_no_pulse_of_a_steep_sweep_is_missing_that_is_there(
    start: float, stop: float, seconds: float, order: int, lost: list[int]
) -> None:
    """Linear and logarithmic sweeps of known phase, up and down: the pulses that were removed, near the ends too."""
    rate, bend = (stop - start) / seconds, math.log(stop / start) / seconds
    linear = np.arange(int((start + stop) / 2 * seconds))
    logarithmic = np.arange(int((stop - start) / bend))
    for instants in (
        2 * linear / (start + np.sqrt(start**2 + 2 * rate * linear)),
        np.log1p(logarithmic * bend / start) / bend,
    ):
        swept = np.delete(np.sort(order * instants), lost) * 1e5
        found = statistics(swept + np.random.default_rng(1).uniform(-0.5, 0.5, swept.size), 0.5, 1e-5)
        assert (found.missing, found.extra) == (len(lost), 0)


@pytest.mark.parametrize(
    ("instants", "reason"),
    [
        (np.arange(3.0), "holds 2"),
        (np.array([]), "holds 0"),
        (np.array([1.0, 2.0, 2.0, 3.0, 4.0]), "at one instant"),
        (np.cumsum(np.random.default_rng(1).exponential(20, 200)), "at one interval"),
    ],
)
def test_no_statistics_of_disorder(instants: np.ndarray, reason: str) -> None:
    """Too few pulses, or pulses at random, have none."""
    with pytest.raises(NotMeasurable, match=reason):
        statistics(instants)
