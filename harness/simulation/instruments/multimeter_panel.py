"""What a person would see or hear of a Truevolt multimeter, and what it says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.instruments.calendar import enter_clock
from harness.simulation.scpi.common import bare, plain
from harness.simulation.scpi.settings import Flag, Text, Word

if TYPE_CHECKING:
    from harness.simulation.instruments.base import Instrument

_LONGEST_TEXT = 40


def _nothing() -> None:
    """Do what nobody can measure."""


def enter_panel(instrument: Instrument) -> None:
    """Enter the commands of the panel and of the mains."""
    table = instrument.table
    instrument.setting("DISPlay[:STATe]", Flag(default=True))
    instrument.setting("DISPlay:TEXT[:DATA]", Text(_LONGEST_TEXT))
    table.add("DISPlay:TEXT:CLEar", set=bare(_nothing))
    instrument.setting("UNIT:TEMPerature", Word("C", ("C", "F", "K")))
    table.add("SYSTem:BEEPer[:IMMediate]", set=bare(_nothing))
    instrument.setting("SYSTem:BEEPer:STATe", Flag(default=True))
    for header in ("SYSTem:LOCal", "SYSTem:REMote", "SYSTem:RWLock"):
        table.add(header, set=bare(_nothing))
    table.add("SYSTem:LFRequency", query=plain(lambda: f"{instrument.surroundings.mains_hz:+.0f}"))
    table.add("SYSTem:PRESet", set=bare(instrument.reset))
    table.add("ROUTe:TERMinals", query=plain(lambda: "FRON"))
    table.add("STATus:PRESet", set=bare(instrument.status.preset))
    if instrument.model.has("clock"):
        enter_clock(instrument)
        table.add("CALibration:STRing", query=plain(lambda: f'"{instrument.model.text("identity.calibration_text")}"'))
