"""Long runs: what is counted, and what a busy unit scatters by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.setpoint import Method, Polarity
from tests.measurands.synthetic import measured, nothing
from tests.measurands.timing_records import LEVEL_A, course, declared, observed, taken

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.capture import Observation

    Current = Callable[[NDArray[np.float64]], NDArray[np.float64]]

PERIOD_S = 0.05
SQUARE = declared("square", 1 / PERIOD_S, Polarity.BIPOLAR)


def long(current: Current, length_s: float = 50.0, settings: tuple[tuple[str, str], ...] = SQUARE) -> Observation:
    """A long record at 500 µs."""
    record = taken("long.1", current, length_s=length_s, interval_s=5e-4, settings=settings)
    return observed(record, method=Method.LONG, frequency_hz=20.0)


def value(name: str, observation: Observation) -> float:
    """What a measurand gives."""
    return measured(name, observation).value


def regular(count: int = 1200) -> NDArray[np.float64]:
    """Lengths of cycles that are all alike."""
    return np.full(count, PERIOD_S)


def test_a_regular_train_has_nothing_odd() -> None:
    """All intervals that are due come, none is missing, extra or odd, and none differs by more than a sample."""
    good = long(course(regular()))
    assert value("interval-count", good) == pytest.approx(999, abs=1)
    assert measured("interval-share", good).value == pytest.approx(1.0, abs=0.003)
    assert [value(name, good) for name in ("missing-pulses", "extra-pulses", "odd-phases")] == [0, 0, 0]
    assert value("worst-interval", good) <= 0.011


def test_a_pulse_that_does_not_come_is_counted() -> None:
    """One cycle in 256 without current: three in a thousand are missing, and their phases are odd."""
    levels = np.where(np.arange(1200) % 256 == 255, 0.0, LEVEL_A)
    lost = long(course(regular(), levels))
    assert value("missing-pulses", lost) == 3
    assert value("odd-phases", lost) >= 3
    assert value("extra-pulses", lost) == 0


def test_a_waveform_that_begins_anew_shows_in_one_interval() -> None:
    """A period cut off at seven tenths is the worst interval, by three tenths, and an odd phase."""
    lengths = regular()
    current = course(lengths)

    def restarted(times: NDArray[np.float64]) -> NDArray[np.float64]:
        return current(np.where(times < 20 + 0.7 * PERIOD_S, times, times + 0.3 * PERIOD_S))

    again = long(restarted)
    assert value("worst-interval", again) == pytest.approx(0.3, abs=0.02)
    assert value("odd-phases", again) >= 1


def test_a_flip_within_a_pulse_is_an_odd_phase() -> None:
    """Pulses whose direction changes half a millisecond late begin in the wrong one: each period has odd phases."""
    settings = declared("pulses", 20.0, Polarity.BIPOLAR, pulse_width_s=2e-3)

    def late(times: NDArray[np.float64]) -> NDArray[np.float64]:
        place = times % PERIOD_S
        sign = np.where((place >= 0.5e-3) & (place < 2.5e-3), 1.0, -1.0)
        return np.where(place < 4e-3, sign * LEVEL_A, 0.0)

    record = taken("long.1", late, length_s=10.0, interval_s=2.5e-4, settings=settings)
    assert value("odd-phases", observed(record, method=Method.LONG, frequency_hz=20.0)) > 150


def test_a_direction_that_stays_is_counted_as_missing() -> None:
    """Of an alternation with every eighth flip left out pulses are missing and phases are twice as long."""
    halves = np.where(np.arange(400) % 8 == 7, 2, 1)
    ends = np.cumsum(halves) * PERIOD_S / 2

    def skips(times: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(np.searchsorted(ends, times, side="right") % 2 == 0, LEVEL_A, -LEVEL_A)

    assert value("odd-phases", long(skips, 8.0)) >= 30


def test_a_silent_unit_misses_everything() -> None:
    """Where nothing flows all that is due is missing, and the share is zero."""
    silent = long(nothing)
    assert value("missing-pulses", silent) == 998
    assert value("interval-share", silent) == 0
    assert value("worst-interval", silent) == 1


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05])
def test_jitter_is_the_standard_deviation_of_the_intervals(share: float) -> None:
    """Cycles that begin late by up to a share, evenly, have intervals that scatter by share / sqrt(6)."""
    late = np.random.default_rng(3).uniform(0, share, 400) * PERIOD_S
    begins = np.arange(400) * PERIOD_S + late
    lengths = np.diff(begins)
    record = taken("polled.1", course(lengths), length_s=18.0, interval_s=2.5e-5, settings=SQUARE)
    jitter = measured("interval-jitter", observed(record, method=Method.POLLED, frequency_hz=20.0))
    assert jitter.value == pytest.approx(float(lengths[:359].std(ddof=1)) / PERIOD_S, abs=jitter.expanded_uncertainty)
    assert jitter.value == pytest.approx(share / np.sqrt(6), rel=0.1, abs=3e-4)
