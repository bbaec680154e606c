"""Session, supervision, battery, display, tone and lines against closed forms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.bench.methods.power_panel import mains_length_s
from harness.capture import Reading
from harness.errors import NotMeasurable
from harness.setpoint import Method, Polarity, Setpoint
from tests.examples import METER
from tests.measurands.events import LEVEL_A, derived, monitor, observed, record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Observation

    Times = NDArray[np.float64]

SUPPLY = replace(METER, role="supply", accuracy=replace(METER.accuracy, absolute=25e-3, coverage=None, noise=5e-6))
SECONDS = tuple((number * 100.0, (number + 1) * 100.0) for number in range(3))


def course(
    begins_s: float, ends_s: float, *, pause: tuple[float, float] = (0.0, 0.0), on_a: float = LEVEL_A
) -> Observation:
    """Three records of 100 s, each two samples a tenth of a second, of an output that is on for a while."""
    captures = [record("zero", 0.0, (0.0, 1.0), samples=2000)]
    for number, (start, end) in enumerate(SECONDS, start=1):

        def current(times: Times, start: float = start) -> Times:
            at = times + start
            on = (at >= begins_s) & (at < ends_s) & ~((at >= pause[0]) & (at < pause[1]))
            return np.where(on, on_a, 0.0)

        settings = (("begun_s", f"{start}"), ("begun_within_s", "0.01"))
        captures.append(record(f"course.{number}", current, (0.0, end - start), samples=2000, settings=settings))
    return observed(Method.SESSION, captures)


@pytest.mark.parametrize("ends", [0.0, 40.0, 150.0, 255.3, 1000.0])
def test_an_output_ends_when_it_was_on_for_the_last_time(ends: float) -> None:
    """The end is found to within its U in any record; one that comes after the last record is that record's end."""
    found = derived("output-end", course(0.0, ends))
    assert found.value == pytest.approx(min(ends, 300.0), abs=max(found.expanded_uncertainty, 0.1))
    assert found.expanded_uncertainty < 0.3


def test_a_pause_is_a_gap() -> None:
    """A pause within the course is as long as it was; without one there is none, across records too."""
    assert derived("longest-gap", course(0.0, 250.0, pause=(120.0, 123.0))).value == pytest.approx(3.0, abs=0.2)
    assert derived("longest-gap", course(0.0, 250.0)).value == pytest.approx(0.0, abs=0.11)


@pytest.mark.parametrize(("pause", "seconds"), [((0.0, 0.0), 0.0), ((120.0, 123.0), 3.0), ((240.0, 260.0), 0.0)])
def test_pauses_add_up(pause: tuple[float, float], seconds: float) -> None:
    """All that lacks of a course counts, between two records too; what comes after its end does not."""
    found = derived("gap-sum", course(0.0, 250.0, pause=pause))
    assert found.value == pytest.approx(seconds, abs=0.3)


@pytest.mark.parametrize(("later", "farthest"), [((1.02, 0.97, 1.0), 0.97), ((1.02, 1.12, 1.0), 1.12)])
def test_of_a_session_the_plateau_farthest_from_its_level_counts(later: tuple[float, ...], farthest: float) -> None:
    """One reading a minute: the one that is farthest from the level, and what it changed from the first one."""
    names = ("positive", *(f"after-{number}-positive" for number in range(2, 5)))
    read = tuple((name, share * LEVEL_A) for name, share in zip(names, (1.01, *later), strict=True))
    taken = observed(Method.SESSION, [], readings_a=read)
    assert derived("course-plateau", taken).value == pytest.approx(farthest * LEVEL_A, rel=1e-3)
    change = max((share / 1.01 - 1 for share in later), key=abs)
    assert derived("current-drift", taken).value == pytest.approx(change, abs=1e-3)


def test_a_course_without_its_beginning_is_none() -> None:
    """A record of which nobody wrote down when it began says nothing of a session."""
    bare = observed(Method.SESSION, [record("zero", 0.0, (0, 1)), record("course.1", LEVEL_A, (0, 1))])
    with pytest.raises(NotMeasurable, match="nobody wrote down when it began"):
        derived("output-end", bare)


def test_run_time_is_shown_against_time_passed() -> None:
    """Two looks at a display, 1000 s apart, that shows 1020 s: 2 % too long, to one second in each."""
    said = {"run-time.1": "10", "run-time.2": "1030"}
    asked = {"run-time-from.1": "10", "run-time-to.1": "10.01", "run-time-from.2": "1010", "run-time-to.2": "1010.01"}
    found = derived("run-time-ratio", observed(Method.SESSION, [], indicated=(*said.items(), *asked.items())))
    assert found.value == pytest.approx(1.02)
    assert 5e-4 < found.expanded_uncertainty < 2e-3


def flags(*shown: tuple[float, str]) -> Observation:
    """A ramp with what the indicator showed."""
    said = tuple((f"flag.{volts:.6f}", text) for volts, text in shown)
    taken = observed(Method.BATTERY, [], indicated=said)
    return replace(taken, readings=(*taken.readings, Reading("supply-volts", (12.0,), "by hand", SUPPLY)))


