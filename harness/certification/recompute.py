"""Derive every value and verdict of a stored run again, from captures and readings, with what is in the run only."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.certification.platform import numeric_platform
from harness.definitions.devices import load_device
from harness.definitions.requirements import load_requirements
from harness.errors import EvidenceError
from harness.evidence import Judged, StoredRun
from harness.measurands import derive
from harness.metrology import decide

if TYPE_CHECKING:
    from pathlib import Path

    from harness.capture import Observation
    from harness.definitions.devices import DeviceProfile
    from harness.definitions.requirements import Requirement
    from harness.quantity import Measurement

OTHER_PLATFORM_TOLERANCE = 1e-12
"""Relative; numpy's functions differ in their last bits between processors."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that came out otherwise than it was recorded."""

    test: str
    quantity: str
    recorded: str
    derived: str


@dataclass(frozen=True, slots=True)
class Recomputed:
    """Result of a recomputation.

    Attributes:
        values: how many were derived again.
        bit_for_bit: the numeric platform is the same, so equality was asked for; else 1e-12.
        differences: empty when all agree.
    """

    values: int
    bit_for_bit: bool
    differences: tuple[Difference, ...]


def recompute(run: Path) -> Recomputed:
    """Recompute a run.

    Raises:
        EvidenceError: the run does not hold what its values rest on.
    """
    stored = StoredRun(run)
    profile, requirements = _inputs(run)
    observations = {(observation.key, attempt): observation for attempt, observation in stored.observations()}
    exact = stored.state().get("numeric_platform") == numeric_platform()
    differences: list[Difference] = []
    count = 0
    for judged in stored.judged():
        count += 1
        observation = observations.get((judged.measurement.derivation.observation, judged.attempt))
        if observation is None:
            raise EvidenceError(f"{run}: {judged.test} rests on an observation that is not in the run")
        again = _again(judged, observation, profile, requirements)
        differences += _compare(judged, again, exact=exact)
    return Recomputed(count, exact, tuple(differences))


def _inputs(run: Path) -> tuple[DeviceProfile, dict[str, Requirement]]:
    devices = sorted((run / "inputs" / "devices").glob("*.toml"))
    if len(devices) != 1:
        raise EvidenceError(f"{run}: inputs/devices holds {len(devices)} profiles where one is due")
    profile, _ = load_device(str(devices[0]))
    requirements, _ = load_requirements(run / "inputs" / "requirements")
    return profile, {requirement.id: requirement for requirement in requirements}


def _again(
    judged: Judged, observation: Observation, profile: DeviceProfile, requirements: dict[str, Requirement]
) -> Judged:
    requirement = requirements.get(judged.requirement)
    row = requirement.row(judged.quantity) if requirement is not None else None
    if row is None:
        raise EvidenceError(f"{judged.test}: no requirement {judged.requirement} with row {judged.quantity} in inputs/")
    measurement = derive(judged.measurement.derivation, observation)
    limit = row.limit(profile, observation.point)
    return replace(judged, measurement=measurement, limit=limit, decision=decide(measurement, limit))


def _compare(judged: Judged, again: Judged, *, exact: bool) -> list[Difference]:
    pairs: list[tuple[str, float | None, float | None]] = [
        (judged.quantity, judged.measurement.value, again.measurement.value),
        (f"{judged.quantity}: U", _u(judged.measurement), _u(again.measurement)),
        (f"{judged.quantity}: lower limit", judged.limit.lower, again.limit.lower),
        (f"{judged.quantity}: upper limit", judged.limit.upper, again.limit.upper),
        (f"{judged.quantity}: guard band", judged.decision.guard_band, again.decision.guard_band),
    ]
    found = [
        Difference(judged.test, name, repr(recorded), repr(derived))
        for name, recorded, derived in pairs
        if not _equal(recorded, derived, exact=exact)
    ]
    if judged.decision.verdict is not again.decision.verdict:
        name = f"{judged.quantity}: verdict"
        found.append(Difference(judged.test, name, judged.decision.verdict.label, again.decision.verdict.label))
    return found


def _u(measurement: Measurement) -> float:
    return measurement.expanded_uncertainty


def _equal(recorded: float | None, derived: float | None, *, exact: bool) -> bool:
    if recorded is None or derived is None:
        return recorded is derived
    if exact:
        return recorded == derived
    return math.isclose(recorded, derived, rel_tol=OTHER_PLATFORM_TOLERANCE, abs_tol=0.0)
