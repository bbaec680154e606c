"""Every stimulator quantity of one record: the one entry for `stimcert analyze`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable, RequestError
from harness.waveform import charge, density
from harness.waveform.bursts import Bursts, find_bursts
from harness.waveform.envelope import Envelope, envelope, hold_level
from harness.waveform.integral import floor_of
from harness.waveform.intervals import Intervals, interval_statistics
from harness.waveform.own_frequency import own_frequency
from harness.waveform.parameter import Estimate, Parameter, parameter
from harness.waveform.samples import as_interval
from harness.waveform.spectrum import WANDER, Own, Spectrum, line, spectrum
from harness.waveform.stimulus_record import Attempt, StimulusRecord, recognised
from harness.waveform.survey import as_samples
from harness.waveform.sweep import amplitude_kept, frequencies, sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from harness.waveform.integral import Integral
    from harness.waveform.samples import Samples

_FDA = "FDA powered muscle stimulator guidance 1999, section 3"
_OUTPUT = "IEC 601-2-10:1984, 51.104 (201.12.4.104 in edition 2)"
_DC = "IEC 60601-2-10:2012, 201.7.9.2.101 a): to be declared; 51.104 of edition 1: judged apart from a.c."
_CFR = "21 CFR 882.5891(b)(3)"
_COMPARED: tuple[charge.Compared, ...] = ("charge", "amplitude", "duration")
_MAINS_HZ = (50, 60)
_MAINS_ORDERS = (1, 2, 3)


def stimulus_parameters(
    samples: ArrayLike,
    interval_s: float,
    *,
    load_ohm: float | None = None,
    electrode_area_cm2: float | None = None,
    voltage: ArrayLike | None = None,
) -> tuple[Parameter, ...]:
    """Measure every stimulator quantity that a record can stand for.

    Args:
        samples: the current, shape (n,). Densities, power and energy take it as amperes; all else is in its unit U.
        interval_s: between two samples.
        load_ohm: resistance in which power and energy are turned into heat.
        electrode_area_cm2: conductive area of the smallest electrode.
        voltage: samples of the voltage over the load at the same instants, in volts, shape (n,); it goes before
            `load_ohm`.

    Returns:
        In one order whatever the record; each one with a value and a bound, or with the reason why there is none.

    Raises:
        NotFinite: a sample or an argument is NaN, infinite or an overload answer.
        NotMeasurable: fewer than eight samples, or an interval that no instrument has.
        RequestError: a load or area that is not above zero, or a voltage of another number of samples.
    """
    record = recognised(as_samples(samples), as_interval(interval_s))
    power = _power(record, load_ohm, voltage)
    area = None if electrode_area_cm2 is None else density.positive("the electrode area", electrode_area_cm2)
    return (
        *_levels(record),
        *_charges(record),
        *_comparison(record),
        _energy(record, power),
        *_densities(record, power, area),
        *_bursts(record),
        *_intervals(record),
        *_envelope(record),
        *_lines(record),
    )


def _power(record: StimulusRecord, load_ohm: float | None, voltage: ArrayLike | None) -> Attempt[Integral]:
    """Return the running integral of power, from voltage and current or from current and load."""
    if voltage is not None:
        over = as_samples(voltage)
        total = record.total
        if over.size != total.record.size:
            raise RequestError(f"{over.size} samples of voltage and {total.record.size} of current; give the same")
        return Attempt(charge.product(total.record, over, total.floor, floor_of(over)), "")
    if load_ohm is not None:
        return Attempt(record.squares.times(density.positive("the load", load_ohm)), "")
    return Attempt(None, "power and energy need the load or the voltage: give one")


def _levels(record: StimulusRecord) -> tuple[Parameter, ...]:
    """What the whole waveform amounts to."""
    total, repeated = record.total, record.repeated
    return (
        parameter(
            "peak",
            "U",
            f"{_CFR}: maximum output; largest magnitude of any sample",
            lambda: _peak(record),
        ),
        parameter(
            "dc_component",
            "U",
            f"{_DC}; signed mean over whole periods",
            lambda: charge.dc_component(total, repeated.get()),
        ),
        parameter(
            "rectified_mean",
            "U",
            f"{_CFR}: maximum average current; mean magnitude over whole periods",
            lambda: _rectified(record),
        ),
        parameter(
            "rms",
            "U",
            f"{_OUTPUT}; over whole periods, d.c. component included",
            lambda: charge.rms(record.squares, repeated.get()),
        ),
    )


def _peak(record: StimulusRecord) -> Estimate:
    """Return the largest magnitude of any sample.

    Raises:
        NotMeasurable: the record is clipped.
    """
    if record.clipped:
        raise NotMeasurable(record.clipped)
    return Estimate(float(np.abs(record.total.record).max()), record.total.floor.sample)


def _rectified(record: StimulusRecord) -> Estimate:
    """Return the mean magnitude; of a current that flows in one direction all the time, that of its mean.

    What flows the other way, be it noise or a current that noise hides, is in the bound: no magnitude is smaller than
    the mean's, and noise makes none smaller.
    """
    repeated = record.repeated.get()
    if repeated.phases and record.phases.get().returns:
        return charge.rectified_mean(record.phases.get(), repeated)
    samples, mean = record.total.record, charge.dc_component(record.total, repeated)
    either = float(np.abs(samples).mean()) - abs(float(samples.mean()))
    return Estimate(abs(mean.value), mean.bound + max(either, 0.0))


def _charges(record: StimulusRecord) -> tuple[Parameter, ...]:
    """What flows in phases and pulses."""
    phases, pulses, repeated, interval = record.phases, record.pulses, record.repeated, record.interval_s
    return (
        parameter(
            "charge_per_phase",
            "U s",
            f"{_FDA}, row 11: maximum phase charge; magnitude, largest of all phases of either sign",
            lambda: charge.phase_charge(phases.get(), interval),
        ),
        parameter(
            "positive.phase_charge",
            "U s",
            f"{_FDA}, row 11; largest of all positive phases",
            lambda: charge.largest_phase_charge(phases.get(), 1, interval),
        ),
        parameter(
            "negative.phase_charge",
            "U s",
            f"{_FDA}, row 11; largest of all negative phases",
            lambda: charge.largest_phase_charge(phases.get(), -1, interval),
        ),
        parameter(
            "net_charge_per_pulse",
            "U s",
            f"{_FDA}, row 10; mean over whole periods, signed",
            lambda: charge.net_charge_per_pulse(pulses.get(), repeated.get(), interval),
        ),
        parameter(
            "net_charge_per_second",
            "U s/s",
            "signed charge of whole periods over their time",
            lambda: charge.dc_component(record.total, repeated.get()),
        ),
    )


def _comparison(record: StimulusRecord) -> tuple[Parameter, ...]:
    """How the phases of a pulse stand to one another."""
    phases, pulses = record.phases, record.pulses
    return (
        parameter(
            "interphase_interval",
            "s",
            "50 % of one phase to 50 % of the next within a pulse, median of all",
            lambda: charge.interphase_interval(pulses.get(), record.interval_s),
        ),
        *(
            parameter(
                f"{quantity}_asymmetry",
                "1",
                f"{_FDA}, row 8; (positive - negative) / (positive + negative) of magnitudes",
                partial(lambda of: charge.asymmetry(phases.get(), of), quantity),
            )
            for quantity in _COMPARED
        ),
    )


def _energy(record: StimulusRecord, power: Attempt[Integral]) -> Parameter:
    """What heats the load."""
    return parameter(
        "energy_per_pulse",
        "J",
        f"{_OUTPUT}; largest of all whole pulses",
        lambda: density.energy_per_pulse(power.get(), record.pulses.get(), record.interval_s),
    )


def _densities(record: StimulusRecord, power: Attempt[Integral], area_cm2: float | None) -> tuple[Parameter, ...]:
    """What each square centimetre of electrode carries."""
    repeated, interval = record.repeated, record.interval_s

    def per_area(measure: Callable[[], Estimate]) -> Estimate:
        if area_cm2 is None:
            raise NotMeasurable("a density needs the area of the electrode: give it")
        return density.per_area(measure(), area_cm2)

    return (
        parameter(
            "current_density_rms",
            "U/cm2",
            f"{_CFR}: maximum current density, r.m.s.",
            lambda: per_area(lambda: charge.rms(record.squares, repeated.get())),
        ),
        parameter(
            "current_density_rectified_mean",
            "U/cm2",
            f"{_FDA}, row 12, of the rectified mean",
            lambda: per_area(lambda: _rectified(record)),
        ),
        parameter(
            "current_density_peak",
            "U/cm2",
            f"{_FDA}, row 12, of the peak",
            lambda: per_area(lambda: _peak(record)),
        ),
        parameter(
            "power_density",
            "W/cm2",
            f"{_FDA}, row 13 and note 6: averaged over one second, the worst one",
            lambda: per_area(lambda: density.worst_second(power.get(), interval, repeated.found)),
        ),
    )


def _bursts(record: StimulusRecord) -> tuple[Parameter, ...]:
    """Rows 14 a to d of FDA's table."""
    found = Attempt.of(lambda: find_bursts(record.pulses.get(), record.interval_s))

    def rows(pick: Callable[[Bursts], Estimate]) -> Callable[[], Estimate]:
        return lambda: pick(found.get())

    return (
        parameter(
            "pulses_per_burst", "1", f"{_FDA}, row 14 a", rows(lambda it: Estimate(float(it.pulses_per_burst), 0.0))
        ),
        parameter("bursts_per_second", "Hz", f"{_FDA}, row 14 b", rows(lambda it: it.bursts_per_second)),
        parameter("burst_duration", "s", f"{_FDA}, row 14 c", rows(lambda it: it.duration_s)),
        parameter("burst_separation", "s", "end of a burst to the next one's start, mean", rows(lambda it: it.gap_s)),
        parameter(
            "burst_duty_cycle", "1", f"{_FDA}, row 14 d: bursts per second times duration", rows(lambda it: it.duty)
        ),
    )


