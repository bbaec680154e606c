"""The unit file's own firmware: its channels, what watches over them, its line, its display, tone and motor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.unit.firmware import Firmware
from harness.simulation.unit.hardware import Hardware
from harness.simulation.unit.panel import Motor, Panel
from harness.simulation.unit.stim1 import Stim1
from harness.simulation.unit.supervisor import Supervisor
from harness.simulation.unit.tone import ProbeTone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.circuit.loop import Loop
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.unitfile import UnitFile
    from harness.simulation.unit.board import ChannelBoard
    from harness.simulation.unit.clock import UnitClock
    from harness.simulation.unit.power import Power


STATE = ("state", "trip", "mode", "level", "polarity", "frequency_hz", "run_time_s")
"""What the control port says of each channel's firmware."""


class Controller:
    """What runs on the boards of a unit whose firmware is described by its file.

    Args:
        unit: what was built.
        boards: the electronics of each channel, from channel 1.
        clock: the unit's crystal.
        power: battery and supply.
        errors: where its spread is drawn from.
        loop: where the buzzer's pad is seen.

    Attributes:
        channels: firmware of each channel.
        supervisor: what happens to the unit as a whole.
        motor: its vibration motor.
        tone: its probe tone.
        protocol: what answers on the line.
    """

    def __init__(
        self,
        unit: UnitFile,
        boards: tuple[ChannelBoard, ...],
        *,
        clock: UnitClock,
        power: Power,
        errors: HiddenErrors,
        loop: Loop,
    ) -> None:
        self.motor = Motor(unit.motor)
        self.supervisor = Supervisor(unit.power, power, boards[0], clock, failed=lambda: self.motor.switch(on=False))
        hardware = Hardware(clock, power, errors, hung=self.supervisor.hung, moved=self.motor.look)
        channels: list[Firmware] = []
        for board in boards:
            follows = board.channel > 1 and unit.firmware.second_channel_needs_first
            channels.append(Firmware(unit, board, hardware, leader=channels[0] if follows else None))
        self.channels = tuple(channels)
        for channel in channels:
            channel.siblings = tuple(other for other in channels if other is not channel)
        self.tone = ProbeTone(unit.tone, channels[0], boards[0], clock, loop)
        self.protocol = Stim1(unit.identity, self.channels, Panel(self.supervisor, self.motor, bool(unit.power.low_v)))
        self.motor.start(self.channels, boards)
        self.supervisor.start(self.channels)

    def states(self) -> list[Mapping[str, object]]:
        """Answer what the control port says of each channel."""
        return [
            {
                "state": channel.state,
                "trip": channel.trip,
                "mode": channel.settings.mode,
                "level": channel.settings.level,
                "polarity": channel.settings.polarity,
                "frequency_hz": channel.settings.frequency_hz,
                "run_time_s": channel.run_time.seconds,
            }
            for channel in self.channels
        ]

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
        """Become the firmware of another unit of the same file."""
        for channel in self.channels:
            channel.redraw(errors)

    def begin(self) -> None:
        """Take that the bench has begun a new stretch of work."""
        for channel in self.channels:
            channel.begin()
