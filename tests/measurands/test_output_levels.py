"""Levels against a straight line, loads against each other, charge over a minute: closed forms and known faults."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.bench import expected_observation
from harness.capture import Observation, Reading
from harness.definitions.devices import load_device
from harness.errors import NotMeasurable
from harness.measurands import derive, newest, plateau_magnitude
from harness.quantity import Derivation
from harness.setpoint import Method, OperatingPoint, Polarity
from tests.examples import METER, bench_data
from tests.measurands.synthetic import point, read, shaped, siemens, square

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.quantity import Measurement

LEVELS = tuple(68e-6 * number for number in range(1, 11))
POSITIVE = (("phase", "positive"),)


def level(nominal_a: float, current_a: float, load: str = "10k") -> Observation:
    """One level in the positive direction, as a multimeter reads it."""
    where = point(Polarity.POSITIVE, 10.0, current_a=nominal_a, method=Method.STEADY)
    at = replace(where, load=load, setpoint=replace(where.setpoint, level=LEVELS.index(nominal_a) + 1))
    return Observation(at, (read("zero", 0.0), read("positive", current_a)), ())


def of_several(measurand: str, observations: Sequence[Observation], arguments: object = POSITIVE) -> Measurement:
    """The value that a measurand derives from several observations, its own first."""
    found = {observation.key: observation for observation in observations}
    own, *others = found
    derivation = Derivation(measurand, newest(measurand), own, arguments, tuple(others))  # type: ignore[arg-type]
    return derive(derivation, found.__getitem__)


def of_levels(measurand: str, currents: Sequence[float]) -> Measurement:
    """The same of all levels; the point itself, at level zero, gives nothing to it."""
    own = Observation(point(Polarity.POSITIVE, 10.0, current_a=0.0, method=Method.ZERO_LEVEL), (), ())
    return of_several(measurand, [own, *(level(*pair) for pair in zip(LEVELS, currents, strict=True))])


def test_gain_and_offset_are_those_of_the_line() -> None:
    """Of levels on a line its slope and its value at zero come back, within less than U, and nothing lies off it."""
    currents = [1.02 * nominal + 3e-6 for nominal in LEVELS]
    gain, offset = of_levels("level-gain", currents), of_levels("level-offset", currents)
    assert gain.value == pytest.approx(1.02, abs=1e-6)
    assert offset.value == pytest.approx(3e-6, abs=1e-9)
    for name in ("integral-nonlinearity", "differential-nonlinearity"):
        assert of_levels(name, currents).value == pytest.approx(0.0, abs=1e-6)


def test_an_error_that_all_levels_share_is_within_u() -> None:
    """All levels wrong by their own U in the worst way leave gain and offset within theirs: errors are not averaged."""
    bound = 60e-9
    for signs in (np.ones(10), np.sign(np.arange(10) - 4.5)):
        currents = [nominal + sign * bound for nominal, sign in zip(LEVELS, signs, strict=True)]
        for name, true in (("level-gain", 1.0), ("level-offset", 0.0)):
            found = of_levels(name, currents)
            one = of_levels(name, LEVELS)
            assert abs(found.value - true) <= one.expanded_uncertainty * bound / 20e-9
            assert one.expanded_uncertainty > 0


def test_a_dropped_bit_shows_in_the_steps() -> None:
    """Odd codes of 4 µA a step that give what the even ones give: every other step lacks 4 of 68 µA."""
    currents = [nominal - (4e-6 if number % 2 else 0.0) for number, nominal in enumerate(LEVELS, start=1)]
    taken = [level(nominal, current) for nominal, current in zip(LEVELS, currents, strict=True)]
    bounds = np.array([plateau_magnitude(one, Polarity.POSITIVE).expanded_uncertainty for one in taken])
    fit = np.polyfit(LEVELS, currents, 1, w=1 / bounds)
    steps = np.diff(currents) / (fit[0] * 68e-6) - 1
    worst = steps[abs(steps).argmax()]
    assert of_levels("differential-nonlinearity", currents).value == pytest.approx(worst, rel=1e-3)
    distances = (np.array(currents) - np.polyval(fit, LEVELS)) / LEVELS[-1]
    found = of_levels("integral-nonlinearity", currents)
    assert abs(found.value) == pytest.approx(abs(distances).max(), rel=1e-2)


def test_a_step_that_falls_is_negative() -> None:
    """A level below the one before it is a negative step, and less than no step of the line."""
    currents = list(LEVELS)
    currents[4] = currents[3] - 6.8e-6
    assert of_levels("smallest-step", currents).value == pytest.approx(-0.1, rel=1e-4)
    assert of_levels("differential-nonlinearity", currents).value != pytest.approx(0.0, abs=1.0)


def test_a_dead_output_has_steps_too() -> None:
    """Where nothing flows the slope is no measure: every step is missing."""
    assert of_levels("differential-nonlinearity", [0.0] * 10).value == pytest.approx(-1.0)
    assert of_levels("level-gain", [0.0] * 10).value == pytest.approx(0.0, abs=1e-6)


def test_repeatability_is_that_of_the_worst_level() -> None:
    """The standard deviation of one level's readings, over that level, the largest of all."""
    own = Observation(point(Polarity.POSITIVE, 10.0, current_a=0.0, method=Method.ZERO_LEVEL), (), ())
    taken = [level(nominal, nominal) for nominal in LEVELS]
    noisy = Reading("positive", (0.198, 0.210, 0.198, 0.210), "by hand", METER)
    taken[2] = replace(taken[2], readings=(read("zero", 0.0), noisy))
    found = of_several("level-repeatability", [own, *taken])
    assert found.value == pytest.approx(0.006 * 2 / 3**0.5 / 0.204, rel=1e-9)


