"""One simulated unit, put together: its clock, its channels and its protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.unit.board import ChannelBoard
from harness.simulation.unit.clock import UnitClock
from harness.simulation.unit.controller import Controller
from harness.simulation.unit.limits import stage
from harness.simulation.unit.output import OutputStage
from harness.simulation.unit.power import Power

if TYPE_CHECKING:
    from harness.simulation.circuit.history import Stage
    from harness.simulation.circuit.loop import Loop
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.unitfile import UnitFile
    from harness.simulation.timekeeper import Timekeeper
    from harness.simulation.unit.firmware import Firmware
    from harness.simulation.unit.stim1 import Stim1


def stages(unit: UnitFile) -> tuple[Stage, ...]:
    """Answer the electrical limits of each channel's output, as the loop wants them."""
    return (stage(unit.electronics),) * unit.firmware.channels


class SimulatedUnit:
    """The stimulator on the bench.

    Args:
        unit: what was built.
        errors: where its spread is drawn from.
        loop: the circuit, made with the unit's `stages`.
        timekeeper: bench time.

    Attributes:
        clock: its crystal.
        power: battery and supply.
        outputs: output stage of each channel, from channel 1.
        boards: what the firmware of each channel can do and see.
        controller: its firmware.
    """

    def __init__(self, unit: UnitFile, errors: HiddenErrors, loop: Loop, timekeeper: Timekeeper) -> None:
        self.clock = UnitClock(unit.firmware, errors)
        numbers = range(1, unit.firmware.channels + 1)
        built = unit.electronics
        self.power = Power(built, timekeeper)
        self.outputs = tuple(
            OutputStage(built, errors, loop, power=self.power, timekeeper=timekeeper, channel=number)
            for number in numbers
        )
        for output in self.outputs:
            output.couple(self.outputs)
        wired = self.outputs[::-1] if built.channels_swapped else self.outputs
        self.boards = tuple(
            ChannelBoard(unit.electronics, output, power=self.power, loop=loop, timekeeper=timekeeper, channel=number)
            for number, output in zip(numbers, wired, strict=True)
        )
        self.controller = Controller(unit, self.boards, clock=self.clock, power=self.power, errors=errors, loop=loop)

    @property
    def channels(self) -> tuple[Firmware, ...]:
        """Firmware of each channel."""
        return self.controller.channels

    @property
    def protocol(self) -> Stim1:
        """What answers on the line."""
        return self.controller.protocol

    def redraw(self, errors: HiddenErrors) -> None:
        """Become another unit of the same file; call it after the loop was rebuilt."""
        self.clock.redraw(errors)
        self.power.redraw()
        for output in self.outputs:
            output.redraw(errors)
        self.controller.redraw(errors)

    def begin(self) -> None:
        """Take that the bench has begun a new stretch of work; call it after the loop has."""
        self.controller.begin()

    def stays_live(self, *, on: bool) -> None:
        """Switch the fault that keeps every output on after it was told to stop."""
        for output in self.outputs:
            output.stays_live(on=on)
