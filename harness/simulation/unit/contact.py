"""How the firmware knows that the electrodes touch: a look at each tick of its sense timer, and debouncing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.circuit.loop import Loop
    from harness.simulation.files.unitfile import Contact as ContactData
    from harness.simulation.timekeeper import Event, Timekeeper
    from harness.simulation.unit.clock import UnitClock


class ContactWatch:
    """Follows the contact of one channel while its output is on.

    A look that finds nothing new leads to nothing, so only the first tick after a change of the circuit is ever
    scheduled: a steady stretch costs nothing, however long.

    Args:
        data: periods and threshold.
        clock: the unit's clock.
        loop: the circuit.
        channel: number of the output, from 1.
        timekeeper: bench time.
        made: called at the tick that finds contact.
        lost: called when an open contact was still open after debouncing.
    """

    def __init__(
        self,
        data: ContactData,
        *,
        clock: UnitClock,
        loop: Loop,
        channel: int,
        timekeeper: Timekeeper,
        made: Callable[[], None],
        lost: Callable[[], None],
    ) -> None:
        self._data = data
        self._clock = clock
        self._loop = loop
        self._channel = channel
        self._timekeeper = timekeeper
        self._made = made
        self._lost = lost
        self._running = False
        self._touching = False
        self._origin_ns = 0
        self._event: Event | None = None
        if data.sensing:
            loop.on_change(self._changed)

    def start(self) -> None:
        """Forget what was known; ticks count from now. The first look comes at the first tick after this one."""
        self._running = True
        self._touching = False
        self._origin_ns = self._timekeeper.now_ns
        self._changed()

    def stop(self) -> None:
        self._running = False
        if self._event is not None:
            self._event.cancel()
            self._event = None

    def _changed(self) -> None:
        if not self._running or self._event is not None:
            return
        period_ns = self._clock.ns(self._data.sense_period_s)
        ticks = (self._timekeeper.now_ns - self._origin_ns) // period_ns + 1
        self._event = self._timekeeper.schedule(self._origin_ns + ticks * period_ns, self._look)

    def _look(self) -> None:
        self._event = None
        touching = self._touches()
        if touching and not self._touching:
            self._touching = True
            self._made()
        elif self._touching and not touching:
            debounced_ns = self._timekeeper.now_ns + self._clock.ns(self._data.debounce_s)
            self._event = self._timekeeper.schedule(debounced_ns, self._confirm)

    def _confirm(self) -> None:
        self._event = None
        if not self._touches():
            self._touching = False
            self._lost()

    def _touches(self) -> bool:
        if self._data.stuck:
            return True
        sensed_ohm = self._loop.sensed_ohm(self._channel)
        return sensed_ohm is not None and sensed_ohm < self._data.threshold_ohm