@pytest.mark.parametrize(
    ("shown", "good", "low"),
    [
        ("gggll", 10.75, 10.75),
        ("ggggg", 10.0, 10.0),  # never low: an end of the ramp, far too low
        ("lllll", 12.0, 12.0),
        ("lllgg", 10.0, 12.0),  # inverted
        ("glggl", 10.25, 11.75),  # flickers
    ],
)
def test_an_indicator_changes_once(shown: str, good: float, low: float) -> None:
    """Half a step below the last good and above the first low; only where it changes once are they one voltage."""
    words = {"g": "good", "l": "low"}
    ramp = flags(*zip((12.0, 11.5, 11.0, 10.5, 10.0), (words[each] for each in shown), strict=True))
    assert derived("flag-voltage", ramp, edge="lowest-good").value == pytest.approx(good)
    assert derived("flag-voltage", ramp, edge="highest-low").value == pytest.approx(low)


def test_answers_are_counted() -> None:
    """Each answer that is not as expected counts; a unit that was not asked has none."""
    said = tuple((f"answer.{number:02d}", "no" if number == 3 else "yes") for number in range(1, 4))
    assert derived("answers", observed(Method.HANG, [], indicated=said), to="answer", expected="yes").value == 1.0
    with pytest.raises(NotMeasurable, match="was not asked for its answer"):
        derived("answers", observed(Method.HANG, []), to="answer", expected="yes")


@pytest.mark.parametrize(("late_a", "answer", "share", "hung"), [(1.0, "yes", 1.0, 0.0), (0.0, "no", 0.5, 1.0)])
def test_a_frozen_output_swings_no_more(late_a: float, answer: str, share: float, hung: float) -> None:
    """An alternating current that stays at its top keeps half of its swing, and flows while the unit is silent."""

    def square(times: Times) -> Times:
        return np.where((times * 10) % 1 < 1 / 2, LEVEL_A, -LEVEL_A)

    def late(times: Times) -> Times:
        return square(times) if late_a else np.where((times * 10) % 1 < 1 / 2, LEVEL_A, 0.0)

    captures = [record("zero", 0.0, (0, 0.2)), record("early", square, (0, 0.3)), record("late", late, (0, 0.3))]
    captures += [record("zero-after", 0.0, (0, 0.2)), record("after", late, (0, 1.0))]
    taken = observed(Method.HANG, captures, frequency_hz=10.0, indicated=(("answer.01", answer),))
    assert derived("swing-kept", taken).value == pytest.approx(share, abs=0.03)
    assert derived("hung-output", taken).value == pytest.approx(hung * LEVEL_A, rel=0.03)


def test_a_unit_that_nobody_asked_did_not_answer() -> None:
    """Without a single answer there is nothing to say of a hang: that is no zero."""
    captures = [record("zero-after", 0.0, (0, 0.2)), record("after", LEVEL_A, (0, 0.3))]
    with pytest.raises(NotMeasurable, match="was not asked whether it answers"):
        derived("hung-output", observed(Method.HANG, captures))


def test_the_mains_of_a_supply_is_no_output() -> None:
    """5 µA of the mains leave nothing in means over its period; 6 µA for 40 ms are there."""

    def hum(times: Times) -> Times:
        return 5e-6 * np.sin(2 * np.pi * 50.0 * times)

    def pulse(times: Times) -> Times:
        return hum(times) + np.where((times >= 1.0) & (times < 1.04), 6e-6, 0.0)

    for current, expected in ((hum, 0.0), (pulse, 6e-6)):
        captures = [record("zero-return", 0.0, (0, 0.2), samples=2000, most_a=12e-6)]
        captures.append(record("return", current, (0, 3.0), samples=6000, most_a=12e-6))
        found = derived("return-mean", observed(Method.POWER_ON, captures))
        assert found.value == pytest.approx(expected, abs=0.2e-6)


@pytest.mark.parametrize("hertz", [130.0, 130.4, 83.1])
def test_a_line_is_seen_beside_the_waveform(hertz: float) -> None:
    """3 µA of a motor anywhere in its band are 3 µA, on a level of 680 µA; what was there before is not the motor's."""

    def standing(times: Times) -> Times:
        return LEVEL_A + 2e-6 * np.sin(2 * np.pi * 100.0 * times)

    def turning(times: Times) -> Times:
        return standing(times) + 3e-6 * np.sin(2 * np.pi * hertz * times)

    captures = [record("zero", 0.0, (0, 0.2), samples=2000)]
    captures += [record(n, c, (0, 1.0), samples=5000) for n, c in (("standing", standing), ("turning", turning))]
    taken = observed(Method.MOTOR, captures, indicated=(("motor", "on"),))
    found = derived("motor-line", taken, lowest="80.0", highest="200.0")
    assert found.value == pytest.approx(3e-6, abs=found.expanded_uncertainty)
    assert derived("mains-line", taken).value < 0.5e-6
    with pytest.raises(NotMeasurable, match="does not say that its motor turns"):
        derived("motor-line", replace(taken, indicated=(("motor", "none"),)), lowest="80.0", highest="200.0")


