"""One simulated unit, put together: its clock, its electronics and its firmware."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.unit.board import ChannelBoard
from harness.simulation.unit.clock import UnitClock
from harness.simulation.unit.external import ExternalFirmware
from harness.simulation.unit.firmware import Firmware
from harness.simulation.unit.output import OutputStage, stage
from harness.simulation.unit.power import Power
from harness.simulation.unit.stim1 import Stim1

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.circuit.history import Stage
    from harness.simulation.circuit.loop import Loop
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.unitfile import UnitFile
    from harness.simulation.timekeeper import Timekeeper
    from harness.simulation.unit.external import Outside


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
        outside: the user's own firmware, None: the unit file's.

    Attributes:
        clock: its crystal.
        power: battery and supply.
        outputs: output stage of each channel, from channel 1.
        boards: what the firmware of each channel can do and see.
        channels: firmware of each channel; none where it runs outside.
        protocol: what answers on the line, None where the firmware outside does.
        external: the firmware outside, None where the unit file's runs.
    """

    def __init__(
        self,
        unit: UnitFile,
        errors: HiddenErrors,
        loop: Loop,
        timekeeper: Timekeeper,
        outside: Outside | None = None,
    ) -> None:
        self.clock = UnitClock(unit.firmware, errors)
        numbers = range(1, unit.firmware.channels + 1)
        self.power = Power(unit.electronics)
        self.outputs = tuple(OutputStage(unit.electronics, errors, loop, number) for number in numbers)
        self.boards = tuple(
            ChannelBoard(unit.electronics, output, power=self.power, loop=loop, timekeeper=timekeeper, channel=number)
            for number, output in zip(numbers, self.outputs, strict=True)
        )
        self.external = ExternalFirmware(outside, self.boards, self.clock) if outside is not None else None
        self.channels = self._made(unit, loop, timekeeper) if outside is None else ()
        self.protocol = Stim1(unit.identity, self.channels) if outside is None else None

    def states(self) -> list[Mapping[str, object]]:
        """Answer what the firmware of each channel holds; None each where it runs outside: nobody else knows."""
        if self.external is not None:
            return [dict.fromkeys(_STATE) for _ in self.boards]
        return [
            dict(
                zip(
                    _STATE,
                    (
                        channel.state,
                        channel.trip,
                        channel.settings.mode,
                        channel.settings.level,
                        channel.settings.polarity,
                        channel.settings.frequency_hz,
                    ),
                    strict=True,
                )
            )
            for channel in self.channels
        ]

    def redraw(self, errors: HiddenErrors) -> None:
        """Become another unit of the same file; call it after the loop was rebuilt."""
        self.clock.redraw(errors)
        for output in self.outputs:
            output.redraw(errors)
        for channel in self.channels:
            channel.deliver()

    def stays_live(self, *, on: bool) -> None:
        """Switch the fault that keeps every output on after it was told to stop."""
        for output in self.outputs:
            output.stays_live(on=on)

    def _made(self, unit: UnitFile, loop: Loop, timekeeper: Timekeeper) -> tuple[Firmware, ...]:
        channels: list[Firmware] = []
        for number, output in enumerate(self.outputs, start=1):
            follows = number > 1 and unit.firmware.second_channel_needs_first
            channels.append(
                Firmware(
                    unit,
                    output,
                    timekeeper=timekeeper,
                    clock=self.clock,
                    loop=loop,
                    channel=number,
                    leader=channels[0] if follows else None,
                )
            )
        return tuple(channels)


_STATE = ("state", "trip", "mode", "level", "polarity", "frequency_hz")
