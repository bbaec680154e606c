"""Channels, events, leads and trips, against closed forms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.errors import NotMeasurable
from harness.setpoint import Method, Polarity
from tests.measurands.events import LEVEL_A, observed, record
from tests.measurands.events import derived as asked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Capture, Observation
    from harness.quantity import Measurement
    from tests.measurands.events import Waveform

PERIOD_S = 1e-3
DRIVEN_A = 1.2e-3
FOLDED = (("folded_s", repr(PERIOD_S)), ("driven_a", repr(DRIVEN_A)))
WHOLE_S = (0.0, 20e-3)
EVENT_S = (0.0, 60e-3)
MINUTE_S = (0.0, 60.0)


def derived(observation: Observation, name: str, **arguments: str) -> Measurement:
    """A measurand of an observation."""
    return asked(name, observation, **arguments)


def square(swing_a: float, period_s: float = PERIOD_S, around_a: float = 0.0) -> Waveform:
    """A square from peak to peak, around a current."""

    def current(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        return around_a + swing_a * np.where((seconds / period_s) % 1.0 < 0.5, 0.5, -0.5)

    return current


def crossed(waveform: Waveform | float, neighbour_a: float = DRIVEN_A) -> Observation:
    """A neighbour that swings, and what of it is seen here."""
    captures = [
        record("zero", 0.0, WHOLE_S, most_a=40e-6),
        record("crosstalk.1", waveform, WHOLE_S, most_a=40e-6, settings=FOLDED),
        record("zero-neighbour.1", 0.0, WHOLE_S, most_a=1e-3),
        record("neighbour.1", square(neighbour_a), WHOLE_S, most_a=1e-3, settings=FOLDED),
    ]
    return observed(Method.CROSSTALK, captures)


@pytest.mark.parametrize("share", [0.005, 0.02])
@pytest.mark.parametrize("around_a", [0.0, 10e-6])
def test_what_follows_the_neighbour_is_its_share(share: float, around_a: float) -> None:
    """A square in step with the neighbour is found in its size, whatever steady current it stands on."""
    measured = derived(crossed(square(share * DRIVEN_A, around_a=around_a)), "crosstalk-share")
    assert measured.value == pytest.approx(share, abs=measured.expanded_uncertainty)
    assert measured.expanded_uncertainty < 0.001


def test_what_does_not_follow_the_neighbour_is_no_crosstalk() -> None:
    """A current of another frequency averages out over the neighbour's periods."""
    measured = derived(crossed(square(20e-6, period_s=PERIOD_S * 20 / 19)), "crosstalk-share")
    assert measured.value < 0.002


def test_a_neighbour_that_gives_nothing_proves_nothing() -> None:
    """Without a swing of at least half of what was set there is no share of it."""
    with pytest.raises(NotMeasurable, match="gives nothing that could cross over"):
        derived(crossed(0.0, neighbour_a=0.4 * DRIVEN_A), "crosstalk-share")


def event(name: str, waveform: Waveform) -> Observation:
    """One event at full rate."""
    captures: list[Capture] = [
        record("zero", 0.0, EVENT_S, most_a=1.2e-3),
        record("reference", LEVEL_A, EVENT_S, most_a=1.2e-3),
        record(f"event-{name}", waveform, EVENT_S, most_a=1.2e-3, samples=250_000),
    ]
    return observed(Method.EVENTS, captures)


