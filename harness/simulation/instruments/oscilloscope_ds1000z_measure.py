"""The :MEASure subsystem of a DS1000Z."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.instruments.oscilloscope_ds1000z_channel import number
from harness.simulation.instruments.oscilloscope_measure import measure
from harness.simulation.scpi.common import plain
from harness.simulation.scpi.mnemonic import forms
from harness.simulation.scpi.settings import Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.oscilloscope_record import Record
    from harness.simulation.scpi.arguments import Arguments

_INVALID = "9.9E37"
_ITEMS = {
    "VMAX": "maximum",
    "VMIN": "minimum",
    "VPP": "peak to peak",
    "VTOP": "top",
    "VBASe": "base",
    "VAMP": "amplitude",
    "VAVG": "average",
    "VRMS": "rms",
    "OVERshoot": "overshoot",
    "PREShoot": "preshoot",
    "PERiod": "period",
    "FREQuency": "frequency",
    "RTIMe": "rise time",
    "FTIMe": "fall time",
    "PWIDth": "positive width",
    "NWIDth": "negative width",
    "PDUTy": "positive duty",
    "NDUTy": "negative duty",
    "TVMAX": "time of maximum",
    "TVMIN": "time of minimum",
    "VARIance": "variance",
    "PVRMS": "cycle rms",
    "PEDGes": "rising edges",
    "NEDGes": "falling edges",
}
_BY_SHORT_FORM = {forms(item)[0]: name for item, name in _ITEMS.items()}


class Measurements:
    """Settings and queries of the subsystem.

    Args:
        instrument: the oscilloscope, whose commands are entered.
        record: answers the record in memory.
    """

    def __init__(self, instrument: Instrument, record: Callable[[], Record | None]) -> None:
        self._record = record
        channels = int(instrument.model.number("vertical.channels"))
        self._sources = tuple(f"CHANnel{i + 1}" for i in range(channels))
        self._source = Word("CHAN1", (*self._sources, "MATH"))
        self._counter = Word("OFF", (*self._sources, "OFF"))
        instrument.setting("MEASure:SOURce", self._source)
        instrument.setting("MEASure:COUNter:SOURce", self._counter)
        table = instrument.table
        table.add("MEASure:COUNter:VALue", query=plain(lambda: self._written("frequency", self._counter.value)))
        table.add("MEASure:CLEar", set=_clear)
        table.add("MEASure:ITEM", set=self._install, query=self._item)

    def _install(self, arguments: Arguments) -> None:
        """Show a measurement on the screen, which nobody sees."""
        self._taken(arguments)

    def _item(self, arguments: Arguments) -> str:
        return self._written(*self._taken(arguments))

    def _taken(self, arguments: Arguments) -> tuple[str, str]:
        """Take an item, and the source where it is not the one that was set."""
        name = _BY_SHORT_FORM[arguments.choice(tuple(_ITEMS))]
        source = arguments.choice((*self._sources, "MATH")) if arguments.more() else self._source.value
        arguments.end()
        return name, source

    def _written(self, name: str, source: str) -> str:
        value = measure(self._record(), int(source[-1]), name) if source.startswith("CHAN") else math.nan
        return number(value) if math.isfinite(value) else _INVALID


def _clear(arguments: Arguments) -> None:
    arguments.choice(("ITEM1", "ITEM2", "ITEM3", "ITEM4", "ITEM5", "ALL"))
    arguments.end()
