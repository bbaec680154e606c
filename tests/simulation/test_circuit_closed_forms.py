"""The circuit against closed forms, to a nanovolt, with every resistance of the stage in them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.simulation.circuit.drive import Drive, Piece, steady
from harness.simulation.circuit.history import Quantity
from harness.simulation.circuit.stage import Stage
from tests.simulation.circuits import BARE, CLOSED, LOOP_OHM, SKIN, SKIN_F, SKIN_OHM, SKIN_SERIES_OHM, S, bench, square

VOLTAGE = Quantity.VOLTAGE
NANOVOLT = 1e-9
OUT_OHM, OUT_F = 22.5e6, 245e-12
BOTH_OHM = LOOP_OHM * OUT_OHM / (LOOP_OHM + OUT_OHM)
TAU_S = BOTH_OHM * OUT_F
LEVEL_A = 600e-6


def volts(stage: Stage, drive: Drive, seconds: np.ndarray, closed: frozenset[int] = CLOSED) -> np.ndarray:
    """Answer the terminals' voltage at some instants."""
    loop, keeper = bench(BARE, stage, closed=closed)
    loop.drive(drive)
    keeper.advance(100 * S)
    return loop.history.sample(VOLTAGE, 0, seconds)


def near(expected: np.ndarray) -> object:
    """Answer what compares within a nanovolt."""
    return pytest.approx(expected, rel=0.0, abs=NANOVOLT)


def test_a_resistor_at_a_howland_source() -> None:
    """I R Rout / (R + Rout), at once where nothing stores charge."""
    seconds = np.array([0.0, 1e-6, 1.0, 90.0])
    assert volts(Stage(70.0, OUT_OHM), steady(LEVEL_A), seconds) == near(np.full(4, LEVEL_A * BOTH_OHM))


def test_a_step_into_resistor_and_capacitance() -> None:
    """V (1 - exp(-t / tau)) with all resistances in parallel."""
    seconds = np.array([0.0, 1e-7, 1e-6, 2.45e-6, 1e-5, 1e-3, 50.0])
    expected = LEVEL_A * BOTH_OHM * -np.expm1(-seconds / TAU_S)
    assert volts(Stage(70.0, OUT_OHM, OUT_F), steady(LEVEL_A), seconds) == near(expected)


def test_a_ramp_into_resistor_and_capacitance() -> None:
    """K R (t - tau (1 - exp(-t / tau)))."""
    seconds = np.array([1e-7, 1e-6, 1e-5, 9.9e-5])
    drive = Drive(LEVEL_A, (Piece(100_000, 0.0, 1.0), Piece(S, 1.0)), 0)
    expected = LEVEL_A / 100e-6 * BOTH_OHM * (seconds + TAU_S * np.expm1(-seconds / TAU_S))
    assert volts(Stage(70.0, OUT_OHM, OUT_F), drive, seconds) == near(expected)


def test_a_step_into_skin_at_a_source_of_finite_resistance() -> None:
    """Cp sees Rp beside Rs + Rout; the source keeps what its own resistance takes."""
    seconds = np.array([0.0, 1e-4, 1e-3, 3e-3, 0.1])
    rest_v = LEVEL_A * OUT_OHM * SKIN_OHM / (OUT_OHM + SKIN_SERIES_OHM + SKIN_OHM)
    tau_s = SKIN_F / (1.0 / SKIN_OHM + 1.0 / (SKIN_SERIES_OHM + OUT_OHM))
    inside = rest_v * -np.expm1(-seconds / tau_s)
    current = (LEVEL_A * OUT_OHM - inside) / (OUT_OHM + SKIN_SERIES_OHM)
    expected = OUT_OHM * (LEVEL_A - current)
    assert volts(Stage(70.0, OUT_OHM), steady(LEVEL_A), seconds, SKIN) == near(expected)


def test_a_coupling_capacitor_at_a_source_of_finite_resistance() -> None:
    """I Rout drives R through C: the current falls with C (R + Rout)."""
    seconds = np.array([0.0, 1e-3, 0.1, 1.0, 20.0])
    current_a = 1e-9  # a source of 22.5 Mohm reaches no compliance with this
    current = current_a * OUT_OHM / (OUT_OHM + LOOP_OHM) * np.exp(-seconds / (1e-6 * (OUT_OHM + LOOP_OHM)))
    stage = Stage(70.0, OUT_OHM, coupling_f=1e-6)
    assert volts(stage, steady(current_a), seconds) == near(current * LOOP_OHM)


