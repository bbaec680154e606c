"""The unit's output stage as it was built: from what the firmware asks to what the current source does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.circuit.drive import Drive, Piece, steady
from harness.simulation.circuit.history import Stage
from harness.simulation.unit.board import Calibration, Converter

if TYPE_CHECKING:
    from harness.simulation.circuit.loop import Loop
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.unitfile import Electronics
    from harness.simulation.unit.board import Sequence, Step


class OutputStage:
    """Current converter, current source and bridge of one channel.

    Attributes:
        gain: true factor of this channel.
        offset_a: true addition to every magnitude.
    """

    def __init__(self, electronics: Electronics, errors: HiddenErrors, loop: Loop, channel: int = 1) -> None:
        self._electronics = electronics
        self._loop = loop
        self._channel = channel
        self._dac = Converter(electronics.dac_bits, electronics.dac_full_scale_a)
        self._sense_dac = Converter(electronics.dac_bits, electronics.sense_full_scale_a)
        self._sequence: Sequence | None = None
        self._stays_live = False
        self.gain, self.offset_a = _drawn(electronics, errors, channel)
        self._apply()

    @property
    def calibration(self) -> Calibration:
        """The constants in the unit's memory."""
        return Calibration(self._electronics.calibration_gain, self._electronics.calibration_offset_a)

    def redraw(self, errors: HiddenErrors) -> None:
        self.gain, self.offset_a = _drawn(self._electronics, errors, self._channel)
        self._apply()

    def play(self, sequence: Sequence | None) -> None:
        """Deliver what a sequence makes of the converter and the bridge, None: off."""
        self._sequence = sequence
        if sequence is not None or not self._stays_live:
            self._apply()

    def stays_live(self, *, on: bool) -> None:
        """Switch the fault that keeps the output on after it was told to stop."""
        self._stays_live = on
        if not on:
            self._apply()

    def _apply(self) -> None:
        self._loop.drive(self._drive(self._sequence), self._channel)

    def _drive(self, sequence: Sequence | None) -> Drive:
        electronics = self._electronics
        if electronics.stuck_a:
            return steady(electronics.stuck_a)
        if sequence is None:
            return steady(electronics.off_leakage_a)
        return Drive(
            amplitude_a=1.0,
            programme=tuple(Piece(step.duration_ns, self._current_a(step, sequence)) for step in sequence.steps),
            origin_ns=sequence.origin_ns,
            envelope=sequence.envelope,
            on_ns=sequence.on_ns,
            # The large source is off between sense pulses and leaks as in OFF.
            offset_a=electronics.off_leakage_a if sequence.sense else 0.0,
        )

    def _current_a(self, step: Step, sequence: Sequence) -> float:
        """Answer the signed current of one step."""
        if sequence.sense:
            return self._directed(step.bridge) * self._sense_dac.value(step.code)
        return self._directed(step.bridge) * self._magnitude(self._dac.value(step.code))

    def _magnitude(self, current_a: float) -> float:
        if current_a == 0.0 or current_a < self._electronics.dead_zone_a:
            return 0.0
        return self.gain * current_a + self.offset_a

    def _directed(self, direction: float) -> float:
        """Answer what comes out for the direction that the firmware asks for."""
        electronics = self._electronics
        if direction == 0.0:
            return 0.0
        if electronics.bridge_open == ("positive" if direction > 0.0 else "negative"):
            return 0.0
        factor = direction if direction > 0.0 else direction * electronics.negative_gain
        return -factor if electronics.bridge_swapped else factor


def stage(electronics: Electronics) -> Stage:
    """Answer the electrical limits of the stage."""
    return Stage(
        electronics.compliance_v,
        electronics.output_resistance_ohm,
        electronics.output_capacitance_f,
        electronics.coupling_capacitor_f,
    )


def _drawn(electronics: Electronics, errors: HiddenErrors, channel: int) -> tuple[float, float]:
    of_channel = "" if channel == 1 else f" {channel}"
    gain = electronics.gain + errors.rectangular(f"unit gain{of_channel}", electronics.gain_spread)
    offset_a = electronics.offset_a + errors.rectangular(f"unit offset{of_channel}", electronics.offset_spread_a)
    return gain, offset_a
