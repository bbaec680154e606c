"""What really flowed in a past interval, with no instrument in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.circuit.history import Edge, Quantity
from harness.simulation.request import Refused
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from harness.simulation.circuit.history import History
    from harness.simulation.request import Request

STATISTICS = ("mean", "rms", "peak", "minimum", "maximum", "samples", "charge", "crossings")
_MOST_SAMPLES = 1_000_000
_MOST_CROSSINGS = 100_000
_OF_UNIT = frozenset({Quantity.CURRENT, Quantity.VOLTAGE, Quantity.SOURCE_CURRENT})


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; times in nanoseconds of bench time."""

    quantity: Quantity
    channel: int
    from_ns: int
    to_ns: int
    statistic: str
    interval_s: float
    level: float
    hysteresis: float

    @property
    def is_of_unit(self) -> bool:
        """Whether it is there for each channel of the unit; anything else is there once, on the bench."""
        return self.quantity in _OF_UNIT


def parse(request: Request, *, channels: int, now_ns: int) -> Question:
    """Read a question.

    Raises:
        Refused: it asks for what is not there, and says what is.
    """
    name = request.text("quantity")
    names = [quantity.value for quantity in Quantity]
    if name not in names:
        raise Refused(f"quantity {name!r} is none of {', '.join(names)}")
    channel = request.integer("channel", 1)
    if not 1 <= channel <= channels:
        raise Refused(f"channel is {channel}; the unit has 1 to {channels}")
    from_ns, to_ns = (round(request.number(key) * NS_PER_S) for key in ("from", "to"))
    if not 0 <= from_ns < to_ns <= now_ns:
        raise Refused(
            f"from {from_ns / NS_PER_S:g} to {to_ns / NS_PER_S:g} is no past interval; 0 <= from < to <= "
            f"{now_ns / NS_PER_S:.9f}"
        )
    statistic = request.text("statistic", "mean")
    if statistic not in STATISTICS:
        raise Refused(f"statistic {statistic!r} is none of {', '.join(STATISTICS)}")
    interval_s = request.number("interval") if statistic == "samples" else 1.0
    level = request.number("level") if statistic == "crossings" else 0.0
    hysteresis = request.number("hysteresis", 0.0) if statistic == "crossings" else 0.0
    request.end()
    if hysteresis < 0.0:
        raise Refused(f"hysteresis is {hysteresis:g}; it is 0 or more")
    if interval_s <= 0 or (to_ns - from_ns) / NS_PER_S / interval_s > _MOST_SAMPLES:
        raise Refused(f"interval is {interval_s:g}; it is above 0 and gives at most {_MOST_SAMPLES} samples")
    return Question(Quantity(name), channel, from_ns, to_ns, statistic, interval_s, level, hysteresis)


def answer(question: Question, history: History) -> float | list[float] | list[dict[str, object]]:
    """Answer in A or V; a charge in A s or V s; crossings with their times in s.

    Raises:
        Refused: it is too long ago, or there are too many crossings.
    """
    if question.from_ns < history.reaches_ns:
        raise Refused(
            f"from {question.from_ns / NS_PER_S:g} is too long ago; the truth reaches back to "
            f"{history.reaches_ns / NS_PER_S:.9f}, what was before is forgotten"
        )
    quantity, from_ns, to_ns = question.quantity, question.from_ns, question.to_ns
    if question.statistic == "mean":
        return history.mean(quantity, from_ns, to_ns)
    if question.statistic == "charge":
        return history.mean(quantity, from_ns, to_ns) * ((to_ns - from_ns) / NS_PER_S)
    if question.statistic == "crossings":
        return _crossings(question, history)
    if question.statistic == "rms":
        return history.rms(quantity, from_ns, to_ns)
    if question.statistic == "samples":
        count = max(1, -(-(to_ns - from_ns) // max(1, round(question.interval_s * NS_PER_S))))
        return [float(v) for v in history.sample(quantity, from_ns, question.interval_s * np.arange(count))]
    low, high = history.extremes(quantity, from_ns, to_ns)
    return {"minimum": low, "maximum": high, "peak": max(-low, high)}[question.statistic]


def _crossings(question: Question, history: History) -> list[dict[str, object]]:
    """Find every time at which the level is reached from one side after the other.

    Raises:
        Refused: there are too many.
    """
    quantity, level, hysteresis = question.quantity, question.level, question.hysteresis
    edges = {rising: Edge(quantity, level, rising, hysteresis) for rising in (True, False)}
    found: list[dict[str, object]] = []
    at_ns = question.from_ns
    rising = history.at(quantity, at_ns) < level
    while len(found) <= _MOST_CROSSINGS:
        came_ns, _ = history.first_crossing(edges[rising], at_ns, question.to_ns, primed=False)
        if came_ns is None:
            return found
        found.append({"time": came_ns / NS_PER_S, "rising": rising})
        at_ns, rising = came_ns, not rising
    raise Refused(f"more than {_MOST_CROSSINGS} crossings of {level:g}; ask for a shorter interval or more hysteresis")
