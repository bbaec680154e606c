"""The :TIMebase and :ACQuire subsystems of a DSOX1204G."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.instruments.oscilloscope_record import Sweep
from harness.simulation.instruments.oscilloscope_waveform import write
from harness.simulation.scpi.common import plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Number, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.scpi.arguments import Arguments

_REFERENCES = {"LEFT": 0.1, "CENT": 0.5, "RIGH": 0.9}
_SLACK = 1e-9
_PAIRS = ({1, 2}, {3, 4})
"""Channels that share their converters: with one of a pair on, two converters sample it in turn."""


class Horizontal:
    """Settings and queries of the two subsystems.

    Args:
        instrument: the oscilloscope, whose commands are entered.
        displayed: answers the channels that are on.
        changed: called after a setting was changed.
    """

    def __init__(
        self, instrument: Instrument, displayed: Callable[[], tuple[int, ...]], changed: Callable[[], None]
    ) -> None:
        self._model = model = instrument.model
        self._displayed = displayed
        self._changed = changed
        low, high = model.number("horizontal.smallest_s"), model.number("horizontal.largest_s")
        self.scale = Number(1e-4, lambda: (low, high), unit="S", write=write, changed=changed)
        self._position = Number(0.0, lambda: (-500.0, 500.0), unit="S", write=write, changed=changed)
        self._reference = Word("CENT", ("LEFT", "CENTer", "RIGHt"), changed=changed)
        self._mode = Word("MAIN", ("MAIN",))
        self._kind = Word("NORM", ("NORMal", "AVERage", "HRESolution", "PEAK"), changed=changed)
        self._count = Number(8.0, lambda: (2.0, 65536.0), coerce=round, write=lambda v: f"{v:+.0f}", changed=changed)
        table = instrument.table
        instrument.setting("TIMebase:MODE", self._mode)
        instrument.setting("TIMebase:SCALe", self.scale)
        instrument.setting("TIMebase:POSition", self._position)
        instrument.setting("TIMebase:REFerence", self._reference)
        instrument.setting("ACQuire:TYPE", self._kind)
        instrument.setting("ACQuire:COUNt", self._count)
        instrument.setting("ACQuire:MODE", Word("RTIM", ("RTIMe",)))
        table.add("TIMebase", query=plain(self._summary))
        table.add("TIMebase:RANGe", set=self._set_range, query=plain(lambda: write(self._span_s)))
        table.add("ACQuire:POINts", query=plain(lambda: f"{self.sweep(1.0).points:+d}"))
        table.add("ACQuire:SRATe", query=plain(lambda: write(self.sweep(1.0).points / self._span_s)))
        table.add("ACQuire:COMPlete", set=self._complete, query=plain(lambda: "+100"))

    @property
    def _span_s(self) -> float:
        return self.scale.value * self._model.number("horizontal.divisions")

    def sweep(self, stretch: float) -> Sweep:
        """Answer the horizontal side of the next record."""
        model, span_s = self._model, self._span_s
        on = set(self._displayed())
        converters = 1 if any(pair <= on for pair in _PAIRS) else 2
        rate = model.number("horizontal.sample_rate_hz") * converters
        peaks = self._kind.value == "PEAK"
        memory = int(model.number("horizontal.memory_points")) * converters // (2 if peaks else 1)
        points = max(1, min(memory, round(span_s * rate)))
        finest = math.inf if peaks else 4.0 ** (model.number("trigger.high_resolution_bits") - 8.0)
        return Sweep(
            left_s=self._position.value - _REFERENCES[self._reference.value] * span_s,
            span_s=span_s,
            points=points,
            stretch=stretch,
            kind=self._kind.value,
            count=int(self._count.value) if self._kind.value == "AVER" else 1,
            boxcar=max(1.0, min(finest, rate * span_s / points)),
            converters=converters,
        )

    def fit(self, scale_s: float) -> None:
        """Take seconds per division, as near as there are."""
        low, high = (self._model.number(f"horizontal.{end}_s") for end in ("smallest", "largest"))
        self.scale.value = min(high, max(low, scale_s))
        self._position.value, self._reference.value = 0.0, "CENT"

    def _set_range(self, arguments: Arguments) -> None:
        divisions = self._model.number("horizontal.divisions")
        low, high = (self._model.number(f"horizontal.{end}_s") * divisions for end in ("smallest", "largest"))
        seconds = arguments.number("S", {"MINimum": low, "MAXimum": high})
        arguments.end()
        if not low * (1 - _SLACK) <= seconds <= high * (1 + _SLACK):
            raise ScpiError(-222)
        self.scale.value = seconds / divisions
        self._changed()

    def _complete(self, arguments: Arguments) -> None:
        """Take the share of a record that has to be filled: 100 % is all there is."""
        share = arguments.number()
        arguments.end()
        if share != 100.0:  # noqa: PLR2004 - per cent
            raise ScpiError(-222)

    def _summary(self) -> str:
        return (
            f":TIM:MODE {self._mode.value};REF {self._reference.value};"
            f"MAIN:RANG {write(self._span_s)};POS {write(self._position.value)}"
        )
