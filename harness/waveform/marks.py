"""Where in a record the analysis saw what: levels, instants, periods and excursions, to be drawn over the samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.waveform import transitions
from harness.waveform.aberrations import BEFORE_A_PHASE, NOISE_REACH, region
from harness.waveform.bounds import code_error
from harness.waveform.recognition import or_none, recognise
from harness.waveform.survey import survey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike

    from harness.waveform.recognition import Recognised
    from harness.waveform.samples import Indices, Mask, Samples
    from harness.waveform.transitions import Spans

_REFERENCES = (0.1, 0.5, 0.9)
"""Reference levels as shares of the step (IEEE Std 181-2011, 5.3.1)."""

_CODE = 1.01
"""An excursion is one beyond so many codes."""


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What was recognised in a record; empty where the analysis withholds its states.

    Attributes:
        states: name and level of each state.
        references: share of the step of the positive phase, and level.
        instants: of the mid-level, in samples from the record's start.
        rising: which transitions rise.
        transitions: instants at which each transition passes its first and its last reference level; NaN where the
            record does not show it; shape (n, 2).
        periods: begin and end of each period, in samples; shape (n, 2).
        excursions: index of the sample that lies farthest beyond the state into which a transition leads.
        reached: share of the step by which it lies beyond.
        negative_level: middle between rest and low state; None without a rest.
        negative: instants at which the negative phase passes it.
    """

    states: tuple[tuple[str, float], ...]
    references: tuple[tuple[float, float], ...]
    instants: Samples
    rising: Mask
    transitions: Samples
    periods: Samples
    excursions: Indices
    reached: Samples
    negative_level: float | None
    negative: Samples

    def passages(self) -> Iterator[tuple[float, float, float]]:
        """Yield share of the step, level and instant of each passage of a reference level."""
        levels = dict(self.references)
        first, middle, last = _REFERENCES
        for instant, rises, ends in zip(self.instants, self.rising, self.transitions, strict=True):
            shares = (first, last) if rises else (last, first)
            yield middle, levels[middle], float(instant)
            for share, end in zip(shares, ends.tolist(), strict=True):
                if not math.isnan(end):
                    yield share, levels[share], end
        if self.negative_level is not None:
            for instant in self.negative.tolist():
                yield middle, self.negative_level, instant


_NOTHING = Marks(
    (), (), np.empty(0), np.empty(0, dtype=np.bool_), np.empty((0, 2)), np.empty((0, 2)), np.empty(0, dtype=np.intp),
    np.empty(0), None, np.empty(0),
)  # fmt: skip


def marks(samples: ArrayLike) -> Marks:
    """Return what there is to draw over a record.

    Raises:
        NotFinite: a sample is NaN, infinite or an overload answer.
        NotMeasurable: fewer than eight samples.
    """
    record = survey(samples)
    found = or_none(lambda: recognise(record))
    if found is None or not found.has_plateaus or found.has_clipped_state:
        return _NOTHING
    low, high = found.active
    states = [("high state", found.states.high), ("low state", found.states.low)]
    if found.states.rest is not None:
        states.append(("rest", found.states.rest))
    spans = transitions.smoothed_spans(found.clean.record, found.edges, low, high, found.states.noise)
    excursions, reached = _excursions(found, spans)
    rest = found.states.rest
    return Marks(
        states=tuple(states),
        references=tuple((share, low + share * (high - low)) for share in _REFERENCES),
        instants=found.edges.instant,
        rising=found.edges.rising,
        transitions=np.column_stack((spans.begin, spans.end)),
        periods=_periods(found),
        excursions=excursions,
        reached=reached,
        negative_level=None if rest is None else (found.states.low + rest) / 2,
        negative=np.empty(0) if rest is None else found.negative_edges().instant,
    )


def _periods(found: Recognised) -> Samples:
    """From each rising instant to the next, where the waveform repeats; of falling ones where only those do."""
    if found.period is None:
        return np.empty((0, 2))
    rising = found.edges.instant[found.edges.rising]
    if rising.size < 2:  # noqa: PLR2004 - a period has two ends
        rising = found.edges.instant[~found.edges.rising]
    return np.column_stack((rising[:-1], rising[1:]))


def _excursions(found: Recognised, spans: Spans) -> tuple[Indices, Samples]:
    """The farthest sample beyond the state after each transition and its share of the step, where one is seen.

    It is looked for where an overshoot is (`aberrations`): within three transition durations, before another phase, and
    beyond what noise, one code, the error of the level and the settled part of the state explain.
    """
    low, high = found.active
    if found.is_clipped:
        return _NOTHING.excursions, _NOTHING.reached
    whole = spans.durations[spans.window == 0]
    typical = float(np.median(whole)) if whole.size else 2.0
    places, shares = [], []
    size = found.clean.record.size
    ends = np.where(found.edges.end == size, size, found.edges.last + 1)
    for at, end, rising in zip(found.edges.at.tolist(), ends.tolist(), found.edges.rising.tolist(), strict=True):
        place, beyond = _farthest(found, found.clean.record[at:end], region(typical), typical, rising=rising)
        if beyond > 0:
            places.append(at + place)
            shares.append(beyond / (high - low))
    return np.array(places, dtype=np.intp), np.array(shares)


def _farthest(found: Recognised, run: Samples, reach: int, typical: float, *, rising: bool) -> tuple[int, float]:
    """Return where in a run after a transition the farthest sample beyond its state is, and by how much; 0 for none."""
    states = found.states
    level = states.high_level if rising else states.rest_level or states.low_level
    near = run[: math.ceil(typical) + 2 * reach]
    if states.rest is not None and not rising:
        other = np.flatnonzero(near < (states.rest + states.low) / 2)
        near = near[: max(0, int(other[0]) - math.ceil(BEFORE_A_PHASE * typical))] if other.size else near
    beyond = near - level.value if rising else level.value - near
    reach += math.ceil(typical)
    if not beyond.size:
        return 0, 0.0
    least = max(NOISE_REACH * states.noise, _CODE * found.code, level.error + code_error(found.code, states.noise))
    floor = max(least, float(beyond[reach:].max(initial=0.0)))
    place = int(np.argmax(beyond[:reach]))
    return place, float(beyond[place]) if beyond[place] > floor else 0.0
