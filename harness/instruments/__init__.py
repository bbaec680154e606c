"""VISA instruments by role. A driver is found by what the instrument answers to `*IDN?`."""

from harness.instruments.drivers import driver_of
from harness.instruments.multimeter import Gate, Multimeter, Truevolt
from harness.instruments.oscilloscope import (
    DIVISIONS_HIGH,
    DIVISIONS_WIDE,
    Edge,
    InfiniiVision,
    Oscilloscope,
    RawRecord,
)
from harness.instruments.scpi import Identity, identify
from harness.instruments.switch import Daq970a, Switch
from harness.instruments.visa import VisaLink

__all__ = [
    "DIVISIONS_HIGH",
    "DIVISIONS_WIDE",
    "Daq970a",
    "Edge",
    "Gate",
    "Identity",
    "InfiniiVision",
    "Multimeter",
    "Oscilloscope",
    "RawRecord",
    "Switch",
    "Truevolt",
    "VisaLink",
    "driver_of",
    "identify",
]
