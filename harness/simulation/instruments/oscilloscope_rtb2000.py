"""Rohde & Schwarz RTB2004: its commands (RTB2000 User Manual, chapter on remote control)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.instruments.calendar import enter_clock
from harness.simulation.instruments.oscilloscope_dialect import PerChannel
from harness.simulation.instruments.oscilloscope_rtb2000_channel import Channel
from harness.simulation.instruments.oscilloscope_rtb2000_data import WaveformData
from harness.simulation.instruments.oscilloscope_rtb2000_horizontal import Horizontal
from harness.simulation.instruments.oscilloscope_rtb2000_measure import Measurements
from harness.simulation.instruments.oscilloscope_rtb2000_trigger import Triggering
from harness.simulation.instruments.oscilloscope_run import State
from harness.simulation.instruments.oscilloscope_wired import WiredOscilloscope, refuse_picture
from harness.simulation.scpi.common import bare, plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Flag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.instruments.oscilloscope_record import Sweep, Wire
    from harness.simulation.scpi.arguments import Arguments


class RTB2000(WiredOscilloscope):
    """An RTB2004 with some of its channels on the bench and nothing on the others.

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
        self._broken = False
        run = self._run
        count = int(model.number("vertical.channels"))
        self._channels = {i + 1: Channel(model, run.restart) for i in range(count)}
        self._triggering = Triggering(self, self._channels, self._find_level, run.restart)
        entered = PerChannel(self, count)
        self._enter_channels(entered)
        self._horizontal = Horizontal(self, self.displayed, run.restart)
        self._enter_run_control()
        self._data = WaveformData(self, entered, self._acquisition, self._spend_bytes)
        self._measurements = Measurements(self, self._acquisition.record)
        self.enter_common(run)
        self.enter_scpi_registers()
        self._enter_rest()
        self.reset()

    def reset(self) -> None:
        """Return to the factory's settings, with which it runs."""
        self._acquisition.forget()
        self.reset_settings()
        self._broken = False
        self._horizontal.reset()
        self._data.reset()
        self._measurements.reset()
        for channel in self._channels.values():
            channel.reset()
        self._channels[1].state.value = True
        self._run.run()

    def displayed(self) -> tuple[int, ...]:
        return tuple(n for n, channel in self._channels.items() if channel.state.value)

    def sweep(self, stretch: float) -> Sweep:
        return self._horizontal.sweep(stretch)

    def _enter_channels(self, channels: PerChannel) -> None:
        for name, header in _CHANNEL_SETTINGS.items():
            channels.setting(header, lambda n, name=name: getattr(self._channels[n], name))  # type: ignore[misc]
        self.table.add("CHANnel<n>:AON", set=bare(lambda: self._all_channels(on=True)))
        self.table.add("CHANnel<n>:AOFF", set=bare(lambda: self._all_channels(on=False)))

    def _all_channels(self, *, on: bool) -> None:
        for channel in self._channels.values():
            channel.state.value = on
        self._run.restart()

    def _enter_run_control(self) -> None:
        table = self.table
        for header in ("RUN", "RUNContinous", "RUNContinuous"):
            table.add(header, set=bare(self._go))
        for header in ("SINGle", "RUNSingle"):
            table.add(header, set=bare(self._single))
        table.add("STOP", set=bare(self._stop))
        table.add("AUToscale", set=bare(self._autoscale))
        table.add("ACQuire:STATe", set=self._set_state, query=plain(self._state))
        table.add("ACQuire:AVERage:COMPlete", query=plain(lambda: str(int(self._acquisition.record() is not None))))
        table.add("TRIGger:A:FORCe", set=bare(self._run.force))

    def _go(self) -> None:
        self._broken = False
        self._run.run()

    def _single(self) -> None:
        self._broken = False
        self._run.single()

    def _stop(self) -> None:
        """End what goes on; an acquisition that was under way is broken off."""
        self._broken = self._run.state is State.SINGLE
        self._run.stop()

    def _set_state(self, arguments: Arguments) -> None:
        chosen = arguments.choice(("RUN", "STOPping", "STOP", "BREak"))
        arguments.end()
        if chosen == "RUN":
            self._go()
        else:
            self._stop()

    def _state(self) -> str:
        self._run.refresh()
        if self._run.state is not State.STOPPED:
            return "RUN"
        return "BRE" if self._broken else "COMP"

    def _find_level(self) -> None:
        """Set the level to the middle of what the source has seen in the last second."""
        source = self._triggering.channel
        signal = self._signals().get(source) if source is not None else None
        if source is not None and signal is not None:
            channel = self._channels[source]
            channel.level.value = 0.5 * (signal.low_v + signal.high_v) * channel.probe.value
            self._run.restart()

    def _autoscale(self) -> None:
        """Find settings for what the channels that are on have seen in the last second."""
        found = self._large_signals(self.displayed())
        for n, signal in found.items():
            self._channels[n].fit(signal.low_v, signal.high_v)
        if found:
            source = min(found)
            self._triggering.find(source, 0.5 * (found[source].low_v + found[source].high_v))
            if math.isfinite(found[source].period_s):
                self._horizontal.fit(self._scale_for(found[source].period_s))
        self._go()
        self._run.restart()

    def _enter_rest(self) -> None:
        table = self.table
        table.add("SYSTem:ERRor:ALL", query=plain(self._all_errors))
        table.add("SYSTem:PRESet", set=bare(self.reset))
        table.add("STATus:PRESet", set=bare(self.status.preset))
        enter_clock(self)
        table.add("HCOPy:DATA", query=_refuse)
        for pod in ("LOGic<n>:PROBe", "LOGic<n>:STATe"):
            table.add(pod, query=_no_pod)
        self.setting("DISPlay:CBAR", Flag(default=False))

    def _all_errors(self) -> str:
        """Take every error out of the queue; the last answer, that there is none, only where there was none before."""
        found = [self.status.next_error().removeprefix("+")]
        while not found[-1].startswith("0,"):
            found.append(self.status.next_error().removeprefix("+"))
        return ",".join(found[:-1] or found)


def _refuse(arguments: Arguments) -> str:
    """Refuse a picture of the screen, which is asked for without a word more."""
    arguments.end()
    return refuse_picture(arguments)


def _no_pod(arguments: Arguments) -> str:
    """Answer for a logic probe that is not there; there are places for two.

    Raises:
        ScpiError: there is no such place (-114).
    """
    arguments.end()
    if arguments.suffixes[0] not in {1, 2}:
        raise ScpiError(-114)
    return "0"


_CHANNEL_SETTINGS = {
    "state": "CHANnel<n>:STATe",
    "scale": "CHANnel<n>:SCALe",
    "range": "CHANnel<n>:RANGe",
    "position": "CHANnel<n>:POSition",
    "offset": "CHANnel<n>:OFFSet",
    "coupling": "CHANnel<n>:COUPling",
    "bandwidth": "CHANnel<n>:BANDwidth",
    "polarity": "CHANnel<n>:POLarity",
    "skew": "CHANnel<n>:SKEW",
    "zero": "CHANnel<n>:ZOFFset[:VALue]",
    "threshold": "CHANnel<n>:THReshold",
    "hysteresis": "CHANnel<n>:THReshold:HYSTeresis",
    "color": "CHANnel<n>:WCOLor",
    "label": "CHANnel<n>:LABel",
    "labelled": "CHANnel<n>:LABel:STATe",
    "overload": "CHANnel<n>:OVERload",
    "probe": "PROBe<n>:SETup:ATTenuation:MANual",
    "unit": "PROBe<n>:SETup:ATTenuation:UNIT",
}
