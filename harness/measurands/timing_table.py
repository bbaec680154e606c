"""Rows of FDA's output table, read off the tracings of each mode into each load (guidance of June 1999, section 3).

Everything comes from one tracing of a series of pulses at the oscilloscope's own scale, so that it is had of every
mode, also of those in which no multimeter finds a plateau.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.disclosed import POWER_LOAD_OHM, WINDOW_S, area_of, stated_load
from harness.measurands.extremes import Candidate, extreme
from harness.measurands.oscilloscope import OWN_SCALE, scaled_current
from harness.measurands.registry import NUMBER, PHASE, phase_of, register
from harness.measurands.timing_records import COUNT_DOUBT, declared_of, evidence, phases_of
from harness.metrology import Budget
from harness.quantity import finite
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Observation
    from harness.measurands.oscilloscope import Currents
    from harness.measurands.timing_records import Phases
    from harness.quantity import Derivation, Measurement

SERIES, PULSE = "tracing-series", "tracing-pulse"
_PLATEAU = (0.25, 0.70)
_GAP = 1.5
_EDGE_SAMPLES = 1.0
_LEAST_LEVEL = 0.1
_HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class _Tracing:
    """The series of pulses as uncertain currents and as phases."""

    budget: Budget
    currents: Currents
    phases: Phases

    @property
    def period_s(self) -> float | None:
        """Mean from one pulse to the next, None where there are no two."""
        instants = self.phases.instants_s
        return float(instants[-1] - instants[0]) / (instants.size - 1) if instants.size > 1 else None

    @property
    def whole(self) -> slice:
        """The samples of whole periods; all, where there is none."""
        instants = self.phases.instants_s / self.phases.interval_s
        return slice(round(instants[0]), round(instants[-1])) if instants.size > 1 else slice(None)

    def value(self, name: str, amperes: float, samples: int) -> Any:
        """An uncertain current."""
        return self.currents.value(self.budget, name, amperes, samples)


def _tracing(observation: Observation) -> _Tracing:
    budget = Budget()
    return _Tracing(budget, scaled_current(budget, observation, SERIES, OWN_SCALE), phases_of(observation, SERIES))


def _done(tracing: _Tracing, value: Any, unit: str, derivation: Derivation) -> Measurement:
    return tracing.budget.measurement(value, unit, derivation, tracing.currents.captures)


def _samples_of(tracing: _Tracing, phase: Polarity) -> NDArray[np.float64]:
    """Plateaus of a phase; without one, the record as it is."""
    train = tracing.phases.train
    amperes = tracing.currents.amperes
    if train is None:
        return amperes
    own = np.flatnonzero(train.sign * tracing.phases.direction == phase.sign)
    inner = own[(own > 0) & (own < train.sign.size - 1)]
    parts = []
    for index in (inner if inner.size else own).tolist():
        first, length = int(train.head[index]), int(train.length[index])
        parts.append(amperes[first + math.ceil(_PLATEAU[0] * length) : first + math.floor(_PLATEAU[1] * length) + 1])
    return np.concatenate(parts) if parts else amperes


def _plateau(tracing: _Tracing, phase: Polarity) -> Any:
    shown = _samples_of(tracing, phase)
    value = tracing.value(f"plateau of the {phase.value} phase", float(shown.mean()), shown.size)
    return -value if value.x < 0 else value


def _length_s(tracing: _Tracing, phase: Polarity) -> Any:
    """Longest phase in one direction, in s; of direct current the record's length."""
    train = tracing.phases.train
    interval = tracing.phases.interval_s
    lengths = np.empty(0)
    if train is not None:
        own = train.sign * tracing.phases.direction == phase.sign
        own[[0, -1]] = False
        # From beginning to beginning of what follows, both at half of the edge.
        lengths = (np.append(train.begin[1:], train.head[-1]) - train.begin)[own]
    longest = float(lengths.max()) if lengths.size else tracing.currents.amperes.size
    between = "where between two samples both edges are"
    return tracing.budget.bounded(
        f"edges of the {phase.value} phase: sampling", longest * interval, _EDGE_SAMPLES * interval, None, between
    )


@register("table-current", 1, PHASE)
def _current(observation: Observation, derivation: Derivation) -> Measurement:
    """Magnitude of the plateau of a phase, mean over the tracing."""
    tracing = _tracing(observation)
    return _done(tracing, _plateau(tracing, _phase(observation, derivation)), "A", derivation)


