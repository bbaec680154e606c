"""What a recorded waveform is and what it measures: the numbers behind `stimcert analyze`."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import numpy as np

from harness.errors import NotMeasurable, RequestError
from harness.waveform import aberrations, periods, transitions
from harness.waveform.samples import as_interval, as_samples, resolution, running_median, without_glitches
from harness.waveform.states import States, plateau_share, spread, three_states, two_states

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from harness.waveform.samples import Samples
    from harness.waveform.transitions import Edge

T = TypeVar("T")

Kind: TypeAlias = Literal["dc", "monophasic", "biphasic", "single-transition"]

OPPOSITE_SHARE = 0.1
"""Two states are biphasic when the smaller is at least this share of the larger; below it is an offset of the rest."""

_RIPPLE_SHARE = 0.05
"""Without a plateau, or within two codes, a change below this share of the level is ripple or drift."""

_NOISE_FACTOR = 4.0
_UNORDERED = 0.3
_SHORT_RUN = 16
_PLATEAU_SHARE = 0.5
_PERIODIC_PLATEAU_SHARE = 0.3
"""A sine spends 0.41 of its time near its states, a triangle 0.2: its modes say nothing."""

_NEAR = 0.1
_GLUED_SHARE = 0.8
_TURNING_SHARE = 0.5
_WIDEST_MEDIAN = 31
_CLIPPED_CODES = 3
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


@dataclass(frozen=True, slots=True)
class _Found:
    """The record in units of its peak, with what was recognised in it."""

    record: Samples
    clean: Samples
    states: States
    edges: tuple[Edge, ...]
    kind: Kind
    period: float | None

    @property
    def active(self) -> tuple[float, float]:
        """Levels between which the positive phase moves: low or rest, and high."""
        states = self.states
        return (states.low if states.rest is None else states.rest), states.high


def analyze(samples: ArrayLike, interval_s: float) -> Analysis:
    """Recognise a waveform and measure it.

    Raises:
        NotFinite: a sample or the interval is NaN, infinite or an overload answer.
        NotMeasurable: fewer than eight samples, or an interval that no instrument has.
    """
    raw, interval = as_samples(samples), as_interval(interval_s)
    peak = float(np.abs(raw).max())
    # In units of the peak no square overflows and no threshold meets a denormal number.
    record = raw / peak if peak > 0 else raw
    found = _recognise(record)
    return _in_units(_measured(record, found, interval), peak)


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


def _recognise(record: Samples) -> _Found | None:
    """Find states, transitions and period; None for a d.c. record."""
    clean = without_glitches(record)
    try:
        return _biphasic_with_rest(record, clean)
    except NotMeasurable:
        pass
    try:
        states = two_states(clean)
    except NotMeasurable:
        return None
    if not states.amplitude > 0 or _is_unordered(clean, states):
        return None
    smooth = running_median(clean, _median_width(states))
    edges = _edges(smooth, clean, states.low, states.high)
    period = _or_none(lambda: periods.period(edges))
    if not edges or (period is None and _is_switching_noise(edges, record.size)) or _is_ripple(clean, states, edges):
        return None
    if len(edges) == 1:
        return _Found(record, clean, states, edges, "single-transition", None)
    return _Found(record, clean, states, edges, "biphasic" if _opposite(states) else "monophasic", period)


def _biphasic_with_rest(record: Samples, clean: Samples) -> _Found:
    """Recognise two phases about a rest.

    Raises:
        NotMeasurable: there are no such states.
    """
    states = three_states(clean)
    rest = states.rest if states.rest is not None else 0.0
    upper = _edges(clean, clean, rest, states.high)
    lower = _edges(clean, clean, states.low, rest)
    if not upper or not lower:
        raise NotMeasurable("a phase has no transition")
    if len(upper) + len(lower) == 2:  # noqa: PLR2004 - a staircase from one state over the rest to the other
        raise NotMeasurable("the waveform passes its rest once: a single transition")
    train = upper if len(upper) >= len(lower) else lower
    return _Found(record, clean, states, upper, "biphasic", _or_none(lambda: periods.period(train)))


def _edges(smooth: Samples, record: Samples, low: float, high: float) -> tuple[Edge, ...]:
    """Decide on states in the smooth record, take the instants from the other one."""
    return transitions.edges(record, transitions.above(smooth, low, high), low, high)


def _median_width(states: States) -> int:
    """Return how many samples the median takes (odd) so that noise does not switch the state."""
    ratio = 8.0 * states.noise / states.amplitude
    return 1 if ratio <= 1 else min(_WIDEST_MEDIAN, 2 * math.ceil(ratio**2) + 1)


def _is_unordered(record: Samples, states: States) -> bool:
    """Say whether two "states" are the two halves of one noisy level.

    They are when they stand closer than four standard deviations and neighbouring samples know little of each other
    (the mean square of differences is near twice the variance for white noise, near the variance in pairs).
    """
    middle = (states.low + states.high) / 2
    about = np.where(record > middle, record - states.high, record - states.low)
    if states.amplitude >= _NOISE_FACTOR * spread(about, 0.0):
        return False
    return float(np.mean(np.diff(record) ** 2)) > _UNORDERED * float(np.var(record))


def _is_switching_noise(edges: tuple[Edge, ...], size: int) -> bool:
    """Say whether transitions without a period come so thick that they are a level toggling between codes."""
    return len(edges) > 2 and size / len(edges) < _SHORT_RUN  # noqa: PLR2004 - one pulse has two


def _is_ripple(record: Samples, states: States, edges: tuple[Edge, ...]) -> bool:
    """Say whether the change is too small against its level to be more than ripple, drift or a restless code."""
    level = max(abs(states.low), abs(states.high))
    if states.amplitude > _RIPPLE_SHARE * level:
        return False
    codes = states.amplitude <= 2.01 * resolution(record)
    return codes or len(edges) > 1 or not _has_plateaus(record, states)


def _has_plateaus(record: Samples, states: States, least: float = _PLATEAU_SHARE) -> bool:
    """Say whether the waveform stays in both states for a while: a ramp from end to end has none."""
    if states.rest is None:
        upper_edge = lower_edge = (states.low + states.high) / 2
        up = down = states.amplitude
    else:
        upper_edge, lower_edge = (states.rest + states.high) / 2, (states.rest + states.low) / 2
        up, down = states.high - states.rest, states.rest - states.low
    shares = (
        plateau_share(record[record > upper_edge], states.high, up, states.noise),
        plateau_share(record[record <= lower_edge], states.low, down, states.noise),
    )
    return min(shares) >= least


def _opposite(states: States) -> bool:
    """Say whether both states count and have opposite signs."""
    small, large = sorted((abs(states.low), abs(states.high)))
    return states.low < 0 < states.high and small >= OPPOSITE_SHARE * large


def _measured(record: Samples, found: _Found | None, interval_s: float) -> Analysis:
    """Measure what was recognised, in units of the peak."""
    period = found.period if found else None
    whole = _or_none(lambda: periods.over_whole_periods(record, period)) if period else None
    whole = whole or periods.over_whole_periods(record, float(record.size))
    base = Analysis(
        samples=record.size,
        interval_s=interval_s,
        kind=found.kind if found else "dc",
        high_state=None,
        low_state=None,
        peak=1.0,
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
    least = _PERIODIC_PLATEAU_SHARE if period else _PLATEAU_SHARE
    if found is None or not _has_plateaus(found.clean, found.states, least):
        return base
    return replace(
        base,
        high_state=found.states.high,
        low_state=found.states.low,
        positive_duty=_or_none(lambda: periods.positive_duty(found.edges, period)) if period else None,
        rise_time_s=_transition_time(found, interval_s, rising=True),
        fall_time_s=_transition_time(found, interval_s, rising=False),
        overshoot_percent=_overshoot(found),
    )


def _transition_time(found: _Found, interval_s: float, *, rising: bool) -> float | None:
    """Return the 10-90 % duration of rising or falling transitions of the positive phase, in seconds."""
    edges = tuple(edge for edge in found.edges if edge.rising is rising)
    states = found.states
    levels = found.active
    if states.rest is not None and edges and all(_comes_from_low(found, edge) for edge in edges):
        levels = (states.low, states.high)
    samples = _or_none(lambda: transitions.typical_duration(found.clean, edges, *levels, states.noise))
    return None if samples is None else samples * interval_s


def _comes_from_low(found: _Found, edge: Edge) -> bool:
    """Say whether a transition of the positive phase passes the rest on its way from or to the low state."""
    low, high = found.active
    try:
        begin, end = transitions.reference_instants(found.clean, edge, low, high)
    except NotMeasurable:
        return False
    # As long again as the upper part lasted, and three samples: an interphase gap that matters is longer.
    reach = math.ceil(2 * (end - begin)) + 3
    near = found.clean[max(0, math.floor(begin) - reach) : math.floor(begin) + 1]
    if not edge.rising:
        near = found.clean[math.ceil(end) : math.ceil(end) + reach + 1]
    return bool(near.size and near.min() < low - 0.5 * (low - found.states.low))


def _overshoot(found: _Found) -> float | None:
    """Return the overshoot beyond the active state, or of the larger of two phases; None for a clipped record."""
    states, step = found.states, resolution(found.record)
    up = tuple(edge for edge in found.edges if edge.rising)
    down = tuple(edge for edge in found.edges if not edge.rising)
    low, high = found.active
    active = [(up, low, high)] if abs(states.high) >= abs(states.low) or not down else [(down, low, high)]
    if found.kind == "biphasic":
        active = [(up, low, high), (down, low, high)]
        if states.rest is not None:
            negative = _edges(found.clean, found.clean, states.low, states.rest)
            active[1] = (tuple(edge for edge in negative if not edge.rising), states.low, states.rest)
    if found.kind == "single-transition":
        active = [(found.edges, low, high)]
    if _is_clipped(found, upper=True) or _is_clipped(found, upper=False):
        return None
    noise = states.noise
    values = [
        _or_none(partial(aberrations.overshoot_percent, found.record, *part, noise=noise, resolution=step))
        for part in active
    ]
    return max((value for value in values if value is not None), default=None)


def _is_clipped(found: _Found, *, upper: bool) -> bool:
    """Say whether a state is glued to one extreme code while the other one is alive with noise."""
    record, states = found.record, found.states
    level, other = (states.high, states.low) if upper else (states.low, states.high)
    near = record[np.abs(record - level) <= _NEAR * states.amplitude]
    far = record[np.abs(record - other) <= _NEAR * states.amplitude]
    if not near.size:
        return False
    extreme = float(record.max() if upper else record.min())
    return float(np.mean(near == extreme)) > _GLUED_SHARE and _is_restless(far)


def _is_restless(values: Samples) -> bool:
    """Say whether neighbours go up and down like noise (two turns in three samples), not smoothly."""
    signs = np.sign(np.diff(values))
    signs = signs[signs != 0]
    if np.unique(values).size < _CLIPPED_CODES or signs.size < _CLIPPED_CODES:
        return False
    return float(np.mean(signs[1:] != signs[:-1])) > _TURNING_SHARE


def _in_units(analysis: Analysis, peak: float) -> Analysis:
    """Scale an analysis in units of the peak back to the unit of the samples."""

    def scaled(value: float | None) -> float | None:
        return None if value is None else value * peak

    return replace(
        analysis,
        high_state=scaled(analysis.high_state),
        low_state=scaled(analysis.low_state),
        peak=peak,
        mean=analysis.mean * peak,
        rms=analysis.rms * peak,
        net_charge=analysis.net_charge * peak,
    )


def _or_none(measure: Callable[[], T]) -> T | None:
    """Return what `measure` gives, None where the record does not hold it."""
    try:
        return measure()
    except NotMeasurable:
        return None
