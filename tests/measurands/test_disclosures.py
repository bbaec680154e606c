"""Disclosed figures against sums done by hand: 600 µA, 50 %, 0.5 Hz is 600 µC, 300 µA and 424.26 µA."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.capture import Observation
from harness.errors import NotMeasurable
from harness.setpoint import Method, Polarity
from tests.measurands.synthetic import measured, point, read, shaped, square

POSITIVE, NEGATIVE, BIPOLAR = Polarity.POSITIVE, Polarity.NEGATIVE, Polarity.BIPOLAR
LEVEL = 600e-6
AREA = "2e-4"


def steady(polarity: Polarity, frequency: float | None, **currents: float) -> Observation:
    """Readings of a steady point."""
    readings = (read("zero", 0.0), *(read(name, value) for name, value in currents.items()))
    return Observation(point(polarity, frequency, method=Method.STEADY), readings, ())


MONOPHASIC = shaped(square(0.5, LEVEL), POSITIVE, 0.5)
BIPHASIC = shaped(square(10.0, LEVEL, -LEVEL), BIPOLAR, 10.0)
DIRECT = steady(POSITIVE, None, positive=LEVEL)
ONE_SIDED = steady(NEGATIVE, 10.0, negative=-LEVEL, inactive=0.0)

UNEVEN = shaped(square(10.0, LEVEL, -LEVEL / 2, duty=0.4), BIPOLAR, 10.0)
TWO_SIDED = steady(BIPOLAR, 1.0, positive=LEVEL, negative=-LEVEL / 2)

CASES = [
    (UNEVEN, "phase-charge", {"phase": "positive"}, 24e-6, "C"),
    (UNEVEN, "phase-charge", {"phase": "negative"}, 18e-6, "C"),
    (UNEVEN, "average-current", {}, 420e-6, "A"),
    (TWO_SIDED, "average-current", {}, 0.75 * LEVEL, "A"),
    (TWO_SIDED, "phase-charge", {"phase": "negative"}, 150e-6, "C"),
    (MONOPHASIC, "phase-charge", {"phase": "positive"}, 600e-6, "C"),
    (MONOPHASIC, "average-current", {}, 300e-6, "A"),
    (MONOPHASIC, "rms-current-density", {"area": AREA}, LEVEL / math.sqrt(2) / 2e-4, "A/m2"),
    (MONOPHASIC, "maximum-voltage", {"phase": "positive"}, 6.0, "V"),
    # The worst second of a period of two is all on.
    (MONOPHASIC, "power-density", {"area": AREA}, LEVEL**2 * 500 / 2e-4, "W/m2"),
    (BIPHASIC, "phase-charge", {"phase": "negative"}, 30e-6, "C"),
    (BIPHASIC, "average-current", {}, LEVEL, "A"),
    (BIPHASIC, "rms-current-density", {"area": AREA}, LEVEL / 2e-4, "A/m2"),
    (BIPHASIC, "power-density", {"area": AREA}, LEVEL**2 * 500 / 2e-4, "W/m2"),
    (BIPHASIC, "maximum-voltage", {"phase": "negative"}, 6.0, "V"),
    (MONOPHASIC, "rms-current", {}, LEVEL / math.sqrt(2), "A"),
    (BIPHASIC, "rms-current", {}, LEVEL, "A"),
    (DIRECT, "rms-current", {}, LEVEL, "A"),
    # 600 µA into 500 Ω for a second, and for a twentieth of one.
    (MONOPHASIC, "pulse-energy", {}, LEVEL**2 * 500 * 1.0, "J"),
    (BIPHASIC, "pulse-energy", {}, LEVEL**2 * 500 * 0.05, "J"),
    (DIRECT, "average-current", {}, LEVEL, "A"),
    (DIRECT, "rms-current-density", {"area": AREA}, LEVEL / 2e-4, "A/m2"),
    (DIRECT, "power-density", {"area": AREA}, LEVEL**2 * 500 / 2e-4, "W/m2"),
    (DIRECT, "maximum-voltage", {"phase": "positive"}, 6.0, "V"),
    (ONE_SIDED, "average-current", {}, LEVEL / 2, "A"),
    (ONE_SIDED, "phase-charge", {"phase": "negative"}, 30e-6, "C"),
    (ONE_SIDED, "rms-current-density", {"area": AREA}, LEVEL / math.sqrt(2) / 2e-4, "A/m2"),
]


@pytest.mark.parametrize(("observation", "name", "arguments", "true", "unit"), CASES)
def test_disclosed_figures(
    observation: Observation, name: str, arguments: dict[str, str], true: float, unit: str
) -> None:
    """Each figure is within its U of the sum done by hand, and U is at most 8 %."""
    found = measured(name, observation, **arguments)
    assert found.unit == unit
    assert abs(found.value - true) <= found.expanded_uncertainty <= 0.08 * true


@pytest.mark.parametrize(("name", "arguments"), [
    ("average-current", {}), ("rms-current-density", {"area": AREA}), ("power-density", {"area": AREA}),
])  # fmt: skip
def test_an_error_of_the_gain_does_not_cancel_between_two_directions(name: str, arguments: dict[str, str]) -> None:
    """Magnitudes of both directions are read too large together: U is that of one direction, and no less."""
    both = steady(BIPOLAR, 1.0, positive=LEVEL, negative=-LEVEL)
    uncertainties = [measured(name, each, **arguments).expanded_uncertainty for each in (both, DIRECT)]
    assert uncertainties[0] == pytest.approx(uncertainties[1], rel=0.02)


def test_the_contact_switches_are_in_the_voltage() -> None:
    """Two contacts of 25 Ω, each within a fifth, are 10 Ω of the loop: at 500 Ω more than the load's 1 %."""
    lines = {
        line.name: line.standard_uncertainty for line in measured("maximum-voltage", DIRECT, phase="positive").budget
    }
    assert lines["contact switches"] == pytest.approx(LEVEL * 10 / math.sqrt(3))


def test_pulses_of_both_directions() -> None:
    """Two pulses of 2 ms in 50 ms are 8 % of the time."""

    def pulses(seconds: np.ndarray) -> np.ndarray:
        place = (seconds % 0.05) / 0.002
        return np.where(place < 1, LEVEL, np.where(place < 2, -LEVEL / 2, 0.0))

    observed = shaped(pulses, BIPOLAR, 20.0, width_s=0.002)
    charge = measured("phase-charge", observed, phase="negative")
    assert charge.value == pytest.approx(LEVEL / 2 * 2e-3, rel=0.02)
    assert measured("average-current", observed).value == pytest.approx(1.5 * LEVEL * 0.04, rel=0.02)


def test_the_charge_that_one_period_leaves() -> None:
    """Net charge is the net direct current times the period."""
    observed = shaped(square(10.0, LEVEL, -LEVEL), BIPOLAR, 10.0, readings=(read("mean", 9e-6, aperture_s=1.0),))
    found = measured("net-charge", observed)
    assert found.unit == "C"
    assert found.value == pytest.approx(9e-7, rel=1e-3)


@pytest.mark.parametrize(("name", "arguments", "reason"), [
    ("phase-charge", {"phase": "positive"}, "no period"),
    ("phase-charge", {"phase": "negative"}, "no negative phase"),
    ("rms-current-density", {"area": "0"}, "no density"),
    ("pulse-energy", {}, "no period"),
])  # fmt: skip
def test_figures_that_direct_current_does_not_have(name: str, arguments: dict[str, str], reason: str) -> None:
    """Direct current has no phase that ends, and an electrode without an area no density."""
    with pytest.raises(NotMeasurable, match=reason):
        measured(name, DIRECT, **arguments)
