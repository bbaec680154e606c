"""What a maker has to state of a powered muscle stimulator, as measured values (FDA guidance of 1999; 21 CFR 882.5891).

Every figure is the unit's own: plateaus and times as measured, into the load as stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import NotMeasurable
from harness.measurands.disclosed import LOAD_TOLERANCE, POWER_LOAD_OHM, WINDOW_S, area_of, stated_load
from harness.measurands.extremes import Candidate, extreme
from harness.measurands.polarity import currents_of, net_current
from harness.measurands.registry import NUMBER, PHASE, phase_of, register
from harness.measurands.shape import periods_as_currents, plateau_of
from harness.measurands.timing import PERIODS, mean_duty, mean_period, periods_of
from harness.metrology import Budget
from harness.setpoint import Method, Polarity

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.quantity import Derivation, Measurement

_HALF_TOLERANCE = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class _Phase:
    """One direction of current: uncertain magnitude of its plateau, in A, and share of the period."""

    current: Any
    share: Any


def _phases(budget: Budget, observation: Observation) -> dict[Polarity, _Phase]:
    """The phases of a point, by the multimeter's plateaus in steady points, else from the record `periods`."""
    phases = observation.point.setpoint.polarity.phases
    if observation.point.method is Method.SHAPE:
        return _recorded_phases(budget, observation)
    currents = currents_of(budget, observation, tuple(phase.value for phase in phases), gain_apart=True)
    share: Any = 1.0 / len(phases)
    if any(reading.name == "inactive" for reading in observation.readings) or len(phases) > 1:
        half = _HALF_TOLERANCE * 0.5
        share = budget.bounded("share of a phase", 0.5, half, None, "half of the period, as set, assumed [a]")
    shares = (share, 1 - share)
    return {
        phase: _Phase(_magnitude(current), share)
        for phase, current, share in zip(phases, currents, shares, strict=False)
    }


def _recorded_phases(budget: Budget, observation: Observation) -> dict[Polarity, _Phase]:
    first, *others = observation.point.setpoint.polarity.phases
    currents = periods_as_currents(budget, observation, first)
    of_first = periods_of(observation, first)
    share = mean_duty(budget, of_first)
    found = {first: _Phase(_magnitude(plateau_of(budget, observation, currents, first)), share)}
    for phase in others:
        # Alike in what is uncertain; as long as it is.
        own = mean_duty(Budget(), periods_of(observation, phase))
        length = float(own.x) / float(share.x) if share.x else 0.0
        found[phase] = _Phase(_magnitude(plateau_of(budget, observation, currents, phase)), share * length)
    return found


def _magnitude(value: Any) -> Any:
    return -value if value.x < 0 else value


@register("maximum-voltage", 2, PHASE)
def _voltage(observation: Observation, derivation: Derivation) -> Measurement:
    """Plateau of a phase times the stated load."""
    budget = Budget()
    current = _of_phase(budget, observation, phase_of(derivation)).current
    volts = current * stated_load(budget, observation.point.load_ohm)
    return budget.measurement(volts, "V", derivation, _names(observation))


@register("phase-charge", 2, PHASE)
def _phase_charge(observation: Observation, derivation: Derivation) -> Measurement:
    """Plateau of a phase times its length.

    Raises:
        NotMeasurable: the setting has no period.
    """
    budget = Budget()
    phase = _of_phase(budget, observation, phase_of(derivation))
    return budget.measurement(
        phase.current * phase.share * _period(budget, observation), "C", derivation, _names(observation)
    )


@register("net-charge", 2)
def _net_charge(observation: Observation, derivation: Derivation) -> Measurement:
    """Net direct current times the period: what one period leaves behind."""
    budget = Budget()
    net = net_current(budget, observation)
    # The period's own budget would name the edges again; its U is far below that of the net current.
    period = float(mean_period(Budget(), periods_of(observation)).x)
    return budget.measurement(net * period, "C", derivation, _names(observation))


