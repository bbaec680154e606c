"""One phase of a waveform, from its base level to its active one and back, and what is measured of its pulses.

All instants and durations are in samples here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform import bounds, plateaus, transitions
from harness.waveform.aberrations import Grain, Step, aberration_percent
from harness.waveform.parameter import Estimate

if TYPE_CHECKING:
    from harness.waveform.aberrations import Aberration
    from harness.waveform.recognition import Recognised
    from harness.waveform.samples import Indices, Mask, Samples
    from harness.waveform.states import Level
    from harness.waveform.transitions import Edges, Spans

_PULSES = 64
"""Settling, droop and tilt are medians of at most so many pulses, spread evenly over the record."""

_TRANSITIONS = 4096
"""Transition parameters are medians of at most so many transitions, spread evenly."""

_ONE_KIND = 0.25
"""Separations that differ by less, and by less than a sample, are of one kind."""

_TYPICAL = 0.9
_SHORTEST_PULSE = 8


@dataclass(frozen=True, slots=True)
class Crossings:
    """Mid-level instants, and what they may be wrong by.

    Attributes:
        instants: in samples from the record's start.
        curvature: how far the curvature of each transition may have moved it, in samples.
        static: error that all of one direction share, from the levels, in samples.
        resolution: error from the codes of the samples, in samples.
        noise: standard deviation that the noise of the samples gives each, in samples.
    """

    instants: Samples
    curvature: Samples
    static: float
    resolution: float
    noise: float

    @property
    def mean_error(self) -> float:
        """Bound of the error of their mean."""
        return float(np.mean(self.curvature)) + self.static + self.resolution + bounds.COVER * self.noise

    @property
    def relative_error(self) -> float:
        """Bound of the error of each against the others of its direction."""
        worst = bounds.COVER + math.sqrt(2 * math.log(self.instants.size))
        return float(np.max(self.curvature)) + self.resolution + worst * self.noise


@dataclass(frozen=True, slots=True)
class Phase:
    """Transitions between two levels, of which one is the base and the other one the active state.

    Attributes:
        found: the record.
        edges: all transitions between both levels.
        low: the lower level.
        high: the higher level.
        active_high: whether the higher level is the active one.
        forbidden: level of another phase on the other side of the base; None where there is none.
    """

    found: Recognised
    edges: Edges
    low: Level
    high: Level
    active_high: bool
    forbidden: float | None

    @property
    def samples(self) -> Samples:
        """The record without its glitches."""
        return self.found.clean.record

    @property
    def levels(self) -> tuple[float, float]:
        """Values of both levels."""
        return self.low.value, self.high.value

    @property
    def amplitude(self) -> float:
        """Difference of both levels."""
        return self.high.value - self.low.value

    @property
    def base(self) -> Level:
        """Level that the pulses start from."""
        return self.low if self.active_high else self.high

    @property
    def active(self) -> Level:
        """Level that the pulses go to."""
        return self.high if self.active_high else self.low

    @property
    def code_error(self) -> float:
        """Error that the resolution of the record leaves in a sample, beside its noise."""
        return bounds.code_error(self.found.code, self.noise)

    @property
    def noise(self) -> float:
        """Standard deviation of a sample."""
        return self.found.states.noise

    def into(self, *, first: bool) -> Mask:
        """Return which transitions are the first of their pulse, into the active state, or the last."""
        chosen: Mask = self.edges.rising == (self.active_high == first)
        return chosen

    def transitions(self, *, first: bool) -> Edges:
        """Return the first or last transitions of pulses; of many so many, spread evenly."""
        return self.edges.chosen(self.into(first=first)).some(_TRANSITIONS)

    def spans(self, *, first: bool, part: tuple[float, float]) -> Spans:
        """Return the spans of the first or last transitions."""
        return transitions.smoothed_spans(
            self.samples, self.transitions(first=first), *self.levels, self.noise, part=part, errors=True
        )

    def duration(self, spans: Spans, part: tuple[float, float], *, first: bool) -> Estimate:
        """Return the transition duration between two reference levels; the median of all.

        Raises:
            NotMeasurable: no transition is there or whole, the sampling is too slow for it, or noise hides it.
        """
        shown = transitions.shown(spans, self.noise, self.amplitude)
        value = float(np.median(shown.durations))
        levels = (self.base, self.active) if first else (self.active, self.base)
        begin = self._reference_error(
            shown.begin_error, shown.begin_slope, part=part[0], levels=levels, width=shown.width
        )
        end = self._reference_error(shown.end_error, shown.end_slope, part=part[1], levels=levels, width=shown.width)
        bound = bounds.duration_error(value, begin, end, shown.width)
        if not bound < value:
            raise NotMeasurable("noise, resolution or sampling leave an error as large as the transition duration")
        return Estimate(value, bound)

    def _reference_error(
        self, curvature: Samples, slopes: Samples, *, part: float, levels: tuple[Level, Level], width: int
    ) -> float:
        """Return the error of the instants of a reference level, in samples."""
        level = (1 - part) * levels[0].error + part * levels[1].error + self.code_error
        vertical = (level + self.code_error + bounds.of_noise(self.noise, width)) / self.amplitude
        slope = float(np.median(slopes))
        # Noise may show a slope that is too steep.
        slope = max(slope - 2 * self.noise / self.amplitude / width, slope / 3)
        return bounds.instant_error(np.quantile(curvature, _TYPICAL), vertical, slope) if slope > 0 else math.inf

    def slew_rate(self, spans: Spans, *, first: bool) -> Estimate:
        """Return the mean slope between 10 and 90 %, in units for each sample."""
        lasts = self.duration(spans, transitions.TEN_NINETY, first=first)
        sign = 1 if self.active_high == first else -1
        share = transitions.TEN_NINETY[1] - transitions.TEN_NINETY[0]
        rise, error = share * self.amplitude, share * self._amplitude_error
        rate, bound = rise / lasts.value, bounds.ratio_error(rise, error, lasts.value, lasts.bound)
        if not bound < rate:
            raise NotMeasurable("noise, resolution or sampling leave an error as large as the slew rate")
        return Estimate(sign * rate, bound)

    @property
    def _amplitude_error(self) -> float:
        return self.low.error + self.high.error + 2 * self.code_error

    def _refuse_cut(self) -> None:
        """Refuse what happens along and beyond the states where the record was cut off.

        Raises:
            NotMeasurable: it was, at an end on which this phase borders.
        """
        states = self.found.states
        for upper, borders in ((True, self.high is states.high_level), (False, self.low is states.low_level)):
            if borders and self.found.cut(upper=upper):
                raise NotMeasurable(f"the record is clipped at its {'highest' if upper else 'lowest'} code")

    def aberration(self, spans: Spans, kind: Aberration, *, first: bool) -> Estimate:
        """Return an aberration near the first or last transitions, in per cent of the amplitude."""
        self._refuse_cut()
        after = kind in ("overshoot", "undershoot")
        level = self.active if after == first else self.base
        grain = Grain(self.noise, self.found.code, self.code_error, level.error + self.code_error)
        chosen = self.transitions(first=first)
        forbidden = self.forbidden if level is self.base else None
        step = Step(chosen, spans, *self.levels, forbidden)
        return aberration_percent(self.found.record.record, step, kind, grain)

    def crossings(self, which: Mask | Indices) -> Crossings:
        """Return mid-level instants with their errors."""
        chosen = self.edges.chosen(which)
        curvature, slopes = transitions.mid_errors(self.samples, chosen, *self.levels)
        slope = float(np.quantile(slopes, 1 - _TYPICAL)) if slopes.size else 0.0
        if self.noise > 0 and slopes.size:
            spans = transitions.smoothed_spans(
                self.samples, chosen.some(_PULSES), *self.levels, self.noise, part=transitions.TEN_NINETY
            )
            whole = spans.durations[spans.window == 0]
            slope = 0.8 / float(np.quantile(whole, _TYPICAL)) if whole.size else slope
        if not slope > 0:
            raise NotMeasurable("no transition passes the mid-level in this record")
        scale = self.amplitude * slope
        static = ((self.low.error + self.high.error) / 2 + self.code_error) / scale
        return Crossings(chosen.instant, curvature, static, self.code_error / scale, self.noise / scale)

    def pulses(self) -> tuple[Indices, Indices]:
        """Return which transitions begin and end the whole pulses of the record.

        Raises:
            NotMeasurable: there is none.
        """
        return self._pairs(self.into(first=True), "the record holds no whole pulse")

    def pulse_duration(self) -> Estimate:
        """Return the mean time from the first to the last mid-level instant of a pulse."""
        return self._between(*self.pulses())

    def pulse_separation(self) -> Estimate:
        """Return the mean time from the last mid-level instant of a pulse to the first one of the next.

        Raises:
            NotMeasurable: fewer than two pulses, or separations of two kinds, as in bursts: their mean is neither.
        """
        begins, ends = self._pairs(self.into(first=False), "the record holds fewer than two pulses")
        separations = self.edges.instant[ends] - self.edges.instant[begins]
        typical = float(np.median(separations))
        if np.any(np.abs(separations - typical) > _ONE_KIND * typical + 1):
            raise NotMeasurable("separations differ by more than a quarter, as in bursts: a mean would be none of them")
        return self._between(begins, ends)

    def _pairs(self, begins: Mask, missing: str) -> tuple[Indices, Indices]:
        chosen = np.flatnonzero(begins[:-1] & ~begins[1:])
        if not chosen.size:
            raise NotMeasurable(missing)
        return chosen, chosen + 1

    def _between(self, begins: Indices, ends: Indices) -> Estimate:
        begin, end = self.crossings(begins), self.crossings(ends)
        return Estimate(float(np.mean(end.instants - begin.instants)), begin.mean_error + end.mean_error)

    def settlings(self, band: float) -> tuple[Estimate, Estimate]:
        """Return the settling instant of the first pulse, and the settling duration: of all pulses the median.

        From the mid-level instant until the waveform stays within the active state ± `band` times the amplitude, to
        one and a half transition durations before the next transition.

        Raises:
            NotMeasurable: there is no first transition, a pulse does not settle, noise hides it, it is clipped, or the
                bound is as large as the duration.
        """
        self._refuse_cut()
        chosen = np.flatnonzero(self.into(first=True))
        if not chosen.size:
            raise NotMeasurable("there is no transition into the active state")
        chosen = _some(chosen)
        lasting = self._lasting(first=False)
        uncertain = self.active.error + self.code_error + bounds.COVER * self.noise
        starts, ends = self.edges.first[chosen], self.edges.end[chosen]
        stops = np.where(ends == self.samples.size, ends, ends - math.ceil(1.5 * lasting) - 2)
        kept = stops - starts >= _SHORTEST_PULSE
        if not kept.any():
            raise NotMeasurable("the pulses are too short to settle")
        tolerance = band * self.amplitude
        found = [
            plateaus.settling(self.found.clean, start, stop, self.active.value, tolerance, uncertain=uncertain)
            for start, stop in zip(starts[kept].tolist(), stops[kept].tolist(), strict=True)
        ]
        middle = self.crossings(chosen[kept])
        lengths = [each.value - instant for each, instant in zip(found, middle.instants, strict=True)]
        bound = float(np.quantile([each.bound for each in found], _TYPICAL)) + middle.mean_error
        value = float(np.median(lengths))
        if bound > max(value, 1.0):
            raise NotMeasurable("noise, resolution or sampling leave an error as large as the settling duration")
        return found[0], Estimate(value, bound)

    def _lasting(self, *, first: bool) -> float:
        """Return how long the first or last transitions last, in samples; 2 where none is whole."""
        chosen = self.edges.chosen(self.into(first=first)).some(_PULSES)
        spans = transitions.spans(self.samples, chosen, *self.levels)
        whole = spans.durations[spans.window == 0]
        return max(2.0, float(np.median(whole))) if whole.size else 2.0

    def tops(self) -> tuple[Estimate, Estimate]:
        """Return droop and tilt of the pulses; the median of each.

        Raises:
            NotMeasurable: there is no whole pulse, it has no plateau, or the record is clipped.
        """
        self._refuse_cut()
        begins, ends = self.pulses()
        begin, end = self.crossings(_some(begins)), self.crossings(_some(ends))
        lasting = max(self._lasting(first=True), self._lasting(first=False))
        curves = [
            plateaus.top_of_pulse(self.samples, at, to, lasting)
            for at, to in zip(begin.instants.tolist(), end.instants.tolist(), strict=True)
        ]
        height = self.active.value - self.base.value
        grain = (self.noise, self.code_error)
        droops = [plateaus.droop_of(curve, self.base.value, *grain, self.base.error) for curve in curves]
        tilts = [plateaus.tilt_of(curve, height, *grain, self._amplitude_error) for curve in curves]
        # The ends of the pulse are where the mid-level instants are thought to be.
        shift = (begin.mean_error + end.mean_error) / float(np.mean(end.instants - begin.instants))
        return _median(droops, shift), _median(tilts, shift)


def _some(chosen: Indices) -> Indices:
    return chosen[np.unique(np.linspace(0, chosen.size - 1, min(chosen.size, _PULSES)).astype(np.intp))]


def _median(found: list[Estimate], shift: float) -> Estimate:
    """Return the median of estimates, whose ends may be off by a share of the pulse."""
    value = float(np.median([each.value for each in found]))
    return Estimate(value, float(np.quantile([each.bound for each in found], _TYPICAL)) + abs(value) * shift)
