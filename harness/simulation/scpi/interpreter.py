"""Runs program messages: header paths, compound messages, answers joined by semicolons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.scpi import lexer
from harness.simulation.scpi.arguments import Arguments
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.table import Wait
from harness.simulation.timekeeper import never

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.scpi.status import Status
    from harness.simulation.scpi.table import CommandTable, Response
    from harness.simulation.timekeeper import Timekeeper

_REMEMBERED = 2000
_LONGEST_REMEMBERED = 4096
"""Bytes. What is longer carries data, and does not come again."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One command or query, ready to run; or the error that its text is."""

    run: Callable[[Arguments], Response] | None
    parameters: tuple[str, ...] = ()
    suffixes: tuple[int, ...] = ()
    error: ScpiError | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """One message.

    Attributes:
        units: in order, up to the first one that cannot be understood.
        asks: whether it has to be answered.
        asks_readings: whether the answer holds measured values.
    """

    units: tuple[Unit, ...]
    asks: bool
    asks_readings: bool


class Interpreter:
    """The message exchange of one instrument."""

    def __init__(self, table: CommandTable, status: Status, timekeeper: Timekeeper) -> None:
        self._table = table
        self._status = status
        self._timekeeper = timekeeper
        self._programs: dict[bytes, Program] = {}

    def parse(self, message: bytes) -> Program:
        """Understand a message; what it means never depends on the instrument's state."""
        program = self._programs.get(message)
        if program is None:
            program = self._parse(message.decode("latin-1"))
            if len(self._programs) >= _REMEMBERED:
                self._programs.clear()
            if len(message) <= _LONGEST_REMEMBERED:
                self._programs[message] = program
        return program

    def execute(self, program: Program, given_up: Callable[[], bool] = never) -> bytes | None:
        """Run a message and answer its response message without the end, None where nothing was asked.

        Args:
            program: the message.
            given_up: whether nobody waits for the answer any more.

        Raises:
            Abandoned: it was given up in the middle.
        """
        answers: list[bytes] = []
        for unit in program.units:
            self._status.message_available = bool(answers)
            try:
                answer = self._run(unit, given_up)
            except ScpiError as error:
                self._status.error(error.number, error.text)
                if error.ends_message:
                    break
                continue
            if answer is not None:
                answers.append(answer.encode("latin-1") if isinstance(answer, str) else answer)
        self._status.message_available = False
        return b";".join(answers) if answers else None

    def _run(self, unit: Unit, given_up: Callable[[], bool]) -> str | bytes | None:
        if unit.run is None:
            raise unit.error or ScpiError(-113)
        answer = unit.run(Arguments(unit.parameters, unit.suffixes))
        if isinstance(answer, Wait):
            self._timekeeper.wait_for(answer.done, answer.due_ns, given_up)
            return answer.answer()
        return answer

    def _parse(self, message: str) -> Program:
        result: list[Unit] = []
        path = ""
        asks = readings = False
        try:
            for text in lexer.units(message):
                if not text.strip():
                    continue  # SCPI-99 6.2: nothing between two semicolons is no error
                words = lexer.words(text)
                header, path = _resolve(words.header, path)
                command, suffixes = self._table.find(header)
                run = command.query if words.query else command.set
                if run is None:
                    raise ScpiError(-113)  # noqa: TRY301 - every syntax error ends up in one place
                asks |= words.query
                readings |= words.query and command.readings
                result.append(Unit(run, words.parameters, suffixes))
        except ScpiError as error:
            result.append(Unit(None, error=error))
        return Program(tuple(result), asks, readings)


def _resolve(header: str, path: str) -> tuple[str, str]:
    """Answer the whole header, and the path for what follows (SCPI-99 volume 1, 6.2.4)."""
    if header.startswith("*"):
        return header, path
    whole = header[1:] if header.startswith(":") else path + header
    return whole, whole[: whole.rfind(":") + 1]
