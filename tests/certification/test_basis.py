"""What a verdict may rest on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from harness.bench import expected_observation
from harness.certification import cross_check
from harness.certification.basis import SET_ASIDE, Attempts, check_acquisition
from harness.definitions.devices import load_device
from harness.errors import BenchFault, CalibrationExpired, IdentityMismatch, RequestError
from tests.examples import bench_data, observation, point

if TYPE_CHECKING:
    from harness.bench import BenchData

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


@pytest.mark.parametrize("change", [{"id": "R9"}, {"certificate": "of another one"}])
def test_a_resistor_is_the_benchs_own(change: dict[str, str]) -> None:
    """A reading counts only across a resistor of the bench file, with that certificate."""
    first, *others = TAKEN.readings
    strange = replace(first, path=replace(first.path, resistor=replace(first.path.resistor, **change)))
    with pytest.raises(IdentityMismatch, match="which is not there"):
        check_acquisition(replace(TAKEN, readings=(strange, *others)), DATA, ANSWERED)


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
