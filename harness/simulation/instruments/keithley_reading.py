"""Commands of a Keithley multimeter that take readings at once and wait for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.scpi.common import plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.table import Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.keithley_active import ActiveFunction
    from harness.simulation.instruments.keithley_buffers import Buffer
    from harness.simulation.instruments.keithley_engine import Engine
    from harness.simulation.instruments.keithley_function import KeithleyFunction
    from harness.simulation.instruments.keithley_settings import SenseTable
    from harness.simulation.instruments.keithley_transfer import Transfer
    from harness.simulation.instruments.keithley_trigger import TriggerModel
    from harness.simulation.scpi.arguments import Arguments


class ReadingCommands:
    """``READ?``, ``MEASure?``, ``TRACe:TRIGger`` and ``RELative:ACQuire``.

    Args:
        active: which function is active.
        engine: who takes the readings.
        transfer: who hands them out.
        triggers: the trigger model, which must not run meanwhile.
    """

    def __init__(self, active: ActiveFunction, engine: Engine, transfer: Transfer, triggers: TriggerModel) -> None:
        self._active, self._engine, self._transfer, self._triggers = active, engine, transfer, triggers

    def enter(self, instrument: Instrument, sense: SenseTable, functions: Iterable[KeithleyFunction]) -> None:
        table = instrument.table
        for function in functions:
            header = function.kind.header
            sense.add(f"{header}:RELative:ACQuire", set=self._acquiring(function))
            table.add(f"MEASure:{header}", query=self._measuring(function), readings=True)
            table.add(f"CONFigure:{header}", set=self._configuring(function))
        table.add("CONFigure", query=plain(self._active.name))
        table.add("MEASure", query=self._read, readings=True)
        table.add("READ", query=self._read, readings=True)
        table.add("READ:DIGitize", query=self._read_digitizer, readings=True)
        table.add("TRACe:TRIGger", set=self._fill)
        table.add("TRACe:TRIGger:DIGitize", set=self._fill_digitizer)

    def _now(self, buffer: Buffer | None, answer: Callable[[], str | bytes | None]) -> Wait:
        """Take the active count of readings, and answer when they are there."""
        if self._triggers.is_running or self._engine.due_ns is not None:
            raise ScpiError(-213)
        finished: list[bool] = []
        if buffer is not None:
            self._active.take(self._engine, -1, buffer, lambda: finished.append(True))
        elif self._active.function is not None:
            self._engine.measure(self._active.function, 1, None, lambda: finished.append(True))
        # A reset or an abort from another client ends the group without an answer.
        return Wait(
            lambda: bool(finished) or self._engine.due_ns is None,
            lambda: self._engine.due_ns,
            lambda: answer() if finished else None,
        )

    def _measures(self) -> None:
        if self._active.function is None:
            raise ScpiError(-221, "Settings conflict, a digitize function is active")

    def _digitizes(self) -> None:
        if self._active.digitizer is None:
            raise ScpiError(-221, "Settings conflict, a measure function is active")

    def _taken(self, arguments: Arguments) -> Wait:
        buffer = self._transfer.buffer(arguments)
        elements = self._transfer.elements(arguments)
        return self._now(buffer, lambda: self._transfer.last(buffer, elements))

    def _filled(self, arguments: Arguments) -> Wait:
        buffer = self._transfer.buffer(arguments)
        arguments.end()
        return self._now(buffer, lambda: None)

    def _read(self, arguments: Arguments) -> Wait:
        self._measures()
        return self._taken(arguments)

    def _read_digitizer(self, arguments: Arguments) -> Wait:
        self._digitizes()
        return self._taken(arguments)

    def _fill(self, arguments: Arguments) -> Wait:
        self._measures()
        return self._filled(arguments)

    def _fill_digitizer(self, arguments: Arguments) -> Wait:
        self._digitizes()
        return self._filled(arguments)

    def _measuring(self, function: KeithleyFunction) -> Callable[[Arguments], Wait]:
        def measure(arguments: Arguments) -> Wait:
            self._active.activate(function, None)
            return self._read(arguments)

        return measure

    def _configuring(self, function: KeithleyFunction) -> Callable[[Arguments], None]:
        def configure(arguments: Arguments) -> None:
            arguments.end()
            self._active.activate(function, None)

        return configure

    def _acquiring(self, function: KeithleyFunction) -> Callable[[Arguments], Wait]:
        def acquire(arguments: Arguments) -> Wait:
            arguments.end()
            if self._active.function is not function:
                raise ScpiError(-221, "Settings conflict, the function is not active")
            return self._now(None, lambda: None)

        return acquire
