"""Where in a record the analysis saw what: levels, instants, periods and excursions, to be drawn over the samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.waveform import transitions
from harness.waveform.recognition import or_none, recognise
from harness.waveform.survey import survey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike

    from harness.waveform.recognition import Recognised
    from harness.waveform.samples import Indices, Mask, Samples

_REFERENCES = (0.1, 0.5, 0.9)
"""Reference levels as shares of the step (IEEE Std 181-2011, 5.3.1)."""

_NOISE, _CODE = 3.0, 1.01
"""An excursion is one beyond so many standard deviations of the noise and so many codes."""


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
    """

    states: tuple[tuple[str, float], ...]
    references: tuple[tuple[float, float], ...]
    instants: Samples
    rising: Mask
    transitions: Samples
    periods: Samples
    excursions: Indices
    reached: Samples

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


_NOTHING = Marks(
    (), (), np.empty(0), np.empty(0, dtype=np.bool_), np.empty((0, 2)), np.empty((0, 2)), np.empty(0, dtype=np.intp),
    np.empty(0),
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
    excursions, reached = _excursions(found)
    spans = transitions.smoothed_spans(found.clean.record, found.edges, low, high, found.states.noise)
    return Marks(
        states=tuple(states),
        references=tuple((share, low + share * (high - low)) for share in _REFERENCES),
        instants=found.edges.instant,
        rising=found.edges.rising,
        transitions=np.column_stack((spans.begin, spans.end)),
        periods=_periods(found),
        excursions=excursions,
        reached=reached,
    )


def _periods(found: Recognised) -> Samples:
    """From each rising instant to the next, where the waveform repeats; of falling ones where only those do."""
    if found.period is None:
        return np.empty((0, 2))
    rising = found.edges.instant[found.edges.rising]
    if rising.size < 2:  # noqa: PLR2004 - a period has two ends
        rising = found.edges.instant[~found.edges.rising]
    return np.column_stack((rising[:-1], rising[1:]))


def _excursions(found: Recognised) -> tuple[Indices, Samples]:
    """The farthest sample after each transition and its share of the step, where noise and one code explain it not."""
    low, high = found.active
    least = max(_NOISE * found.states.noise, _CODE * found.code)
    places, shares = [], []
    if found.is_clipped:
        return _NOTHING.excursions, _NOTHING.reached
    edges = found.edges
    for at, end, rising in zip(edges.at.tolist(), edges.end.tolist(), edges.rising.tolist(), strict=True):
        part = found.clean.record[at:end]
        beyond = part - high if rising else low - part
        place = int(np.argmax(beyond))
        if beyond[place] > least:
            places.append(at + place)
            shares.append(float(beyond[place]) / (high - low))
    return np.array(places, dtype=np.intp), np.array(shares)
