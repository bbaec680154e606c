"""Direction: against the indication, in the pause, and what is left of both directions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.capture import Observation
from harness.errors import NotMeasurable
from harness.setpoint import Method, Polarity
from tests.examples import METER
from tests.measurands.synthetic import measured, point, read, shaped, square

POSITIVE, NEGATIVE, BIPOLAR = Polarity.POSITIVE, Polarity.NEGATIVE, Polarity.BIPOLAR
LEVEL = 600e-6


def steady(polarity: Polarity, said: str | None, **currents: float) -> Observation:
    """Readings of a steady point, and what the unit indicated."""
    readings = (read("zero", 0.0), *(read(name, value) for name, value in currents.items()))
    indicated = () if said is None else (("state", "RUN"), ("polarity", said))
    return Observation(point(polarity, 10.0, method=Method.STEADY), readings, (), indicated)


@pytest.mark.parametrize(("polarity", "sign"), [(POSITIVE, 1), (NEGATIVE, -1)])
def test_the_current_in_the_pause(polarity: Polarity, sign: int) -> None:
    """What flows in the pause counts positive in the direction that is set."""
    found = measured("opposite-current", steady(polarity, None, inactive=-5e-6))
    assert found.value == pytest.approx(sign * -5e-6, rel=1e-6)
    assert found.expanded_uncertainty < 0.1e-6


def test_a_setting_of_both_directions_has_no_opposite() -> None:
    """In a bipolar setting neither direction is the wrong one."""
    with pytest.raises(NotMeasurable, match="neither is opposite"):
        measured("opposite-current", steady(BIPOLAR, None, inactive=0.0))


@pytest.mark.parametrize(("polarity", "phase", "current", "along"), [
    (POSITIVE, "positive", LEVEL, LEVEL), (POSITIVE, "positive", -LEVEL, -LEVEL),
    (NEGATIVE, "negative", -LEVEL, LEVEL), (NEGATIVE, "negative", LEVEL, -LEVEL),
    (BIPOLAR, "positive", LEVEL, LEVEL), (BIPOLAR, "positive", -LEVEL, -LEVEL),
    (BIPOLAR, "negative", -LEVEL, LEVEL), (BIPOLAR, "negative", LEVEL, -LEVEL),
])  # fmt: skip
def test_the_current_along_the_indication(polarity: Polarity, phase: str, current: float, along: float) -> None:
    """Positive is where the unit itself says that current flows; of both directions, the phase's."""
    found = measured("along-indication", steady(polarity, polarity.value, **{phase: current}), phase=phase)
    assert found.value == pytest.approx(along, rel=1e-6)


@pytest.mark.parametrize("current", [LEVEL, -LEVEL])
@pytest.mark.parametrize(("polarity", "phase", "said"), [
    (POSITIVE, "positive", "bipolar"), (POSITIVE, "positive", "negative"),
    (NEGATIVE, "negative", "bipolar"), (NEGATIVE, "negative", "positive"),
    (BIPOLAR, "positive", "positive"), (BIPOLAR, "positive", "negative"),
    (BIPOLAR, "negative", "positive"), (BIPOLAR, "negative", "negative"),
])  # fmt: skip
def test_an_indication_that_is_not_the_setting_is_never_right(
    polarity: Polarity, phase: str, said: str, current: float
) -> None:
    """A stuck indication is minus the magnitude, even where current happens to flow as it says."""
    found = measured("along-indication", steady(polarity, said, **{phase: current}), phase=phase)
    assert found.value == pytest.approx(-LEVEL, rel=1e-6)


@pytest.mark.parametrize("said", [None, "", "sideways"])
def test_an_indication_that_is_none_is_no_number(said: str | None) -> None:
    """A unit that indicates nothing, or nonsense, is not measured against it."""
    with pytest.raises(NotMeasurable, match="which is no direction"):
        measured("along-indication", steady(POSITIVE, said, positive=LEVEL), phase="positive")


