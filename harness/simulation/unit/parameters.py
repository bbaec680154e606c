"""The parameters of one channel's firmware as they hold now, where the unit file limits some of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.files.only import Situation, edges_s, under
from harness.simulation.unit.clock import Alarm

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.only import Only
    from harness.simulation.files.unitfile import (
        Contact,
        Display,
        Firmware,
        Overload,
        Session,
        Supervision,
        Timing,
        UnitFile,
    )
    from harness.simulation.unit.board import ChannelBoard
    from harness.simulation.unit.clock import UnitClock
    from harness.simulation.unit.power import Power

_TABLES = ("firmware", "timing", "contact", "overload", "session", "supervision", "display")


@dataclass(frozen=True, slots=True)
class Setting:
    """What conditions look at of the settings."""

    polarity: str
    level: int
    frequency_hz: float


class Parameters:
    """Tables of a unit file under the present situation of one channel.

    Args:
        unit: the file.
        board: the channel's electronics.
        clock: the unit's clock.
        power: battery and supply.
        changed: called when other parameters hold than before, though nothing was set.

    Attributes:
        firmware: levels, duty and so on.
        timing: what is wrong with the timers.
        contact: how contact is sensed.
        overload: the trip.
        session: what ends a treatment.
        supervision: what watches host and firmware.
        display: what is shown.
    """

    firmware: Firmware
    timing: Timing
    contact: Contact
    overload: Overload
    session: Session
    supervision: Supervision
    display: Display

    def __init__(
        self, unit: UnitFile, board: ChannelBoard, clock: UnitClock, power: Power, changed: Callable[[], None]
    ) -> None:
        self._unit = unit
        self._board = board
        self._power = power
        self._changed = changed
        self._setting = Setting("positive", 0, 0.0)
        self._on_ns: int | None = None
        self._edge = Alarm(board, clock, self._pass_edge)
        self._rows: tuple[Only, ...] = tuple(row for table in _TABLES for row in getattr(unit, table).only)
        for table in _TABLES:
            setattr(self, table, getattr(unit, table))
        if self._rows:
            board.on_change(self._look)
            power.on_change(self._look)

    def set(self, setting: Setting) -> None:
        """Take what conditions look at; the caller acts on what holds then."""
        self._setting = setting
        self._refresh()

    def switched(self, *, on: bool) -> None:
        """Let times since switching on count from now, or no more; the caller acts on what holds then."""
        self._on_ns = self._board.now_ns if on else None
        self._wait()
        self._refresh()

    def _wait(self) -> None:
        """Wake up when the next row begins or ceases to hold."""
        self._edge.stop()
        if self._on_ns is None:
            return
        edges = (self._on_ns + round(time_s * 1e9) for time_s in edges_s(self._rows))
        due = [at_ns for at_ns in edges if at_ns > self._board.now_ns]
        if due:
            self._edge.at(min(due))

    def _pass_edge(self) -> None:
        self._wait()
        self._look()

    def _look(self) -> None:
        if self._refresh():
            self._changed()

    def _refresh(self) -> bool:
        """Take what holds now; answer whether anything has changed."""
        if not self._rows:
            return False
        situation, changed = self._situation(), False
        for table in _TABLES:
            whole = getattr(self._unit, table)
            now = under(whole, whole.only, situation)
            changed = changed or now != getattr(self, table)
            setattr(self, table, now)
        return changed

    def _situation(self) -> Situation:
        board, setting = self._board, self._setting
        return Situation(
            channel=board.channel,
            polarity=setting.polarity,
            level=setting.level,
            frequency_hz=setting.frequency_hz,
            load_ohm=board.contact.value(board.contact_code()),
            on_s=-1.0 if self._on_ns is None else (board.now_ns - self._on_ns) / 1e9,
            supply_on=self._power.supply_on,
            charging=self._power.charging,
        )
