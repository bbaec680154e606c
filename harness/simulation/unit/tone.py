"""The probe tone: a square wave on the buzzer's pad whose pitch follows the resistance under the probe."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.circuit.drive import Drive, Piece
from harness.simulation.timekeeper import NS_PER_S
from harness.simulation.unit.contact import Ticks
from harness.simulation.unit.settings import OFF

if TYPE_CHECKING:
    from harness.simulation.circuit.loop import Loop
    from harness.simulation.files.unitfile import Tone
    from harness.simulation.unit.board import ChannelBoard
    from harness.simulation.unit.clock import UnitClock
    from harness.simulation.unit.firmware import Firmware


class ProbeTone:
    """Sounds while the output of the first channel is on and something is under its probe.

    Args:
        data: pitch law and timing.
        channel: whose probe it is.
        board: its electronics.
        clock: the unit's clock.
        loop: where the pad is seen.

    Attributes:
        sounding_hz: its pitch now; 0: silent.
    """

    def __init__(self, data: Tone, channel: Firmware, board: ChannelBoard, clock: UnitClock, loop: Loop) -> None:
        self._data = data
        self._channel = channel
        self._board = board
        self._clock = clock
        self._loop = loop
        self.sounding_hz = 0.0
        self._ticks = Ticks(board, clock, data.period_s if data.high_v and data.sounds else 0.0, self._look)
        if data.high_v and data.sounds:
            self._ticks.start()

    def pitch_hz(self, ohm: float) -> float:
        """Answer the pitch for a resistance, along both logarithms, held below `low_ohm`; none above `high_ohm`: 0."""
        data = self._data
        if ohm > data.high_ohm:
            return data.high_ohm_hz if data.without_contact else 0.0
        way = math.log(max(ohm, data.low_ohm) / data.low_ohm) / math.log(data.high_ohm / data.low_ohm)
        return float(data.low_ohm_hz * (data.high_ohm_hz / data.low_ohm_hz) ** way)

    def _look(self) -> None:
        if self._channel.is_frozen:
            return
        code = self._board.contact_code()
        ohm = math.inf if code >= self._board.contact.top else self._board.contact.value(code)
        self._sound(0.0 if self._channel.state == OFF else self.pitch_hz(ohm))

    def _sound(self, pitch_hz: float) -> None:
        if pitch_hz == self.sounding_hz:
            return
        self.sounding_hz = pitch_hz
        half_ns = max(1, self._clock.ns(0.5 / pitch_hz)) if pitch_hz else NS_PER_S
        pieces = (Piece(half_ns, 1.0), Piece(half_ns, 0.0)) if pitch_hz else (Piece(half_ns, 0.0),)
        self._loop.buzzer(Drive(self._data.high_v, pieces, self._board.now_ns))
