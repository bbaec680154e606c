"""The :TRIGger subsystem of a DSOX1204G."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.instruments.oscilloscope_trigger import PulseWidth, TriggerSettings
from harness.simulation.instruments.oscilloscope_waveform import write
from harness.simulation.scpi.arguments import Arguments
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Flag, Number, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.oscilloscope_channel import Channel

_SLOPES = {"POS": (True,), "NEG": (False,), "EITH": (True, False)}
_EXTERNAL_V = 8.0
_REACH_DIVISIONS = 6.0


class _Level(Number):
    """A level, and the source that it is of where that is said."""

    def __init__(self, source: Word, limits: Callable[[], tuple[float, float]], changed: Callable[[], None]) -> None:
        super().__init__(0.0, limits, unit="V", write=write, changed=changed)
        self._source = source

    def set(self, arguments: Arguments) -> None:
        texts = [arguments.raw()]
        while arguments.more():
            texts.append(arguments.raw())
        if texts[1:]:
            self._source.set(Arguments(texts[1:], ()))
        super().set(Arguments(texts[:1], ()))


class Triggering:
    """Settings and queries of the subsystem.

    Args:
        instrument: the oscilloscope, whose commands are entered.
        channels: its inputs.
        changed: called after a setting was changed.
    """

    def __init__(self, instrument: Instrument, channels: Mapping[int, Channel], changed: Callable[[], None]) -> None:
        self._channels = channels
        low, high = instrument.model.pair("trigger.pulse_s")
        inputs = tuple(f"CHANnel{number}" for number in channels)
        self._sweep = Word("AUTO", ("AUTO", "NORMal"), changed=changed)
        self._mode = Word("EDGE", ("EDGE", "GLITch"), changed=changed)
        self._source = Word("CHAN1", (*inputs, "EXTernal", "LINE"), changed=changed)
        self._slope = Word("POS", ("POSitive", "NEGative", "EITHer"), changed=changed)
        self._coupling = Word("DC", ("DC", "AC", "LFReject"), changed=changed)
        self._reject = Word("OFF", ("OFF", "LFReject", "HFReject"), changed=changed)
        self._high_reject = Flag(default=False, changed=changed)
        self._level = _Level(self._source, lambda: self._level_limits(self._source), changed)
        self._pulse_source = Word("CHAN1", inputs, changed=changed)
        self._pulse_level = _Level(self._pulse_source, lambda: self._level_limits(self._pulse_source), changed)
        self._polarity = Word("POS", ("POSitive", "NEGative"), changed=changed)
        self._qualifier = Word("LESS", ("GREaterthan", "LESSthan", "RANGe"), changed=changed)
        times = [
            Number(default, lambda: (low, high), unit="S", write=write, changed=changed) for default in (3e-8, 3e-8)
        ]
        self._longer, self._shorter = times
        self._range = (20e-9, 30e-9)
        self._pulse_limits = low, high
        self._changed = changed
        for pattern, setting in (
            ("TRIGger:MODE", self._mode),
            ("TRIGger:SWEep", self._sweep),
            ("TRIGger[:EDGE]:SOURce", self._source),
            ("TRIGger[:EDGE]:LEVel", self._level),
            ("TRIGger[:EDGE]:SLOPe", self._slope),
            ("TRIGger[:EDGE]:COUPling", self._coupling),
            ("TRIGger[:EDGE]:REJect", self._reject),
            ("TRIGger:NREJect", Flag(default=False)),
            ("TRIGger:HFReject", self._high_reject),
            ("TRIGger:HOLDoff", Number(40e-9, lambda: (40e-9, 10.0), unit="S", write=write)),
            ("TRIGger:GLITch:SOURce", self._pulse_source),
            ("TRIGger:GLITch:LEVel", self._pulse_level),
            ("TRIGger:GLITch:POLarity", self._polarity),
            ("TRIGger:GLITch:QUALifier", self._qualifier),
            ("TRIGger:GLITch:GREaterthan", self._longer),
            ("TRIGger:GLITch:LESSthan", self._shorter),
        ):
            instrument.setting(pattern, setting)
        instrument.table.add("TRIGger:GLITch:RANGe", set=self._set_range, query=self._query_range)

    def settings(self) -> TriggerSettings:
        """Answer what the next acquisition waits for."""
        pulses = self._mode.value == "GLIT"
        source = (self._pulse_source if pulses else self._source).value
        level = (self._pulse_level if pulses else self._level).value
        number = int(source[-1]) if source.startswith("CHAN") else None
        probe = self._channels[number].probe.value if number is not None else 1.0
        return TriggerSettings(
            source=number,
            level_v=level / probe,
            rising=_SLOPES[self._slope.value],
            automatic=self._sweep.value == "AUTO",
            pulse=self._pulse() if pulses else None,
            coupling=self._rejected(),
        )

    def reset(self) -> None:
        """Reset what is no setting of the table."""
        self._range = (20e-9, 30e-9)

    def find(self, source: int, level_v: float) -> None:
        """Trigger on rising edges of a channel; the level is one at its input."""
        self._mode.value, self._slope.value, self._sweep.value = "EDGE", "POS", "AUTO"
        self._source.value = f"CHAN{source}"
        self._level.value = level_v * self._channels[source].probe.value

    def _pulse(self) -> PulseWidth:
        shortest_s, longest_s = {
            "GRE": (self._longer.value, math.inf),
            "LESS": (0.0, self._shorter.value),
            "RANG": self._range,
        }[self._qualifier.value]
        return PulseWidth(self._polarity.value == "POS", shortest_s, longest_s)

    def _rejected(self) -> str:
        """Answer the one filter that acts; edge triggers have coupling and rejection, the others high rejection."""
        if self._high_reject.value or (self._mode.value == "EDGE" and self._reject.value == "HFR"):
            return "HFR"
        if self._mode.value != "EDGE":
            return "DC"
        return "LFR" if self._reject.value == "LFR" else self._coupling.value

    def _level_limits(self, source: Word) -> tuple[float, float]:
        """Six divisions about the centre of the source's screen."""
        if not source.value.startswith("CHAN"):
            return -_EXTERNAL_V, _EXTERNAL_V
        channel = self._channels[int(source.value[-1])]
        reach = _REACH_DIVISIONS * channel.scale.value
        return channel.offset.value - reach, channel.offset.value + reach

    def _set_range(self, arguments: Arguments) -> None:
        """Take the longest width, then the shortest, as the guide has them."""
        longest_s, shortest_s = arguments.number("S"), arguments.number("S")
        arguments.end()
        low, high = self._pulse_limits
        if not low <= shortest_s < longest_s <= high:
            raise ScpiError(-222)
        self._range = shortest_s, longest_s
        self._changed()

    def _query_range(self, arguments: Arguments) -> str:
        arguments.end()
        shortest_s, longest_s = self._range
        return f"{write(longest_s)},{write(shortest_s)}"
