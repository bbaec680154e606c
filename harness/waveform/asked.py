"""What a record answers when it is asked: ramp and restart, sweep, template, mask, lines.

Every answer is a parameter with its bound, or with the reason why the record does not hold it.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable, RequestError
from harness.quantity import finite
from harness.waveform.asked_contact import RecordOnAxis, contact_parameters
from harness.waveform.envelope import envelope
from harness.waveform.own_frequency import own_frequency
from harness.waveform.parameter import Estimate, Parameter, parameter
from harness.waveform.samples import as_interval
from harness.waveform.spectrum import WANDER, Line, Own, Spectrum, line, spectrum, strongest_line
from harness.waveform.stimulus_record import Attempt, recognised
from harness.waveform.survey import as_samples
from harness.waveform.sweep import Frequencies, Step, amplitude_kept, frequencies, steps_present
from harness.waveform.template import MaskResult, Match, beyond_limits, compare_mask, match_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from harness.waveform.current_phases import Phases
    from harness.waveform.pulse_groups import Repetition
    from harness.waveform.questions import Band, Limits, Questions, Steps, Template
    from harness.waveform.samples import Samples

_SLIP = 0.1
"""Of a sample, by which a template may drift over its length; it is in the bound of the delay."""

_FEWEST = 2
_ALIKE = 0.9
"""Share of the largest phase from which another one may as well lead the period."""


def asked_parameters(
    samples: ArrayLike, interval_s: float, questions: Questions, *, start_s: float = 0.0, unit: str = "U"
) -> tuple[Parameter, ...]:
    """Answer what is asked of a record.

    Args:
        samples: the record, shape (n,).
        interval_s: between two samples.
        questions: what is asked; nothing gives no parameter.
        start_s: of the first sample, on the axis of all times in the questions.
        unit: of the samples, to tell whether a template is in the same one.

    Returns:
        Ramp, restart, sweep, template, mask and lines, in this order, as far as they are asked for.

    Raises:
        NotFinite: a sample or the interval is NaN, infinite or an overload answer.
        NotMeasurable: fewer than eight samples, or an interval that no instrument has.
        RequestError: a template at another sampling interval.
    """
    if not questions.any:
        return ()
    values, interval = as_samples(samples), as_interval(interval_s)
    record = RecordOnAxis(
        values, interval, finite("the start of the record", start_s), unit, recognised(values, interval)
    )
    return (
        *(() if questions.contact is None else contact_parameters(record, questions.contact)),
        *(() if questions.steps is None else _sweep(record, questions.steps)),
        *(() if questions.template is None else _template(record, questions.template)),
        *(() if questions.limits is None else _mask(record, questions.limits)),
        *(_lines(record, questions.bands) if questions.bands else ()),
    )


def _sweep(record: RecordOnAxis, asked: Steps) -> tuple[Parameter, ...]:
    """Whether a sweep dwells at every step, and keeps its amplitude."""

    def instants() -> Frequencies:
        pulses = record.stimulus.pulses.get()
        begun = pulses.phases.begun[pulses.first]
        if np.count_nonzero(begun) <= _FEWEST:
            raise NotMeasurable("a step is two intervals at least, and the record holds fewer")
        doubt = pulses.phases.start_doubt[pulses.first]
        return frequencies(pulses.start[begun], doubt[begun], record.interval_s)

    hz = Attempt.of(instants)
    steps = Attempt.of(lambda: steps_present(hz.get(), asked.nominal_hz, tolerance=asked.tolerance))
    source = f"mean of its longest run of two intervals and more within {asked.tolerance * 100:g} %"

    def plateaus() -> Estimate:
        found = envelope(record.stimulus.pulses.get(), record.interval_s)
        return amplitude_kept(found.level, found.bound)

    def measured(place: int) -> Estimate:
        step = steps.get()[place]
        if step.measured_hz is None:
            raise NotMeasurable(
                f"the sweep does not dwell at {step.nominal_hz:g} Hz: it has {step.intervals} intervals in a row "
                f"within {asked.tolerance * 100:g} %, two are the least"
            )
        return step.measured_hz

    return (
        parameter(
            "sweep.missing_steps", "1", "nominal steps at which the sweep does not dwell for two intervals",
            lambda: _missing(hz.get(), steps.get(), asked.tolerance),
        ),
        *(
            parameter(f"sweep.step_{nominal:.12g}_hz", "Hz", source, partial(measured, place))
            for place, nominal in enumerate(asked.nominal_hz)
        ),
        parameter("sweep.amplitude_kept", "1", "(largest - smallest) / median plateau of all pulses", plateaus),
    )  # fmt: skip


def _missing(found: Frequencies, steps: tuple[Step, ...], tolerance: float) -> Estimate:
    """Number of steps that are missing; its bound is the number that errors of instants leave open."""
    open_steps = 0
    for step in steps:
        if step.measured_hz is not None:
            away = abs(step.measured_hz.value - step.nominal_hz) + step.measured_hz.bound
            open_steps += away > tolerance * step.nominal_hz
        else:
            near = np.abs(found.hz - step.nominal_hz) <= tolerance * step.nominal_hz + found.bound_hz
            open_steps += bool(np.any(near[1:] & near[:-1]))
    return Estimate(float(sum(not step.is_present for step in steps)), float(open_steps))


def _template(record: RecordOnAxis, asked: Template) -> tuple[Parameter, ...]:
    """Gain, offset and delay of a template, what it leaves, and the correlation."""
    slip = abs(asked.interval_s / record.interval_s - 1) * asked.samples.size
    if slip > _SLIP:
        raise RequestError(
            f"the template has a sample each {asked.interval_s:.6g} s, the record each {record.interval_s:.6g} s; "
            "record both at one interval"
        )
    found = Attempt.of(lambda: match_template(record.samples, asked.samples))

    def delay(it: Match) -> Estimate:
        value = record.start_s - asked.start_s + it.delay.value * record.interval_s
        return Estimate(value, (it.delay.bound + slip) * record.interval_s)

    def row(name: str, unit: str, source: str, pick: Callable[[Match], Estimate]) -> Parameter:
        return parameter(f"template.{name}", unit, source, lambda: pick(found.get()))

    fit = "record(t) = gain template(t - delay) + offset, least squares"
    gain_unit = "1" if asked.unit == record.unit else f"U/{asked.unit}"
    return (
        row("gain", gain_unit, fit, lambda it: it.gain),
        row("offset", "U", fit, lambda it: it.offset),
        row("delay", "s", f"{fit}; each on its own time axis", delay),
        row("residual_rms", "U", "root mean square of what the fit leaves", lambda it: it.residual_rms),
        row("residual_max", "U", "largest magnitude of what the fit leaves", lambda it: it.residual_max),
        row(
            "correlation", "1", "Pearson's coefficient of record and template at the delay",
            partial(_correlation, record.samples, asked.samples),
        ),
    )  # fmt: skip


def _correlation(samples: Samples, shape: Samples, found: Match) -> Estimate:
    """Correlation at the delay: 1 / sqrt(1 + x^2), x the residual over what the template makes of the record."""
    delay = found.delay.value
    index = np.arange(max(0, math.ceil(delay)), min(samples.size - 1, math.floor(delay + shape.size - 1)) + 1)
    moved = np.interp(index - delay, np.arange(shape.size), shape)
    spread, gain, rms = float(moved.std()), found.gain, found.residual_rms
    if not spread > 0:
        raise NotMeasurable("what the record holds of the template is constant")

    def of(size: float, left: float) -> float:
        return size / math.hypot(size, left) if size > 0 else 0.0

    size, doubt = abs(gain.value) * spread, gain.bound * spread
    value = of(size, rms.value)
    worst, best = of(size - doubt, rms.value + rms.bound), of(size + doubt, max(rms.value - rms.bound, 0.0))
    return Estimate(math.copysign(value, gain.value), max(value - worst, best - value))


def _mask(record: RecordOnAxis, asked: Limits) -> tuple[Parameter, ...]:
    """How much of a record lies outside its limits."""
    found = Attempt.of(partial(_compared, record, asked))
    slip = Attempt.of(lambda: _phase(record, asked))

    def inside() -> Estimate:
        answer = found.get().is_inside
        if answer is None:
            raise NotMeasurable("the worst excursion lies within its bound of the limit: inside or not stays open")
        return Estimate(float(answer), 0.0)

    def phase() -> Estimate:
        _, period, doubt = slip.get()
        return Estimate(found.get().worst_phase, (0.5 + doubt) / period)

    def instant() -> Estimate:
        place = found.get().worst_sample
        return Estimate(record.start_s + place * record.interval_s, record.interval_s / 2)

    worst = "the sample that the record holds farthest beyond a limit"
    return (
        parameter("mask.share_outside", "1", "samples beyond a limit, of all", lambda: found.get().share_outside),
        parameter(
            "mask.worst_excursion", "U", "farthest sample beyond a limit; negative: the least margin inside",
            lambda: found.get().worst_excursion,
        ),
        parameter("mask.worst_phase", "1", f"phase of {worst}", phase),
        parameter("mask.worst_instant", "s", f"time of {worst}", instant),
        parameter("mask.inside", "1", "1 where the excursion is surely negative, 0 where surely not", inside),
    )  # fmt: skip


def _phase(record: RecordOnAxis, asked: Limits) -> tuple[float, float, float]:
    """Begin, period and the largest error of a phase, in sample intervals."""
    if asked.period_s is not None:
        return record.from_start(asked.begin_s) / record.interval_s, asked.period_s / record.interval_s, 0.0
    repeated = record.stimulus.repeated.get()
    if not repeated.phases:
        raise NotMeasurable("the current is steady and has no period; state the period of the mask")
    phases = record.stimulus.phases.get()
    place = repeated.first + _leading(phases, repeated)
    # The period is known to `doubt` over their number; the record has at most one more than whole ones.
    doubt = float(phases.start_doubt[place]) + repeated.doubt * (1 + 1 / repeated.count)
    return float(phases.start[place]), repeated.period, doubt


def _leading(phases: Phases, repeated: Repetition) -> int:
    """Which phase of a period leads: the largest positive one; of several alike the one after the longest pause.

    Wherever the record begins, it is the same one. Without a positive phase it is the largest negative one.
    """
    part = slice(repeated.first, repeated.first + repeated.phases)
    height = phases.amplitude[part] if (phases.sign[part] > 0).any() else -phases.amplitude[part]
    alike = np.flatnonzero(height >= _ALIKE * height.max())
    start = phases.start[part][alike]
    return int(alike[np.argmax(np.diff(start, prepend=start[-1] - repeated.period))])


def _compared(record: RecordOnAxis, asked: Limits) -> MaskResult:
    """The comparison, with what an error of the phase could change added to its bounds."""
    begin, period, doubt = _phase(record, asked)
    found = compare_mask(record.samples, asked.mask, period=period, begin=begin)
    share, worst = found.share_outside, found.worst_excursion
    if not doubt:
        return found
    # Sample by sample: one that a slip takes out and another that it takes in would cancel in the share.
    moved = [beyond_limits(record.samples, asked.mask, period, begin + slip)[1] for slip in (-doubt, 0.0, doubt)]
    least, most = np.minimum.reduce(moved), np.maximum.reduce(moved)
    share_slip = max(float(np.mean(most > 0)) - share.value, share.value - float(np.mean(least > 0)))
    worst_slip = max(float(most.max()) - worst.value, worst.value - float(least.max()))
    return MaskResult(
        Estimate(share.value, share.bound + share_slip),
        Estimate(worst.value, worst.bound + worst_slip),
        found.worst_phase,
        found.worst_sample,
    )


def _lines(record: RecordOnAxis, bands: tuple[Band, ...]) -> tuple[Parameter, ...]:
    """Lines in the spectrum that are not the stimulation's own."""
    total = record.stimulus.total
    found = Attempt.of(lambda: spectrum(total.record, record.interval_s, floor=total.floor))
    own = Attempt.of(lambda: (own_frequency(record.stimulus),))
    return tuple(each for band in bands for each in _line(found, band, own))