@register("table-voltage", 1, PHASE)
def _voltage(observation: Observation, derivation: Derivation) -> Measurement:
    """The same times the stated load."""
    tracing = _tracing(observation)
    load = stated_load(tracing.budget, observation.point.load_ohm)
    return _done(tracing, _plateau(tracing, _phase(observation, derivation)) * load, "V", derivation)


@register("table-phase-duration", 1, PHASE)
def _duration(observation: Observation, derivation: Derivation) -> Measurement:
    """Longest phase in one direction."""
    tracing = _tracing(observation)
    return _done(tracing, _length_s(tracing, _phase(observation, derivation)), "s", derivation)


@register("table-phase-charge", 1, PHASE)
def _charge(observation: Observation, derivation: Derivation) -> Measurement:
    """Plateau of a phase times its longest duration."""
    tracing = _tracing(observation)
    phase = _phase(observation, derivation)
    return _done(tracing, _plateau(tracing, phase) * _length_s(tracing, phase), "C", derivation)


@register("table-pulse-energy", 1)
def _energy(observation: Observation, derivation: Derivation) -> Measurement:
    """Energy of the stronger phase into 500 Ω: square of its plateau times its longest duration."""
    tracing = _tracing(observation)
    phases = observation.point.setpoint.polarity.phases
    energies = [_plateau(tracing, phase) ** 2 * _length_s(tracing, phase) * POWER_LOAD_OHM for phase in phases]
    captures = tracing.currents.captures
    return extreme([Candidate(tracing.budget, energy, captures) for energy in energies], "J", derivation)


@register("table-net-charge", 1)
def _net_charge(observation: Observation, derivation: Derivation) -> Measurement:
    """Signed mean over whole periods times the period; of direct current over the tracing."""
    tracing = _tracing(observation)
    shown = tracing.currents.amperes[tracing.whole]
    mean = tracing.value("mean over whole periods", float(shown.mean()), shown.size)
    length = tracing.period_s or tracing.phases.length_s
    return _done(tracing, mean * length, "C", derivation)


@register("table-frequency", 1, {"end": frozenset({"lowest", "highest"})})
def _frequency(observation: Observation, derivation: Derivation) -> Measurement:
    """Lowest or highest frequency in the tracing; where nothing alternates, between none and that of its length."""
    tracing = _tracing(observation)
    lengths = np.diff(tracing.phases.instants_s)
    if not lengths.size:
        half = 0.5 / tracing.phases.length_s
        value = tracing.budget.bounded("no whole period", half, half, None, "between 0 and 1 / its length")
        return _done(tracing, value, "Hz", derivation)
    chosen = float(lengths.max() if dict(derivation.arguments)["end"] == "lowest" else lengths.min())
    bound = 2 * tracing.phases.doubt_s / chosen**2
    value = tracing.budget.bounded("edges: sampling", 1 / chosen, bound, None, "where between two samples both are")
    return _done(tracing, value, "Hz", derivation)


@register("table-average-current", 1)
def _average(observation: Observation, derivation: Derivation) -> Measurement:
    """Rectified mean over whole periods."""
    tracing = _tracing(observation)
    flows = _flowing(tracing)
    shown = np.abs(flows)
    return _done(tracing, tracing.value("rectified mean", float(shown.mean()), shown.size), "A", derivation)


@register("table-rms-density", 1, {"area": NUMBER})
def _density(observation: Observation, derivation: Derivation) -> Measurement:
    """Root mean square over whole periods for each square metre of the electrode."""
    tracing = _tracing(observation)
    return _done(tracing, _rms(tracing) / area_of(derivation), "A/m2", derivation)


@register("table-rms-current", 1)
def _rms_current(observation: Observation, derivation: Derivation) -> Measurement:
    """Root mean square over whole periods."""
    tracing = _tracing(observation)
    return _done(tracing, _rms(tracing), "A", derivation)


@register("table-direct-current", 1)
def _direct(observation: Observation, derivation: Derivation) -> Measurement:
    """The direct-current component by itself: magnitude of the signed mean over whole periods."""
    tracing = _tracing(observation)
    shown = tracing.currents.amperes[tracing.whole]
    mean = tracing.value("mean over whole periods", float(shown.mean()), shown.size)
    return _done(tracing, -mean if mean.x < 0 else mean, "A", derivation)


