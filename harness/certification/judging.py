"""One measurement held against one row of a requirement, or disclosed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.certification.plan import derivation_of
from harness.errors import RequestError
from harness.evidence import Disclosed, Judged
from harness.measurands import derive, is_derived, only
from harness.metrology import decide

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.capture import Observation
    from harness.definitions.devices import DeviceProfile
    from harness.definitions.requirements import Requirement, Row
    from harness.evidence import Value
    from harness.quantity import Measurement


def judge_value(
    requirement: Requirement,
    quantity: str,
    measurement: Measurement,
    *,
    observation: Observation,
    profile: DeviceProfile,
    test: str,
    sequence: int,
    attempt: int,
    find: Callable[[str], Observation] | None = None,
) -> Value:
    """Judge a measurement by a row of a requirement, or disclose it.

    Args:
        requirement: that of the test.
        quantity: its row.
        measurement: as its measurand derives it.
        observation: on which it rests.
        profile: of the device.
        test: id of the test.
        sequence: within the test.
        attempt: of the observation.
        find: gives further observations, where the row is derived from several.

    Raises:
        RequestError: the requirement has no such row, the row is measured another way or does not apply there, or the
            measurement is of another observation.
    """
    row = requirement.row(quantity)
    if row is None:
        known = ", ".join(row.quantity for row in requirement.rows)
        raise RequestError(f"{test}: requirement {requirement.id} has no row {quantity!r}; it has {known}")
    _check_derivation(row, measurement, observation, profile, test)
    if not row.applies_to(observation.point, profile):
        raise RequestError(f"{test}: row {quantity} does not apply at {observation.key}")
    if not is_derived(measurement, find or only(observation)):
        name = measurement.derivation.measurand
        raise RequestError(f"{test}: {quantity} is not what {name} derives from {observation.key}")
    return held_against(
        requirement, row, measurement, observation=observation, profile=profile, test=test, sequence=sequence,
        attempt=attempt,
    )  # fmt: skip


def held_against(
    requirement: Requirement,
    row: Row,
    measurement: Measurement,
    *,
    observation: Observation,
    profile: DeviceProfile,
    test: str,
    sequence: int,
    attempt: int,
) -> Value:
    """Hold a measurement that was just derived for a row against its limit; of a row without one it is disclosed.

    So is what only somebody's statement is held against: whether that is supported is said of all its values together.

    Raises:
        RequestError: the measurement is not in the row's unit.
    """
    if measurement.unit != row.unit:
        raise RequestError(f"{test}: row {row.quantity} is in {row.unit}, its measurand gives {measurement.unit}")
    named = (sequence, test, requirement.id, row.quantity, measurement)
    if not row.has_limit or requirement.is_statement:
        return Disclosed(*named, observation.point, attempt)
    limit = row.limit(profile, observation.point)
    return Judged(*named, limit, decide(measurement, limit, row.rule), observation.point, attempt)


def derived(
    row: Row, observation: Observation, profile: DeviceProfile, find: Callable[[str], Observation]
) -> Measurement:
    """The value of a row at an observation, by the newest version of its measurand.

    Raises:
        NotMeasurable: the records do not hold it.
    """
    return derive(derivation_of(row, observation.point, profile), find)


def _check_derivation(
    row: Row, measurement: Measurement, observation: Observation, profile: DeviceProfile, test: str
) -> None:
    derivation, quantity = measurement.derivation, row.quantity
    asked = (row.measurand, row.arguments_at(observation.point, profile))
    if asked != (derivation.measurand, derivation.arguments):
        raise RequestError(
            f"{test}: row {quantity} is judged by {asked[0]} {dict(asked[1])}, "
            f"but was given {derivation.measurand} {dict(derivation.arguments)}"
        )
    if derivation.observation != observation.key:
        raise RequestError(f"{test}: {quantity} was derived from {derivation.observation}, not from {observation.key}")
    others = row.others(observation.point, profile)
    if derivation.others != others:
        raise RequestError(f"{test}: {quantity} was derived from {derivation.others} besides, not from {others}")
