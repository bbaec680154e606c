"""Which driver speaks to which model, by role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.instruments.chamber import Chamber, TemperatureChamber
from harness.instruments.contact_switch import ContactSwitch, Trueform33500
from harness.instruments.multimeter import Multimeter, Truevolt
from harness.instruments.oscilloscope import InfiniiVision, Oscilloscope
from harness.instruments.supply import E36312a, Supply
from harness.instruments.switch import Daq970a, Switch
from harness.instruments.watchdog import BenchWatchdog, Watchdog

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.clock import Clock
    from harness.instruments.visa import VisaLink

    Instrument = Multimeter | Oscilloscope | Switch | ContactSwitch | Supply | Watchdog | Chamber
    Driver = Callable[[VisaLink, Clock, float], Instrument]
    Known = type[Truevolt | InfiniiVision | Daq970a | Trueform33500 | E36312a | BenchWatchdog | TemperatureChamber]

_DRIVERS: dict[str, tuple[Known, ...]] = {
    "multimeter": (Truevolt,),
    "oscilloscope": (InfiniiVision,),
    "switch": (Daq970a,),
    "contact_switch": (Trueform33500,),
    "supply": (E36312a,),
    "auxiliary_supply": (E36312a,),
    "watchdog": (BenchWatchdog,),
    "chamber": (TemperatureChamber,),
}
"""A driver is made from its link, the bench's clock and the mains frequency in Hz."""


def driver_of(role: str, model: str) -> tuple[Driver | None, tuple[str, ...]]:
    """The driver of a model that answered in a role, or None; and all models known in that role."""
    drivers = _DRIVERS[role]
    known = tuple(name for driver in drivers for name in driver.models)
    return next((driver for driver in drivers if model in driver.models), None), known
