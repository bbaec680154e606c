"""What one channel plays: sequences for its board, from settings, waveforms and currents."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from harness.simulation.unit.board import Sequence, Step, hold
from harness.simulation.unit.waveform import Timer, programme

if TYPE_CHECKING:
    from harness.simulation.circuit.drive import Piece
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.unitfile import Mode
    from harness.simulation.unit.board import ChannelBoard
    from harness.simulation.unit.clock import UnitClock
    from harness.simulation.unit.parameters import Parameters

_DRAWN_CYCLES = 256
"""So many cycles have a jitter of their own before they begin anew."""

Envelope = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the output is to deliver.

    Attributes:
        mode: the waveform.
        level: number of the step.
        polarity: of the setting.
        frequency_hz: of a mode with one frequency at a time.
        phase_ns: start of a period.
        rise_ns: start of the envelope.
        envelope: corners of the rise.
        share: of the level's current, as the sensed resistance asks for.
        jittered: whether the timer is late now and then.
        current_a: instead of the level's own; None: the level's.
    """

    mode: Mode
    level: int
    polarity: str
    frequency_hz: float
    phase_ns: int
    rise_ns: int
    envelope: Envelope = ()
    share: float = 1.0
    jittered: bool = False
    current_a: float | None = None


class Player:
    """Makes the sequences of one channel.

    Args:
        parameters: as they hold.
        board: the channel's electronics.
        clock: the unit's clock.
        errors: where jitter is drawn from.
    """

    def __init__(self, parameters: Parameters, board: ChannelBoard, clock: UnitClock, errors: HiddenErrors) -> None:
        self._parameters = parameters
        self._board = board
        self._clock = clock
        self.redraw(errors)

    def redraw(self, errors: HiddenErrors) -> None:
        """Become the same channel of another unit."""
        channel = self._board.channel
        # Drawn for those only who have any: a sound unit's draws are few.
        count = _DRAWN_CYCLES if self._has_jitter() else 0
        drawn = tuple(errors.between(f"unit jitter {channel} {cycle}", 0.0, 1.0) for cycle in range(count))
        # The first cycle is in time, so that one round is as long as its cycles.
        self._jitter = (0.0, *drawn[1:]) if drawn else ()
        late_s = self._parameters.contact.sense_jitter_s
        self.late_s = tuple(
            errors.between(f"unit sense jitter {channel} {tick}", 0.0, late_s)
            for tick in range(_DRAWN_CYCLES if late_s else 0)
        )

    def _has_jitter(self) -> bool:
        timing = self._parameters.timing
        return bool(timing.jitter or any("jitter" in row.keys for row in timing.only))

    def running(self, wanted: Wanted) -> Sequence:
        """Answer the sequence of RUN."""
        level_a = self.level_a(wanted.level) if wanted.current_a is None else wanted.current_a
        return Sequence(
            steps=self._steps(self._programme(wanted), level_a * wanted.share),
            origin_ns=wanted.phase_ns,
            on_ns=wanted.rise_ns,
            envelope=wanted.envelope,
            level=wanted.level,
        )

    def sensing(self, polarity: str, on_ns: int) -> Sequence:
        """Answer the sequence of ARMED: sense pulses, or a small direct current."""
        return self._sense_pulses(self._parameters.contact.sense_current_a, polarity, on_ns)

    def idle(self, polarity: str, on_ns: int) -> Sequence | None:
        """Answer what plays in OFF; None: nothing."""
        current_a = self._parameters.contact.off_sense_a
        return self._sense_pulses(current_a, polarity, on_ns) if current_a else None

    def frozen(self, sequence: Sequence | None, now_ns: int) -> Sequence | None:
        """Answer what stays of a sequence when nobody plays it on: the code and the direction of this instant."""
        if sequence is None:
            return None
        ends = list(accumulate(step.duration_ns for step in sequence.steps))
        step = sequence.steps[bisect_right(ends, (now_ns - sequence.origin_ns) % ends[-1])]
        dac = self._board.sense_dac if sequence.sense else self._board.dac
        code = dac.code(dac.value(step.code) * _factor(sequence, now_ns))
        return replace(hold(code, step.bridge, now_ns), sense=sequence.sense, level=sequence.level)

    def next_cycle_ns(self, wanted: Wanted) -> int:
        """Answer when the next cycle of a pulsed mode is due; jitter does not move what is due."""
        timer = Timer(self._parameters.firmware, self._clock, self._parameters.timing)
        cycle_ns = timer.cycle_ns(wanted.frequency_hz)
        return self._board.now_ns + cycle_ns - (self._board.now_ns - wanted.phase_ns) % cycle_ns

    def level_a(self, level: int) -> float:
        """Answer the current of a level; a table that is read too far goes on with its last step."""
        if level == 0:
            return 0.0
        data = self._parameters.firmware
        row, top = level - 1 + data.level_shift, len(data.levels_a) - 1
        beyond = max(0, row - top)
        last = data.levels_a[-1]
        step = last - data.levels_a[-2] if top else last
        return data.levels_a[row - beyond] + beyond * step

    def rise(self) -> Envelope:
        """Answer the corners of the rise: a straight line, unless it is built to dip half way or to overshoot."""
        contact = self._parameters.contact
        rise_s = contact.rise_s if contact.sensing else self._parameters.firmware.rise_s
        if not rise_s:
            return ()
        corners = [(0.0, 0.0), (1.0, 1.0 + contact.rise_overshoot)]
        if contact.rise_dip:
            corners[1:1] = [(0.5, 0.5), (0.55, max(0.0, 0.5 - contact.rise_dip)), (0.6, 0.6)]
        if contact.rise_overshoot:
            corners.append((1.2, 1.0))
        return tuple((self._clock.ns(share * rise_s), factor) for share, factor in corners)

    def adapted(self, sensed_ohm: float) -> float:
        """Answer the share of the level's current for a resistance: along its logarithm, held beyond both ends."""
        contact = self._parameters.contact
        if not contact.adaptation:
            return 1.0
        low_ohm, high_ohm = contact.adaptation_low_ohm, contact.adaptation_high_ohm
        held_ohm = min(max(sensed_ohm, low_ohm), high_ohm)
        way = math.log(held_ohm / low_ohm) / math.log(high_ohm / low_ohm)
        return 1.0 + contact.adaptation * (2.0 * way - 1.0)

    def _programme(self, wanted: Wanted) -> tuple[Piece, ...]:
        data, timing = self._parameters.firmware, self._parameters.timing
        jitter = self._jitter if wanted.jittered else ()
        return programme(
            data, self._clock, wanted.mode, wanted.polarity, wanted.frequency_hz, timing=timing, jitter=jitter
        )

    def _steps(self, pieces: tuple[Piece, ...], level_a: float) -> tuple[Step, ...]:
        shares = {abs(piece.factor) for piece in pieces}
        codes = {share: self._board.level_code(level_a * share) for share in shares}
        codes[0.0] = codes[max(shares)]  # an open bridge: the converter stays where it is
        return tuple(
            Step(piece.duration_ns, (piece.factor > 0.0) - (piece.factor < 0.0), codes[abs(piece.factor)])
            for piece in pieces
        )

    def _sense_pulses(self, current_a: float, polarity: str, on_ns: int) -> Sequence:
        contact = self._parameters.contact
        bridge, code = -1 if polarity == "negative" else 1, self._board.sense_dac.code(current_a)
        period_ns = self._clock.ns(contact.sense_period_s)
        if contact.continuous:
            return Sequence((Step(period_ns, bridge, code),), on_ns, on_ns, sense=True)
        width_ns = self._clock.ns(contact.sense_width_s)
        late = [self._clock.ns(late_s) for late_s in self.late_s] or [0]
        steps = []
        for now_ns, next_ns in zip(late, (*late[1:], late[0]), strict=True):
            steps += [Step(width_ns, bridge, code), Step(period_ns - width_ns + next_ns - now_ns, 0, code)]
        return Sequence(tuple(steps), on_ns + late[0], on_ns, sense=True)


def _factor(sequence: Sequence, at_ns: int) -> float:
    """Answer the envelope of a sequence at one instant."""
    corners = sequence.envelope
    since = at_ns - sequence.on_ns
    if not corners or since >= corners[-1][0]:
        return corners[-1][1] if corners else 1.0
    index = bisect_right([time_ns for time_ns, _ in corners], since)
    (before_ns, before), (after_ns, after) = corners[index - 1], corners[index]
    return before + (after - before) * (since - before_ns) / (after_ns - before_ns)
