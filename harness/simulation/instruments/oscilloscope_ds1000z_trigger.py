"""The :TRIGger subsystem of a DS1000Z."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.instruments.oscilloscope_ds1000z_channel import number
from harness.simulation.instruments.oscilloscope_run import Phase
from harness.simulation.instruments.oscilloscope_trigger import PulseWidth, TriggerSettings
from harness.simulation.scpi.common import plain
from harness.simulation.scpi.settings import Flag, Number, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.oscilloscope_ds1000z_channel import Channel
    from harness.simulation.instruments.oscilloscope_run import RunControl

_SLOPES = {"POS": (True,), "NEG": (False,), "RFAL": (True, False)}
_STATUS = {
    Phase.STOPPED: "STOP",
    Phase.FILLING: "RUN",
    Phase.WAITING: "WAIT",
    Phase.TRIGGERED: "TD",
    Phase.AUTOMATIC: "AUTO",
}
_LEVEL_DIVISIONS = 5.0


class Triggering:
    """Settings and queries of the subsystem.

    Args:
        instrument: the oscilloscope, whose commands are entered.
        channels: its inputs.
        run: its run control.
    """

    def __init__(self, instrument: Instrument, channels: Mapping[int, Channel], run: RunControl) -> None:
        self._channels = channels
        self._run = run
        changed = run.restart
        low, high = instrument.model.pair("trigger.pulse_s")
        inputs = tuple(f"CHANnel{n}" for n in channels)
        self.sweep = Word("AUTO", ("AUTO", "NORMal", "SINGle"), changed=self._start)
        self._mode = Word("EDGE", ("EDGE", "PULSe"), changed=changed)
        self._coupling = Word("DC", ("AC", "DC", "LFReject", "HFReject"), changed=changed)
        self._source = Word("CHAN1", (*inputs, "AC"), changed=changed)
        self._slope = Word("POS", ("POSitive", "NEGative", "RFALl"), changed=changed)
        self._level = self._make_level(self._source, changed)
        self._pulse_source = Word("CHAN1", inputs, changed=changed)
        self._when = Word("PGR", ("PGReater", "PLESs", "NGReater", "NLESs", "PGLess", "NGLess"), changed=changed)
        self._width, self._shorter, self._longer = (
            Number(default_s, lambda: (low, high), unit="S", write=number, changed=changed)
            for default_s in (1e-6, 2e-6, 1e-6)
        )
        self._pulse_level = self._make_level(self._pulse_source, changed)
        for pattern, setting in (
            ("TRIGger:MODE", self._mode),
            ("TRIGger:COUPling", self._coupling),
            ("TRIGger:SWEep", self.sweep),
            ("TRIGger:HOLDoff", Number(16e-9, lambda: (16e-9, 10.0), unit="S", write=number)),
            ("TRIGger:NREJect", Flag(default=False)),
            ("TRIGger:EDGe:SOURce", self._source),
            ("TRIGger:EDGe:SLOPe", self._slope),
            ("TRIGger:EDGe:LEVel", self._level),
            ("TRIGger:PULSe:SOURce", self._pulse_source),
            ("TRIGger:PULSe:WHEN", self._when),
            ("TRIGger:PULSe:WIDTh", self._width),
            ("TRIGger:PULSe:UWIDth", self._shorter),
            ("TRIGger:PULSe:LWIDth", self._longer),
            ("TRIGger:PULSe:LEVel", self._pulse_level),
        ):
            instrument.setting(pattern, setting)
        instrument.table.add("TRIGger:STATus", query=plain(lambda: _STATUS[run.phase]))

    def settings(self) -> TriggerSettings:
        """Answer what the next acquisition waits for."""
        pulses = self._mode.value == "PULS"
        source = (self._pulse_source if pulses else self._source).value
        channel = int(source[-1]) if source.startswith("CHAN") else None
        probe = self._channels[channel].probe.value if channel is not None else 1.0
        return TriggerSettings(
            source=channel,
            level_v=(self._pulse_level if pulses else self._level).value / probe,
            rising=_SLOPES[self._slope.value],
            automatic=self.sweep.value == "AUTO",
            pulse=self._pulse() if pulses else None,
            coupling=self._coupling.value,
        )

    def find(self, source: int, level_v: float) -> None:
        """Trigger on rising edges of a channel; the level is one at its input."""
        self._mode.value, self._slope.value, self.sweep.value = "EDGE", "POS", "AUTO"
        self._source.value = f"CHAN{source}"
        self._level.value = level_v * self._channels[source].probe.value

    def _start(self) -> None:
        """Take one acquisition where the sweep is SINGle, as :SINGle does; otherwise go on."""
        if self.sweep.value == "SING":
            self._run.single()
        else:
            self._run.restart()

    def _pulse(self) -> PulseWidth:
        when = self._when.value
        shortest_s, longest_s = {
            "GR": (self._width.value, math.inf),
            "LES": (0.0, self._width.value),
            "GL": (self._longer.value, self._shorter.value),
        }[when[1:]]
        return PulseWidth(when.startswith("P"), shortest_s, longest_s)

    def _make_level(self, source: Word, changed: Callable[[], None]) -> Number:
        """Make a level that reaches five divisions from the centre of its source's screen."""

        def limits() -> tuple[float, float]:
            if not source.value.startswith("CHAN"):
                return 0.0, 0.0
            channel = self._channels[int(source.value[-1])]
            reach = _LEVEL_DIVISIONS * channel.scale.value
            return -reach - channel.offset.value, reach - channel.offset.value

        return Number(0.0, limits, unit="V", write=number, changed=changed)
