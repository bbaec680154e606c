"""How the current rises after contact: its duration, what it does beyond the level, and whether it falls back.

What rises is the envelope (`envelope`). Everything is relative to the plateau that was recorded after the rise at the
same scale, so that neither the multimeter nor the oscilloscope's gain matters. A unit that is switched on again after a
trip rises from the record's start, relative to what it reaches at its end.

    rise time = t(90 %) - t(10 %);    a straight rise in T gives 0.8 T
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.contact import RESTART
from harness.measurands.envelope import envelope, high, pulsing, pulsing_of
from harness.measurands.flow import check_before_loss
from harness.measurands.instants import (
    SETTLED_S,
    contact_instant,
    crossing,
    of_the_same_trigger,
    the_one,
    time_base,
)
from harness.measurands.oscilloscope import LEAST_SAMPLES, Calibration, scaled_current, scaled_currents
from harness.measurands.registry import register
from harness.metrology import Budget
from harness.setpoint import Method

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Observation
    from harness.measurands.envelope import Pulsing
    from harness.measurands.instants import Stretch
    from harness.measurands.oscilloscope import Currents
    from harness.quantity import Derivation, Measurement

BEGIN, END = 0.1, 0.9
"""Reference levels of a rise (IEEE Std 181-2011, 5.3.3)."""

_NOISE_REACH = 3.0

_AT_THE_END = 0.1
"""Last part of a record that shows what a rise has come to."""

_LEAST_SHARE = 0.05
"""A plateau under this share of the setpoint is no level that a rise could be relative to."""


@register("contact-rise-time", 1)
def _rise_time(observation: Observation, derivation: Derivation) -> Measurement:
    """Time from 10 % to 90 % of the plateau after contact, in s; low-passed by a moving mean of 1 ms.

    A current that is there at once takes 0 s, within the moving mean. One that is not at 90 % where the record ends
    gives the time until there: a lower bound. The rise begins where 10 % is passed for the last time before 90 %, so
    that noise and bounces can only shorten it. Between two pulses nobody knows: each end is known to a period.
    """
    budget = Budget()
    rise = _rise(budget, observation)
    begin, end = rise.between(BEGIN, END)
    step_s, level_a = rise.part.interval_s, abs(rise.level_a)
    off = (rise.currents.code_a + _NOISE_REACH * rise.part.noise_a) / level_a
    longer, shorter = (rise.between(BEGIN + side * off, END - side * off) for side in (-1, 1))
    half = abs((longer[1] - longer[0]) - (shorter[1] - shorter[0])) / 2
    time = budget.bounded("rise: moving mean", (end - begin) * step_s, rise.part.mean_s, None, "its length, at a step")
    time = time + budget.bounded("rise: sampling", 0.0, step_s, None, "half a sampling interval at each end")
    source = "one code, assumed [a], and three standard deviations, at the slope of the rise"
    time = time + budget.bounded("rise: nonlinearity and noise", 0.0, half * step_s, None, source)
    for place in ("10 %", "90 %") if rise.period_s else ():
        time = time + budget.bounded(f"rise: pulse at {place}", 0.0, rise.period_s / 2, None, "since the pulse before")
    result = time * time_base(budget, observation.capture(rise.currents.name))
    return budget.measurement(result, "s", derivation, rise.captures)


@register("rise-overshoot", 1)
def _overshoot(observation: Observation, derivation: Derivation) -> Measurement:
    """By how much the current goes beyond its plateau after contact, relative to it; low-passed over 1 ms.

    The largest value from 20 µs after contact to the record's end. Where the screen cuts it off: a lower bound.
    """
    budget = Budget()
    rise = _rise(budget, observation)
    largest = rise.value(budget, "largest current", int(rise.shares.argmax()))
    level = rise.plateau(budget)
    return budget.measurement(largest / level - 1 + rise.noise(budget, 1.0), "1", derivation, rise.captures)


@register("rise-fall", 1)
def _fall(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest fall from a value reached before, while the current rises to 90 % of its plateau, relative to that.

    Low-passed over 1 ms. A current that is there at once does not rise, and so does not fall: 0.
    """
    budget = Budget()
    rise = _rise(budget, observation)
    reached = np.flatnonzero(rise.shares >= END)
    rising = rise.shares[: int(reached[0]) + 1 if reached.size else None]
    low = int((np.maximum.accumulate(rising) - rising).argmax())
    high = int(rising[: low + 1].argmax())
    result = rise.noise(budget, 2.0)
    if high != low:
        top, bottom = (
            rise.value(budget, "before the fall", high),
            rise.value(budget, "after the fall", low, linear=True),
        )
        result = result + (top - bottom) / rise.plateau(budget)
    return budget.measurement(result, "1", derivation, rise.captures)


