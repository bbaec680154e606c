"""The frequencies that a staircase or a sweep goes through, cycle by cycle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.simulation.files.unitfile import Mode, Sweep
    from harness.simulation.unit.waveform import Timer


@dataclass(frozen=True, slots=True)
class Beat:
    """One cycle: its frequency, and its share of the level."""

    frequency_hz: float
    gain: float = 1.0


def beats(timer: Timer, mode: Mode) -> Iterator[Beat]:
    """Go through one pass of a staircase or a sweep; each cycle begins where the one before it ended."""
    low_hz, high_hz = min(mode.every_hz), max(mode.every_hz)
    span_hz, lost = high_hz - low_hz, 1.0 - timer.timing.sweep_gain
    for frequency_hz in _frequencies(timer, mode):
        way = (frequency_hz - low_hz) / span_hz if span_hz else 0.0
        yield Beat(frequency_hz, 1.0 - lost * way)


_REVERSED = {"up": "down", "down": "up", "alternating": "alternating"}


def _frequencies(timer: Timer, mode: Mode) -> Iterator[float]:
    sweep = mode.sweep
    direction = sweep.direction if sweep is not None else "up"
    direction = _REVERSED[direction] if timer.timing.sweep_reversed else direction
    if sweep is None:
        yield from _dwelling(timer, list(mode.frequencies_hz), mode.dwell_s, direction)
    elif sweep.steps:
        steps = [sweep.frequency_hz(step / (sweep.steps - 1)) for step in range(sweep.steps)]
        yield from _dwelling(timer, steps, sweep.dwell_s, direction)
    else:
        yield from _gliding(timer, sweep, direction)


def _dwelling(timer: Timer, steps_hz: list[float], dwell_s: float, direction: str) -> Iterator[float]:
    """Stay on each step for whole cycles; where it alternates, each end is dwelt on once."""
    timing = timer.timing
    way = steps_hz[::-1] if direction == "down" else steps_hz
    kept = way[: max(1, round(timing.sweep_share * len(way)))]
    kept = [step_hz for number, step_hz in enumerate(kept, start=1) if number not in timing.sweep_skips] or way[:1]
    for step_hz in (*kept, *kept[-2:0:-1]) if direction == "alternating" else kept:
        yield from [step_hz] * max(1, round(dwell_s * step_hz))


def _gliding(timer: Timer, sweep: Sweep, direction: str) -> Iterator[float]:
    """Give each cycle the frequency that is due when it begins."""
    share = timer.timing.sweep_share
    ways = {"up": ((0.0, 1.0),), "down": ((1.0, -1.0),), "alternating": ((0.0, 1.0), (share, -1.0))}
    for begins, sign in ways[direction]:
        passed_s = 0.0
        while passed_s < share * sweep.duration_s:
            frequency_hz = sweep.frequency_hz(begins + sign * passed_s / sweep.duration_s)
            yield frequency_hz
            passed_s += timer.period_s(frequency_hz)
