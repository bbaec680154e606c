"""What channels owe each other: how far one moves when another is changed, what of one flows in another, their sum.

Cross-talk is found by folding: a record is cut into the periods of the neighbour's waveform and averaged over them.
What follows the neighbour stays, noise and everything else averages out.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.contact import gain_as_slope
from harness.measurands.extremes import Candidate, extreme
from harness.measurands.instants import moving_mean, repeats, setting
from harness.measurands.oscilloscope import Calibration, scaled_currents
from harness.measurands.paths import through_resistor
from harness.measurands.registry import register
from harness.measurands.short_pulses import pulse_rate
from harness.measurands.timing import PERIODS, mean_period, periods_of
from harness.metrology import Budget

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Capture, Observation, Reading
    from harness.measurands.oscilloscope import Currents
    from harness.quantity import Derivation, Measurement
    from harness.setpoint import Setpoint

CHANGES = {"changed": frozenset({"level", "polarity", "frequency", "off"})}
FOLDS = 50
"""Parts of a period that a folded record has."""

FOLDS_OF_PULSE = 8
"""Parts, at least, of a short pulse."""

_DELIVERS = 0.5
"""Share of its swing below which a neighbour gave nothing that could have crossed over."""


@register("level-beside", 2, CHANGES)
def _level_beside(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest change of a plateau, of the level, when something is changed at the neighbour; of both phases.

    Both readings are taken on one range: what it makes of both alike cancels only in part, and the whole is budgeted.
    """
    changed = dict(derivation.arguments)["changed"]
    phases = observation.point.setpoint.polarity.phases
    pairs = [(observation.reading(each.value), observation.reading(f"{changed}-{each.value}")) for each in phases]
    found = []
    for before, after in pairs:
        budget = Budget()
        change = change_of_reading(budget, before, after)
        found.append(Candidate(budget, change / observation.point.setpoint.current_a))
    return extreme(found, "1", derivation, abs)


def change_of_reading(budget: Budget, before: Reading, after: Reading) -> Any:
    """How much a current has changed from one reading to another on the same range, in A."""
    now = budget.observed(f"{after.path.role}: repeatability after", after.values_v)
    was = budget.observed(f"{before.path.role}: repeatability before", before.values_v)
    return through_resistor(budget, after.path, now - was, zeroed=True)


@register("frequency-beside", 1, CHANGES)
def _frequency_beside(observation: Observation, derivation: Derivation) -> Measurement:
    """Change of the frequency, relative, when something is changed at the neighbour.

    Both from records of one length by one time base, whose error therefore cancels; it is budgeted all the same.
    """
    changed = dict(derivation.arguments)["changed"]
    was = _period(observation, derivation)
    now = _period(_renamed(observation, f"{PERIODS}-{changed}"), derivation)
    names = tuple(f"{observation.key}-{name}" for name in ("zero", PERIODS, f"{PERIODS}-{changed}"))
    budget = Budget()
    before = budget.bounded("period before", was.value, was.expanded_uncertainty, was.coverage_factor, "its budget")
    after = budget.bounded("period after", now.value, now.expanded_uncertainty, now.coverage_factor, "its budget")
    return budget.measurement(before / after - 1.0, "1", derivation, names)


def _period(observation: Observation, derivation: Derivation) -> Measurement:
    budget = Budget()
    if observation.point.setpoint.pulse_width_s is not None:
        return budget.measurement(1 / pulse_rate(budget, observation), "s", derivation)
    return budget.measurement(mean_period(budget, periods_of(observation)), "s", derivation)


def _renamed(observation: Observation, name: str) -> Observation:
    """The same observation with one of its records in the place of `periods`."""
    zero, record = observation.capture("zero"), observation.capture(name)
    return replace(observation, captures=(zero, replace(record, name=PERIODS)))


@register("crosstalk-share", 2)
def _crosstalk(observation: Observation, derivation: Derivation) -> Measurement:
    """Share of a neighbour's swing that flows here in step with it, from peak to peak; the largest of all records.

    Raises:
        NotMeasurable: a neighbour gave less than half of what was set when it was on the leads itself.
    """
    proofs = repeats(observation, "neighbour")
    for name in proofs:
        _check_neighbour(observation, name)
    evidence = tuple(f"{observation.key}-{name}" for name in proofs)
    found = []
    for currents in scaled_currents(
        Budget(), observation, repeats(observation, "crosstalk"), Calibration(reference=None)
    ):
        budget, capture = Budget(), observation.capture(currents.name)
        folded, each = _folded(currents, capture, observation.point.setpoint)
        share = _swing(budget, folded, each, currents, capture) / setting(capture, "driven_a")
        found.append(Candidate(budget, share, (*currents.captures, *evidence)))
    return extreme(found, "1", derivation)


