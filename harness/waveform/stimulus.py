"""Every stimulator quantity of one record: the one entry for `stimcert analyze`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from harness.errors import NotMeasurable, RequestError
from harness.waveform import charge, density
from harness.waveform.integral import floor_of, integral
from harness.waveform.parameter import Estimate, parameter
from harness.waveform.phases import find_phases
from harness.waveform.pulses import Repetition, group, repetition
from harness.waveform.samples import as_interval, as_samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from harness.waveform.integral import Integral
    from harness.waveform.parameter import Parameter
    from harness.waveform.phases import Phases
    from harness.waveform.pulses import Pulses
    from harness.waveform.samples import Samples

T = TypeVar("T")

_FDA = "FDA powered muscle stimulator guidance 1999, section 3"
_CFR = "21 CFR 882.5891(b)(3)"
_STEADY = 0.05
_STEADY_NOISE = 12.0
_STEADY_CODES = 2.01


@dataclass(frozen=True, slots=True)
class _Attempt(Generic[T]):
    """What was found, or why it was not."""

    found: T | None
    reason: str

    @classmethod
    def of(cls, find: Callable[[], T]) -> _Attempt[T]:
        try:
            return cls(find(), "")
        except NotMeasurable as reason:
            return cls(None, str(reason))

    def get(self) -> T:
        """Return what was found.

        Raises:
            NotMeasurable: nothing was.
        """
        if self.found is None:
            raise NotMeasurable(self.reason)
        return self.found


@dataclass(frozen=True, slots=True)
class _Record:
    """A record with everything that was recognised in it."""

    interval_s: float
    total: Integral
    phases: _Attempt[Phases]
    pulses: _Attempt[Pulses]
    repeated: _Attempt[Repetition]


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
    record = _recognised(as_samples(samples), as_interval(interval_s))
    power = _power(record.total, load_ohm, voltage)
    area = None if electrode_area_cm2 is None else density.positive("the electrode area", electrode_area_cm2)
    return (*_levels(record), *_charges(record), *_energies(record, power, area))


def _recognised(samples: Samples, interval_s: float) -> _Record:
    total = integral(samples, floor_of(samples))
    steady = _steady(total)
    phases = _Attempt.of(lambda: find_phases(samples))
    if steady:
        phases = _Attempt(None, "the current is steady: it has no phases")
    return _Record(
        interval_s=interval_s,
        total=total,
        phases=phases,
        pulses=_Attempt.of(lambda: group(phases.get())),
        repeated=_Attempt.of(lambda: steady or repetition(phases.get())),
    )


def _steady(total: Integral) -> Repetition | None:
    """Return the whole record of a steady current as one period; None for any other."""
    record, floor = total.record, total.floor
    allowed = max(_STEADY * abs(float(record.mean())), _STEADY_NOISE * floor.noise, _STEADY_CODES * floor.code)
    if float(np.ptp(record)) > allowed:
        return None
    return Repetition(0.0, float(record.size - 1), 1, 0, 0, 0.0)


def _power(total: Integral, load_ohm: float | None, voltage: ArrayLike | None) -> _Attempt[Integral]:
    """Return the running integral of power, from voltage and current or from current and load."""
    if voltage is not None:
        over = as_samples(voltage)
        if over.size != total.record.size:
            raise RequestError(f"{over.size} samples of voltage and {total.record.size} of current; give the same")
        return _Attempt(charge.product(total.record, over, total.floor, floor_of(over)), "")
    if load_ohm is not None:
        squares = charge.squared(total.record, total.floor)
        return _Attempt(squares.times(density.positive("the load", load_ohm)), "")
    return _Attempt(None, "power and energy need the load or the voltage: state one of them")


def _levels(record: _Record) -> tuple[Parameter, ...]:
    """What the whole waveform amounts to."""
    total, repeated = record.total, record.repeated
    squares = charge.squared(total.record, total.floor)
    return (
        parameter(
            "peak",
            "U",
            f"{_CFR}: maximum output; largest magnitude of any sample",
            lambda: Estimate(float(np.abs(total.record).max()), total.floor.sample),
        ),
        parameter(
            "d.c. component",
            "U",
            "IEC 60601-2-10:2012, 201.7.9.2.101 a); signed mean over whole periods",
            lambda: charge.dc_component(total, repeated.get()),
        ),
        parameter(
            "rectified mean",
            "U",
            f"{_CFR}: maximum average current; mean magnitude over whole periods",
            lambda: _rectified(record),
        ),
        parameter(
            "r.m.s.",
            "U",
            "IEC 60601-2-10:2012, 201.12.4.104; over whole periods, d.c. component included",
            lambda: charge.rms(squares, repeated.get()),
        ),
    )


def _rectified(record: _Record) -> Estimate:
    repeated = record.repeated.get()
    if repeated.phases and record.phases.get().returns:
        return charge.rectified_mean(record.phases.get(), repeated)
    mean = charge.dc_component(record.total, repeated)
    return Estimate(abs(mean.value), mean.bound)


def _charges(record: _Record) -> tuple[Parameter, ...]:
    """What flows in phases and pulses."""
    phases, pulses, repeated, interval = record.phases, record.pulses, record.repeated, record.interval_s
    return (
        parameter(
            "charge per phase",
            "U s",
            f"{_FDA}, row 11: maximum phase charge, magnitude",
            lambda: charge.phase_charge(phases.get(), interval),
        ),
        parameter(
            "charge of the positive phase",
            "U s",
            f"{_FDA}, row 11; largest",
            lambda: charge.largest_phase_charge(phases.get(), 1, interval),
        ),
        parameter(
            "charge of the negative phase",
            "U s",
            f"{_FDA}, row 11; largest",
            lambda: charge.largest_phase_charge(phases.get(), -1, interval),
        ),
        parameter(
            "net charge per pulse",
            "U s",
            f"{_FDA}, row 10; mean over whole periods, signed",
            lambda: charge.net_charge_per_pulse(pulses.get(), repeated.get(), interval),
        ),
        parameter(
            "net charge per second",
            "U s/s",
            "signed charge of whole periods over their time",
            lambda: charge.dc_component(record.total, repeated.get()),
        ),
        parameter(
            "dead time between phases",
            "s",
            "50 % of one phase to 50 % of the next within a pulse, median",
            lambda: charge.dead_time(pulses.get(), interval),
        ),
        *(
            parameter(
                f"{quantity} asymmetry",
                "1",
                f"{_FDA}, row 8; (positive - negative) / (positive + negative) of magnitudes",
                partial(_asymmetry, phases, quantity),
            )
            for quantity in ("charge", "amplitude", "duration")
        ),
    )


def _asymmetry(phases: _Attempt[Phases], quantity: str) -> Estimate:
    found: Estimate = getattr(charge.asymmetry(phases.get()), quantity)
    return found


def _energies(record: _Record, power: _Attempt[Integral], area_cm2: float | None) -> tuple[Parameter, ...]:
    """What heats the load, and how much of it each square centimetre of electrode."""
    total, repeated, interval = record.total, record.repeated, record.interval_s
    rms = charge.squared(total.record, total.floor)

    def per_area(measure: Callable[[], Estimate]) -> Estimate:
        if area_cm2 is None:
            raise NotMeasurable("a density needs the area of the electrode: state it")
        return density.per_area(measure(), area_cm2)

    return (
        parameter(
            "energy per pulse",
            "J",
            "IEC 60601-2-10:2012, 201.12.4.104; largest of all whole pulses",
            lambda: density.energy_per_pulse(power.get(), record.pulses.get(), interval),
        ),
        parameter(
            "current density, r.m.s.",
            "U/cm2",
            f"{_CFR}: maximum current density, r.m.s.",
            lambda: per_area(lambda: charge.rms(rms, repeated.get())),
        ),
        parameter(
            "current density, rectified mean",
            "U/cm2",
            f"{_FDA}, row 12, of the rectified mean",
            lambda: per_area(lambda: _rectified(record)),
        ),
        parameter(
            "current density, peak",
            "U/cm2",
            f"{_FDA}, row 12, of the peak",
            lambda: per_area(lambda: Estimate(float(np.abs(total.record).max()), total.floor.sample)),
        ),
        parameter(
            "power density",
            "W/cm2",
            f"{_FDA}, row 13 and note 6: averaged over one second, the worst one",
            lambda: per_area(lambda: density.worst_second(power.get(), interval, repeated.found)),
        ),
    )
