"""Whether an output is on, off or frozen: what flows by the multimeter, in records, and what the unit answers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.ceiling import largest_magnitude
from harness.measurands.extremes import Candidate, extreme
from harness.measurands.instants import moving_mean
from harness.measurands.oscilloscope import OWN_SCALE, Calibration, scaled_current, scaled_currents
from harness.measurands.paths import from_multimeter
from harness.measurands.registry import register
from harness.metrology import Budget
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from harness.capture import Observation, Reading
    from harness.quantity import Derivation, Measurement

_RESIDUALS = frozenset({"residual.1", "residual.2", "residual.3"})
_RECORDS = frozenset({"before", "ramp", "late", "standing"})
_ANSWERS = {"to": frozenset({"trip", "start", "answer"}), "expected": frozenset({"watchdog", "refused", "yes"})}
_HALF = 0.5
_VOLTAGES = frozenset({"full", "middle", "low", "least"})


@register("named-residual", 1, {"reading": _RESIDUALS})
def _named(observation: Observation, derivation: Derivation) -> Measurement:
    """Current of one reading of the multimeter with the output off, in A, signed."""
    budget = Budget()
    reading = observation.reading(dict(derivation.arguments)["reading"])
    return budget.measurement(from_multimeter(budget, reading, None), "A", derivation)


@register("largest-residual", 2)
def _largest_residual(observation: Observation, derivation: Derivation) -> Measurement:
    """The largest, by magnitude, of the readings `residual.N`, in A, signed.

    Raises:
        NotMeasurable: there is none.
    """
    readings = [reading for reading in observation.readings if reading.name.startswith("residual.")]
    if not readings:
        raise NotMeasurable(f"{observation.key}: no residual current was read")
    found = []
    for reading in readings:
        budget = Budget()
        found.append(Candidate(budget, from_multimeter(budget, reading, None)))
    return extreme(found, "A", derivation, abs)


@register("after-pulses", 2)
def _after(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest magnitude in the record `after`, or in all of `after.N`, noise included; cut off, a lower bound.

    Raises:
        NotMeasurable: there is none.
    """
    names = [capture.name for capture in observation.captures if capture.name.partition(".")[0] == "after"]
    if not names:
        raise NotMeasurable(f"{observation.key}: what comes after the end was not recorded")
    return largest_magnitude(observation, derivation, names, Calibration(zero="zero-after", reference=None))


