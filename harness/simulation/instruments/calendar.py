"""The clock that an instrument has of its own, and the commands that ask for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harness.simulation.scpi.common import plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.scpi.arguments import Arguments
    from harness.simulation.timekeeper import Timekeeper


class Calendar:
    """The instrument's own clock: bench time from a fixed start, so that the same run has the same stamps.

    Args:
        timekeeper: bench time.
        start_s: what it says at bench time 0, in seconds of Unix time.
    """

    def __init__(self, timekeeper: Timekeeper, start_s: int) -> None:
        self._timekeeper = timekeeper
        self._start_s = start_s

    def seconds(self, at_ns: int) -> int:
        """Answer whole seconds of Unix time."""
        return self._start_s + at_ns // NS_PER_S

    def at(self, at_ns: int) -> datetime:
        return datetime.fromtimestamp(self.seconds(at_ns), UTC).replace(microsecond=at_ns % NS_PER_S // 1000)

    def now(self) -> datetime:
        return self.at(self._timekeeper.now_ns)

    def put(self, moment: datetime) -> None:
        """Set the clock."""
        self._start_s += int(moment.timestamp()) - self.seconds(self._timekeeper.now_ns)


def enter_clock(instrument: Instrument) -> None:
    """Enter ``SYSTem:DATE`` and ``SYSTem:TIME``, answered as the model's ``[clock]`` says; no reset sets them back."""
    model = instrument.model
    calendar = Calendar(instrument.surroundings.timekeeper, int(model.number("clock.start_s")))
    date, time = model.text("clock.date_answer"), model.text("clock.time_answer")

    def put(change: Callable[[datetime], datetime]) -> None:
        try:
            calendar.put(change(calendar.now()))
        except (ValueError, OverflowError) as error:
            raise ScpiError(-222) from error

    def set_date(arguments: Arguments) -> None:
        year, month, day = _three(arguments)
        put(lambda now: now.replace(year=year, month=month, day=day))

    def set_time(arguments: Arguments) -> None:
        hour, minute, second = _three(arguments)
        put(lambda now: now.replace(hour=hour, minute=minute, second=second))

    instrument.table.add("SYSTem:DATE", set=set_date, query=plain(lambda: date.format(now=calendar.now())))
    instrument.table.add("SYSTem:TIME", set=set_time, query=plain(lambda: time.format(now=calendar.now())))


def _three(arguments: Arguments) -> tuple[int, int, int]:
    values = (arguments.integer(), arguments.integer(), arguments.integer())
    arguments.end()
    return values