def _line(found: Attempt[Spectrum], band: Band, own: Attempt[tuple[Own | None]]) -> tuple[Parameter, ...]:
    low_hz, high_hz = band.low_hz, band.high_hz
    sine = "amplitude of a sine, least squares under a Blackman-Harris window"
    if high_hz is None:
        source = f"{sine}, within {WANDER * 100:g} % of the frequency"
        wander_hz = WANDER * low_hz
        measure = lambda: line(found.get(), low_hz, within_hz=wander_hz, own=own.get()[0]).amplitude  # noqa: E731
        return (parameter(f"line_{low_hz:.12g}_hz", "U", source, measure),)
    strongest: Attempt[Line] = Attempt.of(lambda: strongest_line(found.get(), low_hz, high_hz, own=own.get()[0]))

    def frequency() -> Estimate:
        best = strongest.get()
        if not best.amplitude.value > best.amplitude.bound:
            raise NotMeasurable("no line in the band is larger than its error bound")
        return Estimate(best.frequency_hz, 1 / found.get().length_s)

    name = f"strongest_line_{low_hz:.12g}_to_{high_hz:.12g}_hz"
    return (
        parameter(name, "U", f"{sine}; the strongest of the band", lambda: strongest.get().amplitude),
        parameter(f"{name}.frequency", "Hz", "of the best fit; bound: one over the record's length", frequency),
    )