def _rms(tracing: _Tracing) -> Any:
    flows = _flowing(tracing)
    return tracing.value("root mean square", math.sqrt(float((flows**2).mean())), flows.size)


@register("table-directions", 1)
def _directions(observation: Observation, derivation: Derivation) -> Measurement:
    """In how many directions current flows in the tracing: 1 is monophasic, 2 biphasic, 0 that none flows."""
    tracing = _tracing(observation)
    return _done(tracing, _counted(tracing.budget, len(_directions_of(tracing))), "1", derivation)


@register("table-unlike", 1)
def _unlike(observation: Observation, derivation: Derivation) -> Measurement:
    """How unlike the phases of a setting in both directions are: their charges' difference over their sum, magnitude.

    0 is symmetrical in what it moves; the durations stand beside it. Of one direction only it is 1.
    """
    tracing = _tracing(observation)
    if len(_directions_of(tracing)) < 2:  # noqa: PLR2004 - there are two
        return _done(tracing, _counted(tracing.budget, 1), "1", derivation)
    one, other = (_plateau(tracing, phase) * _length_s(tracing, phase) for phase in Polarity.BIPOLAR.phases)
    share = (one - other) / (one + other)
    return _done(tracing, -share if share.x < 0 else share, "1", derivation)


@register("table-form", 1, PHASE)
def _form(observation: Observation, derivation: Derivation) -> Measurement:
    """Form factor of what flows in one direction: root mean square over mean, of what is above a tenth of the level.

    1 is a rectangle (and a trapezoid nearly so), 1.08 half a sine, 1.11 a triangle or a ramp, from 1.15 on a spike that
    decays: 1.19 one that is exponential.
    """
    tracing = _tracing(observation)
    shown = np.abs(_within(tracing, _phase(observation, derivation)))
    mean = float(shown.mean()) if shown.size else 0.0
    if not mean > 0:
        raise NotMeasurable(f"{observation.key}: no current flows, so it has no form")
    mean_square = float((shown**2).mean())
    # The scale drops out of the ratio; noise adds its square, and edges lie between two samples.
    form, noise = math.sqrt(mean_square) / mean, tracing.currents.noise_a
    bound = (noise**2 + tracing.currents.code_a**2) / (2 * mean_square) * form + _EDGE_SAMPLES / max(shown.size, 1)
    value = tracing.budget.bounded("form", form, bound, None, "noise, nonlinearity of one code, edges between samples")
    return _done(tracing, value, "1", derivation)


def _counted(budget: Budget, count: int) -> Any:
    return budget.bounded("count", float(count), COUNT_DOUBT, None, "less than a tenth of one")


def _directions_of(tracing: _Tracing) -> set[int]:
    train = tracing.phases.train
    return set() if train is None else {int(sign) for sign in np.unique(train.sign)} - {0}


def _within(tracing: _Tracing, phase: Polarity) -> NDArray[np.float64]:
    """What flows in one direction, above a tenth of the level; without phases the record as it is."""
    train, along = tracing.phases.train, phase.sign * tracing.currents.amperes
    return along if train is None else along[along > _LEAST_LEVEL * train.level]


@register("table-attention", 1, {"area": NUMBER, "density": NUMBER})
def _attention(observation: Observation, derivation: Derivation) -> Measurement:
    """J / (J + J0) of the current density J, r.m.s., against the one J0 from which attention is due: a half there.

    As a share it can be decided whether J is a hundredth or a hundred times J0; its U follows J.
    """
    tracing = _tracing(observation)
    density = _rms(tracing) / area_of(derivation)
    from_ = finite("density", float(dict(derivation.arguments)["density"]))
    if not from_ > 0:
        raise NotMeasurable(f"attention from {from_:g} A/m2 on is none")
    return _done(tracing, density / (density + from_), "1", derivation)


