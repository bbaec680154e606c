"""A divider that is off by one, against periods that are known."""

from __future__ import annotations

import numpy as np
import pytest

from harness.capture import Observation
from harness.errors import NotMeasurable
from harness.measurands import derive, newest
from harness.measurands.divider import nearest_attainable
from harness.quantity import Derivation
from harness.setpoint import Polarity
from tests.measurands.synthetic import nothing, point, record, shaped, square

STEPS = (0.5, 1.0, 3.0, 5.0, 10.0, 30.0, 80.0, 100.0, 300.0, 500.0, 1000.0, 1500.0)
LEVEL = 600e-6


def stepped(tick: float, error: int, *, clock: float = 0.0, seed: int = 1, samples: int = 10_000) -> list[Observation]:
    """All steps of a unit that counts `error` ticks too many, with a clock of its own."""
    taken = []
    for frequency in STEPS:
        period = (round(1 / frequency / tick) + error) * tick * (1 + clock)
        # Where between its samples the oscilloscope catches the edge is its own affair.
        shift = np.random.default_rng([seed, round(10 * frequency)]).uniform(0, 1) * 10.5 / frequency / samples
        current = square(1 / period, LEVEL, -LEVEL, tau_s=2e-6, delay_s=shift)
        whole = shaped(current, Polarity.BIPOLAR, frequency, seed=seed, samples=samples)
        kept = tuple(capture for capture in whole.captures if capture.name != "edge")
        taken.append(Observation(whole.point, whole.readings, kept))
    return taken


def intercept(observations: list[Observation], tick: float) -> tuple[float, float]:
    """Value and U, derived as from a run: the highest frequency first."""
    *others, own = observations
    by_key = {observation.key: observation for observation in observations}
    derivation = Derivation(
        "divider-intercept",
        newest("divider-intercept"),
        own.key,
        (("tick", repr(tick)),),
        tuple(other.key for other in others),
    )
    found = derive(derivation, by_key.__getitem__)
    return found.value, found.expanded_uncertainty


@pytest.mark.parametrize("tick", [1e-5, 1e-6])
@pytest.mark.parametrize("error", [-1, 0, 1])
@pytest.mark.parametrize("clock", [-50e-6, 80e-6])
def test_a_divider_that_is_off_by_one(tick: float, error: int, clock: float) -> None:
    """One tick too many shows as one tick, at 100 kHz and at 1 MHz, and a wrong clock shows as nothing."""
    value, expanded = intercept(stepped(tick, error, clock=clock), tick)
    assert abs(value - error * tick) <= expanded
    # Decided against half a tick.
    assert expanded <= tick / 4
    assert (abs(value) - expanded > tick / 2) is (error != 0)


def test_a_tick_of_48_mhz_is_not_resolved() -> None:
    """A tick of 21 ns lies below what edges at this sampling can tell: U is more than a quarter of it."""
    tick = 1 / 48e6
    value, expanded = intercept(stepped(tick, 0), tick)
    assert expanded > tick / 4
    assert abs(value) <= expanded


def test_the_uncertainty_of_a_line_through_two_points() -> None:
    """With sudden edges each period is known to half a sample at both ends together; two make an intercept."""
    observations, steps = [], []
    for frequency in (100.0, 1000.0):
        whole = shaped(square(frequency, LEVEL, -LEVEL), Polarity.BIPOLAR, frequency, samples=10_000)
        observations.append(whole)
        interval = 10.5 / frequency / 10_000
        steps.append((1 / frequency, interval / np.sqrt(3) / 10))
    (x1, u1), (x2, u2) = steps
    expected = np.hypot(x2 * u1, x1 * u2) / (x1 - x2)
    found = intercept(observations, 1e-5)[1] / expected
    # Two rectangles: between 0.95 of one and a normal one.
    assert 0.95 * np.sqrt(3) <= found <= 2.0


def test_the_intercept_is_covered() -> None:
    """Of 60 healthy units' intercepts nine in ten and more lie within their U."""
    found = [intercept(stepped(1e-5, 0, clock=20e-6, seed=seed, samples=4000), 1e-5) for seed in range(60)]
    assert sum(abs(value) <= expanded for value, expanded in found) >= 54


@pytest.mark.parametrize(("nominal", "tick", "measured", "nearest"), [
    (1 / 1500, 1e-5, 6.7e-4, 6.7e-4), (1 / 1500, 1e-5, 6.6e-4, 6.7e-4), (0.1, 1e-5, 0.2, 0.1),
    (2.5e-5, 1e-5, 2.1e-5, 2e-5), (2.5e-5, 1e-5, 2.9e-5, 3e-5),
])  # fmt: skip
def test_the_nearest_attainable_period(nominal: float, tick: float, measured: float, nearest: float) -> None:
    """The nominal period is rounded to whole ticks; half way between two, the measured one decides."""
    assert nearest_attainable(nominal, tick, measured) == pytest.approx(nearest, rel=1e-9)


def test_scatter_about_the_line_widens_it() -> None:
    """A step that is off by itself raises U by the Birge ratio, so that one bad step is no divider."""
    usual = intercept(stepped(1e-5, 0), 1e-5)
    one_off = [*stepped(1e-5, 0)[:-1], stepped(1e-5, 3)[-1]]
    assert intercept(one_off, 1e-5)[1] > 5 * usual[1]


def test_one_frequency_makes_no_line() -> None:
    """An intercept needs two frequencies."""
    with pytest.raises(NotMeasurable, match="two different frequencies"):
        intercept(stepped(1e-5, 0)[-1:], 1e-5)


def test_a_step_without_edges_makes_no_line() -> None:
    """A step at which nothing alternates has no period."""
    bad = stepped(1e-5, 0)
    flat = record("periods", nothing, start_s=0.0, interval_s=1e-6, samples=5000)
    zero = record("zero", nothing, start_s=0.0, interval_s=1e-6, samples=5000)
    bad[3] = Observation(point(Polarity.BIPOLAR, STEPS[3]), (), (zero, flat))
    with pytest.raises(NotMeasurable, match="nothing alternates"):
        intercept(bad, 1e-5)