@register("level-magnitude", 1, {"record": _RECORDS})
def _level(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest magnitude in a record on a screen that shows the level, noise included."""
    return largest_magnitude(observation, derivation, [dict(derivation.arguments)["record"]], OWN_SCALE)


@register("return-mean", 1)
def _return(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest magnitude, after power has come back, of the means over one period of the mains, in A.

    A supply on the mains at the battery terminals drives some microamperes of its frequency through the loop; a mean
    over a whole period is free of them. What the screen cuts off makes the value a lower bound.
    """
    budget = Budget()
    currents = scaled_current(budget, observation, "return", Calibration(zero="zero-return", reference=None))
    over = max(1, round(1 / (currents.mains_hz * currents.interval_s)))
    means = moving_mean(currents.amperes, over)
    largest = float(means[int(np.argmax(np.abs(means)))])
    value = currents.value(budget, "largest mean", largest, over)
    noise = currents.noise_a / math.sqrt(over) * math.sqrt(2 * math.log(max(2.0, 2 * means.size / over)))
    value = value + budget.bounded("largest mean: extremes of the noise", 0.0, noise, None, "of all means")
    if currents.cut_off:
        value = value + budget.bounded("cut off by the screen: a lower bound", 0.0, currents.code_a, None, "the record")
    return budget.measurement(-value if value.x < 0 else value, "A", derivation, currents.captures)


@register("swing-kept", 1)
def _swing(observation: Observation, derivation: Derivation) -> Measurement:
    """How far the current swings in the record `late`, as a share of the record `early`.

    From its smallest to its largest value, zero included for a setting in one direction without rest. Where less than
    half the level swung in the early record the share is of that half: a unit that delivers nothing keeps nothing.
    """
    budget = Budget()
    late, early = scaled_currents(budget, observation, ("late", "early"), OWN_SCALE)
    steady = observation.point.setpoint.frequency_hz is None
    lowest = [0.0 if steady else float(record.amperes.min()) for record in (late, early)]
    shown = [np.abs(record.amperes) if steady else record.amperes for record in (late, early)]
    swing_late, swing_early = (float(part.max()) - low for part, low in zip(shown, lowest, strict=True))
    swing_early = max(swing_early, _HALF * observation.point.setpoint.current_a)
    noise = (early.noise_a * 4 + early.code_a) / swing_early
    share = budget.bounded("share of the swing", swing_late / swing_early, noise, None, "noise and one code")
    return budget.measurement(share, "1", derivation, (*early.captures, late.captures[-1]))


@register("hung-output", 3)
def _hung(observation: Observation, derivation: Derivation) -> Measurement:
    """What flows a second after the unit fell silent, in A: the largest magnitude of the record `after`.

    Of a unit that answered to the end it is 0, known as well as a record at that scale: it did not hang.

    Raises:
        NotMeasurable: nobody asked it.
    """
    answers = [text for name, text in observation.indicated if name.startswith("answer.")]
    if not answers:
        raise NotMeasurable(f"{observation.key}: the unit was not asked whether it answers")
    calibration = Calibration(zero="zero-after", reference=None)
    if any(text != "yes" for text in answers):
        return largest_magnitude(observation, derivation, ["after"], calibration)
    budget = Budget()
    currents = scaled_current(budget, observation, "zero-after", calibration)
    bound = currents.noise_a * 4 + currents.code_a
    value = budget.bounded("what flows in silence", 0.0, bound, None, "noise of the record and one code")
    return budget.measurement(value, "A", derivation, currents.captures)


@register("answers", 1, _ANSWERS)
def _answers(observation: Observation, derivation: Derivation) -> Measurement:
    """Number of the unit's own answers of a name that are not as expected.

    Raises:
        NotMeasurable: it was never asked.
    """
    arguments = dict(derivation.arguments)
    found = [text for name, text in observation.indicated if name.startswith(f"{arguments['to']}.")]
    if not found:
        raise NotMeasurable(f"{observation.key}: the unit was not asked for its {arguments['to']}")
    wrong = sum(text != arguments["expected"] for text in found)
    budget = Budget()
    return budget.measurement(
        budget.bounded("count", wrong, _COUNTED, None, "counting is exact; a twentieth stands for that"),
        "1",
        derivation,
    )


_COUNTED = 0.05
"""What stands for the uncertainty of a count, which has none."""


@register("plateau-at-battery", 1, {"battery": _VOLTAGES})
def _plateau(observation: Observation, derivation: Derivation) -> Measurement:
    """Magnitude of the first phase's plateau at one voltage of the battery, in A."""
    budget = Budget()
    phase = observation.point.setpoint.polarity.phases[0]
    reading = observation.reading(f"{dict(derivation.arguments)['battery']}-{phase.value}")
    current = from_multimeter(budget, reading, observation.reading("zero"))
    sign = -1 if phase is Polarity.NEGATIVE else 1
    return budget.measurement(sign * current, "A", derivation)


@register("flag-voltage", 1, {"edge": frozenset({"lowest-good", "highest-low"})})
def _flag(observation: Observation, derivation: Derivation) -> Measurement:
    """Battery voltage at which the indicator changes, in V: half a step below `good` for the last time, or above `low`.

    Where the ramp shows only one of the two the value is its end, a bound: below all that showed good, or above all
    that showed low.

    Raises:
        NotMeasurable: the unit was not asked, or has no indicator that answers.
    """
    edge = dict(derivation.arguments)["edge"]
    said = [(name.removeprefix("flag."), text) for name, text in observation.indicated if name.startswith("flag.")]
    shown = [(float(name), text) for name, text in said]
    if not shown:
        raise NotMeasurable(f"{observation.key}: the battery's indicator was not read")
    volts = sorted((value for value, _ in shown), reverse=True)
    wanted = [value for value, text in shown if text == ("good" if edge == "lowest-good" else "low")]
    last, beside = _last(volts, wanted, edge)
    half = abs(last - beside) / 2 or abs(volts[0] - volts[-1]) / (2 * len(volts))
    budget = Budget()
    value = budget.bounded("step of the ramp", (last + beside) / 2, half, None, "half a step")
    row = observation.reading("supply-volts").path.accuracy
    value = value + budget.bounded("supply: voltage", 0.0, row.absolute, row.coverage, f"{row.document} [{row.mark}]")
    return budget.measurement(value, "V", derivation)


def _last(volts: list[float], wanted: list[float], edge: str) -> tuple[float, float]:
    """Between which voltages of a descending ramp the indicator changes; the ramp's end twice where it does not.

    The last that showed good and the next one, or the first that showed low and the one before.
    """
    end = 0 if edge == "lowest-good" else len(volts) - 1
    if not wanted:
        return volts[end], volts[end]
    if edge == "lowest-good":
        index = volts.index(min(wanted))
        return volts[index], volts[min(index + 1, len(volts) - 1)]
    index = volts.index(max(wanted))
    return volts[index], volts[max(index - 1, 0)]


@register("supply-current", 1)
def _drawn(observation: Observation, derivation: Derivation) -> Measurement:
    """What the unit draws at its battery terminals with the output off, in A."""
    budget = Budget()
    reading = observation.reading("draw-off")
    row = reading.path.accuracy
    drawn = budget.observed("supply: repeatability", reading.values_v)
    drawn = drawn + budget.bounded("supply: current", 0.0, row.absolute, row.coverage, f"{row.document} [{row.mark}]")
    return budget.measurement(drawn, "A", derivation)


@register("supply-added", 1, {"by": frozenset({"draw", "edges"})})
def _added(observation: Observation, derivation: Derivation) -> Measurement:
    """What the output adds to what the unit draws, in A: its largest at any setting, or what many edges add to few.

    The error of the supply's measurement drops out of the difference; what is left is scatter, a step, and a tenth of
    the bound for what is not the same at both currents.
    """
    by = dict(derivation.arguments)["by"]
    base, most = _compared(observation, by)
    budget = Budget()
    row = base.path.accuracy
    added = budget.observed("supply: repeatability", most.values_v)
    added = added - budget.observed("supply: repeatability of the base", base.values_v)
    added = added + budget.bounded("supply: resolution", 0.0, 2 * row.noise, None, "half a step of each")
    left = budget.bounded("supply: linearity", 0.0, _UNLIKE * row.absolute, None, "a tenth of the bound, assumed [a]")
    return budget.measurement(added + left, "A", derivation)


_UNLIKE = 0.1


def _compared(observation: Observation, by: str) -> tuple[Reading, Reading]:
    if by == "edges":
        return observation.reading("edges-few.1"), observation.reading("edges-many.1")
    draws = [reading for reading in observation.readings if reading.name.startswith("draw-") and "." in reading.name]
    if not draws:
        raise NotMeasurable(f"{observation.key}: nothing was drawn with the output on")
    return observation.reading("draw-off"), max(draws, key=lambda reading: math.fsum(reading.values_v))
