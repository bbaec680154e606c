"""The load between two electrodes against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from harness.waveform.load import load_parameters

INTERVAL_S = 1e-6
COUNT = 10_000
TIME_S = np.arange(COUNT) * INTERVAL_S
PULSES = ((TIME_S * 1e3) % 1 < 0.3).astype(np.float64)


def measured(current: np.ndarray, voltage: np.ndarray) -> dict[str, object]:
    """Estimates, or the reasons why there are none, by name."""
    return {each.name: each.estimate or each.absent for each in load_parameters(current, voltage, INTERVAL_S)}


def quantised(samples: np.ndarray, step: float) -> np.ndarray:
    """What a converter of this step makes of it."""
    return np.round(samples / step) * step


@pytest.mark.parametrize("ohm", [100.0, 1e3, 47e3])
@pytest.mark.parametrize("bits", [8, 12])
@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("seed", range(3))
def test_a_resistor_is_found_within_its_bound(ohm: float, bits: int, noise: float, seed: int) -> None:
    """Voltage over current of a resistor with codes and noise on both; power is R times the mean square."""
    rng = np.random.default_rng(seed)
    step = 2.5 / 2**bits
    current = quantised(PULSES + noise * rng.standard_normal(COUNT), step) * 1e-3
    voltage = quantised(PULSES + noise * rng.standard_normal(COUNT), step) * 1e-3 * ohm
    found = measured(current, voltage)
    load, power = found["load_resistance"], found["mean_power"]
    assert abs(load.value - ohm) <= load.bound < 0.06 * ohm
    assert abs(power.value - 0.3e-6 * ohm) <= power.bound < 0.06e-6 * ohm


def test_a_capacitor_is_no_resistance() -> None:
    """The voltage over a capacitor is the integral of its current, not a multiple of it."""
    current = (2 * ((TIME_S * 1e3) % 1 < 0.5) - 1) * 1e-3
    reason = measured(current, np.cumsum(current) * INTERVAL_S / 1e-6)["load_resistance"]
    assert "not proportional" in str(reason)


def test_exchanged_columns_of_another_sign_have_no_resistance() -> None:
    """A negative resistance is a clip on the wrong side, not a load."""
    assert "not proportional" in str(measured(PULSES * 1e-3, -PULSES)["load_resistance"])


def test_without_current_there_is_no_resistance() -> None:
    """A voltage over an open contact says nothing of a load."""
    assert measured(np.zeros(COUNT), PULSES)["load_resistance"] == "no current flows"


def test_the_power_of_a_steady_current_is_that_of_the_record() -> None:
    """0.2 mA through 5 kΩ are 0.2 mW, whenever."""
    power = measured(np.full(COUNT, 0.2e-3), np.full(COUNT, 1.0))["mean_power"]
    assert power.value == pytest.approx(0.2e-3, rel=1e-9)


def test_a_mean_power_needs_whole_periods() -> None:
    """One pulse has no mean: it would be the record's length that is measured."""
    once = np.where((TIME_S > 3e-3) & (TIME_S < 4e-3), 1e-3, 0.0)
    assert isinstance(measured(once, 1e3 * once)["mean_power"], str)


def test_other_lengths_are_a_mistake_of_the_caller() -> None:
    """Samples that do not belong together are no record."""
    with pytest.raises(ValueError, match="9 samples of current, 10 of voltage"):
        load_parameters(np.ones(9), np.ones(10), INTERVAL_S)
