"""One simulated unit, put together: its clock, its electronics and its firmware."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.unit.board import ChannelBoard
from harness.simulation.unit.clock import UnitClock
from harness.simulation.unit.controller import STATE, Controller
from harness.simulation.unit.external import ExternalFirmware
from harness.simulation.unit.limits import stage
from harness.simulation.unit.output import OutputStage
from harness.simulation.unit.power import Power

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.circuit.history import Stage
    from harness.simulation.circuit.loop import Loop
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.unitfile import UnitFile
    from harness.simulation.timekeeper import Timekeeper
    from harness.simulation.unit.external import Outside
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
        outside: the user's own firmware, None: the unit file's.

    Attributes:
        clock: its crystal.
        power: battery and supply.
        outputs: output stage of each channel, from channel 1.
        boards: what the firmware of each channel can do and see.
        controller: the unit file's firmware, None where it runs outside.
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
        built = unit.electronics
        self.power = Power(built, timekeeper)
        self.outputs = tuple(
            OutputStage(built, errors, loop, power=self.power, timekeeper=timekeeper, channel=number)
            for number in numbers
        )
        for output in self.outputs:
            output.couple(self.outputs)
        loop.on_change(self.power.load_changed)
        wired = self.outputs[::-1] if built.channels_swapped else self.outputs
        self.boards = tuple(
            ChannelBoard(unit.electronics, output, power=self.power, loop=loop, timekeeper=timekeeper, channel=number)
            for number, output in zip(numbers, wired, strict=True)
        )
        self.external = ExternalFirmware(outside, self.boards, self.clock) if outside is not None else None
        self.controller = None if outside is not None else self._controller(unit, errors, loop)

    @property
    def channels(self) -> tuple[Firmware, ...]:
        """Firmware of each channel; none where it runs outside."""
        return self.controller.channels if self.controller is not None else ()

    @property
    def protocol(self) -> Stim1 | None:
        """What answers on the line, None where the firmware outside does."""
        return self.controller.protocol if self.controller is not None else None

    def states(self) -> list[Mapping[str, object]]:
        """Answer what the firmware of each channel holds; None each where it runs outside: nobody else knows."""
        return [dict.fromkeys(STATE) for _ in self.boards] if self.controller is None else self.controller.states()

    def state(self) -> Mapping[str, object] | None:
        """Answer what the control port says of the unit as a whole, None where the firmware runs outside."""
        return self.controller.state() if self.controller is not None else None

    def charger(self, *, connected: bool) -> None:
        """Connect a charger, or take it away."""
        self.power.charger(connected=connected)
        if self.controller is not None:
            self.controller.supervisor.look_at_charger()

    def redraw(self, errors: HiddenErrors) -> None:
        """Become another unit of the same file; call it after the loop was rebuilt."""
        if self.external is not None:
            self.external.about_to_change()
        self.clock.redraw(errors)
        self.power.redraw()
        for output in self.outputs:
            output.redraw(errors)
        if self.controller is not None:
            self.controller.redraw(errors)
        if self.external is not None:
            self.external.changed()

    def begin(self) -> None:
        """Take that the bench has begun a new stretch of work; call it after the loop has."""
        for output in self.outputs:
            output.begin()
        if self.controller is not None:
            self.controller.begin()

    def stays_live(self, *, on: bool) -> None:
        """Switch the fault that keeps every output on after it was told to stop."""
        for output in self.outputs:
            output.stays_live(on=on)

    def warm(self, kelvin: float) -> None:
        """Surround the unit with what is so much warmer than the room."""
        for output in self.outputs:
            output.warm(kelvin)

    def _controller(self, unit: UnitFile, errors: HiddenErrors, loop: Loop) -> Controller:
        return Controller(unit, self.boards, clock=self.clock, power=self.power, errors=errors, loop=loop)