@register("average-current", 2)
def _average(observation: Observation, derivation: Derivation) -> Measurement:
    """Rectified mean: plateaus times their share of the period."""
    budget = Budget()
    phases = _phases(budget, observation).values()
    return budget.measurement(
        sum(phase.current * phase.share for phase in phases), "A", derivation, _names(observation)
    )


@register("rms-current", 1)
def _rms(observation: Observation, derivation: Derivation) -> Measurement:
    """Root mean square of the current over the period."""
    budget = Budget()
    square = sum(phase.current**2 * phase.share for phase in _phases(budget, observation).values())
    if not square.x > 0:
        raise NotMeasurable(f"{observation.key}: no current, so no root mean square of it")
    return budget.measurement(square**0.5, "A", derivation, _names(observation))


@register("pulse-energy", 2)
def _energy(observation: Observation, derivation: Derivation) -> Measurement:
    """Energy of the stronger phase of a period into 500 Ω, by its plateau.

    Raises:
        NotMeasurable: the setting has no period.
    """
    budget = Budget()
    period = _period(budget, observation)
    energies = [phase.current**2 * phase.share * period for phase in _phases(budget, observation).values()]
    found = [Candidate(budget, energy * POWER_LOAD_OHM, _names(observation)) for energy in energies]
    return extreme(found, "J", derivation)


@register("rms-current-density", 2, {"area": NUMBER})
def _density(observation: Observation, derivation: Derivation) -> Measurement:
    """Root mean square of the current over the period, for each square metre of the electrode."""
    budget = Budget()
    square = sum(phase.current**2 * phase.share for phase in _phases(budget, observation).values())
    if not square.x > 0:
        raise NotMeasurable(f"{observation.key}: no current, so no density of it")
    return budget.measurement(square**0.5 / area_of(derivation), "A/m2", derivation, _names(observation))


@register("power-density", 2, {"area": NUMBER})
def _power(observation: Observation, derivation: Derivation) -> Measurement:
    """Power into 500 Ω for each square metre of the electrode, mean over the worst second."""
    budget = Budget()
    phases = _phases(budget, observation)
    period = WINDOW_S
    if observation.point.setpoint.frequency_hz is not None:
        period = max(1 / observation.point.setpoint.frequency_hz, WINDOW_S)
    left = WINDOW_S
    square: Any = 0.0
    # Of a period longer than a second the worst second takes the stronger phase first.
    for phase in sorted(phases.values(), key=lambda phase: -abs(float(phase.current.x))):
        length = float(phase.share.x) * period if not isinstance(phase.share, float) else phase.share * period
        taken = min(length, left)
        left -= taken
        share = phase.share if length <= WINDOW_S and period <= WINDOW_S else taken / WINDOW_S
        square = square + phase.current**2 * share
    return budget.measurement(square * POWER_LOAD_OHM / area_of(derivation), "W/m2", derivation, _names(observation))


def _of_phase(budget: Budget, observation: Observation, phase: Polarity) -> _Phase:
    found = _phases(budget, observation).get(phase)
    if found is None:
        raise NotMeasurable(f"{observation.key} has no {phase.value} phase")
    return found


def _period(budget: Budget, observation: Observation) -> Any:
    """Uncertain period, in s: as measured where it was recorded, else as set."""
    frequency = observation.point.setpoint.frequency_hz
    if frequency is None:
        raise NotMeasurable(f"{observation.key} is direct current: it has no period")
    if observation.point.method is Method.SHAPE:
        return mean_period(budget, periods_of(observation))
    return budget.bounded("period", 1 / frequency, LOAD_TOLERANCE / frequency, None, "as set, within 1 %, assumed [a]")


def _names(observation: Observation) -> tuple[str, ...]:
    taken = {capture.name for capture in observation.captures}
    return tuple(f"{observation.key}-{name}" for name in ("zero", "output", "reference", PERIODS) if name in taken)