def test_a_line_needs_two_levels() -> None:
    """One level lies on any line."""
    own = Observation(point(Polarity.POSITIVE, 10.0, current_a=0.0, method=Method.ZERO_LEVEL), (), ())
    with pytest.raises(NotMeasurable, match="two levels"):
        of_several("level-gain", [own, level(LEVELS[0], LEVELS[0])])


def test_regulation_is_the_change_over_the_level() -> None:
    """Into 100 kΩ a source of 1 MΩ lacks a tenth; between rated loads the largest change of any level counts."""
    taken = [level(LEVELS[9], 680e-6 / 1.1, "100k"), level(LEVELS[9], 680e-6, "500R")]
    found = of_several("load-regulation", taken, (*POSITIVE, ("compliance", "70.0")))
    assert found.value == pytest.approx(1 / 1.1 - 1, rel=1e-4)
    own = Observation(point(Polarity.POSITIVE, 10.0, current_a=0.0, method=Method.ZERO_LEVEL), (), ())
    loads = {"500R": 1.0, "2k": 0.99, "10k": 1.005}
    rated = [level(nominal, share * nominal, load) for load, share in loads.items() for nominal in LEVELS[:3]]
    rated[4] = level(LEVELS[1], 0.96 * LEVELS[1], "2k")
    assert of_several("rated-load-regulation", [own, *rated]).value == pytest.approx(-0.04, rel=1e-3)


@pytest.mark.parametrize(("into_load", "change"), [(1.12, 0.0), (1.05, 0.0), (1.0, 0.0), (0.97, -0.03), (1.15, 0.03)])
def test_a_level_above_its_nominal_need_not_get_more_than_the_declared_voltage(into_load: float, change: float) -> None:
    """A level 12 % high at a compliance for the nominal one: what lies between the two is no change."""
    taken = [level(LEVELS[9], into_load * LEVELS[9], "100k"), level(LEVELS[9], 1.12 * LEVELS[9], "500R")]
    volts = str(taken[0].point.load_ohm * LEVELS[9])
    assert of_several("load-regulation", taken, (*POSITIVE, ("compliance", volts))).value == pytest.approx(
        change, abs=1e-4
    )


def charged(currents: Sequence[float], frequency_hz: float = 10.0) -> Observation:
    """A minute of readings of 2 s each."""
    path = replace(METER, aperture_s=2.0)
    mean = Reading("mean", tuple(current / siemens(METER) for current in currents), "by hand", path)
    at = point(Polarity.BIPOLAR, frequency_hz, method=Method.CHARGE)
    return Observation(at, (read("zero", 0.0), mean), ())


def test_charge_is_the_sum_of_all_readings() -> None:
    """Thirty readings of 2 s that alternate by 8 µA about 1 µA leave 60 µC: what cancels is no scatter of the sum."""
    taken = [charged([9e-6, -7e-6] * 15), shaped(square(10.0, 600e-6, -600e-6))]
    found = of_several("net-charge-in-time", taken, ())
    assert found.value == pytest.approx(60e-6, rel=1e-3)
    # 600 µA for no more than half of a period of 0.1 s, and 100 µs between two readings.
    assert found.expanded_uncertainty < 600e-6 * 0.05 + 600e-6 * 100e-6 * 30 + 1e-6
    assert of_several("largest-net-reading", taken, ()).value == pytest.approx(9e-6, rel=1e-3)


def test_of_a_staircase_half_of_the_longest_period_may_be_left() -> None:
    """A staircase has a period for each step, and no one of them is its own: U holds half of the longest."""
    profile, _ = load_device("foreo-bear-2")
    setpoint = profile.mode("lifting").setpoint(1, 10, Polarity.BIPOLAR)
    waveform = expected_observation(bench_data(), profile, OperatingPoint(setpoint, "10k", 10e3, method=Method.SHAPE))
    found = of_several("net-charge-in-time", [charged([0.0] * 30), waveform], ())
    assert found.expanded_uncertainty >= 0.9 * 600e-6 * 0.05