@pytest.mark.parametrize("net", [0.0, 9e-6])
def test_the_mean_over_whole_periods(net: float) -> None:
    """From 1 Hz on it is the multimeter's mean less its zero, with the remainder of a period in the budget."""
    mean = read("mean", net, aperture_s=1.0)
    found = measured("net-direct-current", shaped(square(10.0, LEVEL, -LEVEL), readings=(mean,)))
    assert found.value == pytest.approx(net, abs=1e-9)
    lines = {line.name: line.standard_uncertainty for line in found.budget}
    # The period is known to one part in some ten thousand, of 1.2 mA from state to state.
    assert 0 < lines["multimeter: remainder of a period"] < 1.2e-3 * 1e-4


@pytest.mark.parametrize(("off", "left"), [(0.0, 0.0), (0.003, 0.003), (-0.004, 0.004), (0.05, 0.05)])
def test_the_remainder_of_a_period(off: float, left: float) -> None:
    """An aperture that is no whole number of periods leaves at most the swing, 1.2 mA, for the time over."""
    mean = read("mean", 0.0, aperture_s=1.0 + off)
    found = measured("net-direct-current", shaped(square(10.0, LEVEL, -LEVEL), readings=(mean,)))
    lines = {line.name: line.standard_uncertainty for line in found.budget}
    expected = 1.2e-3 * left / (1 + off) / np.sqrt(3)
    assert lines["multimeter: remainder of a period"] == pytest.approx(expected, rel=0.08, abs=0.2e-6)


@pytest.mark.parametrize(("duty", "positive", "negative"), [
    (0.5, LEVEL, -LEVEL), (0.55, LEVEL, -LEVEL), (0.5, LEVEL, -LEVEL / 1.03), (0.5, LEVEL, LEVEL),
])  # fmt: skip
def test_the_net_current_of_slow_settings(duty: float, positive: float, negative: float) -> None:
    """Below 1 Hz it is the sum of both plateaus, each times its share of the period: 9 µA for 3 %, 60 µA for 55:45."""
    current = square(0.5, positive, negative, duty=duty)
    observed = shaped(current, BIPOLAR, 0.5, readings=(read("positive", positive), read("negative", negative)))
    found = measured("net-direct-current", observed)
    assert abs(found.value - (duty * positive + (1 - duty) * negative)) <= found.expanded_uncertainty < 0.6e-6


def test_plateaus_are_counted_from_the_zero() -> None:
    """An offset that both plateaus share with the zero is no net current."""
    readings = (read("zero", 5e-6), read("positive", LEVEL + 5e-6), read("negative", -LEVEL + 5e-6))
    found = measured("net-direct-current", shaped(square(0.5, LEVEL, -LEVEL), BIPOLAR, 0.5, readings=readings))
    assert abs(found.value) <= found.expanded_uncertainty < 0.6e-6


@pytest.mark.parametrize(("positive", "negative"), [(LEVEL, -LEVEL), (LEVEL, -0.97 * LEVEL), (LEVEL, LEVEL)])
def test_the_balance_of_both_plateaus(positive: float, negative: float) -> None:
    """Half of what the directions differ by, whatever the zero is: 9 µA where one of 600 µA lacks 3 %."""
    readings = (read("zero", 5e-6), read("positive", positive + 5e-6), read("negative", negative + 5e-6))
    found = measured("plateau-balance", shaped(square(5.0, positive, negative), BIPOLAR, 5.0, readings=readings))
    assert abs(found.value - (positive + negative) / 2) <= found.expanded_uncertainty < 0.6e-6


def test_one_direction_has_no_balance() -> None:
    """A monopolar setting has nothing to balance."""
    with pytest.raises(NotMeasurable, match="one direction"):
        measured("plateau-balance", shaped(square(10.0, LEVEL), POSITIVE))


def test_one_direction_has_no_net_current() -> None:
    """A monopolar setting is meant to have a mean."""
    with pytest.raises(NotMeasurable, match="does not alternate"):
        measured("net-direct-current", shaped(square(10.0, LEVEL), POSITIVE))


def test_readings_of_different_paths_are_not_added() -> None:
    """Two plateaus of two ranges have no common error, so they are refused."""
    other = replace(read("negative", -LEVEL), path=replace(METER, range=10.0))
    observed = shaped(square(0.5, LEVEL, -LEVEL), BIPOLAR, 0.5, readings=(other,))
    with pytest.raises(NotMeasurable, match="not read by one path"):
        measured("net-direct-current", observed)
