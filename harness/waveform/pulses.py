"""Every pulse parameter of a record, each with its error bound or the reason why it does not exist.

The terms are those of IEEE Std 181-2011, clause 3, and IEC 60469:2013, clause 3. docs/waveform-accuracy.md has the
definition of each parameter and the formula of its bound.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn, TypeVar

import numpy as np

from harness.errors import NotMeasurable
from harness.quantity import finite
from harness.waveform import bounds, jitter, periods, transitions
from harness.waveform.parameter import Estimate, parameter
from harness.waveform.phases import Phase
from harness.waveform.recognition import recognise
from harness.waveform.samples import as_interval
from harness.waveform.states import mean_levels
from harness.waveform.survey import survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike

    from harness.waveform.aberrations import Aberration
    from harness.waveform.jitter import Jitter
    from harness.waveform.parameter import Parameter
    from harness.waveform.phases import Crossings
    from harness.waveform.recognition import Recognised
    from harness.waveform.states import Level
    from harness.waveform.transitions import Spans

T = TypeVar("T")

_IEEE = "IEEE Std 181-2011, 3"
_VAGUE = 0.05
_CEILING = 10.0
"""Bound of a droop or tilt, in per cent, up to which 0 is worth telling."""

_BANDS = ((0.02, "2"), (0.05, "5"))
_PARTS = ((transitions.TEN_NINETY, "10_90"), (transitions.TWENTY_EIGHTY, "20_80"))
_ABERRATIONS: tuple[tuple[Aberration, str], ...] = (
    ("overshoot", "post-transition overshoot"),
    ("undershoot", "post-transition undershoot"),
    ("preshoot", "pre-transition undershoot"),
    ("pre_overshoot", "pre-transition overshoot"),
)
_JITTER = (
    ("period_jitter", "JEDEC JESD65B: period jitter", jitter.period_jitter),
    ("cycle_to_cycle_jitter", "JEDEC JESD65B: cycle-to-cycle period jitter", jitter.cycle_to_cycle_jitter),
    ("time_interval_error", "IEEE Std 2414-2020: time-interval error", jitter.time_interval_error),
)


def pulse_parameters(samples: ArrayLike, interval_s: float, *, code_size: float | None = None) -> tuple[Parameter, ...]:
    """Measure every pulse parameter of a record.

    Args:
        samples: one row, in any unit U.
        interval_s: between two samples.
        code_size: step between two codes of the converter, U; 0 for a computed waveform. Where it is not given, it is
            the smallest step that the record shows.

    Returns:
        Parameters in a fixed order. Those of one phase of a biphasic waveform begin with `positive.` or `negative.`.

    Raises:
        NotFinite: a sample, the interval or the code size is NaN, infinite or an overload answer.
        NotMeasurable: fewer than eight samples, an interval that no instrument has, or a negative code size.
    """
    record, interval = survey(samples), as_interval(interval_s)
    if code_size is not None and finite("the code size", code_size) < 0:
        raise NotMeasurable("the code size is negative")
    found = _once(partial(recognise, record, code_size))
    return (*_levels(found), *_repetition(found, interval), *_of_phases(found, interval))


def _levels(found: Callable[[], Recognised]) -> Iterator[Parameter]:
    """Yield the state levels and the amplitude."""
    mode, mean = f"{_IEEE}: state level, histogram mode", f"{_IEEE}: state level, histogram mean"
    yield parameter("low_state", "U", mode, lambda: _level(found(), upper=False))
    yield parameter("high_state", "U", mode, lambda: _level(found(), upper=True))
    yield parameter("rest_state", "U", mode, lambda: _rest(found()))
    yield parameter("low_state_mean", "U", mean, lambda: _mean_level(found(), upper=False))
    yield parameter("high_state_mean", "U", mean, lambda: _mean_level(found(), upper=True))
    yield parameter("amplitude", "U", f"{_IEEE}: waveform amplitude", lambda: _amplitude(found()))


def _level(found: Recognised, *, upper: bool) -> Estimate:
    """Return a state level.

    Raises:
        NotMeasurable: the waveform does not stay there, or the record is clipped there.
    """
    _with_plateaus(found)
    if found.clips(upper=upper):
        raise NotMeasurable(f"the record is clipped at its {'highest' if upper else 'lowest'} code")
    return _with_code(found, found.states.high_level if upper else found.states.low_level)


def _rest(found: Recognised) -> Estimate:
    _with_plateaus(found)
    if found.states.rest_level is None:
        raise NotMeasurable("the waveform has two states and no rest between them")
    return _with_code(found, found.states.rest_level)


def _with_code(found: Recognised, level: Level) -> Estimate:
    return Estimate(level.value, level.error + bounds.code_error(found.code, found.states.noise))


def _mean_level(found: Recognised, *, upper: bool) -> Estimate:
    """Return the mean of the samples in the upper or lower half of the range.

    Its bound counts, as half an amplitude each, the samples that noise may carry over the middle, and one for each
    transition that the sampling may place in either half.
    """
    if found.states.rest is not None:
        raise NotMeasurable("a waveform of three states has no halves: the rest lies in one of them")
    if found.cut(upper=upper):
        raise NotMeasurable(f"the record is clipped at its {'highest' if upper else 'lowest'} code")
    counted, noise = found.counted, found.states.noise
    middle = (counted.values[0] + counted.values[-1]) / 2
    side = counted.part((counted.values > middle) == upper)
    extremes = (bounds.COVER + np.sqrt(2 * np.log(counted.total))) * noise + found.code
    strays = counted.near(float(middle), extremes).total if extremes > 0 else 0.0
    share = (strays + len(found.edges)) / side.total
    error = share * found.states.amplitude / 2 + bounds.of_noise(noise, side.total)
    error += bounds.code_error(found.code, noise)
    return Estimate(mean_levels(counted)[1 if upper else 0], error)


def _amplitude(found: Recognised) -> Estimate:
    low, high = _level(found, upper=False), _level(found, upper=True)
    return Estimate(high.value - low.value, high.bound + low.bound)


def _with_plateaus(found: Recognised) -> None:
    states = found.states
    levels = [level for level in (states.low_level, states.rest_level, states.high_level) if level is not None]
    least = min(after.value - before.value for before, after in pairwise(levels))
    if not found.has_plateaus or max(level.error for level in levels) > _VAGUE * least:
        raise NotMeasurable("the waveform does not stay in its states: it has no plateau, or noise hides it")


def _repetition(found: Callable[[], Recognised], interval: float) -> Iterator[Parameter]:
    """Yield period, frequency and jitter: of all phases those of the one with most transitions."""
    length = _once(lambda: _period(found(), interval))
    yield parameter("period", "s", f"{_IEEE}: waveform period", length)
    yield parameter("frequency", "Hz", f"{_IEEE}: waveform period", lambda: _frequency(length()))
    train = _once(lambda: _first_transitions(found()))
    for name, source, measure in _JITTER:
        both = _once(partial(_jitter, measure, train))
        yield parameter(f"{name}_rms", "s", source, partial(_in_seconds, both, "rms", interval))
        yield parameter(f"{name}_peak_to_peak", "s", source, partial(_in_seconds, both, "peak_to_peak", interval))


def _first_transitions(found: Recognised) -> Crossings:
    phase = _busiest(found)
    return phase.crossings(phase.into(first=True))


def _jitter(measure: Callable[[Crossings], Jitter], train: Callable[[], Crossings]) -> Jitter:
    return measure(train())


def _in_seconds(both: Callable[[], Jitter], value: str, interval: float) -> Estimate:
    return _scaled(getattr(both(), value), interval)


def _busiest(found: Recognised) -> Phase:
    return max((phase for _, phase in _phases(found)), key=lambda phase: len(phase.edges))


def _period(found: Recognised, interval: float) -> Estimate:
    """Return the period with the bound of a line through its instants.

    What all instants of one direction share, an error of the levels, has no part in it.

    Raises:
        NotMeasurable: less than one period, intervals that differ, or fewer than three samples in a period.
    """
    phase = _busiest(found)
    length = periods.period(phase.edges)
    errors = []
    for rising in (True, False):
        which = phase.edges.rising == rising
        if np.count_nonzero(which) > 1:
            crossings = phase.crossings(which)
            errors.append(bounds.slope_error(crossings.instants.size, crossings.relative_error))
    return _scaled(Estimate(length, max(errors)), interval)


def _frequency(length: Estimate) -> Estimate:
    bound = bounds.ratio_error(1.0, 0.0, length.value, length.bound)
    return Estimate(1 / length.value, bound)


def _of_phases(found: Callable[[], Recognised], interval: float) -> Iterator[Parameter]:
    """Yield the parameters of each phase; of a record without a waveform those of one phase without a name."""
    try:
        named = _phases(found())
    except NotMeasurable as reason:
        yield from _of_phase("", _once(partial(_refuse, str(reason))), _once(partial(_refuse, str(reason))), interval)
        return
    length = _once(lambda: _period(found(), 1.0))
    for prefix, phase in named:
        yield from _of_phase(prefix, _once(partial(_sound, phase)), length, interval)


def _refuse(reason: str) -> NoReturn:
    raise NotMeasurable(reason)


def _phases(found: Recognised) -> tuple[tuple[str, Phase], ...]:
    """Return the phases of a waveform with their prefixes."""
    states = found.states
    if states.rest_level is not None:
        negative = found.negative_edges()
        return (
            ("positive.", Phase(found, found.edges, states.rest_level, states.high_level, True, states.low)),
            ("negative.", Phase(found, negative, states.low_level, states.rest_level, False, states.high)),
        )
    levels = (states.low_level, states.high_level)
    if found.kind == "biphasic":
        return (
            ("positive.", Phase(found, found.edges, *levels, True, None)),
            ("negative.", Phase(found, found.edges, *levels, False, None)),
        )
    if found.kind == "single-transition":
        return (("", Phase(found, found.edges, *levels, bool(found.edges.rising[0]), None)),)
    return (("", Phase(found, found.edges, *levels, abs(states.high) >= abs(states.low), None)),)


def _sound(phase: Phase) -> Phase:
    """Return a phase whose levels can be trusted.

    Raises:
        NotMeasurable: the waveform has no plateau, or the record is clipped at one of its levels.
    """
    _with_plateaus(phase.found)
    for upper, level in ((True, phase.high), (False, phase.low)):
        if level is not phase.found.states.rest_level and phase.found.clips(upper=upper):
            raise NotMeasurable(f"the record is clipped at its {'highest' if upper else 'lowest'} code")
    return phase


def _of_phase(
    prefix: str, phase: Callable[[], Phase], length: Callable[[], Estimate], interval: float
) -> Iterator[Parameter]:
    """Yield the parameters of one phase."""
    for first, which in ((True, "first"), (False, "last")):
        yield from _of_transitions(f"{prefix}{which}_transition", phase, interval, first=first)
    for band, name in _BANDS:
        both = _once(partial(_settlings, phase, band))
        source = f"{_IEEE}: settling duration; within {name} % of the amplitude"
        from_start = f"{source}; of the first pulse, from the first sample of the record"
        yield parameter(f"{prefix}settling_duration_{name}", "s", source, partial(_part, both, 1, interval))
        yield parameter(f"{prefix}settling_instant_{name}", "s", from_start, partial(_part, both, 0, interval))
    duration = _once(lambda: phase().pulse_duration())
    yield parameter(f"{prefix}pulse_duration", "s", f"{_IEEE}: pulse duration", lambda: _scaled(duration(), interval))
    yield parameter(
        f"{prefix}pulse_separation",
        "s",
        f"{_IEEE}: pulse separation",
        lambda: _scaled(phase().pulse_separation(), interval),
    )
    yield parameter(
        f"{prefix}duty_factor", "1", f"{_IEEE}: pulse duty factor", lambda: _duty_factor(duration(), length())
    )
    tops = _once(lambda: phase().tops())
    yield parameter(f"{prefix}droop", "%", "IEC 60469:2013, 3: droop", lambda: _telling(tops()[0], "droop"))
    yield parameter(f"{prefix}tilt", "%", "IEC 60469:2013, 3: tilt", lambda: _telling(tops()[1], "tilt"))


def _of_transitions(name: str, phase: Callable[[], Phase], interval: float, *, first: bool) -> Iterator[Parameter]:
    """Yield the parameters of the first or last transitions of pulses."""
    spans = {label: _once(partial(_spans, phase, part, first=first)) for part, label in _PARTS}
    for part, label in _PARTS:
        measure = partial(_duration, phase, spans[label], part, first=first)
        source = f"{_IEEE}: transition duration"
        yield parameter(f"{name}_duration_{label}", "s", source, partial(_times, measure, interval))
    ten_ninety = spans["10_90"]
    yield parameter(
        f"{name}_slew_rate",
        "U/s",
        f"{_IEEE}: transition duration; amplitude between its reference levels over it",
        lambda: _scaled(phase().slew_rate(ten_ninety(), first=first), 1 / interval),
    )
    for kind, term in _ABERRATIONS:
        measure = partial(_aberration, phase, ten_ninety, kind, first=first)
        yield parameter(f"{name}_{kind}", "%", f"{_IEEE}: {term}", measure)


def _settlings(phase: Callable[[], Phase], band: float) -> tuple[Estimate, Estimate]:
    return phase().settlings(band)


def _spans(phase: Callable[[], Phase], part: tuple[float, float], *, first: bool) -> Spans:
    return phase().spans(first=first, part=part)


def _duration(
    phase: Callable[[], Phase], spans: Callable[[], Spans], part: tuple[float, float], *, first: bool
) -> Estimate:
    return phase().duration(spans(), part, first=first)


def _aberration(phase: Callable[[], Phase], spans: Callable[[], Spans], kind: Aberration, *, first: bool) -> Estimate:
    return phase().aberration(spans(), kind, first=first)


def _times(measure: Callable[[], Estimate], scale: float) -> Estimate:
    return _scaled(measure(), scale)


def _duty_factor(duration: Estimate, length: Estimate) -> Estimate:
    bound = bounds.ratio_error(duration.value, duration.bound, length.value, length.bound)
    return Estimate(duration.value / length.value, bound)


def _telling(share: Estimate, name: str) -> Estimate:
    """Let a droop or tilt through whose bound says something of it: that it is no larger, or no more than 10 %.

    Raises:
        NotMeasurable: its bound is larger than both.
    """
    if share.bound > max(abs(share.value), _CEILING):
        raise NotMeasurable(f"noise or resolution leave an error of {share.bound:.2g} %, more than the {name} itself")
    return share


def _part(both: Callable[[], tuple[Estimate, Estimate]], index: int, scale: float) -> Estimate:
    return _scaled(both()[index], scale)


def _scaled(estimate: Estimate, scale: float) -> Estimate:
    return Estimate(estimate.value * scale, estimate.bound * scale)


def _once(measure: Callable[[], T]) -> Callable[[], T]:
    """Measure at the first call; give the same result, or the same reason why there is none, at every other one."""
    known: list[tuple[T | None, str]] = []

    def call() -> T:
        if not known:
            try:
                known.append((measure(), ""))
            except NotMeasurable as problem:
                known.append((None, str(problem)))
        value, reason = known[0]
        if value is None:
            raise NotMeasurable(reason)
        return value

    return call
