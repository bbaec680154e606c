"""Currents from readings, against closed forms and budgets added up by hand."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from scipy import stats

from harness.capture import Observation, Plateau
from harness.errors import NotMeasurable
from harness.measurands import (
    current_difference,
    oscilloscope_clips,
    plateau_along_setting,
    plateau_magnitude,
    residual_current,
)
from harness.setpoint import Polarity
from tests.examples import METER, RESISTOR, SCOPE, SURROUNDINGS, capture, dithered, observation, point, reading

if TYPE_CHECKING:
    from harness.capture import SignalPath

POSITIVE, NEGATIVE = Polarity.POSITIVE, Polarity.NEGATIVE

VOLTS = (0.680_000_2, 0.679_999_9, 0.680_000_1, 0.680_000_0)
ZERO = (1.0e-6, 1.4e-6, 0.9e-6)

# A path in which every influence counts.
LOUD = replace(
    METER,
    input_resistance_ohm=1e7,
    input_resistance_tolerance=0.01,
    surroundings=replace(SURROUNDINGS, leakage_resistance_ohm=1e8, thermal_emf_v=10e-6, mains_pickup_a=1e-5),
)


def taken(values: tuple[float, ...] = VOLTS, *, phase: Polarity = POSITIVE, path: SignalPath = METER) -> Observation:
    """An observation of these volts at one phase, with a zero."""
    return Observation(point(phase), (reading("zero", ZERO, path), reading(phase.value, values, path)), ())


def conductance(path: SignalPath = METER) -> float:
    """What turns volts into the current of the loop: resistor, input and half of the worst leakage in parallel."""
    leakage = 0.5 / path.surroundings.leakage_resistance_ohm
    return 1 / path.resistor.resistance_ohm + 1 / path.input_resistance_ohm + leakage


def by_hand(path: SignalPath) -> dict[str, float]:
    """Standard uncertainty of each influence on the current, from the data sheet's and the bench file's figures."""
    volts = statistics.mean(VOLTS) - statistics.mean(ZERO)
    row, room, resistor, ohms = path.accuracy, path.surroundings, path.resistor, path.resistor.resistance_ohm
    g = conductance(path)
    return {
        "multimeter: repeatability": statistics.stdev(VOLTS) / math.sqrt(len(VOLTS)) * g,
        "multimeter: repeatability of the zero": statistics.stdev(ZERO) / math.sqrt(len(ZERO)) * g,
        "multimeter: accuracy": (row.gain_of_reading * volts + row.gain_of_range * path.range) / 2 * g,
        "multimeter: thermal EMF": room.thermal_emf_v / math.sqrt(3) * g,
        "multimeter: mains pickup": room.mains_pickup_a * ohms * 1e-3 / math.sqrt(3) * g,
        "multimeter: resistor R1k": volts / ohms**2 * resistor.expanded_uncertainty_ohm / resistor.coverage_factor,
        "multimeter: temperature of the resistor": volts
        / ohms
        * 5
        * resistor.temperature_coefficient_per_k
        / math.sqrt(3),
        "multimeter: input resistance": volts
        * path.input_resistance_tolerance
        / path.input_resistance_ohm
        / math.sqrt(3),
        "multimeter: leakage past the resistor": volts * 0.5 / room.leakage_resistance_ohm / math.sqrt(3),
    }


@pytest.mark.parametrize("path", [METER, LOUD])
def test_the_current_of_a_plateau(path: SignalPath) -> None:
    """I = (V - V0) / (R || R_in || 2 R_leak), in closed form."""
    found = plateau_magnitude(taken(path=path), POSITIVE)
    expected = (statistics.mean(VOLTS) - statistics.mean(ZERO)) * conductance(path)
    assert found.value == pytest.approx(expected, rel=1e-12)
    assert found.unit == "A"


@pytest.mark.parametrize("path", [METER, LOUD])
def test_the_budget_of_a_plateau(path: SignalPath) -> None:
    """Each influence contributes what its data-sheet line says, and u is the root of the sum of their squares."""
    found = plateau_magnitude(taken(path=path), POSITIVE)
    parts = by_hand(path)
    assert {line.name: line.standard_uncertainty for line in found.budget} == pytest.approx(parts, rel=1e-6)
    assert found.standard_uncertainty == pytest.approx(math.sqrt(sum(u * u for u in parts.values())), rel=1e-6)


def test_the_expanded_uncertainty_of_a_plateau() -> None:
    """U is u times Student's factor at the degrees of freedom of Welch and Satterthwaite, from an independent table."""
    noisy = tuple(0.68 + 1e-3 * sign for sign in (-1, 1, -1, 1, 0.5))
    found = plateau_magnitude(taken(noisy), POSITIVE)
    scatter = statistics.stdev(noisy) / math.sqrt(5) * conductance()
    freedom = found.standard_uncertainty**4 / (scatter**4 / 4)
    assert found.degrees_of_freedom == pytest.approx(freedom, rel=1e-3)
    factor = stats.t.ppf(0.5 + 0.9545 / 2, freedom)
    assert found.expanded_uncertainty == pytest.approx(factor * found.standard_uncertainty, rel=1e-3)


