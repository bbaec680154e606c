"""One simulated unit, put together: its clock, its channels and its protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.unit.board import ChannelBoard
from harness.simulation.unit.clock import UnitClock
from harness.simulation.unit.firmware import Firmware, Hardware
from harness.simulation.unit.limits import stage
from harness.simulation.unit.output import OutputStage
from harness.simulation.unit.panel import Motor, Panel
from harness.simulation.unit.power import Power
from harness.simulation.unit.stim1 import Stim1
from harness.simulation.unit.supervisor import Supervisor
from harness.simulation.unit.tone import ProbeTone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.circuit.history import Stage
    from harness.simulation.circuit.loop import Loop
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.unitfile import UnitFile
    from harness.simulation.timekeeper import Timekeeper


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
        channels: firmware of each channel.
        supervisor: what happens to it as a whole.
        motor: its vibration motor.
        tone: its probe tone.
        protocol: what answers on the line.
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
        self.motor = Motor(unit.motor)
        self.supervisor = Supervisor(unit.power, self.power, self.boards[0], self.clock)
        hardware = Hardware(self.clock, self.power, errors, hung=self.supervisor.hung, moved=self.motor.look)
        channels: list[Firmware] = []
        for board in self.boards:
            follows = board.channel > 1 and unit.firmware.second_channel_needs_first
            channels.append(Firmware(unit, board, hardware, leader=channels[0] if follows else None))
        self.channels = tuple(channels)
        for channel in channels:
            channel.siblings = tuple(other for other in channels if other is not channel)
        self.tone = ProbeTone(unit.tone, channels[0], self.boards[0], self.clock, loop)
        self.protocol = Stim1(unit.identity, self.channels, Panel(self.supervisor, self.motor, bool(unit.power.low_v)))
        self.motor.start(self.channels, self.boards)
        self.supervisor.start(self.channels)

    def state(self) -> Mapping[str, object]:
        """Answer what the control port says of the unit as a whole."""
        return {
            "answers": self.supervisor.answers,
            "battery_v": self.supervisor.battery_v,
            "battery_low": self.supervisor.battery_low,
            "charging": self.supervisor.charging,
            "motor_hz": self.motor.running_hz,
            "tone_hz": self.tone.sounding_hz,
        }

    def redraw(self, errors: HiddenErrors) -> None:
        """Become another unit of the same file; call it after the loop was rebuilt."""
        self.clock.redraw(errors)
        self.power.redraw()
        for output in self.outputs:
            output.redraw(errors)
        for channel in self.channels:
            channel.redraw(errors)

    def begin(self) -> None:
        """Take that the bench has begun a new stretch of work; call it after the loop has."""
        for output in self.outputs:
            output.begin()
        for channel in self.channels:
            channel.begin()

    def stays_live(self, *, on: bool) -> None:
        """Switch the fault that keeps every output on after it was told to stop."""
        for output in self.outputs:
            output.stays_live(on=on)
