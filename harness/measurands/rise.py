"""How the current rises after contact: its duration, what it does beyond the level, and whether it falls back.

The envelope of a d.c. mode is the current itself. Everything is relative to the plateau that was recorded after the
rise at the same scale, so that neither the multimeter nor the oscilloscope's gain matters.

    rise time = t(90 %) - t(10 %);    a straight rise in T gives 0.8 T
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.instants import (
    SETTLED_S,
    contact_instant,
    crossing,
    of_the_same_trigger,
    plateau_a,
    stretch,
    the_one,
    time_base,
)
from harness.measurands.oscilloscope import scaled_currents
from harness.measurands.registry import register
from harness.metrology import Budget

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Observation
    from harness.measurands.instants import Stretch
    from harness.measurands.oscilloscope import Currents
    from harness.quantity import Derivation, Measurement

BEGIN, END = 0.1, 0.9
"""Reference levels of a rise (IEEE Std 181-2011, 5.3.3)."""

_MEAN_S = 1e-3
"""Moving mean: a hundredth of the shortest rise that anybody allows; bounces and discharges hardly pass it."""

_NOISE_REACH = 3.0

_LEAST_SHARE = 0.05
"""A plateau under this share of the setpoint is no level that a rise could be relative to."""


@register("contact-rise-time", 1)
def _rise_time(observation: Observation, derivation: Derivation) -> Measurement:
    """Time from 10 % to 90 % of the plateau after contact, in s; low-passed by a moving mean of 1 ms.

    A current that is there at once takes 0 s, within the moving mean. One that is not at 90 % where the record ends
    gives the time until there: a lower bound. The rise begins where 10 % is passed for the last time before 90 %, so
    that noise and bounces can only shorten it.
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
    """The current after contact, relative to its plateau.

    Attributes:
        currents: the record.
        reference: the record of the plateau.
        part: from 20 µs after contact to the record's end, low-passed.
        shares: the same as shares of the plateau.
        level_a: the plateau, with its sign.
        captures: names, as evidence names them.
    """

    currents: Currents
    reference: Currents
    part: Stretch
    shares: NDArray[np.float64]
    level_a: float
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
        lifted = f"what lifts the largest of {self.part.amperes.size} means over {self.part.mean_s * 1e6:.3g} µs"
        return budget.bounded("rise: noise", 0.0, bound, None, lifted)


def _rise(budget: Budget, observation: Observation) -> _Rise:
    """The rise after contact.

    Raises:
        NotMeasurable: a pulsed or alternating mode; or a plateau without current.
    """
    setpoint = observation.point.setpoint
    if setpoint.frequency_hz is not None:
        raise NotMeasurable(f"{observation.key}: only the rise of a d.c. mode is read; this one has a frequency")
    name = the_one(observation, "rise")
    monitor = of_the_same_trigger(observation, name, "monitor")
    currents, reference = scaled_currents(budget, observation, (name, "reference"))
    level_a = plateau_a(observation, reference)
    if abs(level_a) < _LEAST_SHARE * setpoint.current_a:
        raise NotMeasurable(f"{observation.key}: the plateau after contact is {level_a:g} A: there is no rise to it")
    part = stretch(currents, contact_instant(monitor) + SETTLED_S, currents.end_s, _MEAN_S)
    return _Rise(
        currents=currents,
        reference=reference,
        part=part,
        shares=part.amperes / level_a,
        level_a=level_a,
        captures=(*currents.captures, f"{observation.key}-{monitor.name}"),
    )
