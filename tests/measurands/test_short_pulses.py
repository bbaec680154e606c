"""Short pulses, against closed forms: rate, width, amplitude, droop, symmetry, and what they leave behind."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.capture import Observation, Plateau, Reading
from harness.errors import NotMeasurable
from harness.setpoint import Method, OperatingPoint, Polarity, Setpoint
from tests.measurands.synthetic import measured, nothing, read, record

LEVEL, WIDTH, RATE = 600e-6, 0.2e-3, 100.0
PLATEAUS = (Plateau(Polarity.POSITIVE, 0.05e-3, 0.14e-3), Plateau(Polarity.NEGATIVE, 0.25e-3, 0.34e-3))


class Pulses:
    """Biphasic pulses of a known form."""

    def __init__(
        self,
        *,
        rate: float = RATE,
        widths: tuple[float, float] = (WIDTH, WIDTH),
        levels: tuple[float, float] = (LEVEL, -LEVEL),
        tau: float = math.inf,
        missing: int = 0,
    ) -> None:
        self.rate, self.widths, self.levels, self.tau, self.missing = rate, widths, levels, tau, missing

    def __call__(self, seconds: np.ndarray) -> np.ndarray:
        number = np.floor(seconds * self.rate)
        inside = seconds - number / self.rate
        first, second = self.widths
        is_first, is_second = inside < first, (inside >= first) & (inside < first + second)
        fade = np.where(is_first, np.exp(-inside / self.tau), np.exp(-(inside - first) / self.tau))
        current = fade * np.where(is_first, self.levels[0], np.where(is_second, self.levels[1], 0.0))
        return np.where(number == self.missing, 0.0, current) if self.missing else current


def taken(
    pulses: object = None, *, gain: float = 1.0, mean_a: float = 0.0, readings: tuple[Reading, ...] = ()
) -> Observation:
    """What is taken of pulses: a train of ten periods, the pulses of one, the reference, and the multimeter's mean."""
    shown = Pulses() if pulses is None else pulses
    setpoint = Setpoint(1, "pulses", 6, LEVEL, Polarity.BIPOLAR, RATE, WIDTH)
    made = {"interval_s": 1e-6, "gain": gain}
    captures = (
        record("zero", nothing, start_s=0.0, samples=5000, **made),
        record("reference", Pulses(), start_s=0.0, samples=800, plateaus=PLATEAUS, **made),
        record("output", shown, start_s=0.0, samples=800, plateaus=PLATEAUS, **made),
        record("periods", shown, start_s=-0.25 / RATE, samples=105_000, **made),
        record("pulse", shown, start_s=-0.1e-3, interval_s=50e-9, samples=16_000, gain=gain),
    )
    plateau = (read("zero", 0.0), read("positive", LEVEL), read("negative", -LEVEL), read("mean", mean_a))
    others = tuple(reading for reading in plateau if reading.name not in {each.name for each in readings})
    return Observation(OperatingPoint(setpoint, "500R", 500.0, method=Method.SHAPE), (*others, *readings), captures)


def near(found: object, value: float, at_most: float) -> None:
    """The value lies within its own uncertainty, and that is no more than it may be."""
    assert abs(found.value - value) <= found.expanded_uncertainty  # type: ignore[attr-defined]
    assert found.expanded_uncertainty <= at_most  # type: ignore[attr-defined]


@pytest.mark.parametrize("rate", [99.0, 100.0, 103.0])
def test_the_rate_of_pulses(rate: float) -> None:
    """Ten periods of a train, to a sample."""
    near(measured("pulse-rate", taken(Pulses(rate=rate))), rate, 2e-2)


@pytest.mark.parametrize("pulses", [Pulses(missing=4), Pulses(rate=50.0), nothing], ids=["one-less", "half", "none"])
def test_an_uneven_train_has_another_rate(pulses: object) -> None:
    """A pulse that does not come, a train of half the rate, nothing at all: never the rate that is set."""
    found = measured("pulse-rate", taken(pulses))
    assert found.value + found.expanded_uncertainty < 0.99 * RATE


@pytest.mark.parametrize(("phase", "widths"), [("positive", (0.19e-3, WIDTH)), ("negative", (WIDTH, 0.23e-3))])
def test_the_width_of_each_pulse(phase: str, widths: tuple[float, float]) -> None:
    """From half way up to half way down, each phase by itself."""
    found = measured("short-pulse-width", taken(Pulses(widths=widths)), phase=phase)
    near(found, widths[0] if phase == "positive" else widths[1], 0.2e-6)


def test_no_pulse_has_no_width() -> None:
    """A phase without current has the width 0, and a droop of all of it."""
    dead = taken(Pulses(levels=(LEVEL, 0.0)))
    assert measured("short-pulse-width", dead, phase="negative").value == 0.0
    assert measured("short-pulse-droop", dead, phase="negative").value == pytest.approx(1.0)


@pytest.mark.parametrize("gain", [0.97, 1.03])
@pytest.mark.parametrize(("phase", "level"), [("positive", 0.9 * LEVEL), ("negative", 1.1 * LEVEL)])
def test_the_amplitude_is_that_of_the_multimeter(gain: float, phase: str, level: float) -> None:
    """The oscilloscope's gain drops out: the reference's plateau was read by the multimeter."""
    pulses = Pulses(levels=(0.9 * LEVEL, -1.1 * LEVEL))
    near(measured("short-pulse-amplitude", taken(pulses, gain=gain), phase=phase), level, 0.03 * LEVEL)


@pytest.mark.parametrize("tau", [1e-3, 5e-3])
def test_the_droop_of_an_exponential(tau: float) -> None:
    """A pulse that fades with a time constant has lost 1 - exp(-width/tau) at its end."""
    found = measured("short-pulse-droop", taken(Pulses(tau=tau)), phase="positive")
    near(found, 1 - math.exp(-WIDTH / tau), 0.04)


@pytest.mark.parametrize("gain", [0.97, 1.03])
def test_the_difference_of_both_directions(gain: float) -> None:
    """0.95 against 1: 5 % of the larger; a missing direction gives 1, one that flows the wrong way 2."""
    lopsided = taken(Pulses(levels=(LEVEL, -0.95 * LEVEL)), gain=gain)
    near(measured("phase-symmetry", lopsided), 0.05, 0.03)
    assert measured("phase-symmetry", taken(Pulses(levels=(LEVEL, 0.0)))).value == pytest.approx(1.0, abs=0.05)
    assert measured("phase-symmetry", taken(Pulses(levels=(LEVEL, LEVEL)))).value == pytest.approx(2.0, abs=0.05)
    with pytest.raises(NotMeasurable, match="no current to compare both phases by"):
        measured("phase-symmetry", taken(nothing))


def test_the_mean_between_pulses() -> None:
    """The multimeter's mean as it is; a train that is uneven may have one pulse more or less in it."""
    even = measured("mean-between-pulses", taken(mean_a=1e-6))
    near(even, 1e-6, 0.2e-6)
    uneven = measured("mean-between-pulses", taken(Pulses(missing=4), mean_a=1e-6))
    assert uneven.expanded_uncertainty > 0.5 * LEVEL * WIDTH / 0.2


def test_a_setting_without_short_pulses_has_none() -> None:
    """A square wave is told so."""
    observation = taken()
    point = replace(observation.point, setpoint=replace(observation.point.setpoint, pulse_width_s=None))
    with pytest.raises(NotMeasurable, match="has no short positive pulse"):
        measured("short-pulse-width", replace(observation, point=point), phase="positive")