def _starts(record: StimulusRecord) -> tuple[Samples, Samples]:
    """Return the start of every pulse that begins in the record, and what it may be wrong by.

    Raises:
        NotMeasurable: no pulses, or pulses in bursts, whose intervals are of two kinds.
    """
    pulses = record.pulses.get()
    try:
        find_bursts(pulses, record.interval_s)
    except NotMeasurable:
        return pulses.start[pulses.begun], pulses.phases.start_doubt[pulses.first][pulses.begun]
    raise NotMeasurable("the pulses come in bursts: their intervals are of two kinds")


def _intervals(record: StimulusRecord) -> tuple[Parameter, ...]:
    """How evenly pulses follow one another, and how their frequency moves."""
    starts = Attempt.of(lambda: _starts(record))
    found = Attempt.of(lambda: interval_statistics(*starts.get(), record.interval_s))
    swept = Attempt.of(lambda: sweep(frequencies(*starts.get(), record.interval_s)))

    def rows(pick: Callable[[Intervals], Estimate]) -> Callable[[], Estimate]:
        return lambda: pick(found.get())

    regular = "of intervals within a quarter of what those around call for"
    return (
        parameter("missing_pulses", "1", "due by the intervals around", rows(lambda it: Estimate(it.missing, 0.0))),
        parameter("extra_pulses", "1", "between two that are due", rows(lambda it: Estimate(it.extra, 0.0))),
        parameter(
            "longest_interval",
            "s",
            "longest of all intervals from a pulse's start to the next one's, regular or not",
            rows(lambda it: it.longest_s),
        ),
        parameter(
            "mean_interval",
            "s",
            "IEEE Std 181-2011, 3.1 pulse period; from first to last start, missing pulses counted as due",
            rows(lambda it: it.mean_s),
        ),
        parameter("shortest_regular_interval", "s", f"shortest {regular}", rows(lambda it: it.shortest_regular_s)),
        parameter("longest_regular_interval", "s", f"longest {regular}", rows(lambda it: it.longest_regular_s)),
        parameter(
            "interval_standard_deviation",
            "s",
            f"standard deviation {regular}; unlike period_jitter_rms also of pulses without states",
            rows(lambda it: it.standard_deviation_s),
        ),
        parameter("interval_drift", "1", "line through all, first to last", rows(lambda it: it.drift)),
        parameter(
            "period_to_period_deviation",
            "s",
            "IEEE Std 1139-2008, Allan deviation at one period",
            rows(lambda it: it.period_to_period_s),
        ),
        parameter("frequency_at_start", "Hz", "by its law at the first pulse", lambda: swept.get().start_hz),
        parameter("frequency_at_stop", "Hz", "by its law at the last pulse", lambda: swept.get().stop_hz),
    )


