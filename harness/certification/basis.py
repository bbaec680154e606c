"""What a verdict may rest on: a real acquisition by identified, calibrated instruments, and the first complete attempt.

A second attempt is taken only where the bench is known to have spoilt the first, and that cause stands in the record
before it. The attempts that were set aside stay in the record. A second signature over a repeat is not asked for yet.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from harness.capture import BenchEvent
from harness.certification.signal_paths import path_differences
from harness.definitions.benches import check_calibration
from harness.errors import BenchFault, IdentityMismatch, RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from harness.bench import BenchData
    from harness.capture import Observation
    from harness.certification.cross_check import CrossCheck

SET_ASIDE = "attempt-set-aside"
"""Kind of the event that names why an attempt counts for nothing."""

ATTEMPTS = 2
"""At one operating point: where the cross-check fails, that is recorded as the cause of one repeat, and of no more."""


def check_acquisition(
    observation: Observation, data: BenchData, answered: Mapping[str, str], today: date | None = None
) -> None:
    """Refuse an observation that no verdict can rest on.

    Args:
        observation: as the bench gave it.
        data: the bench as its file says.
        answered: serial numbers by role, as the instruments said themselves.
        today: on which calibrations have to be valid.

    Raises:
        BenchFault: nothing was acquired.
        IdentityMismatch: by another instrument than answered, or by a signal path that the bench has not.
        CalibrationExpired: an instrument or a resistor is past its due date by now.
    """
    check_calibration(data.definition, Path(data.file), today)
    if not observation.readings and not observation.captures:
        raise BenchFault(f"{observation.key}: nothing was acquired: neither a reading nor a record; nothing is judged")
    paths = [reading.path for reading in observation.readings] + [capture.path for capture in observation.captures]
    for role, serial in dict.fromkeys((path.role, path.serial_number) for path in paths):
        _check_who(role, serial, observation.key, answered)
    wrong = next(path_differences(observation, data), None)
    if wrong is not None:
        raise IdentityMismatch(
            f"{data.file}: {observation.key}, {wrong.taken}: signal path: {wrong.field} is {wrong.recorded}, "
            f"but the bench gives {wrong.due}; nothing is judged"
        )


def _check_who(role: str, serial: str, key: str, answered: Mapping[str, str]) -> None:
    found = answered.get(role)
    if found != serial:
        who = "nobody answered there" if found is None else f"{found} answered at check-in"
        raise IdentityMismatch(f"{key}: taken by {role} {serial}, but {who}; nothing is judged")


class Attempts:
    """The attempts at each operating point of a run."""

    def __init__(self) -> None:
        self._causes: dict[str, list[str]] = defaultdict(list)
        self._complete: set[str] = set()

    def admit(self, key: str, attempt: int) -> None:
        """Let the next attempt at a point in.

        Raises:
            RequestError: a complete one is there already, the attempts before it have no recorded cause, or there were
                as many as there may be.
        """
        if key in self._complete:
            raise RequestError(f"{key}: was observed; the first complete attempt decides, and there is no other one")
        due = len(self._causes[key]) + 1
        if attempt != due:
            raise RequestError(
                f"{key}: attempt {attempt} where attempt {due} is due: a repeat needs the recorded cause of each before"
            )
        if attempt > ATTEMPTS:
            raise RequestError(f"{key}: attempt {attempt}: there is one repeat; a bench that fails it too is at fault")

    def enter(self, key: str, attempt: int, checks: Sequence[CrossCheck]) -> BenchEvent | None:
        """Say whether an attempt is complete; None where it is, otherwise the event that sets it aside."""
        cause = next((check.text for check in checks if not check.agrees), None)
        if cause is None:
            self._complete.add(key)
            return None
        self._causes[key].append(cause)
        details = (("observation", key), ("attempt", str(attempt)), ("cause", "cross-check"))
        return BenchEvent(SET_ASIDE, f"{key}: attempt {attempt} counts for nothing: {cause}", details)
