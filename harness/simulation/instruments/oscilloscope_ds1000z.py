"""Rigol DS1054Z: its commands (MSO1000Z/DS1000Z Programming Guide, December 2015)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.instruments.oscilloscope_autoset import nearest_step
from harness.simulation.instruments.oscilloscope_dialect import PerChannel
from harness.simulation.instruments.oscilloscope_ds1000z_channel import Channel, number
from harness.simulation.instruments.oscilloscope_ds1000z_measure import Measurements
from harness.simulation.instruments.oscilloscope_ds1000z_trigger import Triggering
from harness.simulation.instruments.oscilloscope_ds1000z_waveform import Waveform
from harness.simulation.instruments.oscilloscope_record import Sweep
from harness.simulation.instruments.oscilloscope_run import State
from harness.simulation.instruments.oscilloscope_wired import WiredOscilloscope, refuse_picture
from harness.simulation.scpi.common import Immediate, bare, plain
from harness.simulation.scpi.settings import Flag, Number, Word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.instruments.oscilloscope_record import Wire
    from harness.simulation.scpi.arguments import Arguments


class DS1000Z(WiredOscilloscope):
    """A DS1054Z with some of its channels on the bench and nothing on the others.

    Args:
        model: its own data.
        surroundings: what it is connected to.
        errors: where its hidden errors come from.
        wires: what each channel that is connected sees.
    """

    _channels: dict[int, Channel]
    _triggering: Triggering

    def __init__(
        self, model: ModelTable, surroundings: Surroundings, errors: HiddenErrors, wires: Mapping[int, Wire]
    ) -> None:
        super().__init__(model, surroundings, errors, wires)
        self._depth = 0
        run = self._run
        count = int(model.number("vertical.channels"))
        self._channels = {i + 1: Channel(model, run.restart) for i in range(count)}
        self._triggering = Triggering(self, self._channels, run)
        self._enter_channels(PerChannel(self, count))
        self._enter_horizontal()
        self._enter_run_control()
        Waveform(
            self,
            self._acquisition,
            self._channels,
            self._spend_bytes,
        )
        Measurements(self, self._acquisition.record)
        self._enter_rest()
        self.enter_common(Immediate())
        self.reset()

    def reset(self) -> None:
        """Return to the factory's settings, with which it runs."""
        self._acquisition.forget()
        self.reset_settings()
        self._depth = 0
        for channel in self._channels.values():
            channel.reset()
        self._channels[1].display.value = True
        self._run.run()

    def displayed(self) -> tuple[int, ...]:
        return tuple(number_ for number_, channel in self._channels.items() if channel.display.value)

    def sweep(self, stretch: float) -> Sweep:
        """Answer the horizontal side of the next record: memory lies about the middle of the screen."""
        model = self.model
        width_s = self._scale.value * model.number("horizontal.divisions")
        kind = self._kind.value
        peaks = kind == "PEAK"
        fastest_hz = model.number("horizontal.sample_rate_hz") / self._sharers()
        depth = (self._depth or self._depths()[-2]) // (2 if peaks else 1)
        rate_hz = min(fastest_hz, depth / width_s)
        points = depth if self._depth else max(1, min(depth, round(rate_hz * width_s)))
        span_s = points / rate_hz
        finest = math.inf if peaks else 4.0 ** (model.number("trigger.high_resolution_bits") - 8.0)
        return Sweep(
            left_s=self._offset.value - 0.5 * span_s,
            span_s=span_s,
            points=points,
            stretch=stretch,
            kind=kind,
            count=int(self._averages.value) if kind == "AVER" else 1,
            boxcar=max(1.0, min(finest, fastest_hz / rate_hz)),
            screen_s=(self._offset.value - 0.5 * width_s, width_s),
        )

    def _sharers(self) -> int:
        """Answer how many channels share the converters: 1, 2 or 4."""
        return {0: 1, 1: 1, 2: 2}.get(len(self.displayed()), 4)

    def _depths(self) -> tuple[int, ...]:
        """Answer the memory depths that there are now, ascending; the last but one is what AUTO goes up to."""
        return tuple(int(points) // self._sharers() for points in self.model.numbers("horizontal.memory_points"))

    def _enter_channels(self, channels: PerChannel) -> None:
        for name, header in _CHANNEL_SETTINGS.items():
            channels.setting(f"CHANnel<n>:{header}", lambda n, name=name: getattr(self._channels[n], name))  # type: ignore[misc]

    def _enter_horizontal(self) -> None:
        model, changed = self.model, self._run.restart
        low, high = model.number("horizontal.smallest_s"), model.number("horizontal.largest_s")
        self._scale = Number(1e-6, lambda: (low, high), unit="S", write=number, coerce=nearest_step, changed=changed)
        self._offset = Number(0.0, self._offset_limits, unit="S", write=number, changed=changed)
        self._kind = Word("NORM", ("NORMal", "AVERages", "PEAK", "HRESolution"), changed=changed)
        self._averages = Number(2.0, lambda: (2.0, 1024.0), coerce=_power_of_two, write=lambda v: str(int(v)))
        for pattern, setting in (
            ("TIMebase:MODE", Word("MAIN", ("MAIN", "XY", "ROLL"))),
            ("TIMebase[:MAIN]:SCALe", self._scale),
            ("TIMebase[:MAIN]:OFFSet", self._offset),
            ("TIMebase:DELay:ENABle", Flag(default=False)),
            ("TIMebase:DELay:SCALe", Number(5e-7, lambda: (low, high), unit="S", write=number)),
            ("TIMebase:DELay:OFFSet", Number(0.0, self._offset_limits, unit="S", write=number)),
            ("ACQuire:TYPE", self._kind),
            ("ACQuire:AVERages", self._averages),
        ):
            self.setting(pattern, setting)
        self.table.add("ACQuire:MDEPth", set=self._set_depth, query=plain(lambda: str(self._depth or "AUTO")))
        self.table.add("ACQuire:SRATe", query=plain(lambda: number(1.0 / self._acquisition.sweep.interval_s)))

    def _offset_limits(self) -> tuple[float, float]:
        """From half a screen before the trigger; the far end depends on the mode, and is 1 s or 500 screens here."""
        half_s = 0.5 * self._scale.value * self.model.number("horizontal.divisions")
        return -half_s, max(1.0, 1000.0 * half_s)

    def _set_depth(self, arguments: Arguments) -> None:
        """Take a depth out of the list of now; anything else, and any change while stopped, is ignored in silence."""
        automatic = not arguments.peek_number()
        depth = 0 if automatic and arguments.choice(("AUTO",)) else arguments.integer()
        arguments.end()
        if self._run.state is not State.STOPPED and (automatic or depth in self._depths()):
            self._depth = depth
            self._run.restart()

    def _enter_run_control(self) -> None:
        table = self.table
        table.add("RUN", set=bare(self._go))
        table.add("STOP", set=bare(self._run.stop))
        table.add("SINGle", set=bare(self._single))
        table.add("TFORce", set=bare(self._run.force))
        table.add("CLEar", set=bare(lambda: None))
        table.add("AUToscale", set=bare(self._autoscale))

    def _single(self) -> None:
        """Set the sweep to SINGle, which it stays, and arm."""
        self._triggering.sweep.value = "SING"
        self._run.single()

    def _go(self) -> None:
        if self._triggering.sweep.value == "SING":
            self._run.single()
        else:
            self._run.run()

    def _autoscale(self) -> None:
        """Find settings for what the channels have seen in the last second; without a signal nothing changes."""
        found = self._large_signals(self._channels)
        for channel, signal in found.items():
            self._channels[channel].display.value = True
            self._channels[channel].fit(signal.low_v, signal.high_v)
        if found:
            source = min(found)
            self._triggering.find(source, 0.5 * (found[source].low_v + found[source].high_v))
            if math.isfinite(found[source].period_s):
                self._offset.value = 0.0
                self._scale.value = self._scale_for(found[source].period_s)
        self._run.stop()
        self._run.run()

    def _enter_rest(self) -> None:
        settings = (
            ("DISPlay:TYPE", Word("VECT", ("VECTors", "DOTS"))),
            ("DISPlay:GRID", Word("FULL", ("FULL", "HALF", "NONE"))),
            ("DISPlay:WBRightness", Number(50.0, lambda: (0.0, 100.0), write=lambda v: str(int(v)))),
            ("DISPlay:GBRightness", Number(50.0, lambda: (0.0, 100.0), write=lambda v: str(int(v)))),
            ("DISPlay:GRADing:TIME", Word("MIN", ("MINimum", "0.1", "0.2", "0.5", "1", "5", "10", "INFinite"))),
            ("MATH:DISPlay", Flag(default=False)),
            ("SYSTem:AUToscale", Flag(default=True)),
            ("SYSTem:LANGuage", Word("ENGL", ("ENGLish", "SCHinese", "TCHinese", "GERMan", "FRENch", "JAPAnese"))),
            ("SYSTem:PON", Word("LAT", ("LATest", "DEFault"))),
            ("SYSTem:BEEPer", Flag(default=True)),
            ("SYSTem:LOCKed", Flag(default=False)),
        )
        for pattern, setting in settings:
            self.setting(pattern, setting)
        table, divisions = self.table, int(self.model.number("horizontal.divisions"))
        table.add("DISPlay:CLEar", set=bare(lambda: None))
        table.add("DISPlay:DATA", query=refuse_picture)
        table.add("SYSTem:GAM", query=plain(lambda: str(divisions)))
        table.add("SYSTem:RAM", query=plain(lambda: str(len(self._channels))))


def _power_of_two(count: float) -> float:
    return 2.0 ** round(math.log2(count))


_CHANNEL_SETTINGS = {
    "display": "DISPlay",
    "scale": "SCALe",
    "range": "RANGe",
    "offset": "OFFSet",
    "probe": "PROBe",
    "coupling": "COUPling",
    "bandwidth_limit": "BWLimit",
    "invert": "INVert",
    "delay": "TCAL",
    "units": "UNITs",
    "vernier": "VERNier",
}
