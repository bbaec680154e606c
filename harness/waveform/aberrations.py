"""What happens to a state near a transition: overshoot, undershoot, preshoot (IEEE Std 181-2011, 3; IEC 60469:2013, 3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform import bounds
from harness.waveform.parameter import Estimate
from harness.waveform.transitions import shape_width, windows

if TYPE_CHECKING:
    from harness.waveform.samples import Samples
    from harness.waveform.transitions import Edges, Spans

Aberration: TypeAlias = Literal["overshoot", "undershoot", "preshoot", "pre_overshoot"]

_DURATIONS = 3.0
_SAMPLES = 10
_SETTLED_SAMPLES = 4
_NOISE_REACH = 3.5


@dataclass(frozen=True, slots=True)
class Grain:
    """What limits the vertical resolution of a record, in the unit of its samples.

    Attributes:
        noise: standard deviation of a sample.
        code: step between two codes; 0 for none.
        level: error of the state level that an aberration is measured from.
    """

    noise: float
    code: float
    level: float


def aberration_percent(
    record: Samples,
    found: Edges,
    measured: Spans,
    levels: tuple[float, float],
    kind: Aberration,
    grain: Grain,
    *,
    forbidden: float | None = None,
) -> Estimate:
    """Return an aberration near transitions, in per cent of the amplitude; their median.

    Within three transition durations (at least ten samples, at most half of the run of the state) after the farther
    reference level, `overshoot` is the largest excess over the new state in the direction of the transition and
    `undershoot` the largest one against it. Before the nearer reference level, `preshoot` is the largest excess over
    the old state against the direction of the transition, `pre_overshoot` the one in its direction.

    An excess that the settled part of the same state, as long again, shows as well, or that one code or the noise
    explains, is 0: it is no aberration.

    Args:
        record: the samples.
        found: transitions of one direction.
        measured: their spans, one for each.
        levels: low and high state between which they move.
        kind: which aberration.
        grain: noise, code and error of the level.
        forbidden: level of another phase; a transition with samples beyond half of it in the region is left out.

    Raises:
        NotMeasurable: no transition has its state in the record.
    """
    whole = measured.window == 0
    if not whole.any():
        raise NotMeasurable("no transition is followed by a state in which an aberration could be seen")
    found, measured = found.chosen(whole), measured.chosen(whole)
    typical = float(np.median(measured.end - measured.begin))
    reach = max(_SAMPLES, math.ceil(_DURATIONS * typical))
    # The largest of many noisy samples is too large; a mean over what the edge itself shows to be slow is not.
    width = shape_width(typical) if grain.noise > 0 else 1
    amplitude = levels[1] - levels[0]
    excess, bends = _excesses(record, found, measured, levels, kind, grain, forbidden, reach, width)
    if not excess.size:
        raise NotMeasurable("no transition is followed by a state in which an aberration could be seen")
    value = float(np.median(excess))
    shown = excess > 0 if value > 0 else np.ones(excess.size, dtype=np.bool_)
    error = float(np.quantile(bends[shown], 0.9)) + bounds.of_noise(grain.noise, width) + grain.code / 2 + grain.level
    return Estimate(100 * value / amplitude, 100 * bounds.ratio_error(value, error, amplitude, 2 * grain.level))


def _excesses(
    record: Samples,
    found: Edges,
    measured: Spans,
    levels: tuple[float, float],
    kind: Aberration,
    grain: Grain,
    forbidden: float | None,
    reach: int,
    width: int,
) -> tuple[Samples, Samples]:
    """Return the excess of each transition that shows its state, and the bound that its peak or its noise leaves."""
    post, forward = kind in ("overshoot", "undershoot"), kind in ("overshoot", "pre_overshoot")
    length = 2 * reach + 2
    # Two samples on the near side of the region, so that its first sample has neighbours.
    nearest = np.ceil(measured.end).astype(np.intp) if post else np.floor(measured.begin).astype(np.intp)
    start = nearest - 1 if post else nearest - length + 2
    limit = (
        np.where(found.end == record.size, record.size - 1, found.last)
        if post
        else np.where(found.begin == 0, 0, found.first)
    )
    excesses, bends = [], []
    for which, first, rows in windows(record, start, length, width):
        some = found.chosen(which)
        state = np.where(some.rising == post, levels[1], levels[0])[:, None]
        away = np.where((some.rising == forward)[:, None], rows - state, state - rows)
        place = first[:, None] + np.arange(length)
        inside = place <= limit[which, None] if post else place >= limit[which, None]
        if not post:
            away, inside, rows = away[:, ::-1], inside[:, ::-1], rows[:, ::-1]
        near = inside[:, 1 : reach + 1]
        kept = near[:, 0]
        if forbidden is not None:
            half = (forbidden + (levels[0] if forbidden < levels[0] else levels[1])) / 2
            kept &= ~((rows < half if forbidden < levels[0] else rows > half)[:, : reach + 1].any(axis=1))
        value, bend = _excess(away[kept], inside[kept], reach, width, grain)
        excesses.append(value)
        bends.append(bend)
    return np.concatenate(excesses), np.concatenate(bends)


def _excess(away: Samples, inside: Samples, reach: int, width: int, grain: Grain) -> tuple[Samples, Samples]:
    """Return the largest excess of each row's region, 0 where noise explains it, and what it may be wrong by."""
    row, last = np.arange(away.shape[0]), away.shape[1] - 1
    near = np.where(inside[:, 1 : reach + 1], away[:, 1 : reach + 1], -np.inf)
    place = near.argmax(axis=1) + 1
    peak = away[row, place]
    before, after = away[row, place - 1], away[row, np.minimum(place + 1, last)]
    bend = before - 2 * peak + after
    # A parabola through the largest sample and its neighbours, where all three belong to the state.
    smooth = (place > 1) & (place < reach) & (bend < 0)
    lift = np.where(smooth, (after - before) ** 2 / (-8 * np.where(bend < 0, bend, -1.0)), 0.0)
    wide = away[row, np.maximum(place - width, 0)] - 2 * peak + away[row, np.minimum(place + width, last)]
    rest = np.where(inside[:, reach + 1 :], away[:, reach + 1 :], -np.inf)
    settled = np.where(inside[:, reach + 1 :].sum(axis=1) >= _SETTLED_SAMPLES, rest.max(axis=1), 0.0)
    floor = np.maximum(max(_NOISE_REACH * grain.noise, 1.01 * grain.code), settled)
    seen = peak > floor
    error = np.abs(bend) / 8 + np.abs(wide) * bounds.FLATTENED
    return np.where(seen, peak + lift, 0.0), np.where(seen, error, floor)
