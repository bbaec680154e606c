"""Keysight 33512B: its commands (33500B Series Operating and Service Guide), and the opto-MOSFETs that it gates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.instruments.base import Instrument
from harness.simulation.instruments.generator_apply import Apply
from harness.simulation.instruments.generator_channel import GeneratorChannel
from harness.simulation.instruments.generator_downloads import Downloads
from harness.simulation.instruments.opto_module import OptoModule
from harness.simulation.scpi.common import Immediate, bare, plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.benchfile import ContactSwitchRow
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.instruments.opto_module import Electrode
    from harness.simulation.scpi.arguments import Arguments
    from harness.simulation.scpi.table import Response

_NO_LOAD = "+9.90000000000000E+37"
_SETTINGS = {
    "output": "OUTPut<n>[:STATe]",
    "polarity": "OUTPut<n>:POLarity",
    "function": "[SOURce<n>:]FUNCtion",
    "offset": "[SOURce<n>:]VOLTage[:LEVel][:IMMediate]:OFFSet",
    "amplitude": "[SOURce<n>:]VOLTage[:LEVel][:IMMediate][:AMPLitude]",
    "rate": "[SOURce<n>:]FUNCtion:ARBitrary:SRATe",
    "filter": "[SOURce<n>:]FUNCtion:ARBitrary:FILTer",
    "trigger_source": "TRIGger<n>:SOURce",
    "trigger_delay": "TRIGger<n>:DELay",
    "trigger_slope": "TRIGger<n>:SLOPe",
    "burst": "[SOURce<n>:]BURSt:STATe",
    "burst_mode": "[SOURce<n>:]BURSt:MODE",
    "cycles": "[SOURce<n>:]BURSt:NCYCles",
    "phase": "[SOURce<n>:]BURSt:PHASe",
    "burst_period": "[SOURce<n>:]BURSt:INTernal:PERiod",
}
_PULSES = {"period": "PERiod", "width": "WIDTh"}


class WaveformGenerator(Instrument):
    """A 33512B whose outputs gate the bench's contact switches.

    Args:
        model: its own data.
        surroundings: what it is connected to.
        errors: where the true delays of the switches come from.
        switches: what is gated by which output.

    Attributes:
        module: the switches.
    """

    def __init__(
        self, model: ModelTable, surroundings: Surroundings, errors: HiddenErrors, switches: ContactSwitchRow
    ) -> None:
        super().__init__(model, surroundings)
        self.module = OptoModule(switches, surroundings.timekeeper, surroundings.loop, surroundings.noise, errors)
        self._byte_ns = model.number("message.byte_s") * NS_PER_S
        self._electrodes: dict[int, Electrode] = {switches.plus: "plus", switches.minus: "minus"}
        self._gates = dict.fromkeys(self._electrodes, False)
        self._channels: dict[int, GeneratorChannel] = {}
        for number in range(1, int(model.number("output.channels")) + 1):
            self._channels[number] = GeneratorChannel(model, surroundings.timekeeper, self._follower(number))
        self._enter_settings()
        Apply(self, self._channel, _nr3)
        Downloads(self, self._channel, lambda count: surroundings.timekeeper.spend(round(count * self._byte_ns)))
        self._enter_triggers()
        self.enter_common(Immediate())
        self.enter_scpi_registers()

    def reset(self) -> None:
        super().reset()
        for channel in self._channels.values():
            channel.reset()

    def begin(self) -> None:
        for channel in self._channels.values():
            channel.player.rephase()

    def trigger(self) -> None:
        """Take `*TRG`: every channel that listens to the bus, at one instant."""
        listening = [
            channel
            for channel in self._channels.values()
            if channel.trigger_source.value == "BUS" and channel.player.awaits_trigger
        ]
        if not listening:
            raise ScpiError(-211)
        for channel in listening:
            channel.player.trigger()

    def redraw(self, errors: HiddenErrors) -> None:
        self.module.redraw(errors)

    def hidden(self) -> Mapping[str, object]:
        return self.module.hidden()

    def _follower(self, number: int) -> Callable[[], None]:
        """Make what tells the gate of an output's new level, once for each edge."""

        def follow() -> None:
            channel = self._channels.get(number)
            if channel is not None and channel.gate != self._gates[number]:
                self._gates[number] = channel.gate
                self.module.gate(self._electrodes[number], on=channel.gate)

        return follow

    def _enter_settings(self) -> None:
        table = self.table
        for name, header in _SETTINGS.items():
            table.add(header, set=self._set(name), query=self._query(name))
        for name, word in _PULSES.items():
            for header in (f"[SOURce<n>:]FUNCtion:PULSe:{word}", f"[SOURce<n>:]PULSe:{word}"):
                table.add(header, set=self._set(name), query=self._query(name))
        table.add(
            "[SOURce<n>:]VOLTage[:LEVel][:IMMediate]:HIGH", set=self._set_level(high=True), query=self._level_query(1)
        )
        table.add(
            "[SOURce<n>:]VOLTage[:LEVel][:IMMediate]:LOW", set=self._set_level(high=False), query=self._level_query(0)
        )
        table.add("OUTPut<n>:LOAD", set=self._set_load, query=self._load_query)

    def _enter_triggers(self) -> None:
        table = self.table
        table.add("TRIGger<n>[:IMMediate]", set=self._trigger_one)
        table.add("ABORt", set=bare(self._restart))
        table.add("[SOURce<n>:]PHASe:SYNChronize", set=self._synchronise)
        table.add("[SOURce<n>:]FUNCtion:ARBitrary:SYNChronize", set=self._synchronise)
        for header in ("SYSTem:LOCal", "SYSTem:REMote", "SYSTem:BEEPer[:IMMediate]"):
            table.add(header, set=bare(lambda: None))
        table.add("ROUTe:TERMinals", query=plain(lambda: "FRON"))

    def _channel(self, arguments: Arguments) -> GeneratorChannel:
        channel = self._channels.get(arguments.suffixes[0] if arguments.suffixes else 1)
        if channel is None:
            raise ScpiError(-114)
        return channel

    def _set(self, name: str) -> Callable[[Arguments], Response]:
        return lambda arguments: self._channel(arguments).settings[name].set(arguments)

    def _query(self, name: str) -> Callable[[Arguments], Response]:
        return lambda arguments: self._channel(arguments).settings[name].query(arguments)

    def _set_level(self, *, high: bool) -> Callable[[Arguments], Response]:
        def take(arguments: Arguments) -> None:
            channel = self._channel(arguments)
            volts = arguments.number("V")
            arguments.end()
            low_v, high_v = channel.levels()
            channel.set_levels(low_v if high else volts, volts if high else high_v)

        return take

    def _level_query(self, index: int) -> Callable[[Arguments], Response]:
        def query(arguments: Arguments) -> str:
            channel = self._channel(arguments)
            arguments.end()
            return _nr3(channel.levels()[index])

        return query

    def _set_load(self, arguments: Arguments) -> None:
        channel, number = self._channel(arguments), self.model.number
        smallest, largest = number("output.smallest_load_ohm"), number("output.largest_load_ohm")
        ohms = arguments.number(
            "OHM",
            {
                "INFinity": math.inf,
                "MINimum": smallest,
                "MAXimum": largest,
                "DEFault": number("output.default_load_ohm"),
            },
        )
        arguments.end()
        if math.isfinite(ohms) and not smallest <= ohms <= largest:
            raise ScpiError(-222)
        channel.set_load(ohms)

    def _load_query(self, arguments: Arguments) -> str:
        channel = self._channel(arguments)
        arguments.end()
        return _NO_LOAD if math.isinf(channel.load_ohm) else _nr3(channel.load_ohm)

    def _trigger_one(self, arguments: Arguments) -> None:
        channel = self._channel(arguments)
        arguments.end()
        if not channel.player.awaits_trigger:
            raise ScpiError(-211)
        channel.player.trigger()

    def _restart(self) -> None:
        for channel in self._channels.values():
            channel.restart()

    def _synchronise(self, arguments: Arguments) -> None:
        """Let both channels begin anew together, whichever was named."""
        self._channel(arguments)
        arguments.end()
        self._restart()


def _nr3(value: float) -> str:
    """Write a number as the generator does."""
    return f"{value:+.14E}"
