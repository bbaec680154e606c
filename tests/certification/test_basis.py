"""What a verdict may rest on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from harness.bench import expected_observation
from harness.bench.paths import VOLTS_ONLY
from harness.capture import Resistor
from harness.certification import cross_check
from harness.certification.basis import SET_ASIDE, Attempts, check_acquisition
from harness.certification.points import plan_points
from harness.definitions.devices import load_device
from harness.errors import BenchFault, CalibrationExpired, IdentityMismatch, RequestError
from harness.setpoint import Method
from tests.examples import bench_data, observation, point, toned_device

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.bench import BenchData
    from harness.capture import Observation, SignalPath

DATA = bench_data()
TAKEN = expected_observation(DATA, load_device("foreo-bear-2")[0], point())
ANSWERED = {role: item.serial_number for role, item in DATA.definition.instruments.items()}
KEY = TAKEN.key
DUE = date(2026, 3, 1)
AGREED = cross_check(observation())
APART = cross_check(observation(scope_current_a=500e-6))


def due(role: str) -> BenchData:
    """The bench with one instrument, or the first resistor, that is due on a day."""
    definition = DATA.definition
    changes = {"calibration_due": DUE, "calibration_due_in_days": None}
    if role == "resistor":
        first, *others = definition.resistors
        resistors = (first.model_copy(update=changes), *others)
        return replace(DATA, definition=definition.model_copy(update={"resistors": resistors}))
    instruments = definition.instruments | {role: definition.instruments[role].model_copy(update=changes)}
    return replace(DATA, definition=definition.model_copy(update={"instruments": instruments}))


def test_a_real_acquisition_is_accepted() -> None:
    """Readings and records by the instruments that answered, all calibrated, are what a verdict rests on."""
    check_acquisition(TAKEN, DATA, ANSWERED)


@pytest.mark.parametrize("role", ["multimeter", "oscilloscope", "resistor"])
def test_a_calibration_that_ends_during_a_run_ends_verdicts(role: str) -> None:
    """On its due date an instrument still counts; a day later nothing that is taken then does."""
    check_acquisition(TAKEN, due(role), ANSWERED, DUE)
    with pytest.raises(CalibrationExpired, match="expired 1 day ago"):
        check_acquisition(TAKEN, due(role), ANSWERED, date(2026, 3, 2))


def test_nothing_acquired_is_nothing_to_judge() -> None:
    """An observation without a reading and without a record is a fault of the bench."""
    with pytest.raises(BenchFault, match="nothing was acquired"):
        check_acquisition(replace(TAKEN, readings=(), captures=()), DATA, ANSWERED)


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        ({}, "nobody answered there"),
        (ANSWERED | {"multimeter": "MY99"}, "but MY99 answered at check-in"),
        (ANSWERED | {"oscilloscope": "MY99"}, "but MY99 answered at check-in"),
    ],
)
def test_who_took_it_is_who_answered(answered: dict[str, str], said: str) -> None:
    """A reading counts only by the instrument that said who it is."""
    with pytest.raises(IdentityMismatch, match=said):
        check_acquisition(TAKEN, DATA, answered)


def reread(change: Callable[[SignalPath], SignalPath]) -> Observation:
    """The observation with another path of its first reading."""
    first, *others = TAKEN.readings
    return replace(TAKEN, readings=(replace(first, path=change(first.path)), *others))


PATHS: dict[str, tuple[Callable[[SignalPath], SignalPath], str]] = {
    "resistor": (lambda p: replace(p, resistor=replace(p.resistor, id="R9")), "resistor.id is 'R9'"),
    "certificate": (lambda p: replace(p, resistor=replace(p.resistor, certificate="x")), "resistor.certificate"),
    "resistance": (lambda p: replace(p, resistor=replace(p.resistor, resistance_ohm=2e3)), "resistor.resistance_ohm"),
    "U of it": (
        lambda p: replace(p, resistor=replace(p.resistor, expanded_uncertainty_ohm=0.0)),
        "resistor.expanded_uncertainty_ohm is 0.0, but the bench gives 0.1",
    ),
    "volts": (
        lambda p: replace(p, resistor=Resistor("contact monitor", 1.0, 1e-9, 2.0, 0.0, VOLTS_ONLY)),
        "resistor.id is 'contact monitor'",
    ),
    "accuracy": (lambda p: replace(p, accuracy=replace(p.accuracy, gain_of_reading=0.0)), "accuracy.gain_of_reading"),
    "noise": (lambda p: replace(p, accuracy=replace(p.accuracy, noise=0.0)), "accuracy.noise is 0.0"),
    "room": (
        lambda p: replace(p, surroundings=replace(p.surroundings, thermal_emf_v=0.0)),
        "surroundings.thermal_emf_v is 0.0",
    ),
    "input": (lambda p: replace(p, input_resistance_ohm=1e12), "input_resistance_ohm"),
    "time base": (lambda p: replace(p, time_base=1e-9), "time_base is 1e-09"),
    "range": (lambda p: replace(p, range=0.3), "range is 0.3, but the bench gives .* no row for dc-volts"),
}


@pytest.mark.parametrize("what", PATHS)
def test_a_signal_path_is_the_benchs_own(what: str) -> None:
    """A reading counts only by the whole path that bench file and accuracy data give; what differs is named."""
    change, said = PATHS[what]
    with pytest.raises(IdentityMismatch, match=said):
        check_acquisition(reread(change), DATA, ANSWERED)


def test_a_record_of_the_current_is_not_one_of_volts() -> None:
    """Only the contact monitor and the electrodes' voltage are shown without a resistor."""
    *others, last = TAKEN.captures
    path = DATA.direct_path("contact monitor", 1.0, 0.2)
    check_acquisition(replace(TAKEN, captures=(*others, replace(last, name="monitor.1", path=path))), DATA, ANSWERED)
    with pytest.raises(IdentityMismatch, match=r"resistor\.id is 'contact monitor'"):
        check_acquisition(replace(TAKEN, captures=(*others, replace(last, path=path))), DATA, ANSWERED)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ((("range_v", "10"),), "range is 1.0, but the bench gives 10, by the instrument's range_v"),
        ((("nplc", "1"),), "aperture_s is 0.2, but the bench gives 0.02"),
        ((("aperture_s", "1"),), "aperture_s is 0.2, but the bench gives 1"),
    ],
)
def test_a_range_is_what_the_instrument_was_set_to(settings: tuple[tuple[str, str], ...], said: str) -> None:
    """Range and aperture of a path are those that the instrument said back."""
    first, *others = TAKEN.readings
    right = (("range_v", "1"), ("nplc", "10"), ("high_impedance", "1"))
    check_acquisition(replace(TAKEN, readings=(replace(first, settings=right), *others)), DATA, ANSWERED)
    with pytest.raises(IdentityMismatch, match=said):
        check_acquisition(replace(TAKEN, readings=(replace(first, settings=settings), *others)), DATA, ANSWERED)


