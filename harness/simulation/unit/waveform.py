"""What each kind of mode asks of the output stage: a sequence of directions, repeated for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.circuit.drive import Piece

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.simulation.files.unitfile import Firmware as FirmwareData
    from harness.simulation.files.unitfile import Mode
    from harness.simulation.unit.clock import UnitClock

_DIRECTIONS = {"positive": (1.0, 0.0), "negative": (-1.0, 0.0), "bipolar": (1.0, -1.0)}
"""First and second phase of a period."""

POLARITIES = tuple(_DIRECTIONS)


def programme(
    data: FirmwareData, clock: UnitClock, mode: Mode, polarity: str, frequency_hz: float
) -> tuple[Piece, ...]:
    """Answer one period; a piece's factor is the direction that the firmware asks for: 1, -1, or 0 for none.

    Args:
        data: the firmware's constants.
        clock: what times them.
        mode: kind and figures of the waveform.
        polarity: the setting.
        frequency_hz: of a mode with one frequency at a time; others do not look at it.
    """
    if polarity == "bipolar" and not data.flips:
        polarity = "positive"
    directions = _DIRECTIONS[polarity]
    if mode.waveform == "dc":
        return _direct(clock, mode, directions)
    if mode.waveform == "pulses":
        return _pulses(data, clock, mode.pulse_width_s, frequency_hz, directions)
    if mode.waveform == "square":
        return _square(data, clock, frequency_hz, directions)
    return _joined(
        piece
        for step_hz in mode.frequencies_hz
        for piece in _square(data, clock, step_hz, directions) * max(1, round(mode.dwell_s * step_hz))
    )


def _direct(clock: UnitClock, mode: Mode, directions: tuple[float, float]) -> tuple[Piece, ...]:
    half_ns = max(1, clock.ns(0.5 * mode.alternation_period_s))
    first, second = directions
    return (Piece(half_ns, first), Piece(half_ns, second)) if second else (Piece(half_ns, first),)


def _square(
    data: FirmwareData, clock: UnitClock, frequency_hz: float, directions: tuple[float, float]
) -> tuple[Piece, ...]:
    ticks, tick_s = _period(data, frequency_hz)
    # The output compares at both edges of a tick: halves of an odd period are equal.
    edge = round(2.0 * data.duty * ticks) / 2.0 if data.timer_tick_s else data.duty
    period_ns, edge_ns = clock.ns(ticks * tick_s), clock.ns(edge * tick_s)
    return Piece(edge_ns, directions[0]), Piece(period_ns - edge_ns, directions[1])


def _pulses(
    data: FirmwareData, clock: UnitClock, width_s: float, frequency_hz: float, directions: tuple[float, float]
) -> tuple[Piece, ...]:
    ticks, tick_s = _period(data, frequency_hz)
    tick = data.timer_tick_s
    width_ns = clock.ns(max(1, round(width_s / tick)) * tick if tick else width_s)
    rest_ns = max(1, clock.ns(ticks * tick_s) - 2 * width_ns)
    return _joined((Piece(width_ns, directions[0]), Piece(width_ns, directions[1]), Piece(rest_ns, 0.0)))


def _period(data: FirmwareData, frequency_hz: float) -> tuple[int, float]:
    """Answer a period in ticks of the timer, and a tick in seconds; without a timer one tick is the whole period."""
    if not data.timer_tick_s:
        return 1, 1.0 / frequency_hz
    return round(1.0 / (frequency_hz * data.timer_tick_s)) + data.timer_reload_error, data.timer_tick_s


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Make one piece of neighbours with the same direction."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].factor == piece.factor:
            joined[-1] = Piece(joined[-1].duration_ns + piece.duration_ns, piece.factor)
        else:
            joined.append(piece)
    return tuple(joined)
