"""The event log of a Keithley multimeter, which is its error queue with a time to each entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.scpi.common import bare, enter_register, plain
from harness.simulation.scpi.status import Status

if TYPE_CHECKING:
    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.calendar import Calendar
    from harness.simulation.scpi.arguments import Arguments
    from harness.simulation.scpi.dialect import Dialect

_EMPTY = '0,"No error;0;0 0"'
_ERROR = 1


class EventLog(Status):
    """The registers, and the log of errors as ``SYSTem:ERRor?`` tells them.

    Args:
        dialect: depth of the log, and its words.
        calendar: where an entry's time comes from.
    """

    def __init__(self, dialect: Dialect, calendar: Calendar) -> None:
        super().__init__(dialect)
        self._dialect = dialect
        self._calendar = calendar

    def error(self, number: int, text: str | None = None, command: str = "") -> None:
        stamp = self._calendar.now()
        words = self._dialect.text(number, text, command)
        super().error(number, f"{words};{_ERROR};{stamp:%Y/%m/%d %H:%M:%S}.{stamp.microsecond // 1000:03d}")

    def next_error(self) -> str:
        return super().next_error() if self.error_count() else _EMPTY

    def next_code(self) -> str:
        """Take the oldest entry and answer its number alone."""
        return self.next_error().partition(",")[0]


def enter_registers(instrument: Instrument, log: EventLog) -> None:
    """Enter the registers of SCPI, and the log's commands."""
    table = instrument.table
    enter_register(table, "STATus:OPERation", log.operation, instrument.dialect)
    enter_register(table, "STATus:QUEStionable", log.questionable, instrument.dialect)
    table.add("STATus:CLEar", set=bare(lambda: _clear_events(log)))
    table.add("STATus:PRESet", set=bare(log.preset))
    table.add("SYSTem:ERRor:CODE[:NEXT]", query=plain(log.next_code))
    table.add("SYSTem:ERRor:COUNt", query=plain(lambda: f"{log.error_count()}"))
    table.add("SYSTem:EVENtlog:NEXT", query=lambda arguments: _next_event(log, arguments))
    table.add("SYSTem:EVENtlog:COUNt", query=lambda arguments: _count(log, arguments))
    table.add("SYSTem:CLEar", set=bare(log.clear_errors))


def _next_event(log: EventLog, arguments: Arguments) -> str:
    _kinds(arguments)
    return log.next_error()


def _count(log: EventLog, arguments: Arguments) -> str:
    kinds = _kinds(arguments)
    return f"{log.error_count() if not kinds or kinds & {'ERR', 'ALL'} else 0}"


def _kinds(arguments: Arguments) -> set[str]:
    """Take the kinds of events that are asked for. Only errors are ever logged here."""
    kinds = set()
    while arguments.more():
        kinds.add(arguments.choice(("ERRor", "WARNing", "INFormational", "ALL")))
    return kinds


def _clear_events(log: EventLog) -> None:
    log.operation.event = log.questionable.event = 0