@pytest.mark.parametrize("method", list(Method))
def test_what_a_plan_expects_is_what_the_bench_gives(method: Method, tmp_path: Path) -> None:
    """The paths of every method, with its shorts, monitors and voltages, are the bench's own."""
    # Neither a tone nor a display without a session is claimed there.
    other = method in {Method.DISPLAY, Method.TONE}
    # What two channels owe each other is claimed of a device that has two.
    beside = method in {Method.KEYED, Method.CROSSTALK, Method.SUM, Method.FIRST_OFF}
    device = str(toned_device(tmp_path)) if other else "pantheon-clinical" if beside else "foreo-bear-2"
    profile = load_device(device)[0]
    at = next(item for item in plan_points(profile, DATA)[0] if item.method is method)
    check_acquisition(expected_observation(DATA, profile, at), DATA, ANSWERED)


def test_the_first_complete_attempt_decides() -> None:
    """Once both instruments agreed on a point, no other attempt at it is let in."""
    attempts = Attempts()
    attempts.admit(KEY, 1)
    assert attempts.enter(KEY, 1, AGREED) is None
    for number in (1, 2):
        with pytest.raises(RequestError, match="the first complete attempt decides"):
            attempts.admit(KEY, number)
    attempts.admit("elsewhere", 1)


def test_a_repeat_needs_a_recorded_cause() -> None:
    """A second attempt is let in only behind the cause of the first, and no number is left out."""
    attempts = Attempts()
    with pytest.raises(RequestError, match="attempt 2 where attempt 1 is due"):
        attempts.admit(KEY, 2)
    event = attempts.enter(KEY, 1, APART)
    assert event is not None
    assert (event.kind, dict(event.details)) == (
        SET_ASIDE,
        {"observation": KEY, "attempt": "1", "cause": "cross-check"},
    )
    assert "attempt 1 counts for nothing" in event.text
    assert APART[0].text in event.text
    with pytest.raises(RequestError, match="attempt 3 where attempt 2 is due"):
        attempts.admit(KEY, 3)
    attempts.admit(KEY, 2)
