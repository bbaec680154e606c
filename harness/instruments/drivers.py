"""Which driver speaks to which model, by role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.instruments.multimeter import Multimeter, Truevolt
from harness.instruments.oscilloscope import InfiniiVision, Oscilloscope
from harness.instruments.switch import Daq970a, Switch

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.clock import Clock
    from harness.instruments.visa import VisaLink

    Driver = Callable[[VisaLink, Clock, float], Multimeter | Oscilloscope | Switch]

_DRIVERS: dict[str, tuple[type[Truevolt | InfiniiVision | Daq970a], ...]] = {
    "multimeter": (Truevolt,),
    "oscilloscope": (InfiniiVision,),
    "switch": (Daq970a,),
}
"""A driver is made from its link, the bench's clock and the mains frequency in Hz."""


def driver_of(role: str, model: str) -> tuple[Driver | None, tuple[str, ...]]:
    """The driver of a model that answered in a role, or None; and all models known in that role."""
    drivers = _DRIVERS[role]
    known = tuple(name for driver in drivers for name in driver.models)
    return next((driver for driver in drivers if model in driver.models), None), known
