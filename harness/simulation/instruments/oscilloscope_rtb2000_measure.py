"""The MEASurement subsystem of an RTB2000: six places, each with a source and a type."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.instruments.oscilloscope_dialect import PerChannel
from harness.simulation.instruments.oscilloscope_measure import measure
from harness.simulation.instruments.oscilloscope_rtb2000_channel import number
from harness.simulation.scpi.common import bare
from harness.simulation.scpi.mnemonic import forms
from harness.simulation.scpi.settings import Flag, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.oscilloscope_record import Record
    from harness.simulation.scpi.arguments import Arguments

_INVALID = "9.91E+37"
_PERCENT = 100.0
_TYPES = {
    "FREQuency": ("frequency", 1.0),
    "PERiod": ("period", 1.0),
    "PEAK": ("peak to peak", 1.0),
    "UPEakvalue": ("maximum", 1.0),
    "LPEakvalue": ("minimum", 1.0),
    "PPCount": ("rising edges", 1.0),
    "RECount": ("rising edges", 1.0),
    "FECount": ("falling edges", 1.0),
    "HIGH": ("top", 1.0),
    "LOW": ("base", 1.0),
    "AMPLitude": ("amplitude", 1.0),
    "CRESt": ("crest", 1.0),
    "MEAN": ("average", 1.0),
    "RMS": ("rms", 1.0),
    "RTIMe": ("rise time", 1.0),
    "FTIMe": ("fall time", 1.0),
    "PDCycle": ("positive duty", _PERCENT),
    "NDCycle": ("negative duty", _PERCENT),
    "PPWidth": ("positive width", 1.0),
    "NPWidth": ("negative width", 1.0),
    "CYCMean": ("cycle average", 1.0),
    "CYCRms": ("cycle rms", 1.0),
    "STDDev": ("deviation", 1.0),
    "POVershoot": ("overshoot", _PERCENT),
    "NOVershoot": ("preshoot", _PERCENT),
}
_BY_SHORT_FORM = {forms(item)[0]: row for item, row in _TYPES.items()}
_QUICK = ("PEAK", "UPE", "LPE", "RMS", "MEAN", "PER", "FREQ", "RTIM", "FTIM")


class _Place:
    """One measurement: whether it is on, of what, and which."""

    def __init__(self, sources: tuple[str, ...]) -> None:
        self.enable = Flag(default=False)
        self.source = _Sources(sources)
        self.main = Word("PEAK", tuple(_TYPES))

    def reset(self) -> None:
        for setting in (self.enable, self.source, self.main):
            setting.reset()


class _Sources(Word):
    """A source, and a second one that only measurements between two need."""

    def __init__(self, words: tuple[str, ...]) -> None:
        super().__init__("CH1", words)
        self._second = Word("CH2", words)

    def set(self, arguments: Arguments) -> None:
        value = arguments.choice(self._words)
        if arguments.more():
            self._second.set(arguments)
        arguments.end()
        self.value = value

    def query(self, arguments: Arguments) -> str:
        arguments.end()
        return f"{self.value},{self._second.value}"

    def reset(self) -> None:
        super().reset()
        self._second.reset()


class Measurements:
    """Settings and queries of the subsystem.

    Args:
        instrument: the oscilloscope, whose commands are entered.
        record: answers the record in memory.
    """

    def __init__(self, instrument: Instrument, record: Callable[[], Record | None]) -> None:
        self._record = record
        model = instrument.model
        count = int(model.number("measurement.places"))
        channels = int(model.number("vertical.channels"))
        self._places = [_Place(tuple(f"CH{i + 1}" for i in range(channels))) for _ in range(count)]
        self._entered = entered = PerChannel(instrument, count)
        for node in ("ENABle", "STATe"):
            entered.setting(f"MEASurement<n>[:{node}]", lambda n: self._places[n - 1].enable)
        entered.setting("MEASurement<n>:SOURce", lambda n: self._places[n - 1].source)
        entered.setting("MEASurement<n>:MAIN", lambda n: self._places[n - 1].main)
        entered.query("MEASurement<n>:ARESult", self._all)
        table = instrument.table
        table.add("MEASurement<n>:AON", set=bare(lambda: None))
        table.add("MEASurement<n>:AOFF", set=bare(lambda: None))
        table.add("MEASurement<n>:RESult[:ACTual]", query=self._result)

    def reset(self) -> None:
        for place in self._places:
            place.reset()

    def _result(self, arguments: Arguments) -> str:
        """Answer the measurement of a place, or the one that is named."""
        place = self._places[self._entered.number(arguments) - 1]
        kind = arguments.choice(tuple(_TYPES)) if arguments.more() else place.main.value
        arguments.end()
        if not place.enable.value:
            return _INVALID
        return self._written(kind, place.source.value)

    def _all(self, place: int) -> str:
        return ",".join(self._written(kind, self._places[place - 1].source.value) for kind in _QUICK)

    def _written(self, kind: str, source: str) -> str:
        name, factor = _BY_SHORT_FORM[kind]
        record, channel = self._record(), int(source[-1])
        if name == "crest":
            largest = max(abs(measure(record, channel, end)) for end in ("maximum", "minimum"))
            rms = measure(record, channel, "rms")
            value = largest / rms if rms else math.nan
        else:
            value = factor * measure(record, channel, name)
        return number(value) if math.isfinite(value) else _INVALID
