"""The poles in front of a converter against closed forms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.simulation.circuit.history import Quantity
from harness.simulation.circuit.segment import Segment, Sine
from harness.simulation.instruments.oscilloscope_filter import InputView, high_passed, low_passed
from tests.simulation.circuits import BARE, bench, square

if TYPE_CHECKING:
    from collections.abc import Iterable

MS = 1_000_000
TAU_S = 1e-3
SILENT = Sine(0.0, 1.0, 0)
TIMES_NS = range(0, 20 * MS, 333_333)


def value(segments: Iterable[Segment], at_ns: int) -> float:
    """Answer the value at one instant of segments that follow each other."""
    return next(segment for segment in segments if segment.end_ns > at_ns).at(at_ns)


def step(height: float) -> list[Segment]:
    """0 until 0 ns, then a constant."""
    before = Segment(-MS, 0, 0.0, 0.0, SILENT)
    return [before, Segment(0, 20 * MS, height, 0.0, SILENT)]


@pytest.mark.parametrize("at_ns", TIMES_NS)
def test_a_step_rises_by_its_time_constant(at_ns: int) -> None:
    """A pole answers a step with 1 - exp(-t / tau), a coupling capacitor with exp(-t / tau)."""
    fades = math.exp(-at_ns / 1e9 / TAU_S)
    assert value(low_passed(step(2.0), TAU_S), at_ns) == pytest.approx(2.0 * (1.0 - fades), abs=1e-12)
    assert value(high_passed(step(2.0), TAU_S), at_ns) == pytest.approx(2.0 * fades, abs=1e-12)


@pytest.mark.parametrize("at_ns", TIMES_NS)
def test_a_ramp_lags_by_the_time_constant(at_ns: int) -> None:
    """A pole answers a ramp s t with s (t - tau (1 - exp(-t / tau)))."""
    ramp = [Segment(-MS, 0, 0.0, 0.0, SILENT), Segment(0, 20 * MS, 0.0, 500.0, SILENT)]
    seconds = at_ns / 1e9
    expected = 500.0 * (seconds - TAU_S * (1.0 - math.exp(-seconds / TAU_S)))
    assert value(low_passed(ramp, TAU_S), at_ns) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("rate", [-200.0, -5000.0, -1000.0])
@pytest.mark.parametrize("at_ns", [0, 300_000, MS, 7 * MS])
def test_an_exponential_becomes_two(rate: float, at_ns: int) -> None:
    """exp(r t) after 0 becomes (exp(r t) - exp(-t / tau)) / (1 + r tau), or t / tau exp(-t / tau) where they meet."""
    decay = [Segment(-MS, 0, 0.0, 0.0, SILENT), Segment(0, 20 * MS, 0.0, 0.0, SILENT, ((1.0, rate),))]
    seconds = at_ns / 1e9
    factor = 1.0 + rate * TAU_S
    meets = seconds / TAU_S * math.exp(-seconds / TAU_S)
    expected = (math.exp(rate * seconds) - math.exp(-seconds / TAU_S)) / factor if factor else meets
    assert value(low_passed(decay, TAU_S), at_ns) == pytest.approx(expected, abs=1e-9 if factor else 1e-6)


def test_a_sine_is_smaller_and_late() -> None:
    """50 Hz through a pole of 10 Hz: gain and phase of 1 / (1 + j w tau), and of the rest of it for a capacitor."""
    omega, tau_s = 2.0 * math.pi * 50.0, 1.0 / (2.0 * math.pi * 10.0)
    tone = [Segment(0, 2000 * MS, 0.0, 0.0, Sine(3.0, omega, 0))]
    for at_ns in range(1500 * MS, 1540 * MS, 1_234_567):
        passed = 3.0 / (1.0 + 5.0j) * complex(math.cos(omega * at_ns / 1e9), math.sin(omega * at_ns / 1e9))
        # Its delay is kept as whole nanoseconds: 3e-7 rad of the sine.
        assert value(low_passed(tone, tau_s), at_ns) == pytest.approx(passed.imag, abs=2e-6)
        held = 3.0 * math.sin(omega * at_ns / 1e9) - passed.imag
        assert value(high_passed(tone, tau_s), at_ns) == pytest.approx(held, abs=2e-6)


def test_a_square_wave_droops_behind_a_capacitor() -> None:
    """5 Hz behind 10 Hz: after an edge of 2 V the voltage is 2 / (1 + exp(-T / tau)), and falls by exp(-T / tau)."""
    loop, keeper = bench(BARE)
    loop.drive(square(1e-3, 100 * MS))
    with keeper:
        keeper.advance(4000 * MS)
    fades = math.exp(-0.1 * 2.0 * math.pi * 10.0)
    first = 2.0 / (1.0 + fades)
    view = InputView(loop.history, Quantity.SCOPE_VOLTAGE, math.inf, 10.0)
    times = np.array([0.0, 0.05, 0.0999999, 0.1, 0.15])
    expected = np.array([first, first * fades**0.5, first * fades, -first, -first * fades**0.5])
    assert view.sample(3000 * MS, times) == pytest.approx(expected, abs=2e-6)


def test_what_is_sampled_left_the_input_a_time_constant_later() -> None:
    """An edge at the trigger stands at 1 - 1/e there: the delay of the pole is not in a record, its shape is."""
    loop, keeper = bench(BARE)
    loop.drive(square(1e-3, 100 * MS))
    with keeper:
        keeper.advance(1000 * MS)
    tau_s = 1.0 / (2.0 * math.pi * 20e6)
    view = InputView(loop.history, Quantity.SCOPE_VOLTAGE, 20e6)
    times = np.array([-5.0, -1.0, 0.0, 1.0, 5.0]) * tau_s
    expected = [-1.0, -1.0, *(1.0 - 2.0 * math.exp(-(share + 1.0)) for share in (0.0, 1.0, 5.0))]
    assert view.sample(400 * MS, times) == pytest.approx(expected, abs=1e-6)
