"""Shorts, opens and trips, against closed forms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.errors import NotMeasurable
from harness.setpoint import Method
from tests.measurands.events import LEVEL_A, derived, line, monitor, observed, record, step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.capture import Observation
    from tests.measurands.events import Waveform

CYCLE_S, TRIP_S = (-0.5e-3, 9.5e-3), (-2e-3, 18e-3)
INJECTED_A, ABOVE_A = 1.9e-3, 1e-3


def cycled(
    *,
    opened: Sequence[float] = (1.0,) * 10,
    shorted: Sequence[float] = (1.0,) * 10,
    reference_short: float = 1.0,
    short_was_read: bool = False,
    settings: tuple[tuple[str, str], ...] = (),
) -> Observation:
    """Ten closings of an open circuit across 1 kΩ and ten of a short across 100 Ω, at these shares of the level."""
    captures = []
    for event, ohms, shares, reference in (
        ("open", 1000.0, opened, "reference"),
        ("short", 100.0, shorted, "reference-short"),
    ):
        zero = "zero" if event == "open" else "zero-short"
        plateau_a = LEVEL_A * (reference_short if event == "short" else 1.0)
        captures.append(record(zero, 0.0, CYCLE_S, ohms=ohms))
        captures.append(record(reference, plateau_a, CYCLE_S, ohms=ohms))
        for number, share in enumerate(shares, start=1):
            wave = step(share * LEVEL_A)
            captures.append(record(f"{event}.{number:02d}", wave, CYCLE_S, ohms=ohms, settings=settings))
            captures.append(monitor(f"monitor-{event}.{number:02d}", CYCLE_S))
    readings = (("positive", LEVEL_A), ("after-positive", 0.99 * LEVEL_A))
    if short_was_read:
        readings += (("short-positive", LEVEL_A * reference_short),)
    return observed(Method.CYCLES, captures, readings_a=readings)


@pytest.mark.parametrize("event", ["open", "short"])
@pytest.mark.parametrize("worst", [1, 7, 10])
def test_the_worst_of_ten_cycles_decides(event: str, worst: int) -> None:
    """One closing of ten with 15 % more is the peak; the records of the other event do not count."""
    shares = [1.15 if number == worst else 1.0 for number in range(1, 11)]
    bad = cycled(opened=shares) if event == "open" else cycled(shorted=shares)
    other = "short" if event == "open" else "open"
    found, good = (derived("cycles-peak", bad, event=each, tolerance="0.1") for each in (event, other))
    assert found.value == pytest.approx(0.15 * LEVEL_A, abs=found.expanded_uncertainty)
    assert good.value == pytest.approx(0.0, abs=good.expanded_uncertainty)
    assert found.expanded_uncertainty < 0.02 * LEVEL_A
    assert any(name.endswith(f"{event}.{worst:02d}") for name in found.captures)


def test_a_short_that_carries_another_plateau_is_not_calibrated_by_it() -> None:
    """25 % more into the short than into the load are not scaled away: the oscilloscope's own scale shows them."""
    observation = cycled(shorted=(1.15,) * 10, reference_short=1.25)
    found = derived("cycles-peak", observation, event="short", tolerance="0.1")
    assert found.value == pytest.approx(0.15 * LEVEL_A, abs=found.expanded_uncertainty)


def test_the_multimeters_reading_of_the_short_calibrates_it() -> None:
    """8 % more into the short than into the load, too little to notice on an oscilloscope, are seen once it is read."""
    observation = cycled(shorted=(1.08,) * 10, reference_short=1.08, short_was_read=True)
    found = derived("cycles-peak", observation, event="short", tolerance="0.1")
    assert found.value == pytest.approx(0.08 * LEVEL_A, abs=found.expanded_uncertainty)
    assert found.expanded_uncertainty < 0.02 * LEVEL_A


@pytest.mark.parametrize("event", ["open", "short"])
def test_ten_cycles_without_any_current_are_none(event: str) -> None:
    """One of ten closings has to show half the level, unless the device is known to take its time."""
    dead = (0.4,) * 10
    with pytest.raises(NotMeasurable, match="no current flowed after any contact"):
        derived("cycles-peak", cycled(opened=dead), event=event, tolerance="0.1")
    for opened, settings in (((*dead[:9], 0.6), ()), (dead, (("flows", "no"),))):
        found = derived("cycles-peak", cycled(opened=opened, settings=settings), event="open", tolerance="0.1")
        assert found.value == pytest.approx((max(opened) - 1) * LEVEL_A, abs=found.expanded_uncertainty)


def test_the_plateau_after_the_cycles() -> None:
    """The reading after, less the zero, as a magnitude."""
    found = derived("plateau-after", cycled(), phase="positive")
    assert found.value == pytest.approx(0.99 * LEVEL_A, rel=1e-6)
    negative = observed(Method.CYCLES, (), readings_a=(("after-negative", -LEVEL_A),))
    assert derived("plateau-after", negative, phase="negative").value == pytest.approx(LEVEL_A, rel=1e-6)