def _check_neighbour(observation: Observation, name: str) -> None:
    (currents,) = scaled_currents(Budget(), observation, (name,), Calibration(f"zero-{name}", None))
    capture = observation.capture(name)
    folded, _ = _folded(currents, capture, observation.point.setpoint)
    driven_a = setting(capture, "driven_a")
    if float(np.ptp(folded)) < _DELIVERS * driven_a:
        raise NotMeasurable(
            f"{observation.key}: the neighbour swings by {np.ptp(folded):g} A where {driven_a:g} A are set: "
            "it gives nothing that could cross over"
        )


def _folded(currents: Currents, capture: Capture, setpoint: Setpoint) -> tuple[NDArray[np.float64], int]:
    """Mean over the periods of a record, in parts of a period; and the fewest samples in a part.

    Of short pulses, which the neighbour has in the same width, each is several parts long.
    """
    period_s, width_s = setting(capture, "folded_s"), setpoint.pulse_width_s
    folds = FOLDS if width_s is None else max(FOLDS, math.ceil(FOLDS_OF_PULSE * period_s / width_s))
    part = np.floor((currents.times_s / period_s % 1.0) * folds).astype(np.intp) % folds
    counts = np.bincount(part, minlength=folds)
    if not counts.all():
        raise NotMeasurable(f"the record {currents.name} does not hold a period of {period_s:g} s")
    return np.bincount(part, weights=currents.amperes, minlength=folds) / counts, int(counts.min())


def _swing(budget: Budget, folded: NDArray[np.float64], each: int, currents: Currents, capture: Capture) -> Any:
    """The swing of a folded record with its budget, in A."""
    gain, source = gain_as_slope(capture)
    swing = float(np.ptp(folded))
    result = budget.bounded("oscilloscope: gain", swing, gain * swing, None, source)
    noise = 2 * currents.noise_a / math.sqrt(each) * math.sqrt(2 * math.log(folded.size))
    result = result + budget.bounded("fold: extremes of the noise", 0.0, noise, None, f"mean of {each} samples")
    result = result + budget.bounded("fold: nonlinearity", 0.0, currents.code_a / 2, None, "half a code, assumed [a]")
    # The mains may have a harmonic relation to the neighbour: then none of it averages out.
    return result + budget.bounded("fold: mains pickup", 0.0, 2 * currents.pickup_a, None, "bench file [a]")


@register("sum-of-peaks", 1)
def _sum_of_peaks(observation: Observation, derivation: Derivation) -> Measurement:
    """Sum of the largest magnitudes of all channels, each on the leads in turn while all are on, in A.

    The largest that a shared return can carry, however the channels fall together. Each is scaled by the multimeter's
    reading of the same channel; smoothed over neighbouring samples against noise.
    """
    peaks = [_peak_of(observation, derivation, name) for name in repeats(observation, "peak")]
    names = tuple(dict.fromkeys(name for peak in peaks for name in peak.captures))
    # Added as they are, not as squares: one meter and one oscilloscope have read them all.
    bound = math.fsum(peak.expanded_uncertainty for peak in peaks)
    budget = Budget()
    total = budget.bounded(
        "peaks of all channels", math.fsum(peak.value for peak in peaks), bound, 2.0, "sum of their own U, k = 2"
    )
    return budget.measurement(total, "A", derivation, names)


def _peak_of(observation: Observation, derivation: Derivation, name: str) -> Measurement:
    """The largest magnitude of one channel, in A."""
    budget = Budget()
    channel = name.rpartition(".")[2]
    phase = observation.point.setpoint.polarity.phases[0].value
    calibration = Calibration(reference=f"reference.{channel}", plateau_reading=f"ch{channel}-{phase}")
    (currents,) = scaled_currents(budget, observation, (name,), calibration)
    smooth = moving_mean(currents.amperes, _SMOOTH)
    value = currents.value(budget, "peak", float(smooth[int(np.abs(smooth).argmax())]), _SMOOTH)
    lifted = currents.noise_a / math.sqrt(_SMOOTH) * math.sqrt(2 * math.log(smooth.size))
    value = (-value if float(value.x) < 0 else value) + budget.bounded("peak: of noise", 0.0, lifted, None, "extreme")
    return budget.measurement(value, "A", derivation, currents.captures)


_SMOOTH = 8
"""Samples of a moving mean, about 30 µs of a record of two periods."""


@register("deserted-peak", 1, {"record": frozenset({"alone", "deserted"})})
def _deserted_peak(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest magnitude in a channel that has to be off as the first one is; a lower bound where cut off."""
    record = dict(derivation.arguments)["record"]
    budget = Budget()
    (currents,) = scaled_currents(budget, observation, (record,), Calibration(reference=None))
    largest = float(np.abs(currents.amperes).max())
    (at_rest,) = scaled_currents(Budget(), observation, ("zero",), Calibration(reference=None))
    value = currents.value(budget, "largest value", largest)
    noise = float(np.abs(at_rest.amperes).max())
    value = value + budget.bounded("largest value: extremes of the noise", 0.0, noise, None, "largest in zero")
    return budget.measurement(value, "A", derivation, currents.captures)
