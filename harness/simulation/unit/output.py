"""The unit's output stage as it was built: from what the firmware asks to what the current source does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.circuit.drive import Drive, steady
from harness.simulation.circuit.history import Stage

if TYPE_CHECKING:
    from harness.simulation.circuit.loop import Loop
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.unitfile import Electronics


@dataclass(frozen=True, slots=True)
class Command:
    """What the firmware asks of the output stage.

    Attributes:
        current_a: nominal magnitude; 0 at level 0.
        polarity: `positive`, `negative` or `bipolar`.
        on_ns: when the output was started.
        rise_ns: length of the linear rise after it.
        half_period_ns: of the bipolar setting.
    """

    current_a: float
    polarity: str
    on_ns: int
    rise_ns: int
    half_period_ns: int


class OutputStage:
    """Current source and bridge of one channel.

    Attributes:
        gain: true factor of this unit.
        offset_a: true addition to every magnitude.
    """

    def __init__(self, electronics: Electronics, errors: HiddenErrors, loop: Loop) -> None:
        self._electronics = electronics
        self._loop = loop
        self._command: Command | None = None
        self._stays_live = False
        self.gain, self.offset_a = _drawn(electronics, errors)
        self._apply()

    def redraw(self, errors: HiddenErrors) -> None:
        self.gain, self.offset_a = _drawn(self._electronics, errors)
        self._apply()

    def command(self, command: Command | None) -> None:
        """Deliver what the firmware asks, None: off."""
        self._command = command
        if command is not None or not self._stays_live:
            self._apply()

    def stays_live(self, *, on: bool) -> None:
        """Switch the fault that keeps the output on after it was told to stop."""
        self._stays_live = on
        if not on:
            self._apply()

    def _apply(self) -> None:
        self._loop.drive(self._drive(self._command))

    def _drive(self, command: Command | None) -> Drive:
        if command is None:
            return steady(self._electronics.off_leakage_a)
        magnitude = self.gain * command.current_a + self.offset_a if command.current_a else 0.0
        forward, backward = self._legs(magnitude)
        first = backward if command.polarity == "negative" else forward
        second = backward if command.polarity == "bipolar" else first
        return Drive(first, second, command.half_period_ns, command.on_ns, command.on_ns, command.rise_ns)

    def _legs(self, magnitude: float) -> tuple[float, float]:
        """Answer the source current when the firmware asks for the positive and for the negative direction."""
        electronics = self._electronics
        forward = 0.0 if electronics.bridge_open == "positive" else magnitude
        backward = 0.0 if electronics.bridge_open == "negative" else -magnitude
        return (-forward, -backward) if electronics.bridge_swapped else (forward, backward)


def stage(electronics: Electronics) -> Stage:
    """Answer the electrical limits of the stage."""
    return Stage(electronics.compliance_v, electronics.output_resistance_ohm)


def _drawn(electronics: Electronics, errors: HiddenErrors) -> tuple[float, float]:
    gain = electronics.gain + errors.rectangular("unit gain", electronics.gain_spread)
    return gain, electronics.offset_a + errors.rectangular("unit offset", electronics.offset_spread_a)
