"""What a recorded waveform is and what it measures: the numbers behind `stimcert analyze`."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import RequestError
from harness.waveform import periods, transitions
from harness.waveform.aberrations import Grain, Step, aberration_percent
from harness.waveform.phases import Phase
from harness.waveform.recognition import SMALLEST, Kind, Recognised, or_none, recognise
from harness.waveform.samples import as_interval
from harness.waveform.survey import ranges, survey

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from harness.waveform.parameter import Estimate
    from harness.waveform.survey import Survey
    from harness.waveform.transitions import Edges

_ENOUGH = 256
_SUFFIXES = {"A": ("a", "c"), "V": ("v", "vs")}
_WITH_UNIT = ("high_state", "low_state", "peak", "mean", "rms")


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a record holds, in the unit U of its samples; None where not applicable or not measurable.

    Attributes:
        samples: their number.
        interval_s: between two samples.
        kind: `dc`: no transition larger than noise. `single-transition`: one step. `biphasic`: states of opposite
            sign. `monophasic`: any other pulses.
        high_state: histogram mode of the upper state, U.
        low_state: histogram mode of the lower state, U.
        peak: largest absolute value of any sample, glitches and all, U.
        mean: over the largest whole number of periods, or over the record without a period, U.
        rms: as `mean`, the mean included, U.
        frequency_hz: reciprocal of the period.
        period_s: between mid-level instants of one direction.
        positive_duty: share of the period from a rising mid-level instant to the next falling one, 0 to 1.
        rise_time_s: 10-90 % of transitions that end in the high state, median.
        fall_time_s: 90-10 % of transitions that begin in the high state, median.
        overshoot_percent: beyond the active state, of the amplitude; the larger phase's for a biphasic waveform.
        net_charge: integral over the stretch that `mean` covers, U s.
    """

    samples: int
    interval_s: float
    kind: Kind
    high_state: float | None
    low_state: float | None
    peak: float
    mean: float
    rms: float
    frequency_hz: float | None
    period_s: float | None
    positive_duty: float | None
    rise_time_s: float | None
    fall_time_s: float | None
    overshoot_percent: float | None
    net_charge: float


def analyze(samples: ArrayLike, interval_s: float) -> Analysis:
    """Recognise a waveform and measure it.

    Raises:
        NotFinite: a sample or the interval is NaN, infinite or an overload answer.
        NotMeasurable: fewer than eight samples, or an interval that no instrument has.
    """
    raw, interval = survey(samples), as_interval(interval_s)
    peak = max(abs(raw.low), abs(raw.high))
    # In units of the peak no threshold meets a denormal number; overload answers end long before squares overflow.
    scale = 1.0 if not peak or peak >= SMALLEST else peak
    record = raw if scale == 1.0 else ranges(raw.record / scale)
    return _in_units(_measured(record, or_none(lambda: recognise(record)), interval), scale)


def to_dict(analysis: Analysis, unit: str) -> dict[str, str | int | float | None]:
    """Return the public form of an analysis: the keys of `stimcert analyze --json`, with the unit as a suffix.

    Args:
        analysis: the numbers.
        unit: of the samples, `A` or `V`.

    Raises:
        RequestError: another unit.
    """
    if unit not in _SUFFIXES:
        raise RequestError(f"no waveform is reported in {unit!r}; its unit must be A or V")
    plain, integral = _SUFFIXES[unit]
    suffix = dict.fromkeys(_WITH_UNIT, f"_{plain}") | {"net_charge": f"_{integral}"}
    return {f"{field.name}{suffix.get(field.name, '')}": getattr(analysis, field.name) for field in fields(analysis)}


def _measured(record: Survey, found: Recognised | None, interval_s: float) -> Analysis:
    """Measure what was recognised."""
    period = found.period if found else None
    samples = record.record
    whole = or_none(lambda: periods.over_whole_periods(samples, period)) if period else None
    whole = whole or periods.over_whole_periods(samples, float(samples.size))
    base = Analysis(
        samples=samples.size,
        interval_s=interval_s,
        kind=found.kind if found else "dc",
        high_state=None,
        low_state=None,
        peak=max(abs(record.low), abs(record.high)),
        mean=whole.mean,
        rms=whole.rms,
        frequency_hz=1.0 / (period * interval_s) if period else None,
        period_s=period * interval_s if period else None,
        positive_duty=None,
        rise_time_s=None,
        fall_time_s=None,
        overshoot_percent=None,
        net_charge=whole.mean * whole.length * interval_s,
    )
    if found is None or not found.has_plateaus:
        return base
    if found.has_clipped_state:
        # The middle of the states, and all that is counted from it, is no better known than they are.
        return replace(
            base,
            high_state=None if found.clips(upper=True) else found.states.high,
            low_state=None if found.clips(upper=False) else found.states.low,
        )
    up, down = _directions(found, found.edges, *found.active)
    return replace(
        base,
        high_state=found.states.high,
        low_state=found.states.low,
        positive_duty=or_none(lambda: periods.positive_duty(found.edges, period)) if period else None,
        rise_time_s=_transition_time(found, up, interval_s),
        fall_time_s=_transition_time(found, down, interval_s),
        overshoot_percent=_overshoot(found, up, down),
    )