def switched(at_s: float, extra: tuple[float, float, float] | None = None, *, off: bool = False) -> Waveform:
    """Switched at an instant, with something more from an instant after it for a while."""

    def current(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        amperes = np.where((seconds < at_s) if off else (seconds >= at_s), LEVEL_A, 0.0)
        if extra is not None:
            from_s, for_s, more_a = extra
            since = seconds - at_s - from_s
            amperes = amperes + np.where((since >= 0) & (since < for_s), more_a, 0.0)
        return amperes

    return current


@pytest.mark.parametrize(
    ("extra", "largest"),
    [
        (None, 1.0),
        ((0.0, 15e-6, 0.3 * LEVEL_A), 1.0),
        ((0.0, 100e-6, 0.3 * LEVEL_A), 1.3),
        ((5e-3, 5e-6, 0.3e-3), 1.44),
    ],
)
def test_a_spike_counts_from_20_us_after_the_edge(extra: tuple[float, float, float] | None, largest: float) -> None:
    """What is over by then is the edge's; what lasts, or comes later, is the event's."""
    measured = derived(event("on", switched(10e-3, extra)), "event-peak", event="on", tolerance="0.1")
    assert measured.value == pytest.approx((largest - 1) * LEVEL_A, abs=measured.expanded_uncertainty)
    extreme = derived(event("on", switched(10e-3, extra)), "event-extreme", event="on")
    whole = LEVEL_A + (extra[2] if extra else 0.0)
    assert extreme.value == pytest.approx(whole, abs=extreme.expanded_uncertainty)


def test_ringing_does_not_excuse_itself() -> None:
    """Each turn passes half of the level, and none of them begins another 20 µs."""

    def ringing(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        since = seconds - 10e-3
        rung = np.where((since > 0) & (since < 300e-6), 0.5 * np.sin(2 * np.pi * 200e3 * since), 0.0)
        return np.asarray(LEVEL_A * ((since >= 0) + rung), dtype=np.float64)

    assert derived(event("on", ringing), "event-peak", event="on", tolerance="0.1").value > 0.3 * LEVEL_A


def test_a_spike_after_off_is_seen() -> None:
    """Once off for a millisecond the output stays so; a late spike of a third of the level is found in its size."""
    quiet = derived(event("off", switched(10e-3, off=True)), "after-off-peak")
    assert quiet.value < 0.02 * LEVEL_A
    late = derived(event("off", switched(10e-3, (5e-3, 100e-6, 0.3 * LEVEL_A), off=True)), "after-off-peak")
    assert late.value == pytest.approx(0.3 * LEVEL_A, abs=late.expanded_uncertainty)


def test_an_event_outside_its_record_is_none() -> None:
    """A unit that acts after the record has ended is not taken for one that acts without a spike."""
    with pytest.raises(NotMeasurable, match="where the record ends"):
        derived(event("off", switched(1.0, off=True)), "event-peak", event="off", tolerance="0.1")


@pytest.mark.parametrize(
    ("read", "off"),
    [
        ({"down-positive": 0.1}, 0.0),
        ({"down-positive": 1.0}, 9.0),
        ({"down-positive": 0.1, "down-negative": -0.08}, -0.2),
        # The other direction was asked for, and does not flow.
        ({"down-negative": 0.1}, -2.0),
        # What follows another event says nothing.
        ({"down-positive": 0.11, "up-positive": 1.0, "down-inactive": 0.0}, 0.1),
    ],
)
def test_a_setting_that_is_ignored_is_seen(read: dict[str, float], off: float) -> None:
    """The plateau after a change against what it asked for, a tenth of the level; of both phases the worse."""
    taken = observed(Method.EVENTS, (), readings_a=tuple((name, share * LEVEL_A) for name, share in read.items()))
    taken = replace(taken, indicated=(("asked_a.down", repr(0.1 * LEVEL_A)),))
    found = derived(taken, "setting-obeyed", event="down")
    assert found.value == pytest.approx(off, abs=1e-3)
    with pytest.raises(NotMeasurable, match="written down"):
        derived(replace(taken, indicated=()), "setting-obeyed", event="down")


def watched(waveform: Waveform, polarity: Polarity = Polarity.BIPOLAR) -> Observation:
    """A minute of intervals with their extremes, a hundred samples to an interval."""
    fine = 100
    seconds = 60.0 / (4000 * fine) * (np.arange(4000 * fine) + 0.5)
    parts = waveform(seconds).reshape(4000, fine)
    pairs = np.column_stack([parts.min(axis=1), parts.max(axis=1)]).ravel()
    capture = record("watched", lambda times: pairs[: times.size], MINUTE_S, samples=8000)
    return observed(Method.CONTINUITY, [record("zero", 0.0, MINUTE_S), capture], polarity=polarity, frequency_hz=0.5)


@pytest.mark.parametrize("drops", [(), (0.4,), (0.4, 7.3, 7.4, 59.0), (10.001,)])
def test_each_interruption_counts_once(drops: tuple[float, ...]) -> None:
    """A millisecond without current in either direction is one; the edges of an alternation are none."""

    def current(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        amperes = square(2 * LEVEL_A, period_s=2.0)(seconds)
        for drop in drops:
            amperes[(seconds >= drop + 0.1) & (seconds < drop + 0.101)] = 0.0
        return amperes

    assert derived(watched(current), "interruptions").value == len(drops)


def test_a_lead_without_current_is_one_interruption() -> None:
    """From end to end nothing flows."""
    assert derived(watched(np.zeros_like), "interruptions").value == 1.0


@pytest.mark.parametrize("drops", [(), (0.1,), (0.1, 8.3, 58.1)])
def test_a_wave_that_rests_has_no_interruption_but_those_of_its_phases(drops: tuple[float, ...]) -> None:
    """A second of rest in every two is the wave's own; a millisecond within a phase is not."""

    def current(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        amperes = square(LEVEL_A, period_s=2.0, around_a=LEVEL_A / 2)(seconds)
        for drop in drops:
            amperes[(seconds >= drop + 0.1) & (seconds < drop + 0.101)] = 0.0
        return amperes

    assert derived(watched(current, Polarity.POSITIVE), "interruptions").value == len(drops)
    assert derived(watched(np.zeros_like, Polarity.POSITIVE), "interruptions").value == 1.0


def pulsed(observation: Observation, width_s: float) -> Observation:
    """The same, set to short pulses."""
    setpoint = replace(observation.point.setpoint, pulse_width_s=width_s)
    return replace(observation, point=replace(observation.point, setpoint=setpoint))


@pytest.mark.parametrize(("missing", "expected"), [((), 0), ((300,), 1), ((300, 900, 901, 902, 2000), 3)])
def test_a_short_pulse_that_is_missing_is_an_interruption(missing: tuple[int, ...], expected: int) -> None:
    """Pulses both ways in every 14 ms, watched in intervals of 15 ms: what leaves an interval empty is counted."""

    def current(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        cycle, inside = np.floor(seconds / 14e-3), seconds % 14e-3
        amperes = LEVEL_A * np.select([inside < 0.3e-3, inside < 0.6e-3], [1.0, -1.0], 0.0)
        # An interval is longer than a period: of two pulses that are missing in a row it sees one at least.
        gone = np.isin(cycle, [*missing, *(number + 1 for number in missing)])
        return np.where(gone, 0.0, amperes)

    assert derived(pulsed(watched(current), 0.3e-3), "interruptions").value == expected


@pytest.mark.parametrize("share", [0.0, 0.02])
def test_of_short_pulses_cross_talk_is_found_in_its_size(share: float) -> None:
    """Two pulses of 0.2 ms in 10 ms are a small part of the period, and none of their height is lost."""

    def both(height_a: float) -> Waveform:
        def current(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
            inside = (seconds - 1.234e-3) % 10e-3
            return height_a * np.select([inside < 0.2e-3, inside < 0.4e-3], [1.0, -1.0], 0.0)

        return current

    folded = (("folded_s", repr(10e-3)), ("driven_a", repr(DRIVEN_A)))
    captures = [
        record("zero", 0.0, WHOLE_S, most_a=40e-6),
        record("crosstalk.1", both(share * DRIVEN_A / 2), WHOLE_S, most_a=40e-6, settings=folded),
        record("zero-neighbour.1", 0.0, WHOLE_S, most_a=1e-3),
        record("neighbour.1", both(DRIVEN_A / 2), WHOLE_S, most_a=1e-3, settings=folded),
    ]
    measured = derived(pulsed(observed(Method.CROSSTALK, captures), 0.2e-3), "crosstalk-share")
    assert measured.value == pytest.approx(share, abs=measured.expanded_uncertainty)
    assert measured.expanded_uncertainty < 0.002


def test_a_neighbour_on_either_side_has_to_deliver() -> None:
    """Where the second of two neighbours gives nothing, nothing is said of what crosses over."""
    both = crossed(0.0)
    dead = [
        record("zero-neighbour.2", 0.0, WHOLE_S, most_a=1e-3),
        record("neighbour.2", 0.0, WHOLE_S, most_a=1e-3, settings=FOLDED),
    ]
    with pytest.raises(NotMeasurable, match="gives nothing that could cross over"):
        derived(replace(both, captures=(*both.captures, *dead)), "crosstalk-share")


@pytest.mark.parametrize(("tripped", "expected"), [("yes", 0.99e-3), ("no", 0.98e-3)])
def test_the_trip_current_lies_within_its_step(tripped: str, expected: float) -> None:
    """Half way to the step that tripped, within half a step; a unit that held every step gives the last one."""
    said = (("tripped", tripped), ("step_a", "20e-6"))
    found = derived(observed(Method.TRIP_CURRENT, [], readings_a=(("held", 0.98e-3),), indicated=said), "trip-current")
    assert found.value == pytest.approx(expected, rel=1e-4)
    assert found.expanded_uncertainty < 11e-6


def test_the_drive_drops_out_of_the_own_share() -> None:
    """Half the difference of both plateaus, and what flows past the load through the supply's resistor."""
    readings = (("with-positive", 0.8e-3), ("with-negative", -0.2e-3))
    driven = observed(
        Method.BACK_DRIVE, [], readings_a=readings, polarity=Polarity.BIPOLAR, load_ohm=500.0,
        frequency_hz=10.0, indicated=(("series_ohm", "10e3"),),
    )  # fmt: skip
    assert derived(driven, "own-share", way="with").value == pytest.approx(0.5e-3 * 1.05, rel=1e-4)
