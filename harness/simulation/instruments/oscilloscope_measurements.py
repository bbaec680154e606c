"""The :MEASure subsystem of a DSOX1204G."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.instruments.oscilloscope_measure import measure
from harness.simulation.instruments.oscilloscope_waveform import write
from harness.simulation.scpi.common import bare
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.mnemonic import matches
from harness.simulation.scpi.settings import Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.oscilloscope_record import Record
    from harness.simulation.scpi.arguments import Arguments

_INVALID = "+9.9E+37"
_PERCENT = 100.0
_ITEMS = {
    "VMAX": ("maximum", 1.0),
    "VMIN": ("minimum", 1.0),
    "VPP": ("peak to peak", 1.0),
    "VTOP": ("top", 1.0),
    "VBASe": ("base", 1.0),
    "VAMPlitude": ("amplitude", 1.0),
    "OVERshoot": ("overshoot", _PERCENT),
    "PREShoot": ("preshoot", _PERCENT),
    "PERiod": ("period", 1.0),
    "FREQuency": ("frequency", 1.0),
    "COUNter": ("frequency", 1.0),
    "RISetime": ("rise time", 1.0),
    "FALLtime": ("fall time", 1.0),
    "PWIDth": ("positive width", 1.0),
    "NWIDth": ("negative width", 1.0),
    "DUTYcycle": ("positive duty", _PERCENT),
    "NDUTy": ("negative duty", _PERCENT),
    "PEDGes": ("rising edges", 1.0),
    "NEDGes": ("falling edges", 1.0),
    "XMAX": ("time of maximum", 1.0),
    "XMIN": ("time of minimum", 1.0),
}


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
        self._source = Word("CHAN1", self._sources)
        instrument.setting("MEASure:SOURce", self._source)
        table = instrument.table
        table.add("MEASure:CLEar", set=bare(lambda: None))
        for header, (name, factor) in _ITEMS.items():
            table.add(f"MEASure:{header}", set=_install, query=self._query(name, factor))
        table.add("MEASure:VAVerage", set=_install, query=self._average)
        table.add("MEASure:VRMS", set=_install, query=self._rms)

    def _channel(self, words: list[str]) -> int:
        """Take the source, which is remembered, or the one that was; nothing else may be left."""
        if words:
            source = _taken(words, *self._sources)
            if source is None:
                raise ScpiError(-224)
            self._source.value = f"CHAN{source[-1]}"
        if words:
            raise ScpiError(-108)
        return int(self._source.value[-1])

    def _query(self, name: str, factor: float) -> Callable[[Arguments], str]:
        return lambda arguments: _written(factor * measure(self._record(), self._channel(_words(arguments)), name))

    def _average(self, arguments: Arguments) -> str:
        """Take interval and source; each may be left out."""
        words = _words(arguments)
        cycle = _taken(words, "DISPlay", "CYCLe") == "CYCLe"
        return _written(measure(self._record(), self._channel(words), "cycle average" if cycle else "average"))

    def _rms(self, arguments: Arguments) -> str:
        """Take interval, then AC or DC, then the source; each may be left out."""
        words = _words(arguments)
        cycle = _taken(words, "DISPlay", "CYCLe") == "CYCLe"
        alternating = _taken(words, "DC", "AC") == "AC"
        channel = self._channel(words)
        value = measure(self._record(), channel, "cycle rms" if cycle else "rms")
        if alternating:
            mean = measure(self._record(), channel, "cycle average" if cycle else "average")
            value = math.sqrt(max(0.0, value * value - mean * mean))
        return _written(value)


def _install(arguments: Arguments) -> None:
    """Take the form without a question mark, which shows the measurement on the screen."""
    _words(arguments)


def _words(arguments: Arguments) -> list[str]:
    words = []
    while arguments.more():
        words.append(arguments.raw())
    return words


def _taken(words: list[str], *choices: str) -> str | None:
    """Take the first of `words` if it is one of `choices`."""
    found = next((choice for choice in choices if words and matches(choice, words[0])), None)
    if found is not None:
        words.pop(0)
    return found


def _written(value: float) -> str:
    return write(value) if math.isfinite(value) else _INVALID
