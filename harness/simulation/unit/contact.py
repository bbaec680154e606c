"""How the firmware knows that the electrodes touch: a look at each tick of its sense timer, and debouncing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.unit.clock import Alarm

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.unitfile import Contact as ContactData
    from harness.simulation.unit.board import ChannelBoard
    from harness.simulation.unit.clock import UnitClock


class Ticks:
    """Calls `look` at the first tick after each change of the circuit, while it runs.

    A look that finds nothing new leads to nothing, so only the first tick after a change is ever scheduled: a steady
    stretch costs nothing, however long.

    Args:
        board: the channel's electronics.
        clock: the unit's clock.
        period_s: from tick to tick.
        look: what happens at one.
        late_s: answers by how much tick k is late, ``late_s[k % len(late_s)]``; none: every tick comes in time.
    """

    def __init__(
        self,
        board: ChannelBoard,
        clock: UnitClock,
        period_s: float,
        look: Callable[[], None],
        late_s: Callable[[], tuple[float, ...]] = tuple,
    ) -> None:
        self._board = board
        self._clock = clock
        self._period_s = period_s
        self._late_s = late_s
        self._running = False
        self._origin_ns = 0
        self._alarm = Alarm(board, clock, look)
        if period_s:
            board.on_change(self.changed)

    def start(self) -> None:
        """Let ticks count from now; the first look comes at the first tick after this one."""
        self._running = True
        self._origin_ns = self._board.now_ns
        self.changed()

    def stop(self) -> None:
        self._running = False
        self._alarm.stop()

    def changed(self) -> None:
        """Look at the next tick."""
        if not self._running or self._alarm.is_set:
            return
        period_ns = self._clock.ns(self._period_s)
        tick = (self._board.now_ns - self._origin_ns) // period_ns
        if self._tick_ns(tick) <= self._board.now_ns:
            tick += 1
        self._alarm.at(self._tick_ns(tick))

    def _tick_ns(self, tick: int) -> int:
        late_s = self._late_s()
        late_ns = self._clock.ns(late_s[tick % len(late_s)]) if late_s else 0
        return self._origin_ns + tick * self._clock.ns(self._period_s) + late_ns


class ContactWatch:
    """Follows the contact of one channel while its output is on.

    Args:
        data: periods and thresholds, as they hold.
        board: the channel's electronics.
        clock: the unit's clock.
        late_s: answers by how much each tick is late.
        made: called at the tick that finds contact.
        lost: called when an open contact was still open after debouncing.
        felt: called at a tick that finds contact as before, after a change.

    Attributes:
        ohm: what the last look that found contact read.
    """

    def __init__(
        self,
        data: Callable[[], ContactData],
        *,
        board: ChannelBoard,
        clock: UnitClock,
        late_s: Callable[[], tuple[float, ...]],
        made: Callable[[], None],
        lost: Callable[[], None],
        felt: Callable[[], None],
    ) -> None:
        self.ohm = 0.0
        self._data = data
        self._board = board
        self._made = made
        self._lost = lost
        self._felt = felt
        self._touching = False
        self._ticks = Ticks(board, clock, data().sense_period_s if data().sensing else 0.0, self._look, late_s)
        self._debounced = Alarm(board, clock, self._confirm)
        self._clock = clock

    def start(self, *, touching: bool = False) -> None:
        """Forget what was known, or begin with contact; ticks count from now."""
        self._touching = touching
        self._ticks.start()

    def stop(self) -> None:
        self._ticks.stop()
        self._debounced.stop()

    def _look(self) -> None:
        if self._debounced.is_set:
            return
        touching = self._touches()
        if touching and not self._touching:
            self._touching = True
            self._made()
        elif touching:
            self._felt()
        elif self._touching:
            self._debounced.at(self._board.now_ns + self._clock.ns(self._data().debounce_s))

    def _confirm(self) -> None:
        if not self._touches():
            self._touching = False
            self._lost()

    def _touches(self) -> bool:
        """Look; what touches already is lost above another resistance than it is found below."""
        data, board = self._data(), self._board
        if data.stuck:
            return True
        sensed_ohm = board.contact.value(board.contact_code(data.blind_electrode))
        limit_ohm = (data.release_ohm if self._touching else 0.0) or data.threshold_ohm
        if data.least_ohm <= sensed_ohm < limit_ohm:
            self.ohm = sensed_ohm
            return True
        return False
