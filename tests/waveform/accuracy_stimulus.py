"""The table of docs/waveform-accuracy-stimulus.md: closed forms, what is measured, true error and bound.

`python -m tests.waveform.accuracy_stimulus` writes it into the page.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.waveform import charge, density
from harness.waveform.bursts import find_bursts
from harness.waveform.current_phases import find_phases
from harness.waveform.envelope import envelope, ramp
from harness.waveform.intervals import interval_statistics
from harness.waveform.pulse_groups import group, repetition
from harness.waveform.spectrum import Own, line, spectrum
from harness.waveform.sweep import frequencies, sweep
from harness.waveform.template import match_template
from tests.waveform.stimuli import Biphasic, degraded, recharge, trapezoid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.waveform.parameter import Estimate

PAGE = Path(__file__).resolve().parents[2] / "docs" / "waveform-accuracy-stimulus.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"
HEAD = (
    "| stimulus | samples an edge | code | noise | quantity | closed form | true error | bound |\n"
    "|---|---|---|---|---|---|---|---|\n"
)
_RECORDS = ((0.01, 0.0, 0.0), (1.0, 0.0, 0.0), (5.0, 0.0, 0.0), (5.0, 1 / 200, 0.004), (20.0, 1 / 200, 0.004))
_RECORDS += ((5.0, 0.0, 0.02),)


def row(stimulus: str, of: tuple[float, float, float], quantity: str, found: Estimate, true: float) -> str:
    """One line of the table; errors and bounds in per cent of the closed form, absolute where that is zero."""

    def share(error: float) -> str:
        if true and abs(error / true) < 1e-9:
            return "< 1e-9"
        return f"{100 * error / abs(true):.2g} %" if true else f"{error:.2g}"

    edge, code, sigma = of
    error = abs(found.value - true)
    coded = f"1/{1 / code:.0f}" if code else "-"
    return (
        f"| {stimulus} | {edge:g} | {coded} | {100 * sigma:g} % | {quantity} | {true:.6g} "
        f"| {share(error)} | {share(found.bound)} |\n"
    )


def of_a_biphasic_train() -> Iterator[str]:
    """Charge, means, energy and times of trapezoids: 120 samples and 216 samples a phase, 10 periods."""
    for edge, code, sigma in _RECORDS:
        train = Biphasic(11, 1000.3, 120.1, edge, 40.2, 0.5, 0.9, 60.4)
        found = find_phases(degraded(train.record() + 1e-9 * np.sin(np.arange(11064)), sigma, code, 1))
        repeated, pulses = repetition(found), group(found)
        squares = charge.squared(found.integral.record, found.integral.floor)
        for quantity, estimate, true in (
            ("charge per phase", charge.phase_charge(found, 1.0), train.width),
            ("net charge per pulse", charge.net_charge_per_pulse(pulses, repeated, 1.0), train.net),
            ("rectified mean", charge.rectified_mean(found, repeated), 1.9 * train.width / train.period),
            ("r.m.s.", charge.rms(squares, repeated), math.sqrt(train.mean_square)),
            ("energy per pulse", density.energy_per_pulse(squares, pulses, 1.0), train.mean_square * train.period),
            ("interphase interval", charge.interphase_interval(pulses, 1.0), train.dead),
            ("amplitude asymmetry", charge.asymmetry(found, "amplitude"), 1 / 3),
        ):
            yield row("biphasic, 120 samples a phase", (edge, code, sigma), quantity, estimate, true)


def of_other_stimuli() -> Iterator[str]:
    """Golden rectangle, passive recharge, bursts, a power density, a ramp, intervals, a sweep, a line, a template."""
    exact, real = (3.0, 0.0, 0.0), (3.0, 1 / 200, 0.004)
    t = np.arange(11_000)
    golden = find_phases(600e-6 * sum(trapezoid(t, 300.4 + 2000 * k, 1000.0, 3.0) for k in range(6)))
    squares = charge.squared(golden.integral.record, golden.integral.floor)
    name, whole = "600 µA, 50 %, 0.5 Hz, at 1 kS/s", repetition(golden)
    yield row(name, exact, "charge per phase, C", charge.phase_charge(golden, 1e-3), 600e-6)
    yield row(name, exact, "d.c. component, A", charge.dc_component(golden.integral, whole), 300e-6)
    true = 600e-6 * math.sqrt((1000 - 1) / 2000)
    yield row(name, exact, "r.m.s., A (424.26 µA less the edges)", charge.rms(squares, whole), true)
    power = 500 * 36e-8 * (1000 - 1) / 1000
    yield row(
        name, exact, "power in 500 Ω, worst second, W", density.worst_second(squares.times(500.0), 1e-3, whole), power
    )
    recharged = np.zeros(6100)
    for k in range(6):
        start = 60.3 + 1000 * k
        recharged += trapezoid(np.arange(6100), start, 60.0, 3.0) - 0.6 * recharge(np.arange(6100), start + 64, 80.0)
    passive = find_phases(degraded(recharged, 0.004, 1 / 200, 1))
    yield row(
        "recharge, time constant 80", real, "negative charge", charge.largest_phase_charge(passive, -1, 1.0), -48.0
    )
    net = charge.net_charge_per_pulse(group(passive), repetition(passive), 1.0)
    yield row("recharge, time constant 80", real, "net charge per pulse", net, 12.0)
    yield from of_trains(real)
    yield from of_lines()


def of_trains(real: tuple[float, float, float]) -> Iterator[str]:
    """Bursts, a ramp, ten thousand intervals and sweeps."""
    t = np.arange(9000)
    bursts = sum(trapezoid(t, 95.0 + 1000.4 * b + 40 * k, 12.0, 3.0) for b in range(8) for k in range(9))
    found = find_bursts(group(find_phases(degraded(bursts, 0.004, 1 / 200, 1))), 1e-3)
    yield row("9 pulses a burst, 8 bursts", real, "bursts per second", found.bursts_per_second, 1 / 1.0004)
    yield row("9 pulses a burst, 8 bursts", real, "burst duty cycle", found.duty, 332 / 1000.4)
    grows = sum(min(k / 50, 1) * trapezoid(np.arange(5200), 30 + 50 * k, 20.0, 3.0) for k in range(1, 100))
    risen = ramp(envelope(group(find_phases(degraded(grows, 0.004, 1 / 200, 1))), 1e-3), 0.03)
    yield row("ramp over 50 pulses", real, "10-90 % rise, s", risen.rise_s, 0.8 * 2.5)
    yield row("ramp over 50 pulses", real, "hold level", risen.hold, 1.0)
    slip = np.random.default_rng(1).uniform(-0.05, 0.05, 10_000)
    kept = np.delete(20.17 * np.arange(10_000.0) + slip, [17, 500, 501, 7003])
    counted = interval_statistics(kept, np.full(kept.size, 0.05), 1e-5)
    yield row("10 000 pulses less 4, instants ± 0.05", (0, 0.0, 0.0), "mean interval, s", counted.mean_s, 20.17e-5)
    yield row(
        "10 000 pulses less 4, instants ± 0.05", (0, 0.0, 0.0), "longest interval, s", counted.longest_s, 60.51e-5
    )
    rate = math.log(30) / 10
    instants = np.log1p(np.arange(int(290 / rate)) * rate / 10) / rate
    shaken = instants * 1e5 + np.random.default_rng(1).uniform(-0.5, 0.5, instants.size)
    swept = sweep(frequencies(shaken, np.full(instants.size, 0.5), 1e-5))
    yield row(f"{swept.law} sweep, 10 to 300 Hz, instants ± 0.5", (0, 0.0, 0.0), "start, Hz", swept.start_hz, 10.0)


def of_lines() -> Iterator[str]:
    """Mains beside a rectangle, and a template."""
    t = np.arange(20_000) * 1e-4
    for sigma, code in ((0.0, 0.0), (0.01, 1 / 100)):
        mains = np.clip(40 * np.sin(2 * np.pi * 30.3 * t), -1, 1) + 0.01 * np.sin(2 * np.pi * 50.07 * t + 1)
        found = line(spectrum(degraded(mains, sigma, code, 1), 1e-4), 50.0, within_hz=0.25, own=Own(30.3, 1e-5))
        yield row("50.07 Hz at 1 % beside a rectangle, 2 s", (8, code, sigma), "line", found.amplitude, 0.01)
    shape = trapezoid(np.arange(300), 60.0, 120.0, 20.0)
    record = degraded(1.7 * trapezoid(np.arange(900), 311.37, 120.0, 20.0) + 0.2, 0.02, 0.0, 1)
    match = match_template(record, shape)
    for quantity, estimate, true in (("gain", match.gain, 1.7), ("delay", match.delay, 251.37)):
        yield row("template of 300 samples", (20, 0.0, 0.02), quantity, estimate, true)


def table() -> str:
    """The whole table."""
    return HEAD + "".join((*of_a_biphasic_train(), *of_other_stimuli()))


def page(text: str) -> str:
    """Return the page with the table in its place."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
