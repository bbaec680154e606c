"""The device under test: its serial protocol behind one small interface."""

from harness.stimulators.interface import (
    Capabilities,
    PowerState,
    Shown,
    Stimulator,
    UnitIdentity,
    UnitState,
    driver_for,
)
from harness.stimulators.line import SerialLine

__all__ = [
    "Capabilities",
    "PowerState",
    "SerialLine",
    "Shown",
    "Stimulator",
    "UnitIdentity",
    "UnitState",
    "driver_for",
]