@register("table-power-density", 1, {"area": NUMBER})
def _power(observation: Observation, derivation: Derivation) -> Measurement:
    """Power into 500 Ω for each square metre of the electrode: mean over the worst second of the tracing.

    Where the tracing is shorter than that, over its whole periods.
    """
    tracing = _tracing(observation)
    flows = _flowing(tracing, whole=tracing.phases.length_s < WINDOW_S)
    width = round(WINDOW_S / tracing.phases.interval_s)
    square = flows**2
    if flows.size > width:
        sums = np.concatenate(([0.0], np.cumsum(square)))
        worst = float((sums[width:] - sums[:-width]).max()) / width
    else:
        worst = float(square.mean())
    current = tracing.value("root mean square of the worst second", math.sqrt(worst), min(flows.size, width))
    return _done(tracing, current**2 * POWER_LOAD_OHM / area_of(derivation), "W/m2", derivation)


def _flowing(tracing: _Tracing, *, whole: bool = True) -> NDArray[np.float64]:
    """The samples of whole periods; what lies below a tenth of the level is noise, and is taken for nothing."""
    amperes = tracing.currents.amperes[tracing.whole] if whole else tracing.currents.amperes
    level = 0.0 if tracing.phases.train is None else tracing.phases.train.level
    return np.where(np.abs(amperes) < _LEAST_LEVEL * level, 0.0, amperes)


_BURST = {"of": frozenset({"pulses", "rate", "duration", "duty"})}
_BURST_UNITS = {"pulses": "1", "rate": "Hz", "duration": "s", "duty": "1"}


@register("table-burst", 1, _BURST)
def _burst(observation: Observation, derivation: Derivation) -> Measurement:
    """Pulses of a burst, bursts a second, how long one lasts, and the product of the last two.

    Pulses that lie more than one and a half of their usual interval apart begin a new burst. Where they come evenly,
    and in a sweep, each pulse is a burst of its own; direct current is one burst without an end.
    """
    tracing = _tracing(observation)
    which = dict(derivation.arguments)["of"]
    figures = _bursts(tracing)
    interval = tracing.phases.interval_s
    doubt = {"pulses": 0.0, "duration": interval}
    relative = 2 * interval / figures["duration"]
    bound = doubt.get(which, relative * figures[which]) or 0.25
    value = tracing.budget.bounded("edges: sampling", figures[which], bound, None, "samples at both ends")
    return _done(tracing, value, _BURST_UNITS[which], derivation)


def _bursts(tracing: _Tracing) -> dict[str, float]:
    length = tracing.phases.length_s
    train, instants = tracing.phases.train, tracing.phases.instants_s
    if train is None or instants.size < 2:  # noqa: PLR2004 - an interval has two ends
        return {"pulses": 1.0, "rate": 1 / length, "duration": length, "duty": float(train is not None)}
    intervals = np.diff(instants)
    sweeps = declared_of(tracing.phases.capture).waveform in {"staircase", "sweep"}
    breaks = np.flatnonzero(intervals > _GAP * float(np.median(intervals))) if not sweeps else np.empty(0, np.intp)
    active = float((np.abs(tracing.phases.along[tracing.whole]) > _HALF * train.level).mean())
    if breaks.size < 2:  # noqa: PLR2004 - two breaks enclose a burst
        rate = (instants.size - 1) / float(instants[-1] - instants[0])
        return {"pulses": 1.0, "rate": rate, "duration": active / rate, "duty": active}
    counts = np.diff(breaks)
    rate = (breaks.size - 1) / float(instants[breaks[-1] + 1] - instants[breaks[0] + 1])
    one_pulse = active * length / instants.size
    duration = float(np.median(instants[breaks[1:]] - instants[breaks[:-1] + 1])) + one_pulse
    return {"pulses": float(np.median(counts)), "rate": rate, "duration": duration, "duty": rate * duration}


@register("tracings", 1)
def _tracings(observation: Observation, derivation: Derivation) -> Measurement:
    """How many of the tracings show a current from end to end without being cut off by the screen."""
    shown = [name for name in (PULSE, SERIES) if _is_shown(observation, name)]
    budget = Budget()
    return budget.measurement(
        _counted(budget, len(shown)), "1", derivation, evidence(observation, "zero", PULSE, SERIES)
    )


def _is_shown(observation: Observation, name: str) -> bool:
    found = scaled_current(Budget(), observation, name, OWN_SCALE)
    return not found.cut_off and phases_of(observation, name).train is not None


def _phase(observation: Observation, derivation: Derivation) -> Polarity:
    phase = phase_of(derivation)
    if phase not in observation.point.setpoint.polarity.phases:
        raise NotMeasurable(f"{observation.key} has no {phase.value} phase")
    return phase
