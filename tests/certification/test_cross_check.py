"""Two instruments, one current."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.capture import Observation, Plateau
from harness.certification import cross_check
from harness.measurands import current_difference
from harness.setpoint import Polarity
from tests.examples import METER, capture, dithered, observation, point, reading


@pytest.mark.parametrize("polarity", [Polarity.POSITIVE, Polarity.NEGATIVE])
def test_instruments_that_agree(polarity: Polarity) -> None:
    """Both see 680 µA: the difference is within 2 U of the difference."""
    observed = observation(680e-6, polarity)
    (check,) = cross_check(observed)
    assert check.agrees
    assert check.difference_a == current_difference(observed, polarity).value
    assert check.allowed_a == 2 * current_difference(observed, polarity).expanded_uncertainty
    assert (check.observation, check.phase) == (observed.key, polarity)


@pytest.mark.parametrize("polarity", [Polarity.POSITIVE, Polarity.NEGATIVE])
@pytest.mark.parametrize("factor", [0.5, 0.1, -1.0, 1.5])
def test_instruments_that_disagree(polarity: Polarity, factor: float) -> None:
    """A wrong resistor, a wrong probe ratio or exchanged leads is a bench fault, and says what to do."""
    (check,) = cross_check(observation(680e-6, polarity, scope_current_a=680e-6 * factor))
    assert not check.agrees
    assert check.text.endswith("run the bench's check")


def test_the_edge_of_what_is_allowed() -> None:
    """Just inside 2 U agrees, just outside does not."""
    allowed = cross_check(observation())[0].allowed_a
    for factor, agrees in ((0.95, True), (1.05, False)):
        readings = list(observation().readings)
        readings[1] = reading("positive", (0.68 + factor * allowed * 1000, 0.68 + factor * allowed * 1000 + 2e-7))
        (check,) = cross_check(replace(observation(), readings=tuple(readings)))
        assert check.agrees is agrees


def clipped(code: int, meter_a: float, polarity: Polarity) -> Observation:
    """A record that is cut off at one end of the screen, 1.27 or -1.28 mA, while the multimeter reads this current."""
    captures = (
        capture("zero", dithered(128)),
        capture("output", bytes([code]) * 1000, (Plateau(polarity, 0.0, 0.2),)),
    )
    volts = meter_a * 1000
    path = replace(METER, range=10.0, accuracy=replace(METER.accuracy, range=10.0))
    readings = (reading("zero", (0.0, 1e-7), path), reading(polarity.value, (volts, volts + 1e-7), path))
    return Observation(point(polarity), readings, captures)


@pytest.mark.parametrize("polarity", [Polarity.POSITIVE, Polarity.NEGATIVE])
@pytest.mark.parametrize(
    ("code", "meter_a", "agrees"),
    [
        (255, 2e-3, True),
        (255, 1.3e-3, True),
        (255, 0.68e-3, False),
        (255, -2e-3, False),
        (0, -2e-3, True),
        (0, -0.68e-3, False),
        (0, 2e-3, False),
    ],
)
def test_a_record_that_is_cut_off_says_at_least(polarity: Polarity, code: int, meter_a: float, *, agrees: bool) -> None:
    """Cut off at the top the multimeter must read at least as much, at the bottom at most, whatever was set."""
    (check,) = cross_check(clipped(code, meter_a, polarity))
    assert check.agrees is agrees
    assert check.difference_a is None


def test_every_phase_is_compared() -> None:
    """A record of both phases is compared twice, each with its own reading."""
    plateaus = (Plateau(Polarity.POSITIVE, 0.0, 0.09), Plateau(Polarity.NEGATIVE, 0.11, 0.19))
    codes = dithered(196, 500) + dithered(60, 500)
    readings = (
        reading("zero", (0.0, 1e-7)),
        reading("positive", (0.68, 0.6800001)),
        reading("negative", (-0.3, -0.3000001)),
    )
    captures = (capture("zero", dithered(128)), capture("output", codes, plateaus))
    checks = cross_check(Observation(point(Polarity.BIPOLAR), readings, captures))
    assert [(check.phase, check.agrees) for check in checks] == [(Polarity.POSITIVE, True), (Polarity.NEGATIVE, False)]


@pytest.mark.parametrize("kept", [(), ("zero",), ("output",)])
def test_without_both_records_there_is_no_comparison(kept: tuple[str, ...]) -> None:
    """Where the oscilloscope has no record, or no zero for it, asking for a check is an error, never agreement."""
    observed = observation()
    captures = tuple(capture for capture in observed.captures if capture.name in kept)
    with pytest.raises(KeyError, match="holds no capture"):
        cross_check(replace(observed, captures=captures))
