"""The overload trip: a comparator on the current of the electrodes, and a timer behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.circuit.history import Edge, Quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.circuit.loop import Loop
    from harness.simulation.files.unitfile import Overload as OverloadData
    from harness.simulation.timekeeper import Event, Timekeeper
    from harness.simulation.unit.clock import UnitClock

_BEYOND_NS = 50_000_000
"""How far it looks beyond one period of the programme: what comes after that repeats what was seen."""


class OverloadWatch:
    """Calls `tripped` when the current has been beyond its limit, in one direction, for longer than its time.

    The sense resistor carries whatever flows through the electrodes, an injected current included. Nothing is polled:
    after each change of the circuit the future is searched once, and the trip, if there will be one, is scheduled.

    Args:
        data: limit and time.
        clock: the unit's clock.
        loop: the circuit.
        channel: number of the output, from 1.
        timekeeper: bench time.
        repeats_ns: answers the time until which the programme has to be looked at.
        tripped: what happens then.
    """

    def __init__(
        self,
        data: OverloadData,
        *,
        clock: UnitClock,
        loop: Loop,
        channel: int,
        timekeeper: Timekeeper,
        repeats_ns: Callable[[], int],
        tripped: Callable[[], None],
    ) -> None:
        self._data = data
        self._clock = clock
        self._history = loop.output(channel)
        self._timekeeper = timekeeper
        self._repeats_ns = repeats_ns
        self._tripped = tripped
        self._running = False
        self._since_ns = 0
        self._event: Event | None = None
        if data.trip_a:
            loop.on_change(self._changed)

    def start(self) -> None:
        self._running = True
        self._since_ns = self._timekeeper.now_ns
        self._changed()

    def stop(self) -> None:
        self._running = False
        self._cancel()

    def _cancel(self) -> None:
        if self._event is not None:
            self._event.cancel()
            self._event = None

    def _changed(self) -> None:
        if self._running and self._data.trip_a:
            self._cancel()
            # At the end of this instant: of several changes at one time only what they leave is searched.
            self._event = self._timekeeper.schedule(self._timekeeper.now_ns, self._look)

    def _look(self) -> None:
        self._event = None
        now_ns = self._timekeeper.now_ns
        time_ns = self._clock.ns(self._data.trip_s)
        from_ns = max(self._since_ns, now_ns - time_ns)  # what has been beyond for longer has tripped already
        to_ns = max(now_ns, self._repeats_ns()) + time_ns + _BEYOND_NS
        limit = self._data.trip_a
        due = [due for sign in (1.0, -1.0) if (due := self._due_ns(sign * limit, time_ns, from_ns, to_ns)) is not None]
        if not due:
            return
        if min(due) <= now_ns:
            self._tripped()
        else:
            self._event = self._timekeeper.schedule(min(due), self._look)

    def _due_ns(self, limit_a: float, time_ns: int, from_ns: int, to_ns: int) -> int | None:
        """Answer when the first excursion beyond `limit_a` in [from, to) has lasted for `time_ns`."""
        upwards = limit_a > 0.0
        beyond = Edge(Quantity.CURRENT, limit_a, rising=upwards, hysteresis=0.0)
        back = Edge(Quantity.CURRENT, limit_a, rising=not upwards, hysteresis=0.0)
        while True:
            start_ns, _ = self._history.first_crossing(beyond, from_ns, to_ns, primed=True, until_change=True)
            if start_ns is None:
                return None
            end_ns, _ = self._history.first_crossing(back, start_ns + 1, start_ns + 1 + time_ns, primed=True)
            if end_ns is None:
                return start_ns + time_ns
            from_ns = max(end_ns, start_ns + 1)
