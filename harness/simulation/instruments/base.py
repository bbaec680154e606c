"""What all emulated instruments have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.scpi.common import CommonCommands, enter_register
from harness.simulation.scpi.dialect import Dialect
from harness.simulation.scpi.interpreter import Interpreter
from harness.simulation.scpi.status import Status
from harness.simulation.scpi.table import CommandTable
from harness.simulation.timekeeper import never

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.simulation.circuit.loop import Loop
    from harness.simulation.draws import HiddenErrors, NoiseSource
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.faulty import ChannelFaults, ReadingFaults
    from harness.simulation.scpi.common import Overlapped
    from harness.simulation.scpi.interpreter import Program
    from harness.simulation.scpi.settings import Setting
    from harness.simulation.timekeeper import Timekeeper


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an instrument is connected to.

    Attributes:
        timekeeper: bench time.
        loop: the circuit.
        noise: where its noise comes from.
        mains_hz: nominal mains frequency.
    """

    timekeeper: Timekeeper
    loop: Loop
    noise: NoiseSource
    mains_hz: float


class Instrument:
    """An emulated instrument: identity, registers, command table.

    Args:
        model: its own data.
        surroundings: what it is connected to.
        queue_depth: of its error queue, where the model's file does not say it.
        options: answer to `*OPT?`.

    Attributes:
        message_ns: bench time that one message takes.
        readings_as: the fault that spoils every reading now, `nan` or `overload`; None without one.
        reading_faults: what an examiner made wrong with its readings, None where it cannot have such faults.
        channel_faults: the same of its channels, by number.
        stale: whether an oscilloscope keeps the record in memory instead of taking a new one; a fault.
        dialect: what its maker does differently.
    """

    def __init__(
        self, model: ModelTable, surroundings: Surroundings, *, queue_depth: int = 20, options: str = "0"
    ) -> None:
        self.model = model
        self.readings_as: str | None = None
        self.message_ns = model.duration_ns("message.time_s")
        self.reading_faults: ReadingFaults | None = None
        self.channel_faults: Mapping[int, ChannelFaults] = {}
        self.stale = False
        self.dialect = Dialect.of(model, queue_depth)
        self.surroundings = surroundings
        self.status = self.make_status()
        self.table = CommandTable()
        self._options = options
        self._settings: list[Setting] = []
        self._interpreter = Interpreter(self.table, self.status, surroundings.timekeeper, self.dialect)

    def make_status(self) -> Status:
        """Make the registers and the error queue; an instrument that logs its errors otherwise makes its own."""
        return Status(self.dialect)

    def parse(self, message: bytes) -> Program:
        return self._interpreter.parse(message)

    def execute(self, program: Program, given_up: Callable[[], bool] = never) -> bytes | None:
        return self._interpreter.execute(program, given_up)

    def setting(self, pattern: str, setting: Setting) -> None:
        """Enter a setting that `*RST` resets."""
        self.table.setting(pattern, setting)
        self._settings.append(setting)

    def reset_settings(self) -> None:
        for setting in self._settings:
            setting.reset()

    def enter_common(self, operation: Overlapped, serial_number: str | None = None) -> None:
        """Enter the commands that every instrument has; without a serial number it is the model's own."""
        maker, model, firmware = (self.model.text(f"identity.{key}") for key in ("maker", "model", "firmware"))
        serial = self.model.text("identity.serial_number") if serial_number is None else serial_number
        self._common = CommonCommands(
            identity=f"{maker},{model},{serial},{firmware}",
            options=self._options,
            dialect=self.dialect,
            status=self.status,
            reset=self.reset,
            trigger=self.trigger,
            operation=operation,
        )
        self._common.enter(self.table)

    def enter_scpi_registers(self) -> None:
        enter_register(self.table, "STATus:OPERation", self.status.operation, self.dialect)
        enter_register(self.table, "STATus:QUEStionable", self.status.questionable, self.dialect)

    def reset(self) -> None:
        self.reset_settings()

    def trigger(self) -> None:
        """Take `*TRG`: an instrument that waits for nothing ignores it."""
        self.status.error(-211)

    def clear(self) -> None:
        """Take a device clear: settings stay, and what a message waits for ends (IEEE 488.2 5.8)."""
        self._common.forget_announcement()

    def begin(self) -> None:
        """Bring what depends on bench time back to its start; settings stay."""

    def redraw(self, errors: HiddenErrors) -> None:
        """Become another specimen of the same model."""

    def hidden(self) -> Mapping[str, object]:
        """Answer the hidden errors, for the control port."""
        return {}