@pytest.mark.parametrize(
    ("phase", "sign", "along"), [(POSITIVE, 1, 1), (POSITIVE, -1, -1), (NEGATIVE, -1, 1), (NEGATIVE, 1, -1)]
)
def test_sign_and_magnitude(phase: Polarity, sign: int, along: int) -> None:
    """Along the setting a current is positive in the direction that is set; its magnitude never has a sign."""
    observed = taken(tuple(sign * value for value in VOLTS), phase=phase)
    assert math.copysign(1, plateau_along_setting(observed, phase).value) == along
    assert plateau_magnitude(observed, phase).value == abs(plateau_along_setting(observed, phase).value)
    assert (
        plateau_magnitude(observed, phase).standard_uncertainty
        == plateau_along_setting(observed, phase).standard_uncertainty
    )


def test_the_residual_is_signed_and_not_zeroed() -> None:
    """After output off the current is the mean reading times the conductance: a zero would hide what flows."""
    observed = Observation(point(), (reading("residual", (-3e-4, -5e-4)), reading("zero", (-4e-4, -4e-4))), ())
    found = residual_current(observed)
    assert found.value == pytest.approx(-4e-4 * conductance(), rel=1e-12)
    assert "multimeter: repeatability of the zero" not in {line.name for line in found.budget}


INFLUENCES = {
    "gain of reading": replace(METER, accuracy=replace(METER.accuracy, gain_of_reading=4e-3)),
    "gain of range": replace(METER, accuracy=replace(METER.accuracy, gain_of_range=7e-4)),
    "absolute": replace(METER, accuracy=replace(METER.accuracy, absolute=1e-3)),
    "range": replace(METER, accuracy=replace(METER.accuracy, range=100.0)),
    "a bare bound": replace(METER, accuracy=replace(METER.accuracy, coverage=None)),
    "thermal EMF": replace(METER, surroundings=replace(SURROUNDINGS, thermal_emf_v=1e-3)),
    "mains pickup": replace(METER, surroundings=replace(SURROUNDINGS, mains_pickup_a=2e-3)),
    "mains rejection": replace(METER, accuracy=replace(METER.accuracy, mains_rejection_db=0.0)),
    "leakage": replace(METER, surroundings=replace(SURROUNDINGS, leakage_resistance_ohm=1e6)),
    "width of the room's temperature": replace(
        METER, surroundings=replace(SURROUNDINGS, temperature_half_width_c=500.0)
    ),
    "room far from 23 °C": replace(METER, surroundings=replace(SURROUNDINGS, temperature_c=-400.0)),
    "temperature coefficient": replace(METER, resistor=replace(RESISTOR, temperature_coefficient_per_k=5e-4)),
    "certificate": replace(METER, resistor=replace(RESISTOR, expanded_uncertainty_ohm=10.0)),
    "input resistance": replace(METER, input_resistance_ohm=1e6),
    "tolerance of the input resistance": replace(METER, input_resistance_ohm=1e7, input_resistance_tolerance=9.0),
}


@pytest.mark.parametrize("name", INFLUENCES)
def test_uncertainty_grows_with_each_influence(name: str) -> None:
    """No influence of path, bench or certificate can grow without u growing."""
    usual = plateau_magnitude(taken(), POSITIVE).standard_uncertainty
    grown = plateau_magnitude(taken(path=INFLUENCES[name]), POSITIVE).standard_uncertainty
    assert grown > usual * 1.01


@pytest.mark.parametrize("scale", [2.0, 10.0, 100.0])
def test_uncertainty_grows_with_scatter(scale: float) -> None:
    """Readings or zeros that scatter more give more uncertainty."""
    usual = plateau_magnitude(taken(), POSITIVE).standard_uncertainty
    wide = tuple(0.68 + (value - 0.68) * scale * 1e3 for value in VOLTS)
    assert plateau_magnitude(taken(wide), POSITIVE).standard_uncertainty > usual
    observed = Observation(point(), (reading("zero", (-1e-4 * scale, 1e-4 * scale)), reading("positive", VOLTS)), ())
    assert plateau_magnitude(observed, POSITIVE).standard_uncertainty > usual


