"""The generator's frequency, and its APPLy subsystem: function, frequency, amplitude and offset in one command."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Flag, Number, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.generator_channel import GeneratorChannel
    from harness.simulation.scpi.arguments import Arguments

_FUNCTIONS = {"SINusoid": "SIN", "DC": "DC", "PULSe": "PULS"}
_DEFAULT_WORD = ("DEFault",)


class Apply:
    """Commands of the subsystem, and what belongs to them.

    Args:
        instrument: the generator, whose commands are entered.
        channel: answers the channel that a command names.
        write: how the generator writes a number.
    """

    def __init__(
        self,
        instrument: Instrument,
        channel: Callable[[Arguments], GeneratorChannel],
        write: Callable[[float], str],
    ) -> None:
        self._model = instrument.model
        self._channel = channel
        self._write = write
        table = instrument.table
        table.add("[SOURce<n>:]FREQuency[:CW]", set=self._set_frequency, query=self._frequency)
        table.add("[SOURce<n>:]APPLy", query=self._applied)
        for word, function in _FUNCTIONS.items():
            table.add(f"[SOURce<n>:]APPLy:{word}", set=partial(self._apply, function))
        instrument.setting("[SOURce<n>:]VOLTage:UNIT", Word("VPP", ("VPP",)))
        instrument.setting("[SOURce<n>:]PHASe", Number(0.0, lambda: (0.0, 0.0), write=write))
        instrument.setting("OUTPut<n>:SYNC[:STATe]", Flag(default=True))

    def _words(self) -> dict[str, float]:
        number = self._model.number
        return {
            "MINimum": 1.0 / number("pulse.longest_period_s"),
            "MAXimum": number("output.largest_frequency_hz"),
            "DEFault": 1.0 / number("pulse.default_period_s"),
        }

    def _take_frequency(self, arguments: Arguments) -> float:
        words = self._words()
        frequency_hz = arguments.number("HZ", words)
        if not words["MINimum"] <= frequency_hz <= words["MAXimum"]:
            raise ScpiError(-222)
        return frequency_hz

    def _set_frequency(self, arguments: Arguments) -> None:
        channel = self._channel(arguments)
        frequency_hz = self._take_frequency(arguments)
        arguments.end()
        channel.set_frequency(frequency_hz)

    def _frequency(self, arguments: Arguments) -> str:
        channel = self._channel(arguments)
        frequency_hz = self._take_frequency(arguments) if arguments.more() else channel.frequency_hz
        arguments.end()
        return self._write(frequency_hz)

    def _applied(self, arguments: Arguments) -> str:
        """Answer function, frequency (of ARB its sample rate), amplitude and offset, in quotes."""
        channel = self._channel(arguments)
        arguments.end()
        function = channel.function.value
        first = channel.rate.value if function == "ARB" else channel.frequency_hz
        values = (first, channel.amplitude.value, channel.offset.value)
        return f'"{function} {",".join(self._write(value) for value in values)}"'

    def _apply(self, function: str, arguments: Arguments) -> None:
        """Set an output and switch it on; what is left out, or DEFault, is 1 kHz, 100 mV and 0 V."""
        channel = self._channel(arguments)
        frequency_hz = self._take_frequency(arguments) if arguments.more() else self._words()["DEFault"]
        amplitude_v = _volts(arguments, self._model.number("output.default_amplitude_v"))
        offset_v = _volts(arguments, 0.0)
        arguments.end()
        channel.apply(function, frequency_hz, amplitude_v, offset_v)


def _volts(arguments: Arguments, default_v: float) -> float:
    if arguments.more() and not arguments.peek_number():
        arguments.choice(_DEFAULT_WORD)
        return default_v
    return arguments.number("V") if arguments.more() else default_v
