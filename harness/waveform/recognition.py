"""Which kind of waveform a record holds: its states, its transitions, its period."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform import periods, transitions
from harness.waveform.clipping import find_clipping
from harness.waveform.glitches import running_median, without_glitches
from harness.waveform.histogram import histogram
from harness.waveform.integral import code_among
from harness.waveform.samples import smallest_step
from harness.waveform.states import States, codes_seen, plateau_share, three_states, two_states
from harness.waveform.survey import ranges

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.waveform.clipping import Clipping
    from harness.waveform.histogram import Histogram
    from harness.waveform.survey import Survey
    from harness.waveform.transitions import Edges

T = TypeVar("T")

Kind: TypeAlias = Literal["dc", "monophasic", "biphasic", "single-transition"]

SMALLEST = 1e-100
"""Of smaller samples the squares would meet denormal numbers."""

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

_WIDEST_MEDIAN = 31


@dataclass(frozen=True, slots=True)
class Recognised:
    """A record with what was recognised in it.

    Attributes:
        record: the samples as they are.
        clean: without glitches.
        counted: histogram of the clean record.
        code: step between two codes.
        states: levels between which it moves.
        edges: transitions; with a rest, those of the positive phase.
        kind: of waveform.
        period: in samples; None where it has none.
        clipping: at which ends the record was cut off.
    """

    record: Survey
    clean: Survey
    counted: Histogram
    code: float
    states: States
    edges: Edges
    kind: Kind
    period: float | None
    clipping: Clipping

    @property
    def active(self) -> tuple[float, float]:
        """Levels between which the positive phase moves: low or rest, and high."""
        return (self.states.low if self.states.rest is None else self.states.rest), self.states.high

    @property
    def has_plateaus(self) -> bool:
        """Whether the waveform stays in both states for a while: a ramp from end to end does not."""
        least = _PERIODIC_PLATEAU_SHARE if self.period else _PLATEAU_SHARE
        return _plateau_share(self.counted, self.states) >= least

    @property
    def is_clipped(self) -> bool:
        """Whether the record was cut off at either end: what goes beyond a state, or along it, is not all there."""
        return self.clipping.upper or self.clipping.lower

    @property
    def has_clipped_state(self) -> bool:
        """Whether a state was cut off itself."""
        return self.clips(upper=True) or self.clips(upper=False)

    def negative_edges(self) -> Edges:
        """Return the transitions of the negative phase of a waveform with a rest."""
        return transitions.edges(self.clean, self.clean.record, self.states.low, self.active[0])

    def clips(self, *, upper: bool) -> bool:
        """Say whether a state was cut off: the record is clipped at this end, and the state lies there."""
        level, extreme = (self.states.high, self.record.high) if upper else (self.states.low, self.record.low)
        return self.cut(upper=upper) and abs(extreme - level) <= self.clipping.reach

    def cut(self, *, upper: bool) -> bool:
        """Say whether the record was cut off at one end, wherever the states lie."""
        return self.clipping.upper if upper else self.clipping.lower


def recognise(record: Survey, code_size: float | None = None) -> Recognised:
    """Find states, transitions and period.

    Args:
        record: the samples.
        code_size: step between two codes; None to take what the record shows of it (`code_among`).

    Raises:
        NotMeasurable: it is a d.c. record: there is no transition larger than noise and ripple; or all samples are so
            small that their squares are not numbers any more.
    """
    if 0 < max(abs(record.low), abs(record.high)) < SMALLEST:
        raise NotMeasurable(f"no sample is larger than {SMALLEST:g}: give the record in another unit")
    clean = without_glitches(record)
    codes = codes_seen(clean)
    shown = smallest_step(codes)
    # Whether a sample repeats itself is a matter of the codes that are there, whatever the converter's are said to be.
    cut = find_clipping(record, shown)
    if code_size is not None:
        return _recognised(record, clean, code_size, cut)
    return replace(_recognised(record, clean, shown, cut), code=code_among(codes))


def _recognised(record: Survey, clean: Survey, code: float, cut: Clipping) -> Recognised:
    """Find states, transitions and period, where no step of a state is smaller than this step between codes.

    Raises:
        NotMeasurable: there is no transition.
    """
    counted = histogram(clean)
    try:
        return _biphasic_with_rest(record, clean, counted, code, cut)
    except NotMeasurable:
        pass
    states = two_states(clean, counted, code)
    if not states.amplitude > 0 or _is_unordered(clean, counted, states):
        raise NotMeasurable("the record has no transition larger than its noise")
    decided, width = clean, _median_width(states)
    if width > 1:
        decided = ranges(running_median(clean.record, width))
    edges = transitions.edges(decided, clean.record, states.low, states.high)
    period = or_none(lambda: periods.period(edges))
    if (
        not len(edges)
        or (period is None and _is_switching_noise(edges, clean.record.size))
        or _is_ripple(counted, code, states, edges)
    ):
        raise NotMeasurable("the record has no transition larger than noise and ripple")
    if len(edges) == 1:
        return Recognised(record, clean, counted, code, states, edges, "single-transition", None, cut)
    kind: Kind = "biphasic" if _opposite(states) else "monophasic"
    return Recognised(record, clean, counted, code, states, edges, kind, period, cut)


def or_none(measure: Callable[[], T]) -> T | None:
    """Return what `measure` gives, None where the record does not hold it."""
    try:
        return measure()
    except NotMeasurable:
        return None


def _biphasic_with_rest(record: Survey, clean: Survey, counted: Histogram, code: float, cut: Clipping) -> Recognised:
    """Recognise two phases about a rest.

    Raises:
        NotMeasurable: there are no such states.
    """
    states = three_states(clean, counted, code)
    rest = states.rest if states.rest is not None else 0.0
    upper = transitions.edges(clean, clean.record, rest, states.high)
    lower = transitions.edges(clean, clean.record, states.low, rest)
    if not len(upper) or not len(lower):
        raise NotMeasurable("a phase has no transition")
    if len(upper) + len(lower) == 2:  # noqa: PLR2004 - a staircase from one state over the rest to the other
        raise NotMeasurable("the waveform passes its rest once: a single transition")
    train = upper if len(upper) >= len(lower) else lower
    period = or_none(lambda: periods.period(train))
    return Recognised(record, clean, counted, code, states, upper, "biphasic", period, cut)


def _median_width(states: States) -> int:
    """Return how many samples the median takes (odd) so that noise does not switch the state."""
    ratio = 8.0 * states.noise / states.amplitude
    return 1 if ratio <= 1 else min(_WIDEST_MEDIAN, 2 * math.ceil(ratio**2) + 1)


def _is_unordered(clean: Survey, counted: Histogram, states: States) -> bool:
    """Say whether two "states" are the two halves of one noisy level.

    They are when they stand closer than four standard deviations and neighbouring samples know little of each other
    (the mean square of differences is near twice the variance for white noise, near the variance in pairs).
    """
    middle = (states.low + states.high) / 2
    about = np.where(counted.values > middle, counted.values - states.high, counted.values - states.low)
    if states.amplitude >= _NOISE_FACTOR * counted.at(about).spread(0.0):
        return False
    parts = [clean.record[part] for part in clean.spread()]
    steps = math.fsum(float(np.square(np.diff(part)).sum()) for part in parts) / sum(part.size - 1 for part in parts)
    return steps > _UNORDERED * float(np.var(np.concatenate(parts)))


def _is_switching_noise(edges: Edges, size: int) -> bool:
    """Say whether transitions without a period come so thick that they are a level toggling between codes."""
    return len(edges) > 2 and size / len(edges) < _SHORT_RUN  # noqa: PLR2004 - one pulse has two


def _is_ripple(counted: Histogram, code: float, states: States, edges: Edges) -> bool:
    """Say whether the change is too small against its level to be more than ripple, drift or a restless code."""
    level = max(abs(states.low), abs(states.high))
    if states.amplitude > _RIPPLE_SHARE * level:
        return False
    return states.amplitude <= 2.01 * code or len(edges) > 1 or _plateau_share(counted, states) < _PLATEAU_SHARE


def _plateau_share(counted: Histogram, states: States) -> float:
    """Return the smaller share of the samples on either side that is near its state."""
    if states.rest is None:
        upper_edge = lower_edge = (states.low + states.high) / 2
        up = down = states.amplitude
    else:
        upper_edge, lower_edge = (states.rest + states.high) / 2, (states.rest + states.low) / 2
        up, down = states.high - states.rest, states.rest - states.low
    return min(
        plateau_share(counted.part(counted.values > upper_edge), states.high, up, states.noise),
        plateau_share(counted.part(counted.values <= lower_edge), states.low, down, states.noise),
    )


def _opposite(states: States) -> bool:
    """Say whether both states count and have opposite signs."""
    small, large = sorted((abs(states.low), abs(states.high)))
    return states.low < 0 < states.high and small >= OPPOSITE_SHARE * large
