"""What each kind of mode asks of the output stage: a sequence of directions, repeated for ever."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from harness.simulation.circuit.drive import Piece
from harness.simulation.files.timingfile import Timing
from harness.simulation.unit.bridge import alternated, lagged
from harness.simulation.unit.sweep import Beat, beats

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.simulation.files.unitfile import Firmware as FirmwareData
    from harness.simulation.files.unitfile import Mode
    from harness.simulation.unit.clock import UnitClock

_DIRECTIONS = {"positive": (1.0, 0.0), "negative": (-1.0, 0.0), "bipolar": (1.0, -1.0)}
"""First and second phase of a period."""

POLARITIES = tuple(_DIRECTIONS)
_SOUND = Timing()

Cycle = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Timer:
    """The timer behind the waveform: how long a period and its parts really are.

    Attributes:
        data: the firmware's constants.
        clock: the unit's crystal.
        timing: what is wrong with the timers.
    """

    data: FirmwareData
    clock: UnitClock
    timing: Timing = _SOUND

    def ns(self, own_s: float) -> int:
        """Answer the bench time of `own_s` seconds of this timer."""
        return self.clock.ns(own_s / self.timing.clock_factor)

    def period(self, frequency_hz: float) -> tuple[int, float]:
        """Answer a period in ticks, and a tick in seconds; without a timer one tick is the whole period."""
        made_hz, tick_s = self.timing.made_hz(frequency_hz), self.data.timer_tick_s
        if not tick_s:
            return 1, 1.0 / made_hz
        return round(1.0 / (made_hz * tick_s)) + self.data.timer_reload_error, tick_s

    def cycle_ns(self, frequency_hz: float) -> int:
        """Answer a period in bench time."""
        ticks, tick_s = self.period(frequency_hz)
        return self.ns(ticks * tick_s)

    def period_s(self, frequency_hz: float) -> float:
        """Answer a period in seconds of the unit's clock."""
        ticks, tick_s = self.period(frequency_hz)
        return ticks * tick_s / self.timing.clock_factor


def programme(
    data: FirmwareData,
    clock: UnitClock,
    mode: Mode,
    polarity: str,
    frequency_hz: float,
    *,
    timing: Timing = _SOUND,
    jitter: tuple[float, ...] = (),
) -> tuple[Piece, ...]:
    """Answer one period; a piece's factor is the direction that the firmware asks for, times a share of the level.

    Args:
        data: the firmware's constants.
        clock: what times them.
        mode: kind and figures of the waveform.
        polarity: the setting.
        frequency_hz: of a mode with one frequency at a time; others do not look at it.
        timing: what is wrong with the timers.
        jitter: how late each cycle begins, as a share from 0 to 1 of `timing.jitter`, from the first cycle on.
    """
    timer = Timer(data, clock, timing)
    if polarity == "bipolar" and not data.flips:
        polarity = "positive"
    if mode.waveform == "dc":
        pieces = _direct(timer, mode, _DIRECTIONS[polarity])
    else:
        made = cycles(timer, mode, polarity, frequency_hz, jitter)
        pieces = made[0] if len(made) == 1 else _joined(chain.from_iterable(made))
    return lagged(pieces, timer.ns(timing.flip_lag_s)) if timing.flip_lag_s else pieces


def cycles(timer: Timer, mode: Mode, polarity: str, frequency_hz: float, jitter: tuple[float, ...] = ()) -> list[Cycle]:
    """Answer one period of a pulsed mode, cycle by cycle."""
    timing = timer.timing
    if mode.waveform in {"staircase", "sweep"}:
        found = [_cycle(timer, mode, beat, _DIRECTIONS[polarity]) for beat in beats(timer, mode)]
    else:
        found = _steady(timer, mode, polarity, Beat(frequency_hz))
    if timing.missed_every:
        found = _missed(found, timing.missed_every)
    if jitter and mode.waveform in {"square", "pulses"}:
        count = math.lcm(len(found), len(jitter))
        late_ns = [round(timing.jitter * share * _length(found[0])) for share in jitter]
        found = [
            _stretched(found[number % len(found)], late_ns[(number + 1) % len(jitter)] - late_ns[number % len(jitter)])
            for number in range(count)
        ]
    return found


def _steady(timer: Timer, mode: Mode, polarity: str, beat: Beat) -> list[Cycle]:
    """Answer one cycle, or as many as it takes until the direction has alternated."""
    if not mode.alternation_period_s or polarity != "bipolar":
        return [_cycle(timer, mode, beat, _DIRECTIONS[polarity])]
    half_s = 0.5 * mode.alternation_period_s * timer.timing.alternation_factor
    one_way = max(1, round(half_s * beat.frequency_hz))
    return [
        _cycle(timer, mode, beat, (direction, 0.0))
        for direction in alternated(timer.timing.flip_skipped_every)
        for _ in range(one_way)
    ]


def _direct(timer: Timer, mode: Mode, directions: tuple[float, float]) -> tuple[Piece, ...]:
    half_ns = max(1, timer.ns(0.5 * mode.alternation_period_s * timer.timing.alternation_factor))
    if not directions[1]:
        return (Piece(half_ns, directions[0]),)
    return _joined(Piece(half_ns, direction) for direction in alternated(timer.timing.flip_skipped_every))


def _cycle(timer: Timer, mode: Mode, beat: Beat, directions: tuple[float, float]) -> Cycle:
    first, second = (direction * beat.gain for direction in directions)
    ticks, tick_s = timer.period(beat.frequency_hz)
    tick, period_ns = timer.data.timer_tick_s, timer.cycle_ns(beat.frequency_hz)
    if mode.pulse_width_s:
        width_ns = timer.ns(max(1, round(mode.pulse_width_s / tick)) * tick if tick else mode.pulse_width_s)
        rest_ns = max(1, period_ns - 2 * width_ns)
        return _joined((Piece(width_ns, first), Piece(width_ns, second), Piece(rest_ns, 0.0)))
    # The output compares at both edges of a tick: halves of an odd period are equal.
    edge = round(2.0 * timer.data.duty * ticks) / 2.0 if tick else timer.data.duty
    edge_ns = timer.ns(edge * tick_s)
    return Piece(edge_ns, first), Piece(period_ns - edge_ns, second)


def _missed(found: list[Cycle], every: int) -> list[Cycle]:
    """Leave every so-manieth cycle out, over as many repetitions as it takes until the count begins anew."""
    repeated = found * (math.lcm(len(found), every) // len(found))
    return [
        (Piece(_length(cycle), 0.0),) if number % every == 0 else cycle
        for number, cycle in enumerate(repeated, start=1)
    ]


def _stretched(cycle: Cycle, longer_ns: int) -> Cycle:
    """Let the next cycle begin later, or sooner, than it would."""
    last = cycle[-1]
    return (*cycle[:-1], Piece(max(1, last.duration_ns + longer_ns), last.factor))


def _length(cycle: Cycle) -> int:
    return sum(piece.duration_ns for piece in cycle)


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Make one piece of neighbours with the same direction."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].factor == piece.factor:
            joined[-1] = Piece(joined[-1].duration_ns + piece.duration_ns, piece.factor)
        else:
            joined.append(piece)
    return tuple(joined)
