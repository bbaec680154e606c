"""What happens to a state near a transition: overshoot, undershoot, preshoot (IEEE Std 181-2011, IEC 60469:2013)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform import bounds
from harness.waveform.parameter import Estimate
from harness.waveform.transitions import shape_width, windows

if TYPE_CHECKING:
    from harness.waveform.samples import Mask, Samples
    from harness.waveform.transitions import Edges, Spans

Aberration: TypeAlias = Literal["overshoot", "undershoot", "preshoot", "pre_overshoot"]

_DURATIONS = 3.0
_SAMPLES = 10
_SETTLED_SAMPLES = 4
NOISE_REACH = 3.5
"""Standard deviations of noise that are no aberration."""

BEFORE_A_PHASE = 1.5
"""Transition durations ahead of another phase that belong to it."""

_TYPICAL = 0.9
_TYPICAL_MOVING = 0.5
_INWARDS = ("undershoot", "pre_overshoot")
_TRANSITIONS = 1024
"""Of more transitions so many are looked at, spread evenly."""

STATE_BOUNDARY = 0.02
"""Share of the amplitude about a level within which the waveform is in that state (IEEE Std 181-2011, 3)."""


@dataclass(frozen=True, slots=True)
class Grain:
    """What limits the vertical resolution of a record, in the unit of its samples.

    Attributes:
        noise: standard deviation of a sample.
        code: step between two codes; 0 for none.
        code_error: error that the codes leave in a mean of samples.
        level: error of the state level that an aberration is measured from.
    """

    noise: float
    code: float
    code_error: float
    level: float


@dataclass(frozen=True, slots=True)
class Step:
    """Transitions of one direction between two levels.

    Attributes:
        edges: the transitions.
        spans: their spans between 10 and 90 %, one for each.
        low: the lower level.
        high: the higher level.
        forbidden: level of another phase on the other side of the base; None where there is none.
    """

    edges: Edges
    spans: Spans
    low: float
    high: float
    forbidden: float | None = None

    @property
    def amplitude(self) -> float:
        """Difference of both levels."""
        return self.high - self.low


def region(typical: float) -> int:
    """Return in how many samples beside a transition of this duration an aberration is looked for."""
    return max(_SAMPLES, math.ceil(_DURATIONS * typical))


def aberration_percent(record: Samples, step: Step, kind: Aberration, grain: Grain) -> Estimate:
    """Return an aberration near transitions, in per cent of the amplitude; their median.

    Within three transition durations (at least ten samples, at most half of the run of the state) after the farther
    reference level, `overshoot` is the largest excess over the new state in the direction of the transition, and
    `undershoot` the largest one against it, once the waveform has reached the state and turned back. Before the nearer
    reference level, `preshoot` is the largest excess over the old state against the direction of the transition,
    `pre_overshoot` the one in its direction, before the waveform last left the state.

    An excess that the settled part of the same state, as long again, shows as well, or that one code or the noise
    explains, is 0: it is no aberration. A transition after which another phase follows within the region is left out.

    Raises:
        NotMeasurable: no transition has its state in the record; or there is no undershoot in the region, but one as
            large beyond it, where a ringing swings back.
    """
    whole = np.flatnonzero(step.spans.window == 0)
    if not whole.size:
        raise NotMeasurable("no transition lies whole in the record")
    if whole.size > _TRANSITIONS:
        whole = whole[np.linspace(0, whole.size - 1, _TRANSITIONS).astype(np.intp)]
    region = _Region(
        replace(step, edges=step.edges.chosen(whole), spans=step.spans.chosen(whole)),
        kind,
        grain,
        float(np.median(step.spans.durations[whole])),
    )
    excess, errors, moving = region.excesses(record)
    if not excess.size:
        raise NotMeasurable("no transition has a state beside it in which an aberration could be seen")
    value = float(np.median(excess))
    if kind in _INWARDS and value == 0 and float(np.mean(moving)) > _TYPICAL_MOVING:
        raise NotMeasurable(f"the waveform still rings or moves beyond the region in which an {kind} is looked for")
    chosen = errors[excess > 0] if value > 0 else errors
    error = float(np.quantile(chosen, _TYPICAL)) + bounds.of_noise(grain.noise, region.width)
    error += grain.code_error + grain.level
    bound = bounds.ratio_error(value, error, step.amplitude, 2 * grain.level)
    return Estimate(100 * value / step.amplitude, 100 * bound)


@dataclass(frozen=True, slots=True)
class _Region:
    """Where an aberration is looked for: from the transition outwards, and as long again for the settled state."""

    step: Step
    kind: Aberration
    grain: Grain
    typical: float

    @property
    def reach(self) -> int:
        """Samples of the region."""
        return region(self.typical)

    @property
    def width(self) -> int:
        """Samples that are averaged: the largest of many noisy ones is too large."""
        return shape_width(self.typical) if self.grain.noise > 0 else 1

    def excesses(self, record: Samples) -> tuple[Samples, Samples, Mask]:
        """Return the excess of each transition that shows its state, what it may be wrong by, and `_excess`' third."""
        step, spans, edges = self.step, self.step.spans, self.step.edges
        post, forward = self.kind in ("overshoot", "undershoot"), self.kind in ("overshoot", "pre_overshoot")
        # One sample on the near side of the region and one beyond it, so that all others have neighbours.
        length = 2 * self.reach + 2
        if post:
            start = np.ceil(spans.end).astype(np.intp) - 1
            limit = np.where(edges.end == record.size, record.size - 1, edges.last)
        else:
            start = np.floor(spans.begin).astype(np.intp) - length + 2
            limit = np.where(edges.begin == 0, 0, edges.first)
        found = [(np.empty(0), np.empty(0), np.empty(0, dtype=np.bool_))]
        for which, first, rows in windows(record, start, length, self.width):
            rising = edges.rising[which]
            state = np.where(rising == post, step.high, step.low)[:, None]
            away = np.where((rising == forward)[:, None], rows - state, state - rows)
            place = first[:, None] + np.arange(length)
            inside = place <= limit[which, None] if post else place >= limit[which, None]
            inside &= self._undisturbed(rows, post=post)
            outwards = slice(None) if post else slice(None, None, -1)
            found.append(self._excess(away[:, outwards], inside[:, outwards]))
        excess, errors, moving = zip(*found, strict=True)
        return np.concatenate(excess), np.concatenate(errors), np.concatenate(moving)

    def _undisturbed(self, rows: Samples, *, post: bool) -> Mask:
        """Say which samples come before another phase does, one and a half transition durations ahead of it."""
        if self.step.forbidden is None:
            return np.ones(rows.shape, dtype=np.bool_)
        below = self.step.forbidden < self.step.low
        half = (self.step.forbidden + (self.step.low if below else self.step.high)) / 2
        other = rows < half if below else rows > half
        other = other if post else other[:, ::-1]
        first = np.where(
            other.any(axis=1), other.argmax(axis=1) - math.ceil(BEFORE_A_PHASE * self.typical), rows.shape[1]
        )
        kept: Mask = (np.arange(rows.shape[1]) < first[:, None]) & (first > self.reach)[:, None]
        return kept if post else kept[:, ::-1]

    def _excess(self, away: Samples, inside: Mask) -> tuple[Samples, Samples, Mask]:
        """Return the largest excess of each row's region, 0 where noise explains it, and what it may be wrong by.

        The third says in which rows an excess beyond the region, larger than noise and codes, is all there is.
        """
        grain, reach = self.grain, self.reach
        least = max(NOISE_REACH * grain.noise, 1.01 * grain.code, grain.level)
        near = np.where(inside, away, -np.inf)[:, 1 : reach + 1]
        kept = inside[:, 1]
        if self.kind in ("undershoot", "pre_overshoot"):
            near, arrived = self._turned(near, least)
            kept = kept & arrived
        near, away, inside = near[kept], away[kept], inside[kept]
        row, last = np.arange(near.shape[0]), away.shape[1] - 1
        place = near.argmax(axis=1) + 1
        peak, before, after = (away[row, np.minimum(place + offset, last)] for offset in (0, -1, 1))
        bend = before - 2 * peak + after
        # A parabola through the largest sample and its neighbours, where all three belong to the state.
        smooth = (place > 1) & (place < reach) & (bend < 0)
        lift = np.where(smooth, (after - before) ** 2 / (-8 * np.where(bend < 0, bend, -1.0)), 0.0)
        wide = away[row, np.maximum(place - self.width, 0)] - 2 * peak + away[row, np.minimum(place + self.width, last)]
        # What the mean took from a smooth peak, whose second difference it shows.
        whole = (place > self.width) & (place + self.width <= last) & (wide < 0)
        lift += np.where(smooth & whole, -wide * (1 - self.width**-2) * bounds.FLATTENED, 0.0)
        rest = np.where(inside, away, -np.inf)[:, reach + 1 :]
        settled = np.where(inside[:, reach + 1 :].sum(axis=1) >= _SETTLED_SAMPLES, rest.max(axis=1), 0.0)
        floor = np.maximum(least, settled)
        seen = near.max(axis=1) > floor
        error = np.abs(bend) / 8 + np.abs(wide) * bounds.FLATTENED
        return np.where(seen, peak + lift, 0.0), np.where(seen, error, floor), ~seen & (settled > least)

    def _turned(self, near: Samples, least: float) -> tuple[Samples, Mask]:
        """Leave samples in which the waveform, once in its state, has turned back; and say which rows reach it."""
        farthest = np.maximum.accumulate(np.where(np.isfinite(near), -near, -np.inf), axis=1)
        in_state = farthest >= -STATE_BOUNDARY * self.step.amplitude - least
        turned = in_state & np.isfinite(near) & (farthest + np.where(np.isfinite(near), near, 0.0) > least)
        return np.where(turned, near, -np.inf), in_state[:, -1]
