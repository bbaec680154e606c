"""The generator's DATA subsystem: how waveforms and sequences come in, and which of them is played."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Word, nr1

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.generator_channel import GeneratorChannel
    from harness.simulation.scpi.arguments import Arguments


class Downloads:
    """Commands of the subsystem.

    Args:
        instrument: the generator, whose commands are entered.
        channel: answers the channel that a command names.
        spend: passes the time of so many bytes.
    """

    def __init__(
        self,
        instrument: Instrument,
        channel: Callable[[Arguments], GeneratorChannel],
        spend: Callable[[int], None],
    ) -> None:
        self._channel = channel
        self._spend = spend
        self._border = Word("NORM", ("NORMal", "SWAPped"))
        instrument.setting("FORMat:BORDer", self._border)
        table = instrument.table
        table.add("[SOURce<n>:]DATA:VOLatile:CLEar", set=self._clear)
        table.add("[SOURce<n>:]DATA:VOLatile:CATalog", query=self._catalogue)
        table.add("[SOURce<n>:]DATA:VOLatile:FREE", query=self._free)
        table.add("[SOURce<n>:]DATA:ARBitrary", set=self._take_points)
        table.add("[SOURce<n>:]DATA:ARBitrary:DAC", set=self._take_codes)
        table.add("[SOURce<n>:]DATA:SEQuence", set=self._take_sequence)
        table.add("[SOURce<n>:]FUNCtion:ARBitrary", set=self._select, query=self._selected)

    def _clear(self, arguments: Arguments) -> None:
        channel = self._channel(arguments)
        arguments.end()
        channel.clear_memory()

    def _catalogue(self, arguments: Arguments) -> str:
        channel = self._channel(arguments)
        arguments.end()
        return ",".join(f'"{name}"' for name in ("EXP_RISE", *channel.memory.names()))

    def _free(self, arguments: Arguments) -> str:
        channel = self._channel(arguments)
        arguments.end()
        return nr1(channel.memory.free)

    def _take_codes(self, arguments: Arguments) -> None:
        channel, name = self._channel(arguments), arguments.name()
        memory = channel.memory
        if arguments.peek_block():
            codes = memory.codes(self._block(arguments), swapped=self._border.value == "SWAP")
        else:
            codes = np.rint(_numbers(arguments))
        arguments.end()
        memory.store_codes(name, codes)

    def _take_points(self, arguments: Arguments) -> None:
        channel, name = self._channel(arguments), arguments.name()
        if arguments.peek_block():
            block = self._block(arguments)
            if len(block) % 4:
                raise ScpiError(-161)
            points = np.frombuffer(block, dtype="<f4" if self._border.value == "SWAP" else ">f4").astype(np.float64)
        else:
            points = np.array(_numbers(arguments))
        arguments.end()
        channel.memory.store(name, points)

    def _take_sequence(self, arguments: Arguments) -> None:
        channel = self._channel(arguments)
        text = self._block(arguments).decode("latin-1")
        arguments.end()
        channel.memory.store_sequence(text)

    def _block(self, arguments: Arguments) -> bytes:
        block = arguments.block()
        self._spend(len(block))
        return block

    def _select(self, arguments: Arguments) -> None:
        channel, name = self._channel(arguments), arguments.name()
        arguments.end()
        channel.select(name)

    def _selected(self, arguments: Arguments) -> str:
        channel = self._channel(arguments)
        arguments.end()
        return f'"{channel.name}"'


def _numbers(arguments: Arguments) -> list[float]:
    numbers = []
    while arguments.more():
        numbers.append(arguments.number())
    return numbers