def test_the_clamp_is_entered_and_left() -> None:
    """From rest to the clamp, to rest at the clamp, and back from it: three exponentials that meet."""
    half_ns, limit_v, ohm = 50_000, 4.0, 1.0 / (1.0 / BOTH_OHM + 1.0 / 100.0)
    loop, _ = bench(BARE, Stage(limit_v, OUT_OHM, OUT_F))
    loop.drive(square(LEVEL_A, half_ns))
    reaches_s = TAU_S * math.log(1.0 / (1.0 - limit_v / (LEVEL_A * BOTH_OHM)))
    enters_s = math.ceil(reaches_s * S - 1e-6) / S
    rest_v = (LEVEL_A + limit_v / 100.0) * ohm
    start_v = LEVEL_A * BOTH_OHM * -math.expm1(-enters_s / TAU_S)
    seconds = np.array([0.2e-6, 1e-6, enters_s])
    assert loop.history.sample(VOLTAGE, 0, seconds) == near(LEVEL_A * BOTH_OHM * -np.expm1(-seconds / TAU_S))
    since = np.array([0.0, 5e-9, 20e-9, 1e-6, 10e-6])
    expected = rest_v + (start_v - rest_v) * np.exp(-since / (ohm * OUT_F))
    assert loop.history.sample(VOLTAGE, 0, enters_s + since) == near(expected)
    # After the edge the clamp holds on until its voltage is back inside: then the source alone swings on.
    held = (limit_v / 100.0 - LEVEL_A) * ohm
    leaves_s = ohm * OUT_F * math.log((rest_v - held) / (limit_v - held))
    leaves_ns = math.ceil(leaves_s * S - 1e-6)
    left_v = held + (rest_v - held) * math.exp(-leaves_ns / S / (ohm * OUT_F))
    since = np.array([0.0, 1e-7, 1e-6])
    expected = -LEVEL_A * BOTH_OHM + (left_v + LEVEL_A * BOTH_OHM) * np.exp(-since / TAU_S)
    assert loop.history.sample(VOLTAGE, half_ns + leaves_ns, since) == near(expected)


@pytest.mark.parametrize("period", [1, 7, 400, 900_000])
def test_every_period_of_a_square_wave_follows_the_geometric_law(period: int) -> None:
    """The start of period n is -V tanh(P / 4 tau) (1 - exp(-n P / tau)), whether it was walked to or not."""
    half_ns = 3_000
    loop, keeper = bench(BARE, Stage(70.0, OUT_OHM, OUT_F))
    loop.drive(square(LEVEL_A, half_ns))
    keeper.advance(10 * S)
    ratio = math.exp(-half_ns / S / TAU_S)
    steady_v = -LEVEL_A * BOTH_OHM * math.tanh(half_ns / S / (2.0 * TAU_S))
    start_ns = 2 * half_ns * period
    start_v = steady_v * (1.0 - ratio ** (2 * period))
    assert loop.history.at(VOLTAGE, start_ns) == near(np.float64(start_v))
    since = np.array([0.0, 1e-6, 2.9e-6])
    top_v = LEVEL_A * BOTH_OHM
    expected = top_v + (start_v - top_v) * np.exp(-since / TAU_S)
    assert loop.history.sample(VOLTAGE, start_ns, since) == near(expected)


def test_a_mean_is_the_integral_of_its_closed_form() -> None:
    """The mean over [0, T] of a step's exponential is V (1 - tau / T (1 - exp(-T / tau)))."""
    loop, keeper = bench(BARE, Stage(70.0, OUT_OHM, OUT_F))
    loop.drive(steady(LEVEL_A))
    keeper.advance(S)
    for seconds in (1e-6, 1e-5, 1e-3):
        expected = LEVEL_A * BOTH_OHM * (1.0 + TAU_S / seconds * math.expm1(-seconds / TAU_S))
        assert loop.history.mean(VOLTAGE, 0, round(seconds * S)) == near(np.float64(expected))