def test_mains_pickup_without_rejection_is_averaged_over_the_aperture() -> None:
    """The mean of a sine over T is at most 1 / (pi f T) of its peak, and never more than all of it."""
    deaf = replace(METER.accuracy, mains_rejection_db=None)
    for aperture, share in ((0.2, 1 / (math.pi * 10)), (1e-4, 1.0)):
        path = replace(METER, accuracy=deaf, aperture_s=aperture)
        found = plateau_magnitude(taken(path=path), POSITIVE)
        line = next(line for line in found.budget if line.name.endswith("mains pickup"))
        assert line.standard_uncertainty == pytest.approx(2e-7 * 1000 * share / math.sqrt(3) * conductance(), rel=1e-9)


def test_a_measurement_names_how_it_came_about() -> None:
    """Measurand, version, observation, phase and captures stand in every measurement."""
    found = plateau_magnitude(observation(), POSITIVE)
    derivation = found.derivation
    assert (derivation.measurand, derivation.version) == ("plateau-magnitude", 1)
    assert (derivation.observation, derivation.arguments) == ("ch1-steady-L10-positive-10k", (("phase", "positive"),))
    assert found.captures == ("ch1-steady-L10-positive-10k-zero", "ch1-steady-L10-positive-10k-output")


def test_a_phase_that_was_not_read_is_an_error() -> None:
    """A missing reading raises; another phase's is never taken for it."""
    with pytest.raises(KeyError, match="holds no reading 'negative'"):
        plateau_magnitude(taken(), NEGATIVE)


def test_the_difference_of_two_instruments() -> None:
    """Multimeter less oscilloscope: (V - V0) g of the one less mean code times volts per code times g of the other."""
    found = current_difference(observation(680e-6, scope_current_a=670e-6), POSITIVE)
    by_meter = (0.68 - 0.0) * conductance()
    by_scope = 0.67 * conductance(SCOPE)
    assert found.value == pytest.approx(by_meter - by_scope, rel=1e-6)
    scope_gain = 0.035 * 1.6 / math.sqrt(3) * conductance(SCOPE)
    assert found.standard_uncertainty > scope_gain
    assert found.budget[0].name == "oscilloscope: accuracy"
    assert found.budget[0].standard_uncertainty == pytest.approx(scope_gain, rel=1e-9)


def test_only_the_plateau_of_a_record_is_used() -> None:
    """Samples outside the plateau do not move the mean: half a record of another level changes nothing."""
    plateaus = (Plateau(POSITIVE, 0.0, 0.0999),)
    half = dithered(196, 500)
    readings = observation().readings
    for rest in (dithered(60, 500), dithered(196, 500)):
        output = capture("output", half + rest, plateaus)
        found = current_difference(Observation(point(), readings, (capture("zero", dithered(128)), output)), POSITIVE)
        assert found.value == pytest.approx(0.68 * conductance() - 0.68 * conductance(SCOPE), abs=1e-12)


@pytest.mark.parametrize(("code", "clip"), [(255, 1.27e-3), (0, -1.28e-3)])
def test_a_record_at_the_edge_of_the_screen_is_no_number(code: int, clip: float) -> None:
    """Codes at either end of the screen say "at least so much"; no current is taken from them."""
    plateaus = (Plateau(POSITIVE, 0.0, 0.2),)
    captures = (capture("zero", dithered(128)), capture("output", bytes([code]) * 1000, plateaus))
    observed = Observation(point(), observation().readings, captures)
    assert oscilloscope_clips(observed, POSITIVE) == pytest.approx(clip, rel=1e-9)
    with pytest.raises(NotMeasurable, match="cut off by the screen"):
        current_difference(observed, POSITIVE)


def test_a_record_within_the_screen_does_not_clip() -> None:
    """One sample in a thousand at the edge is noise, not clipping."""
    plateaus = (Plateau(POSITIVE, 0.0, 0.2),)
    captures = (capture("zero", dithered(128)), capture("output", dithered(196, 999) + b"\xff", plateaus))
    assert oscilloscope_clips(Observation(point(), (), captures), POSITIVE) is None


@pytest.mark.parametrize(
    "plateau",
    [
        Plateau(POSITIVE, 0.15, 0.25),
        Plateau(POSITIVE, -0.1, 0.1),
        Plateau(POSITIVE, 0.1, 0.102),
        Plateau(NEGATIVE, 0.0, 0.2),
    ],
    ids=["ends too late", "begins too early", "too short", "of the other phase"],
)
def test_a_record_without_the_plateau_is_no_number(plateau: Plateau) -> None:
    """A plateau that the record does not hold, or holds in fewer than 16 samples, gives no current."""
    captures = (capture("zero", dithered(128)), capture("output", dithered(196), (plateau,)))
    with pytest.raises(NotMeasurable, match="plateau"):
        current_difference(Observation(point(), observation().readings, captures), POSITIVE)
