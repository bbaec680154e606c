"""Verdicts on a text or a limit that is not today's: they are suspect until the run is made again."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from harness.errors import NotFinite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.certification.plan import PlannedRow
    from harness.definitions.devices import DeviceProfile
    from harness.definitions.requirements import Requirement

CHANGED = "its text, or a limit in it, changed since"
GONE = "there is no such requirement any more"


def fingerprint(requirement: Requirement) -> str:
    """SHA-256 over everything that a requirement says, but for titles, as canonical JSON.

    What stands in no file has no part in it: a key that is added to all requirements changes the fingerprints of those
    that use it only.
    """
    said = requirement.model_dump(mode="json", exclude_defaults=True, exclude={"title": True})
    for row in said.get("rows", ()):
        row.pop("title", None)
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def suspects(
    recorded: Mapping[str, str],
    planned: Sequence[PlannedRow],
    today: Sequence[Requirement],
    profile: DeviceProfile | None,
    grounds: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Why verdicts of a run rest on what is not so any more, by requirement.

    Args:
        recorded: fingerprints of the run's requirements.
        planned: rows of the run's plan, with the limits that held then.
        today: requirements as they stand now, for this device.
        profile: of the device as it stands now; None where there is none of that name.
        grounds: why values would be taken otherwise today, by requirement (`changed_grounds`).
    """
    now = {requirement.id: requirement for requirement in today}
    found: dict[str, str] = {}
    for name, then in recorded.items():
        if name not in now:
            found[name] = GONE
        elif fingerprint(now[name]) != then:
            found[name] = CHANGED
    if profile is not None:
        for row in planned:
            if row.requirement in now and row.requirement not in found:
                why = _other_limit(row, now[row.requirement], profile)
                if why:
                    found[row.requirement] = why
    return _with_what_rests_on_them({**(grounds or {}), **found}, today)


def _other_limit(planned: PlannedRow, requirement: Requirement, profile: DeviceProfile) -> str:
    """Whether a limit comes out otherwise by today's profile, in words."""
    row = requirement.row(planned.quantity)
    if row is None or planned.limit is None:
        return ""
    try:
        limit = row.limit(profile, planned.point)
    except (StopIteration, TypeError, ValueError, NotFinite):
        return f"the device profile has no limit of {planned.quantity} at {planned.point.key} any more"
    if limit == planned.limit:
        return ""
    return f"the device profile changed since: {planned.quantity} at {planned.point.key} has another limit"


def _with_what_rests_on_them(found: dict[str, str], today: Sequence[Requirement]) -> dict[str, str]:
    """A claim is as suspect as what proves it."""
    spread = dict(found)
    grew = True
    while grew:
        grew = False
        for requirement in today:
            proof = next((name for name in requirement.evidence or () if name in spread), None)
            if proof is not None and requirement.id not in spread:
                spread[requirement.id] = f"it rests on {proof}: {spread[proof]}"
                grew = True
    return spread