def test_a_line_of_the_waveform_is_none_of_the_mains() -> None:
    """A square of 3 Hz, half of it at rest, has a line of 7 µA at 51 Hz; 5 µA at 50 Hz beside it are 5 µA."""
    length_s = mains_length_s(Setpoint(1, "treat", 3, 200e-6, Polarity.POSITIVE, 3.0), 50.0)

    def alone(times: Times) -> Times:
        return np.where(times * 3.0 % 1.0 < 1 / 2, 200e-6, 0.0)

    def hum(times: Times) -> Times:
        return alone(times) + 5e-6 * np.sin(2 * np.pi * 50.0 * times)

    for current, expected in ((alone, 0.0), (hum, 5e-6)):
        captures = [record("zero", 0.0, (0, 0.2), samples=2000)]
        captures.append(record("standing", current, (0, length_s), samples=round(5000 * length_s)))
        found = derived("mains-line", observed(Method.MAINS, captures))
        assert found.value == pytest.approx(expected, abs=0.3e-6)


def heard(
    pitches: tuple[float, ...], *, delay_s: float = 0.02, stops_s: float = 0.02, before: bool = False
) -> Observation:
    """What the pad does when resistances are touched and lifted."""
    captures = []
    for number, pitch in enumerate(pitches, start=1):

        def sounding(times: Times, pitch: float = pitch) -> Times:
            return np.where(((times >= delay_s) | before) & ((times * pitch) % 1 < 1 / 2) & (pitch > 0), 3.3, 0.0)

        def ending(times: Times, pitch: float = pitch) -> Times:
            return np.where((times < stops_s) & ((times * pitch) % 1 < 1 / 2) & (pitch > 0), 3.3, 0.0)

        span = (-0.05, 0.25)
        captures.append(record(f"buzzer-made.{number}", sounding, span, samples=30_000, most_a=4.0, ohms=1.0))
        captures.append(monitor(f"monitor-made.{number}", span, samples=30_000))
        captures.append(record(f"buzzer-lost.{number}", ending, span, samples=30_000, most_a=4.0, ohms=1.0))
        captures.append(monitor(f"monitor-lost.{number}", span, closed=True, samples=30_000))
    return observed(Method.TONE, captures)


HIGH = {"high": "3.3"}
WITHIN = {**HIGH, "within": "0.1"}


def test_a_tone_that_follows() -> None:
    """Each pitch a fifth below the one before: a quarter upwards; 20 ms late, nowhere without contact."""
    taken = heard((1000.0, 800.0, 640.0))
    assert derived("tone-step", taken, **HIGH, direction="-1.0").value == pytest.approx(0.25, abs=1e-3)
    assert derived("tone-step", taken, **HIGH, direction="1.0").value == pytest.approx(-0.2, abs=1e-3)
    assert derived("tone-latency", taken, **HIGH).value == pytest.approx(0.02, abs=2e-3)
    assert derived("tone-missing", taken, **WITHIN).value == 0.0
    assert derived("tone-without-contact", taken, **WITHIN).value == 0.0


def test_a_tone_that_does_not() -> None:
    """Silent at one resistance, or sounding before contact and long after its loss: each is counted."""
    silent = heard((1000.0, 0.0, 640.0))
    assert derived("tone-missing", silent, **WITHIN).value == 1.0
    assert derived("tone-step", silent, **HIGH, direction="-1.0").value == -1.0
    assert derived("tone-latency", silent, **HIGH).value > 0.2
    always = heard((1000.0, 800.0, 640.0), before=True, stops_s=0.2)
    assert derived("tone-without-contact", always, **WITHIN).value == 6.0
    assert derived("tone-latency", always, **HIGH).value == pytest.approx(0.2, abs=2e-3)


@pytest.mark.parametrize(
    ("intensity", "unit", "error", "wrong"),
    [("680", "uA", 0.0, 0.0), ("68", "uA", -612e-6, 0.0), ("680", "mA", 0.67932, 1.0)],
)
def test_a_display_is_what_stands_there(intensity: str, unit: str, error: float, wrong: float) -> None:
    """The number counts in the unit beside it, and the unit by itself."""
    said = (("display-intensity", intensity), ("display-unit", unit), ("display-polarity", "positive"))
    taken = observed(Method.STEADY, [], indicated=said)
    assert derived("display-error", taken).value == pytest.approx(error, abs=1e-7)
    assert derived("display-unit", taken, unit="1e-06").value == wrong
    assert derived("along-display", taken).value == pytest.approx(LEVEL_A, rel=1e-3)
    turned = replace(taken, indicated=(*said[:2], ("display-polarity", Polarity.NEGATIVE.value)))
    assert derived("along-display", turned).value == pytest.approx(-LEVEL_A, rel=1e-3)
