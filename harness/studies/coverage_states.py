"""The states of what really flowed: where each phase begins and ends, its plateau, its levels."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import NotMeasurable
from harness.setpoint import Method, Polarity
from harness.studies.coverage_watch import Stretch

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.setpoint import Setpoint
    from harness.studies.coverage_watch import Crossing, Truth, Watch

PLATEAU = (0.25, 0.70)
_HALF = 0.5
_HYSTERESIS = 0.1
_MOST_STATES = 24


@dataclass(frozen=True, slots=True)
class Case:
    """One value whose truth is asked for.

    Attributes:
        observation: that the value was derived from.
        arguments: of the measurand.
        value: that was measured; tells which of several steps of a staircase is meant, and nothing else.
        unit: of the value.
        watch: when everything was taken.
        truth: what flowed.
    """

    observation: Observation
    arguments: dict[str, str]
    value: float
    unit: str
    watch: Watch
    truth: Truth

    @property
    def setpoint(self) -> Setpoint:
        """What was set."""
        return self.observation.point.setpoint

    @property
    def phase(self) -> Polarity:
        """The phase that the value is about; the first one of the setting where it is about none."""
        named = self.arguments.get("phase")
        return Polarity(named) if named else self.setpoint.polarity.phases[0]

    def reading(self, name: str) -> Stretch:
        """When a reading was taken."""
        return self.watch.of(self.observation.reading(name))

    def capture(self, name: str) -> Stretch:
        """When a record was taken, from arming to its end."""
        return self.watch.of(self.observation.capture(name))


def of_state(state: Stretch, part: tuple[float, float]) -> Stretch:
    """A part of a state, as shares of its length."""
    return Stretch(state.from_s + part[0] * state.length_s, state.from_s + part[1] * state.length_s)


def states(case: Case, over: Stretch, phase: Polarity) -> list[Stretch]:
    """The whole states of one phase in a stretch, between their crossings of half the level that is set."""
    # Beyond compliance no more than about half of it flows.
    reached_a = case.setpoint.current_a * (_HALF if case.observation.point.method is Method.SATURATION else 1.0)
    level = phase.sign * _HALF * reached_a
    found = case.truth.crossings(over, level, _HYSTERESIS * reached_a)
    paired = pairs(found, rising=phase is Polarity.POSITIVE)
    if not paired:
        raise NotMeasurable(f"{case.observation.key}: nothing alternated from {over.from_s:g} s to {over.to_s:g} s")
    return paired


def pairs(crossings: list[Crossing], *, rising: bool) -> list[Stretch]:
    """From each crossing of one direction to the next one of the other."""
    ends = itertools.pairwise(crossings)
    return [Stretch(one.at_s, other.at_s) for one, other in ends if one.rising is rising]


def some(every: list[Stretch]) -> list[Stretch]:
    """So many of them, evenly drawn, that a mean over them means something: asking takes time."""
    step = max(1, math.ceil(len(every) / _MOST_STATES))
    return every[::step]


def plateau(case: Case, over: Stretch, phase: Polarity) -> float:
    """Mean current of one phase's plateaus in a stretch, in A, signed; of d.c. that of the stretch."""
    if case.setpoint.frequency_hz is None:
        return case.truth.mean(over)
    parts = [case.truth.mean(of_state(state, PLATEAU)) for state in some(states(case, over, phase))]
    return math.fsum(parts) / len(parts)


def whole_periods(case: Case, over: Stretch) -> Stretch:
    """From the first to the last beginning of the first phase within a stretch; of d.c. the stretch itself."""
    if case.setpoint.frequency_hz is None:
        return over
    found = states(case, over, case.setpoint.polarity.phases[0])
    return Stretch(found[0].from_s, found[-1].from_s)


def at_mid_level(case: Case, over: Stretch) -> list[Crossing]:
    """Crossings of the level half way between the first phase's plateau and what lies beside it, in a stretch."""
    phase = case.setpoint.polarity.phases[0]
    found = states(case, over, phase)
    top = plateau(case, over, phase)
    gaps = [Stretch(one.to_s, other.from_s) for one, other in itertools.pairwise(found)]
    # Right before the next state: a pulse of the other direction may follow this one at once, and rests later.
    beside = [Stretch(gap.to_s - 0.3 * gap.length_s, gap.to_s - 0.1 * gap.length_s) for gap in gaps[:_MOST_STATES]]
    base = math.fsum(case.truth.mean(part) for part in beside) / len(beside)
    return case.truth.crossings(over, (top + base) / 2, _HYSTERESIS * abs(top - base))
