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
    from collections.abc import Callable, Sequence

    from harness.simulation.scpi.dialect import Dialect
    from harness.simulation.scpi.status import Status
    from harness.simulation.scpi.table import CommandTable, Response
    from harness.simulation.timekeeper import Timekeeper

_REMEMBERED = 256
"""Messages for each instrument: far more than a programme that repeats itself has, and less than half a megabyte."""
_LONGEST_REMEMBERED = 256
"""Bytes. What is longer carries data, and does not come again."""
_NONE = Arguments((), ())


@dataclass(frozen=True, slots=True)
class Unit:
    """One command or query, ready to run; or the error that its text is.

    Attributes:
        text: as it was written.
        run: what it does.
        arguments: its parameters, of which nothing is taken.
        error: number and text of what it is instead. No exception: that would hold every frame it was raised through.
    """

    text: str
    run: Callable[[Arguments], Response] | None
    arguments: Arguments
    error: tuple[int, str] | None = None


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

    def __init__(self, table: CommandTable, status: Status, timekeeper: Timekeeper, dialect: Dialect) -> None:
        self._table = table
        self._status = status
        self._timekeeper = timekeeper
        self._dialect = dialect
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
        status = self._status
        for unit in program.units:
            status.message_available = bool(answers)
            try:
                answer = self._run(unit, given_up)
            except ScpiError as error:
                culprit = unit.text.strip() if error.is_command_error else ""
                status.error(error.number, error.text, culprit)
                if error.is_command_error and self._dialect.drops_rest:
                    break
                continue
            if answer is not None:
                answers.append(answer.encode("latin-1") if isinstance(answer, str) else answer)
        status.message_available = False
        if len(answers) == 1:
            return answers[0]
        return b";".join(answers) if answers else None

    def _run(self, unit: Unit, given_up: Callable[[], bool]) -> str | bytes | None:
        if unit.run is None:
            raise ScpiError(*(unit.error or (-113,)))
        answer = unit.run(unit.arguments.fresh())
        if not isinstance(answer, Wait):
            return answer
        if not answer.done():
            self._timekeeper.wait_for(answer.done, answer.due_ns, given_up)
        return answer.answer()

    def _parse(self, message: str) -> Program:
        try:
            texts = lexer.units(message)
        except ScpiError as error:
            return Program((Unit(message, None, _NONE, (error.number, error.text)),), asks=False, asks_readings=False)
        return _Parser(self._table, self._dialect).parse(texts)


class _Parser:
    """Understands the units of one message, one after the other."""

    def __init__(self, table: CommandTable, dialect: Dialect) -> None:
        self._table = table
        self._dialect = dialect
        self._path = ""
        self._asks = self._readings = self._ended = False

    def parse(self, texts: Sequence[str]) -> Program:
        result: list[Unit] = []
        for text in texts:
            if not text.strip():
                continue  # SCPI-99 6.2: nothing between two semicolons is no error
            try:
                result.append(self._unit(text))
            except ScpiError as error:
                result.append(Unit(text, None, _NONE, (error.number, error.text)))
                if self._dialect.drops_rest and error.is_command_error:
                    break
        return Program(tuple(result), self._asks, self._readings)

    def _unit(self, text: str) -> Unit:
        words = lexer.words(text)
        header, self._path = _resolve(words.header, self._path)
        command, suffixes = self._table.find(header)
        run = command.query if words.query else command.set
        if run is None:
            raise ScpiError(-113)
        if words.query and self._ended:
            raise ScpiError(-440)
        self._asks |= words.query
        self._readings |= words.query and command.readings
        self._ended |= words.query and command.indefinite and self._dialect.identity_is_last
        return Unit(text, run, Arguments(words.parameters, suffixes))


def _resolve(header: str, path: str) -> tuple[str, str]:
    """Answer the whole header, and the path for what follows (SCPI-99 volume 1, 6.2.4)."""
    if header.startswith("*"):
        return header, path
    whole = header[1:] if header.startswith(":") else path + header
    return whole, whole[: whole.rfind(":") + 1]