def _directions(found: Recognised, edges: Edges, low: float, high: float) -> tuple[Step, Step]:
    """Return rising and falling transitions with their spans."""
    up, down = (edges.chosen(edges.rising), edges.chosen(~edges.rising))
    noise = found.states.noise
    return (
        Step(up, transitions.smoothed_spans(found.clean.record, up, low, high, noise), low, high),
        Step(down, transitions.smoothed_spans(found.clean.record, down, low, high, noise), low, high),
    )


def _transition_time(found: Recognised, direction: Step, interval_s: float) -> float | None:
    """Return the 10-90 % duration of transitions of the positive phase, in seconds; their median."""
    states, spans, edges = found.states, direction.spans, direction.edges
    low, high = states.rest_level or states.low_level, states.high_level
    if states.rest is not None and len(edges) and _come_from_low(found, direction):
        low = states.low_level
        spans = transitions.smoothed_spans(found.clean.record, edges, low.value, high.value, states.noise)
    shown = or_none(lambda: transitions.shown(spans, states.noise, high.value - low.value))
    phase = Phase(found, edges.some(_ENOUGH), low, high, active_high=True, forbidden=None)
    if shown is None or or_none(lambda: _bounded(phase, rising=bool(edges.rising[0]))) is None:
        return None
    return float(np.median(shown.durations)) * interval_s


def _bounded(phase: Phase, *, rising: bool) -> Estimate:
    """Return the duration with its bound.

    Raises:
        NotMeasurable: the bound is as large as the duration.
    """
    return phase.duration(phase.spans(first=rising, part=transitions.TEN_NINETY), transitions.TEN_NINETY, first=rising)


def _come_from_low(found: Recognised, direction: Step) -> bool:
    """Say whether transitions of the positive phase pass the rest on their way from or to the low state."""
    low, high = direction.low, direction.high
    edges = direction.edges.some(_ENOUGH)
    spans = transitions.spans(found.clean.record, edges, low, high)
    if (spans.window != 0).any():
        return False
    beyond = low - 0.5 * (low - found.states.low)
    for rising, begin, end in zip(edges.rising, spans.begin, spans.end, strict=True):
        # As long again as the upper part lasted, and three samples: an interphase gap that matters is longer.
        reach = int(np.ceil(2 * (end - begin))) + 3
        first = max(0, int(begin) - reach) if rising else int(np.ceil(end))
        near = found.clean.record[first : (int(begin) if rising else first + reach) + 1]
        if not near.size or near.min() >= beyond:
            return False
    return True


def _overshoot(found: Recognised, up: Step, down: Step) -> float | None:
    """Return the overshoot beyond the active state, or of the larger of two phases; None for a clipped record."""
    states = found.states
    active = [up] if abs(states.high) >= abs(states.low) or not len(down.edges) else [down]
    if found.kind == "biphasic":
        active = [up, down]
        if states.rest is not None:
            active[1] = _directions(found, found.negative_edges(), states.low, states.rest)[1]
    if found.kind == "single-transition":
        active = [up, down]
    if found.is_clipped:
        return None
    grain = Grain(states.noise, found.code, 0.0, 0.0)
    values = [or_none(partial(aberration_percent, found.record.record, part, "overshoot", grain)) for part in active]
    return max((each.value for each in values if each is not None), default=None)


def _in_units(analysis: Analysis, peak: float) -> Analysis:
    """Scale an analysis in units of the peak back to the unit of the samples."""

    def scaled(value: float | None) -> float | None:
        return None if value is None else value * peak

    if peak == 1.0:
        return analysis
    return replace(
        analysis,
        high_state=scaled(analysis.high_state),
        low_state=scaled(analysis.low_state),
        peak=analysis.peak * peak,
        mean=analysis.mean * peak,
        rms=analysis.rms * peak,
        net_charge=analysis.net_charge * peak,
    )
