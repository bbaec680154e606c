"""The TIMebase and ACQuire subsystems of an RTB2000."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.instruments.oscilloscope_record import Sweep
from harness.simulation.instruments.oscilloscope_rtb2000_channel import number
from harness.simulation.scpi.common import plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Number, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.scpi.arguments import Arguments

_PAIRS = ({1, 2}, {3, 4})
"""Channels that share their converters and their memory."""


class Horizontal:
    """Settings and queries of the two subsystems, and the kinds of record that CHANnel chooses.

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
        self._depth = 0
        self._divisions = model.number("horizontal.divisions")
        low, high = model.number("horizontal.smallest_s"), model.number("horizontal.largest_s")
        default_s = model.number("horizontal.default_s")
        self._scale = Number(default_s, lambda: (low, high), unit="S", write=number, changed=changed)
        self._span = Number(
            default_s * self._divisions, lambda: (low * self._divisions, high * self._divisions), unit="S",
            write=lambda _: number(self._span_s), changed=self._take_span,
        )  # fmt: skip
        self._position = Number(0.0, lambda: (-500.0, 500.0), unit="S", write=number, changed=changed)
        self._reference = Number(50.0, lambda: (0.0, 100.0), write=number, changed=changed)
        self._kind = Word("REF", ("REFresh", "AVERage", "ENVelope"), changed=changed)
        self._peak = Word("OFF", ("AUTO", "OFF"), changed=changed)
        self._high_resolution = Word("OFF", ("AUTO", "OFF"), changed=changed)
        self._averages = Number(2.0, lambda: (2.0, 100000.0), coerce=round, write=lambda v: str(int(v)))
        self._decimation = Word("SAMP", ("SAMPle", "PDETect", "HRESolution"), changed=changed)
        self._arithmetics = Word("OFF", ("OFF", "ENVelope", "AVERage"), changed=changed)
        for pattern, setting in (
            ("TIMebase:SCALe", self._scale),
            ("TIMebase:POSition", self._position),
            ("TIMebase:REFerence", self._reference),
            ("ACQuire:TYPE", self._kind),
            ("ACQuire:PEAKdetect", self._peak),
            ("ACQuire:HRESolution", self._high_resolution),
            ("ACQuire:AVERage:COUNt", self._averages),
            ("ACQuire:INTerpolate", Word("SINX", ("SINX", "LINear", "SMHD"))),
            ("ACQuire:WRATe", Word("AUTO", ("AUTO", "MWAVeform", "MSAMples"))),
            ("ACQuire:NSINgle:COUNt", Number(1.0, lambda: (1.0, 1.0), write=lambda v: str(int(v)))),
            ("CHANnel<n>:TYPE", self._decimation),
            ("CHANnel<n>:ARIThmetics", self._arithmetics),
        ):
            instrument.setting(pattern, setting)
        table = instrument.table
        table.setting("TIMebase:RANGe", self._span)
        table.setting("TIMebase:ACQTime", self._span)
        table.add("TIMebase:RATime", query=plain(lambda: number(self._span_s)))
        table.add("TIMebase:DIVisions", query=plain(lambda: str(int(self._divisions))))
        table.add("ACQuire:POINts[:VALue]", set=self._set_depth, query=self._query_depth)
        table.add("ACQuire:POINts:AUTomatic", set=self._set_automatic, query=plain(lambda: str(int(not self._depth))))
        table.add("ACQuire:POINts:MAXimum", query=plain(lambda: str(self._largest_depth)))
        table.add("ACQuire:POINts:ARATe", query=plain(lambda: number(self._fastest_hz)))
        table.add("ACQuire:SRATe[:VALue]", query=plain(lambda: number(1.0 / self.sweep(1.0).interval_s)))

    def reset(self) -> None:
        """Reset what is no setting of the table."""
        self._depth = 0

    def sweep(self, stretch: float) -> Sweep:
        """Answer the horizontal side of the next record, which is what the screen shows."""
        span_s, kind = self._span_s, self._record_kind()
        peaks = kind == "PEAK"
        depth = (self._depth or self._largest_depth) // (2 if peaks else 1)
        points = max(1, min(depth, round(self._fastest_hz * span_s)))
        bits = self._model.number("trigger.high_resolution_bits") - self._model.number("vertical.bits")
        finest = math.inf if peaks else 4.0**bits
        return Sweep(
            left_s=self._position.value - 0.01 * self._reference.value * span_s,
            span_s=span_s,
            points=points,
            stretch=stretch,
            kind=kind,
            count=int(self._averages.value) if kind == "AVER" else 1,
            boxcar=max(1.0, min(finest, self._fastest_hz * span_s / points)),
        )

    def fit(self, scale_s: float) -> None:
        """Take seconds per division, as near as there are, with the trigger in the middle."""
        low, high = (self._model.number(f"horizontal.{end}_s") for end in ("smallest", "largest"))
        self._scale.value = min(high, max(low, scale_s))
        self._position.value, self._reference.value = 0.0, 50.0

    @property
    def _span_s(self) -> float:
        return self._scale.value * self._divisions

    @property
    def _sharing(self) -> int:
        """2 where no two channels of a pair are on: each has the converters and the memory of both."""
        on = set(self._displayed())
        return 1 if any(pair <= on for pair in _PAIRS) else 2

    @property
    def _largest_depth(self) -> int:
        return int(self._model.number("horizontal.memory_points")) * self._sharing

    @property
    def _fastest_hz(self) -> float:
        return self._model.number("horizontal.sample_rate_hz") * self._sharing

    def _record_kind(self) -> str:
        """Answer the kind of record, of the several commands that choose it."""
        chosen = {self._arithmetics.value, self._kind.value}
        if "AVER" in chosen:
            return "AVER"
        if "ENV" in chosen or self._decimation.value == "PDET" or self._peak.value == "AUTO":
            return "PEAK"
        return "HRES" if self._decimation.value == "HRES" or self._high_resolution.value == "AUTO" else "NORM"

    def _take_span(self) -> None:
        self._scale.value = self._span.value / self._divisions
        self._changed()

    def _set_depth(self, arguments: Arguments) -> None:
        """Take a record length; what lies between two that there are becomes the longer one."""
        points = arguments.integer()
        arguments.end()
        lengths = [int(length) for length in self._model.numbers("horizontal.record_points")]
        fitting = [length for length in lengths if points <= length <= self._largest_depth]
        if points < 1 or not fitting:
            raise ScpiError(-222)
        self._depth = fitting[0]
        self._changed()

    def _query_depth(self, arguments: Arguments) -> str:
        arguments.end()
        sweep = self.sweep(1.0)
        return str(sweep.points * (2 if sweep.kind == "PEAK" else 1))

    def _set_automatic(self, arguments: Arguments) -> None:
        """Let the oscilloscope choose the length, or keep the one that it has chosen."""
        automatic = arguments.flag()
        arguments.end()
        self._depth = 0 if automatic else self._depth or self._largest_depth
        self._changed()
