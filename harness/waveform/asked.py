"""What a record answers when it is asked: ramp and restart, sweep, template, mask, lines.

Every answer is a parameter with its bound, or with the reason why the record does not hold it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable, RequestError
from harness.quantity import finite
from harness.waveform.envelope import Envelope, Ramp, Restart, envelope, ramp, restart, steady_envelope
from harness.waveform.parameter import Estimate, Parameter, parameter
from harness.waveform.samples import as_interval
from harness.waveform.spectrum import Line, Own, Spectrum, line, spectrum, strongest_line
from harness.waveform.stimulus_record import Attempt, StimulusRecord, recognised
from harness.waveform.survey import as_samples
from harness.waveform.sweep import Frequencies, Step, amplitude_kept, frequencies, steps_present
from harness.waveform.template import MaskResult, Match, compare_mask, match_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from harness.waveform.questions import Band, Contact, Limits, Questions, Steps, Template
    from harness.waveform.samples import Samples

_ZERO_SHARE = 0.1
_BLIND = 0.1
_PULSES = 5
_EARLY_MEAN_S = 100e-6
_SLIP = 0.1
_WANDER = 0.005


@dataclass(frozen=True, slots=True)
class _Record:
    """A record with its axis."""

    samples: Samples
    interval_s: float
    start_s: float
    unit: str
    stimulus: StimulusRecord

    def from_start(self, time_s: float) -> float:
        return time_s - self.start_s


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
    record = _Record(values, interval, finite("the start of the record", start_s), unit, recognised(values, interval))
    return (
        *(() if questions.contact is None else _contact(record, questions.contact)),
        *(() if questions.steps is None else _sweep(record, questions.steps)),
        *(() if questions.template is None else _template(record, questions.template)),
        *(() if questions.limits is None else _mask(record, questions.limits)),
        *(_lines(record, questions.bands) if questions.bands else ()),
    )


def _contact(record: _Record, asked: Contact) -> tuple[Parameter, ...]:
    """How the output rises after a contact, and how it begins again after a loss."""
    shown = Attempt.of(partial(_envelope, record, asked))
    rise = Attempt.of(lambda: ramp(shown.get(), record.from_start(asked.contact_s)))

    def row(name: str, unit: str, source: str, pick: Callable[[Ramp], Estimate]) -> Parameter:
        return parameter(f"ramp.{name}", unit, source, lambda: pick(rise.get()))

    straight = "of the hold level, straight from pulse to pulse"
    found = [
        row("hold_level", "U", "median plateau of the last quarter after the contact", lambda it: it.hold),
        row("delay", "s", f"contact to 10 % {straight}", lambda it: it.delay_s),
        row("rise_time_10_90", "s", f"10 to 90 % {straight}", lambda it: it.rise_s),
        row("time_to_90", "s", f"contact to 90 % {straight}", lambda it: it.within_s),
        row("largest_step", "U", "largest rise between neighbours; the first from zero", lambda it: it.largest_step),
        row("largest_fall", "U", "deepest fall below an earlier pulse before 90 %", lambda it: it.largest_fall),
        row("monotonic", "1", "1 where no fall before 90 % is larger than its bound, else 0", _monotonic),
        row("overshoot", "U", "largest plateau above the hold level", lambda it: it.overshoot),
    ]
    if asked.early_s is not None:
        source = f"largest mean of {_EARLY_MEAN_S * 1e6:g} µs in the {asked.early_s:g} s after the contact"
        found.append(parameter("ramp.early_current", "U", source, partial(_early, record, asked)))
    return (*found, *(() if asked.loss_s is None else _restart(record, asked, shown)))


def _envelope(record: _Record, asked: Contact) -> Envelope:
    """The envelope by pulses, or by stretches that begin at the contact."""
    contact_s = record.from_start(asked.contact_s)
    pulses = record.stimulus.pulses
    if asked.stretch_s is not None:
        if pulses.found is not None and np.count_nonzero(pulses.found.whole) >= _PULSES:
            raise NotMeasurable("the output pulses: its envelope is that of its pulses, not of means of stretches")
        # No stretch holds both sides of the contact: zeros before it would make a first mean smaller than it is.
        width = max(round(asked.stretch_s / record.interval_s), 1)
        skipped = math.ceil(contact_s / record.interval_s) % width
        found = steady_envelope(record.samples[skipped:], record.interval_s, every_s=asked.stretch_s)
        return Envelope(found.at_s + skipped * record.interval_s, found.at_bound_s, found.level, found.bound)
    found = envelope(pulses.get(), record.interval_s)
    # A pulse that begins at the contact, to within the error of its start, is the first one after it.
    near = np.abs(found.at_s - contact_s) <= found.at_bound_s
    at_s = np.where(near, np.maximum(found.at_s, contact_s), found.at_s)
    return Envelope(at_s, found.at_bound_s, found.level, found.bound)


def _monotonic(found: Ramp) -> Estimate:
    fall = found.largest_fall
    if found.is_monotonic and fall.bound > _BLIND * found.hold.value:
        raise NotMeasurable(f"a fall of up to {fall.bound:.3g} could not be seen: more than a tenth of the hold level")
    return Estimate(float(found.is_monotonic), 0.0)


def _early(record: _Record, asked: Contact) -> Estimate:
    begin = max(math.ceil(record.from_start(asked.contact_s) / record.interval_s), 0)
    length = math.floor((asked.early_s or 0.0) / record.interval_s)
    part = record.samples[begin : begin + length]
    if length < 1 or part.size < length:
        raise NotMeasurable(f"the record does not hold {asked.early_s:g} s after the contact")
    width = min(max(round(_EARLY_MEAN_S / record.interval_s), 1), length)
    sums = np.concatenate(([0.0], np.cumsum(part)))
    largest = float(np.abs(sums[width:] - sums[:-width]).max()) / width
    return Estimate(largest, record.stimulus.total.floor.mean_of(width))


def _restart(record: _Record, asked: Contact, shown: Attempt[Envelope]) -> tuple[Parameter, ...]:
    # A stretch that the loss falls into is no level before it.
    loss_s = record.from_start(asked.loss_s or 0.0) - (asked.stretch_s or 0.0) / 2
    contact_s = record.from_start(asked.contact_s)
    found: Attempt[Restart] = Attempt.of(lambda: restart(shown.get(), loss_s, contact_s, zero_share=_ZERO_SHARE))

    def from_zero() -> Estimate:
        answer = found.get().from_zero
        if answer is None:
            raise NotMeasurable(f"the share lies within its bound of {_ZERO_SHARE:g}: from zero or not stays open")
        return Estimate(float(answer), 0.0)

    source = "first plateau after the contact over the hold level before the loss"
    return (
        parameter("restart.share", "1", source, lambda: found.get().share),
        parameter("restart.from_zero", "1", f"1 where the share is {_ZERO_SHARE:g} or less, else 0", from_zero),
    )


def _sweep(record: _Record, asked: Steps) -> tuple[Parameter, ...]:
    """Whether a sweep dwells at every step, and keeps its amplitude."""

    def instants() -> Frequencies:
        pulses = record.stimulus.pulses.get()
        begun = pulses.phases.begun[pulses.first]
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


def _template(record: _Record, asked: Template) -> tuple[Parameter, ...]:
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


def _mask(record: _Record, asked: Limits) -> tuple[Parameter, ...]:
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


def _phase(record: _Record, asked: Limits) -> tuple[float, float, float]:
    """Begin, period and the largest error of a phase, in sample intervals."""
    if asked.period_s is not None:
        return record.from_start(asked.begin_s) / record.interval_s, asked.period_s / record.interval_s, 0.0
    repeated = record.stimulus.repeated.get()
    if not repeated.phases:
        raise NotMeasurable("the current is steady and has no period; state the period of the mask")
    # Both ends of all whole periods are known to `doubt`; the record goes on for less than a period beyond them.
    return repeated.begin, repeated.period, repeated.doubt * (1 + 1 / repeated.count)


def _compared(record: _Record, asked: Limits) -> MaskResult:
    """The comparison, with what an error of the phase could change added to its bounds."""
    begin, period, doubt = _phase(record, asked)
    found, *others = (
        compare_mask(record.samples, asked.mask, period=period, begin=begin + slip)
        for slip in ((0.0, -doubt, doubt) if doubt else (0.0,))
    )
    share, worst = found.share_outside, found.worst_excursion
    share_slip = max((abs(each.share_outside.value - share.value) for each in others), default=0.0)
    worst_slip = max((abs(each.worst_excursion.value - worst.value) for each in others), default=0.0)
    return MaskResult(
        Estimate(share.value, share.bound + share_slip),
        Estimate(worst.value, worst.bound + worst_slip),
        found.worst_phase,
        found.worst_sample,
    )


def _lines(record: _Record, bands: tuple[Band, ...]) -> tuple[Parameter, ...]:
    """Lines in the spectrum that are not the stimulation's own."""
    total = record.stimulus.total
    found = Attempt.of(lambda: spectrum(total.record, record.interval_s, floor=total.floor))
    own = _own(record)
    return tuple(each for band in bands for each in _line(found, band, own))


def _line(found: Attempt[Spectrum], band: Band, own: Own | None) -> tuple[Parameter, ...]:
    low_hz, high_hz = band.low_hz, band.high_hz
    sine = "amplitude of a sine, least squares under a Blackman-Harris window"
    if high_hz is None:
        source = f"{sine}, within {_WANDER * 100:g} % of the frequency"
        wander_hz = _WANDER * low_hz
        measure = lambda: line(found.get(), low_hz, within_hz=wander_hz, own=own).amplitude  # noqa: E731
        return (parameter(f"line_{low_hz:.12g}_hz", "U", source, measure),)
    strongest: Attempt[Line] = Attempt.of(lambda: strongest_line(found.get(), low_hz, high_hz, own=own))

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


def _own(record: _Record) -> Own | None:
    """The stimulation's own frequency, where it repeats."""
    repeated = record.stimulus.repeated.found
    if repeated is None or not repeated.phases:
        return None
    frequency_hz = 1 / (repeated.period * record.interval_s)
    return Own(frequency_hz, frequency_hz * repeated.doubt / max(repeated.length - repeated.doubt, 1.0))