def tripping(own: Waveform, *, injected_a: float = INJECTED_A, sign: int = 1) -> Observation:
    """A supply switched onto a running unit at 0 s, across 100 Ω."""

    def total(t: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(sign * own(t) + np.where(t < 0, 0.0, injected_a))

    captures = (
        record("zero", 0.0, TRIP_S, most_a=3.4e-3, ohms=100.0),
        record("injection", injected_a, TRIP_S, most_a=3.4e-3, ohms=100.0),
        record("trip.1", total, TRIP_S, most_a=3.4e-3, ohms=100.0, samples=100_000),
    )
    readings = (("latched", -3e-7), ("injection", injected_a))
    answers = (("state", "OFF"), ("trip.1", "overload"), ("trip.2", "overload"), ("trip.3", "none"))
    return observed(Method.OVERCURRENT, captures, readings_a=readings, load_ohm=500.0, indicated=answers)


def until(*edges: float) -> Waveform:
    """The level until the first instant, off until the second, and so on."""
    return lambda t: np.where(np.searchsorted(np.asarray(edges), t, side="right") % 2 == 0, LEVEL_A, 0.0)


@pytest.mark.parametrize("off_s", [0.5e-3, 1.2e-3, 3e-3])
def test_a_trip_takes_until_the_units_own_share_is_off(off_s: float) -> None:
    """From the excess to the end of the unit's own share, though the injection flows on."""
    found = derived("trip-time", tripping(until(off_s)), above="0.001")
    assert found.value == pytest.approx(off_s, abs=found.expanded_uncertainty)
    # At jumps a mean over 50 µs ends 12 µs late, a quarter of it taken off; one over 20 µs begins 7 µs early.
    assert found.value == pytest.approx(off_s + 18.6e-6, abs=4e-6)
    assert found.expanded_uncertainty < 0.1e-3


def test_a_unit_that_comes_back_has_not_tripped() -> None:
    """What counts is the last instant at which the unit delivers: off from 1 to 5 ms and again from 7 ms is 7 ms."""
    found = derived("trip-time", tripping(until(1e-3, 5e-3, 7e-3)), above="0.001")
    assert found.value == pytest.approx(7e-3, abs=found.expanded_uncertainty)


@pytest.mark.parametrize("share", [1.0, 0.1, 0.05])
def test_a_unit_that_does_not_trip_lasts_to_the_end_of_the_record(share: float) -> None:
    """A tenth of the level that stays is a unit that is on: the time to the record's end, a lower bound."""
    stays: Waveform = lambda t: np.where(t < 1e-3, LEVEL_A, share * LEVEL_A)  # noqa: E731
    found = derived("trip-time", tripping(stays), above="0.001")
    assert found.value == pytest.approx(18e-3, abs=found.expanded_uncertainty)
    assert found.expanded_uncertainty < 0.1e-3


def test_the_own_share_may_flow_against_the_injection() -> None:
    """Driving in the negative direction, the unit's share takes from the total; its end is seen all the same."""
    found = derived("trip-time", tripping(until(1.2e-3), sign=-1), above="0.001")
    assert found.value == pytest.approx(1.2e-3, abs=found.expanded_uncertainty)


def test_a_unit_without_current_trips_in_no_time() -> None:
    """Nothing of its own from the start on: 0 s."""
    found = derived("trip-time", tripping(until(-1.0)), above="0.001")
    assert abs(found.value) < found.expanded_uncertainty < 0.1e-3


def test_without_an_excess_there_is_no_trip_time() -> None:
    """Where the total stays below what should trip, the bench injected nothing: no number."""
    with pytest.raises(NotMeasurable, match="nothing was injected"):
        derived("trip-time", tripping(until(1e-3), injected_a=0.2e-3), above="0.001")


def test_the_current_that_is_left_after_a_trip() -> None:
    """The reading less its zero, with its sign."""
    assert derived("latched-current", tripping(until(1e-3))).value == pytest.approx(-3e-7, rel=1e-3)


@pytest.mark.parametrize(
    ("answers", "share"),
    [(("overload",) * 3, 1.0), (("overload", "none", "none"), 1 / 3), (("none",) * 3, 0.0)],
)
def test_the_share_of_reported_trips(answers: tuple[str, ...], share: float) -> None:
    """Each of three answers counts a third, to half an answer."""
    indicated = tuple((f"trip.{number}", answer) for number, answer in enumerate(answers, start=1))
    found = derived("trip-reported", observed(Method.OVERCURRENT, (), indicated=indicated))
    assert found.value == pytest.approx(share)
    assert line(found, "count") == pytest.approx(0.5 / 3 / math.sqrt(3))


def test_a_unit_that_was_not_asked_reports_nothing() -> None:
    """No answer is no number, neither yes nor no."""
    with pytest.raises(NotMeasurable, match="was not asked"):
        derived("trip-reported", observed(Method.OVERCURRENT, (), indicated=(("state", "OFF"),)))


@pytest.mark.parametrize(("answer", "share"), [("started", 1.0), ("refused", 0.0)])
def test_a_trip_that_output_off_does_not_clear_is_a_number(answer: str, share: float) -> None:
    """A unit that refuses to start after a trip gives 0, one that starts 1: neither is an error."""
    taken = observed(Method.OVERCURRENT, [], indicated=(("restart", answer),))
    assert derived("trip-cleared", taken).value == share


def test_a_unit_that_was_not_started_again_says_nothing_of_its_trip() -> None:
    """Without a second start there is no number."""
    with pytest.raises(NotMeasurable, match="not started again"):
        derived("trip-cleared", observed(Method.OVERCURRENT, []))
