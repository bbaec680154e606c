"""VISA instruments by role. A driver is found by what the instrument answers to `*IDN?`."""

from harness.instruments.chamber import Chamber, TemperatureChamber
from harness.instruments.contact_switch import ContactSwitch, Stretch, Trueform33500
from harness.instruments.drivers import driver_of
from harness.instruments.multimeter import Gate, Multimeter, Truevolt
from harness.instruments.oscilloscope import (
    DIVISIONS_HIGH,
    DIVISIONS_WIDE,
    Edge,
    InfiniiVision,
    Input,
    Oscilloscope,
    RawRecord,
)
from harness.instruments.scpi import Identity, identify
from harness.instruments.supply import E36312a, Supply
from harness.instruments.switch import Daq970a, Switch
from harness.instruments.visa import VisaLink
from harness.instruments.watchdog import BenchWatchdog, Watchdog

__all__ = [
    "DIVISIONS_HIGH",
    "DIVISIONS_WIDE",
    "BenchWatchdog",
    "Chamber",
    "ContactSwitch",
    "Daq970a",
    "E36312a",
    "Edge",
    "Gate",
    "Identity",
    "InfiniiVision",
    "Input",
    "Multimeter",
    "Oscilloscope",
    "RawRecord",
    "Stretch",
    "Supply",
    "Switch",
    "TemperatureChamber",
    "Trueform33500",
    "Truevolt",
    "VisaLink",
    "Watchdog",
    "driver_of",
    "identify",
]
