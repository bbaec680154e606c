"""The TRIGger:A subsystem of an RTB2000."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.instruments.oscilloscope_rtb2000_channel import number
from harness.simulation.instruments.oscilloscope_trigger import PulseWidth, TriggerSettings
from harness.simulation.scpi.common import bare
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Flag, Number, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.oscilloscope_rtb2000_channel import Channel
    from harness.simulation.scpi.arguments import Arguments

_SLOPES = {"POS": (True,), "NEG": (False,), "EITH": (True, False)}
_EXTERNAL_V = 5.0


class Triggering:
    """Settings and queries of the subsystem.

    Args:
        instrument: the oscilloscope, whose commands are entered.
        channels: its inputs, each with a level of its own.
        find_level: sets the level of the source to the middle of what it has seen.
        changed: called after a setting was changed.
    """

    def __init__(
        self,
        instrument: Instrument,
        channels: Mapping[int, Channel],
        find_level: Callable[[], None],
        changed: Callable[[], None],
    ) -> None:
        self._channels = channels
        low, high = instrument.model.pair("trigger.pulse_s")
        inputs = tuple(f"CH{n}" for n in channels)
        self.mode = Word("AUTO", ("AUTO", "NORMal"), changed=changed)
        self._type = Word("EDGE", ("EDGE", "WIDTh"), changed=changed)
        self.source = Word("CH1", (*inputs, "EXTernanalog", "LINE"), changed=changed)
        self._external = Number(0.0, lambda: (-_EXTERNAL_V, _EXTERNAL_V), unit="V", write=number)
        self._slope = Word("POS", ("POSitive", "NEGative", "EITHer"), changed=changed)
        self._coupling = Word("DC", ("DC", "AC", "LFReject"), changed=changed)
        self._high_reject = Flag(default=False, changed=changed)
        self._polarity = Word("POS", ("POSitive", "NEGative"), changed=changed)
        self._range = Word("LONG", ("WITHin", "OUTSide", "SHORter", "LONGer"), changed=changed)
        self._width = Number(1e-6, lambda: (low, high), unit="S", write=number, changed=changed)
        self._delta = Number(1e-7, lambda: (0.0, high), unit="S", write=number, changed=changed)
        for pattern, setting in (
            ("TRIGger:A:MODE", self.mode),
            ("TRIGger:A:TYPE", self._type),
            ("TRIGger:A:SOURce", self.source),
            ("TRIGger:A:EDGE:SLOPe", self._slope),
            ("TRIGger:A:EDGE:COUPling", self._coupling),
            ("TRIGger:A:EDGE:FILTer:HFReject", self._high_reject),
            ("TRIGger:A:EDGE:FILTer:NREJect", Flag(default=False)),
            ("TRIGger:A:HOLDoff:MODE", Word("OFF", ("TIME", "OFF"))),
            ("TRIGger:A:HOLDoff:TIME", Number(50e-9, lambda: (50e-9, 10.0), unit="S", write=number)),
            ("TRIGger:A:WIDTh:POLarity", self._polarity),
            ("TRIGger:A:WIDTh:RANGe", self._range),
            ("TRIGger:A:WIDTh:WIDTh", self._width),
            ("TRIGger:A:WIDTh:DELTa", self._delta),
        ):
            instrument.setting(pattern, setting)
        table = instrument.table
        table.add("TRIGger:A:LEVel<n>[:VALue]", set=self._set_level, query=self._query_level)
        table.add("TRIGger:A:FINDlevel", set=bare(find_level))

    @property
    def channel(self) -> int | None:
        """The channel that is the source, None where it is another input."""
        return int(self.source.value[-1]) if self.source.value.startswith("CH") else None

    def settings(self) -> TriggerSettings:
        """Answer what the next acquisition waits for."""
        number_ = self.channel
        channel = self._channels[number_] if number_ is not None else None
        edges = self._type.value == "EDGE"
        return TriggerSettings(
            source=number_,
            level_v=channel.level.value / channel.probe.value if channel is not None else 0.0,
            rising=_SLOPES[self._slope.value],
            automatic=self.mode.value == "AUTO",
            pulse=None if edges else self._pulse(),
            coupling="DC" if not edges else "HFR" if self._high_reject.value else self._coupling.value,
        )

    def find(self, source: int, level_v: float) -> None:
        """Trigger on rising edges of a channel; the level is one at its input."""
        self._type.value, self._slope.value, self.mode.value = "EDGE", "POS", "AUTO"
        self.source.value = f"CH{source}"
        self._channels[source].level.value = level_v * self._channels[source].probe.value

    def _pulse(self) -> PulseWidth:
        width_s, delta_s = self._width.value, self._delta.value
        positive, which = self._polarity.value == "POS", self._range.value
        if which == "LONG":
            return PulseWidth(positive, width_s, math.inf)
        if which == "SHOR":
            return PulseWidth(positive, 0.0, width_s)
        return PulseWidth(positive, width_s - delta_s, width_s + delta_s, outside=which == "OUTS")

    def _level(self, arguments: Arguments) -> Number:
        """Answer the level of a source; the one after the channels is the external input's."""
        found = arguments.suffixes[0]
        if found == len(self._channels) + 1:
            return self._external
        if found not in self._channels:
            raise ScpiError(-114)
        return self._channels[found].level

    def _set_level(self, arguments: Arguments) -> None:
        self._level(arguments).set(arguments)

    def _query_level(self, arguments: Arguments) -> str:
        return self._level(arguments).query(arguments)
