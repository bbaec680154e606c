"""The commands that every instrument has (IEEE 488.2 chapter 10, SCPI-99 SYSTem and STATus)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from harness.simulation.scpi.status import OPERATION_COMPLETE
from harness.simulation.scpi.table import Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.scpi.arguments import Arguments
    from harness.simulation.scpi.dialect import Dialect
    from harness.simulation.scpi.status import Register, Status
    from harness.simulation.scpi.table import CommandTable

SCPI_VERSION = "1994.0"

Answer = TypeVar("Answer", str, bytes)


class Overlapped(Protocol):
    """An operation that goes on while other commands run."""

    def finished(self) -> bool: ...
    def due_ns(self) -> int | None: ...
    def when_finished(self, action: Callable[[], None]) -> None: ...


class CommonCommands:
    """Enters the common commands in a table.

    Args:
        identity: answer to `*IDN?`.
        options: answer to `*OPT?`.
        dialect: how it answers.
        status: the registers.
        reset: what `*RST` does.
        trigger: what `*TRG` does.
        operation: what `*OPC`, `*OPC?` and `*WAI` wait for.
    """

    def __init__(
        self,
        *,
        identity: str,
        options: str,
        dialect: Dialect,
        status: Status,
        reset: Callable[[], None],
        trigger: Callable[[], None],
        operation: Overlapped,
    ) -> None:
        self._identity = identity
        self._options = options
        self._dialect = dialect
        self._status = status
        self._reset = reset
        self._trigger = trigger
        self._operation = operation
        self._announces = self._listens = False

    def enter(self, table: CommandTable) -> None:
        status, number = self._status, self._dialect.number
        table.add("*IDN", query=plain(lambda: self._identity), indefinite=True)
        table.add("*OPT", query=plain(lambda: self._options), indefinite=True)
        table.add("*TST", query=plain(lambda: number(0)))
        table.add("*RST", set=bare(self._reset_all))
        table.add("*CLS", set=bare(self._clear))
        table.add("*TRG", set=bare(self._trigger))
        table.add("*WAI", set=self._wait)
        table.add("*OPC", set=bare(self._announce), query=self._completed)
        table.add("*ESR", query=plain(lambda: number(status.take_events())))
        table.add("*ESE", set=_mask(status.permit_events), query=plain(lambda: number(status.event_enable)))
        table.add("*SRE", set=_mask(status.permit_service), query=plain(lambda: number(status.service_enable)))
        table.add("*STB", query=plain(lambda: number(status.byte())))
        table.add("SYSTem:ERRor[:NEXT]", query=plain(status.next_error))
        table.add("SYSTem:VERSion", query=plain(lambda: SCPI_VERSION))
        if self._dialect.counts_errors:
            table.add("SYSTem:ERRor:COUNt", query=plain(lambda: number(status.error_count())))
            table.add("SYSTem:ERRor:ALL", query=plain(status.all_errors))

    def forget_announcement(self) -> None:
        """Take back an *OPC whose operation goes on, as device clear, *CLS and *RST do (IEEE 488.2 12.5.2)."""
        self._announces = False

    def _clear(self) -> None:
        self.forget_announcement()
        self._status.clear()

    def _reset_all(self) -> None:
        self.forget_announcement()
        self._reset()

    def _announce(self) -> None:
        """Set the event bit at the end of what goes on, unless *CLS or *RST comes first (IEEE 488.2 10.18)."""
        if self._operation.finished():
            self._status.events |= OPERATION_COMPLETE
            return
        self._announces = True
        if not self._listens:  # once, however often it is told to: an operation may have no end
            self._listens = True
            self._operation.when_finished(self._ended)

    def _ended(self) -> None:
        self._listens = False
        if self._announces:
            self._status.events |= OPERATION_COMPLETE
        self._announces = False

    def _wait(self, arguments: Arguments) -> Wait:
        arguments.end()
        return Wait(self._operation.finished, self._operation.due_ns, lambda: None)

    def _completed(self, arguments: Arguments) -> Wait:
        arguments.end()
        return Wait(self._operation.finished, self._operation.due_ns, lambda: "1")


def enter_register(table: CommandTable, header: str, register: Register, dialect: Dialect) -> None:
    """Enter the three queries of a SCPI status register."""
    number = dialect.number
    table.add(f"{header}[:EVENt]", query=plain(lambda: number(register.take_event())))
    table.add(f"{header}:CONDition", query=plain(lambda: number(register.condition)))
    table.add(f"{header}:ENABle", set=_mask(register.permit), query=plain(lambda: number(register.enable)))


def plain(answer: Callable[[], Answer]) -> Callable[[Arguments], Answer]:
    """Make a query without parameters."""

    def query(arguments: Arguments) -> Answer:
        arguments.end()
        return answer()

    return query


def bare(action: Callable[[], None]) -> Callable[[Arguments], None]:
    """Make a command without parameters."""

    def command(arguments: Arguments) -> None:
        arguments.end()
        action()

    return command


def _mask(store: Callable[[int], None]) -> Callable[[Arguments], None]:
    def command(arguments: Arguments) -> None:
        mask = arguments.integer()
        arguments.end()
        store(mask)

    return command


class Immediate:
    """The operation of an instrument that has no overlapped commands."""

    def finished(self) -> bool:
        return True

    def due_ns(self) -> int | None:
        return None

    def when_finished(self, action: Callable[[], None]) -> None:
        action()