def _envelope(record: StimulusRecord) -> tuple[Parameter, ...]:
    """What the plateaus of all pulses say; a ramp needs the instant of contact (`envelope.ramp`)."""
    found: Attempt[Envelope] = Attempt.of(lambda: envelope(record.pulses.get(), record.interval_s))
    return (
        parameter("hold_level", "U", "median plateau of the last quarter", lambda: hold_level(found.get())),
        parameter(
            "plateau_spread",
            "1",
            "(largest - smallest) / median plateau of all pulses",
            lambda: amplitude_kept(found.get().level, found.get().bound),
        ),
    )


def _lines(record: StimulusRecord) -> tuple[Parameter, ...]:
    """Mains in the record, beside the stimulation's own lines."""
    found = Attempt.of(lambda: spectrum(record.total.record, record.interval_s, floor=record.total.floor))
    own = Attempt.of(lambda: (own_frequency(record),))
    return tuple(
        parameter(
            f"mains_line_{order * mains}_hz",
            "U",
            "amplitude of a sine, least squares under a Blackman-Harris window",
            partial(_mains_line, found, order * mains, own),
        )
        for mains in _MAINS_HZ
        for order in _MAINS_ORDERS
    )


def _mains_line(found: Attempt[Spectrum], frequency_hz: float, own: Attempt[tuple[Own | None]]) -> Estimate:
    return line(found.get(), frequency_hz, within_hz=WANDER * frequency_hz, own=own.get()[0]).amplitude