@dataclass(frozen=True, slots=True, eq=False)
class _Rise:
    """The envelope after contact, relative to its plateau.

    Attributes:
        currents: the record.
        reference: the record of the plateau.
        part: the envelope from 20 µs after contact to the record's end, low-passed.
        shares: the same as shares of the plateau.
        level_a: magnitude of the plateau.
        period_s: from one pulse to the next; 0 where the envelope is known at all times.
        captures: names, as evidence names them.
    """

    currents: Currents
    reference: Currents
    part: Stretch
    shares: NDArray[np.float64]
    level_a: float
    period_s: float
    captures: tuple[str, ...]

    def between(self, low: float, high: float) -> tuple[float, float]:
        """Where the rise passes two levels, as fractional indices; the ends of the stretch where it does not."""
        shares = self.shares
        reached = np.flatnonzero(shares >= high)
        if not reached.size:
            passed = np.flatnonzero(shares > low)
            return (float(passed[0]) if passed.size else 0.0), float(shares.size - 1)
        first = int(reached[0])
        below = np.flatnonzero(shares[:first] <= low)
        begin = crossing(shares, int(below[-1]), low) if below.size else 0.0
        return begin, crossing(shares, first - 1, high) if first else 0.0

    def value(self, budget: Budget, name: str, index: int, *, linear: bool = False) -> Any:
        """One value of the stretch with its budget, in A."""
        return self.currents.value(budget, name, float(self.part.amperes[index]), self.part.over, linear=linear)

    def plateau(self, budget: Budget) -> Any:
        """The plateau with its budget, in A; nonlinearity is borne by what is compared with it."""
        return self.reference.value(budget, "plateau", self.level_a, self.reference.amperes.size, linear=True)

    def noise(self, budget: Budget, times: float) -> Any:
        """What noise makes of a largest value (or of a difference of two), relative to the plateau."""
        bound = times * self.part.noise_of_largest_a / abs(self.level_a)
        return budget.bounded("rise: noise", 0.0, bound, None, self.part.lifted)


def _rise(budget: Budget, observation: Observation) -> _Rise:
    """The rise after contact, or after a trip was cleared.

    Raises:
        NotMeasurable: a plateau without current; or nothing to restart from.
    """
    if observation.point.method is Method.OVERCURRENT:
        return _after_trip(budget, observation)
    name = the_one(observation, "rise")
    monitor = of_the_same_trigger(observation, name, "monitor")
    names = {reading.name for reading in observation.readings}
    read = observation.point.setpoint.polarity.phases[0].value in names
    calibration = Calibration() if read else Calibration(reference=None)
    currents, reference = scaled_currents(budget, observation, (name, "reference"), calibration)
    from_s = contact_instant(monitor) + SETTLED_S
    captures = (*currents.captures, f"{observation.key}-{monitor.name}")
    rise = _relative(
        observation,
        currents,
        reference,
        _level_a(observation, reference),
        from_s=from_s,
        pulses=pulsing_of(observation),
        captures=captures,
    )
    if observation.point.variant == RESTART:
        check_before_loss(observation, (name,))
    return rise


def _after_trip(budget: Budget, observation: Observation) -> _Rise:
    """The rise of an output that is switched on again after a trip, relative to what it comes to."""
    zero = "zero-restart" if any(capture.name == "zero-restart" for capture in observation.captures) else "zero"
    name = the_one(observation, "restart")
    currents = scaled_current(budget, observation, name, Calibration(zero=zero, reference=None))
    last = max(round(_AT_THE_END * currents.amperes.size), 1)
    end = replace(currents, amperes=currents.amperes[-last:])
    pulses = pulsing(observation.point.setpoint, end.amperes, end.interval_s)
    level_a = _top_a(observation, end.amperes)
    least_a = _LEAST_SHARE * observation.point.setpoint.current_a
    if level_a < least_a:
        # It may have come and gone: then that is what it rose to.
        whole = envelope(currents, currents.start_s, observation.point.setpoint, None)
        level_a = float(whole.amperes.max())
    return _relative(
        observation, currents, end, level_a, from_s=currents.start_s, pulses=pulses, captures=currents.captures
    )


def _relative(
    observation: Observation,
    currents: Currents,
    reference: Currents,
    level_a: float,
    *,
    from_s: float,
    pulses: Pulsing | None,
    captures: tuple[str, ...],
) -> _Rise:
    """The envelope from an instant on, relative to a plateau.

    Raises:
        NotMeasurable: that plateau is none.
    """
    setpoint = observation.point.setpoint
    if level_a < _LEAST_SHARE * setpoint.current_a:
        raise NotMeasurable(f"{observation.key}: the plateau after contact is {level_a:g} A: there is no rise to it")
    part = envelope(currents, from_s, setpoint, pulses)
    return _Rise(
        currents=currents,
        reference=reference,
        part=part,
        shares=part.amperes / level_a,
        level_a=level_a,
        period_s=0.0 if pulses is None else pulses.period_s,
        captures=captures,
    )


def _level_a(observation: Observation, reference: Currents) -> float:
    """Magnitude of a reference's plateau: where the record says that it is, else where it shows it."""
    plateaus = observation.capture(reference.name).plateaus
    phase = observation.point.setpoint.polarity.phases[0]
    inside = next((reference.window(each.from_s, each.to_s) for each in plateaus if each.phase is phase), None)
    if inside is None or inside.size < LEAST_SAMPLES:
        return _top_a(observation, reference.amperes)
    return abs(float(inside.mean()))


def _top_a(observation: Observation, amperes: NDArray[np.float64]) -> float:
    """Magnitude of a settled output: of d.c. its mean, otherwise the median of what is above half of its top."""
    if observation.point.setpoint.frequency_hz is None:
        return abs(float(amperes.mean()))
    return float(np.median(np.abs(amperes[high(amperes)])))
