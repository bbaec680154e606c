"""One measurement held against one row of a requirement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import RequestError
from harness.evidence import Judged
from harness.measurands import derive
from harness.metrology import decide

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.definitions.devices import DeviceProfile
    from harness.definitions.requirements import Requirement
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
) -> Judged:
    """Judge a measurement by a row of a requirement.

    Raises:
        RequestError: the requirement has no such row, the row is measured another way, or the measurement is of
            another observation.
    """
    row = requirement.row(quantity)
    if row is None:
        known = ", ".join(row.quantity for row in requirement.rows)
        raise RequestError(f"{test}: requirement {requirement.id} has no row {quantity!r}; it has {known}")
    derivation = measurement.derivation
    asked = (row.measurand, tuple(sorted(row.arguments.items())))
    if asked != (derivation.measurand, derivation.arguments):
        raise RequestError(
            f"{test}: row {quantity} is judged by {asked[0]} {dict(asked[1])}, "
            f"but was given {derivation.measurand} {dict(derivation.arguments)}"
        )
    if derivation.observation != observation.key:
        raise RequestError(f"{test}: {quantity} was derived from {derivation.observation}, not from {observation.key}")
    if derive(derivation, observation) != measurement:
        raise RequestError(f"{test}: {quantity} is not what {derivation.measurand} derives from {observation.key}")
    limit = row.limit(profile, observation.point)
    return Judged(
        sequence=sequence,
        test=test,
        requirement=requirement.id,
        quantity=quantity,
        measurement=measurement,
        limit=limit,
        decision=decide(measurement, limit),
        point=observation.point,
        attempt=attempt,
    )
