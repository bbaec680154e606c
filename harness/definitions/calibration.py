"""Instruments with a certificate: until when it holds, and until when the columns of a data sheet do."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - resolved at run time, when a file is read
from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from harness.definitions.accuracy import Interval  # noqa: TC001 - resolved at run time, when a file is read
from harness.definitions.document import Document
from harness.errors import CalibrationExpired

if TYPE_CHECKING:
    from pathlib import Path

SIMULATED = "SIM"
"""With these letters the serial number of everything emulated begins."""

_DAYS: dict[Interval, int] = {"24 h": 0, "90 days": 90, "1 year": 365, "2 years": 730}
"""After a calibration, to which columns hold; a date tells no hour, so 24 h end with its day."""


class Calibrated(Document):
    """Something with a certificate and a date until which it holds."""

    calibration_due_in_days: int | None = None
    calibration_due: date | None = None

    def days_left(self, today: date) -> int:
        """Days from today until the due date; negative when past."""
        if self.calibration_due is not None:
            return (self.calibration_due - today).days
        return self.calibration_due_in_days if self.calibration_due_in_days is not None else -1


class Instrument(Calibrated):
    """One instrument by role.

    `specification_interval` chooses the columns of its data sheet: how long ago it may have been calibrated. Other
    columns than those of a year need the date of the calibration. `years_in_use` are what its time base has aged until
    its next calibration is due.
    """

    model: str
    serial_number: str
    accuracy: str | None = None
    specification_interval: Interval = "1 year"
    calibrated_on: date | None = None
    calibrated_days_ago: int | None = Field(default=None, ge=0)
    years_in_use: float | None = Field(default=None, ge=0)
    calibration_certificate: str
    resource: str | None = None

    @model_validator(mode="after")
    def _dated(self) -> Instrument:
        if (self.calibration_due_in_days is None) == (self.calibration_due is None):
            raise ValueError("give calibration_due (a date) or, for SIM serial numbers, calibration_due_in_days")
        if self.calibration_due_in_days is not None and not self.serial_number.startswith(SIMULATED):
            raise ValueError("calibration_due_in_days is for SIM serial numbers only; give calibration_due, a date")
        if self.calibrated_days_ago is not None and not self.serial_number.startswith(SIMULATED):
            raise ValueError("calibrated_days_ago is for SIM serial numbers only; give calibrated_on, a date")
        if self.calibrated_on is not None and self.calibrated_days_ago is not None:
            raise ValueError("give calibrated_on or calibrated_days_ago, not both")
        dated = self.calibrated_on is not None or self.calibrated_days_ago is not None
        if self.specification_interval != "1 year" and not dated:
            raise ValueError(
                f"specification_interval {self.specification_interval!r} needs calibrated_on (a date) or, "
                "for SIM serial numbers, calibrated_days_ago"
            )
        return self

    def days_since(self, today: date) -> int | None:
        """Days from the calibration until today, negative before it; None where its date is not given."""
        return (today - self.calibrated_on).days if self.calibrated_on is not None else self.calibrated_days_ago


def check_due(item: Calibrated, name: str, key: str, path: Path, day: date) -> None:
    """Refuse what is past its due date.

    Raises:
        CalibrationExpired: names the file, the key and by how many days.
    """
    left = item.days_left(day)
    if left < 0:
        field = "calibration_due" if item.calibration_due is not None else "calibration_due_in_days"
        ago = f"{-left} day{'s' if left < -1 else ''} ago"
        problem = f"calibration of {name} expired {ago}; have it calibrated and enter the new due date"
        raise CalibrationExpired(path, f"{key}.{field}", problem)


def check_interval(instrument: Instrument, key: str, path: Path, day: date) -> None:
    """The columns of a data sheet hold for their interval after the calibration, and not before it.

    Raises:
        CalibrationExpired: names the file, the key and how long ago it was.
    """
    since, interval = instrument.days_since(day), instrument.specification_interval
    if since is None or 0 <= since <= _DAYS[interval]:
        return
    name = f"{instrument.model} {instrument.serial_number}"
    if since < 0:
        problem = f"calibration of {name} lies {-since} day{'s' if since < -1 else ''} ahead; enter when it was made"
        raise CalibrationExpired(path, f"{key}.calibrated_on", problem)
    ago = f"{since} day{'s' if since > 1 else ''} ago"
    problem = (
        f"the columns of {interval} no longer hold: {name} was calibrated {ago}; choose those of a longer interval, "
        "or have it calibrated and enter the new date"
    )
    raise CalibrationExpired(path, f"{key}.specification_interval", problem)
