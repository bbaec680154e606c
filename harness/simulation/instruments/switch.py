"""Keysight DAQ970A with DAQM903A actuators: its commands (DAQ970A Programming Guide, ROUTe and DIAGnostic)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.simulation.instruments.base import Instrument
from harness.simulation.scpi.common import Immediate
from harness.simulation.scpi.errors import ScpiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.scpi.arguments import Arguments

_SLOT_STEP = 100
_SLOTS = (1, 2, 3)
_EMPTY_SLOT = "Keysight Technologies,0,0,0"


class Switch(Instrument):
    """A DAQ970A that switches. Its relays latch: they stay when clients go, and open only when told.

    Attributes:
        closed: the channels that are closed.
    """

    def __init__(self, model: ModelTable, surroundings: Surroundings) -> None:
        super().__init__(model, surroundings)
        self.closed: set[int] = set()
        self._filled = _SLOTS[: int(model.number("module.slots"))]
        self._channels = int(model.number("module.channels"))
        self._operate_ns = model.duration_ns("message.operate_s")
        self._cycles: Counter[int] = Counter()
        table = self.table
        table.add("ROUTe:CLOSe", set=self._close, query=self._are_closed)
        table.add("ROUTe:CLOSe:EXCLusive", set=self._close_exclusive)
        table.add("ROUTe:OPEN", set=self._open, query=self._are_open)
        table.add("ROUTe:DONE", query=self._done)
        table.add("DIAGnostic:RELay:CYCLes", query=self._cycle_counts)
        table.add("SYSTem:CTYPe", query=self._card)
        self.enter_common(Immediate())
        self.enter_scpi_registers()

    def reset(self) -> None:
        super().reset()
        self._operate(lambda _: set())

    def _operate(self, change: Callable[[set[int]], set[int]]) -> None:
        """Let relays move, all of one command together, at the end of their operate time."""
        if change(self.closed) == self.closed:
            return
        self.surroundings.timekeeper.elapse(self._operate_ns)
        closed = change(self.closed)
        self.surroundings.loop.connect(frozenset(closed))
        self._cycles.update(closed - self.closed)
        self.closed = closed

    def _close(self, arguments: Arguments) -> None:
        channels = set(self._take(arguments))
        self._operate(lambda closed: closed | channels)

    def _close_exclusive(self, arguments: Arguments) -> None:
        channels = set(self._take(arguments))
        self._operate(lambda _: set(channels))

    def _open(self, arguments: Arguments) -> None:
        channels = set(self._take(arguments))
        self._operate(lambda closed: closed - channels)

    def _are_closed(self, arguments: Arguments) -> str:
        return ",".join(str(int(channel in self.closed)) for channel in self._take(arguments))

    def _are_open(self, arguments: Arguments) -> str:
        return ",".join(str(int(channel not in self.closed)) for channel in self._take(arguments))

    def _done(self, arguments: Arguments) -> str:
        arguments.end()
        return "1"

    def _cycle_counts(self, arguments: Arguments) -> str:
        return ",".join(f"+{self._cycles[channel]}" for channel in self._take(arguments))

    def _card(self, arguments: Arguments) -> str:
        slot, rest = divmod(arguments.integer(), _SLOT_STEP)
        arguments.end()
        if rest or slot not in _SLOTS:
            raise ScpiError(-222)
        if slot not in self._filled:
            return _EMPTY_SLOT
        serial = f"{self.model.text('module.serial_number')}{slot:02d}"
        return ",".join(
            ["Keysight Technologies", self.model.text("module.model"), serial, self.model.text("module.firmware")]
        )

    def _take(self, arguments: Arguments) -> list[int]:
        """Take a channel list that this mainframe can have.

        Raises:
            ScpiError: a slot without a module (+111), a channel the module does not have (+112).
        """
        channels = arguments.channels()
        arguments.end()
        for channel in channels:
            slot, number = divmod(channel, _SLOT_STEP)
            if slot not in self._filled:
                raise ScpiError(111, "Channel list: slot number out of range")
            if not 1 <= number <= self._channels:
                raise ScpiError(112, "Channel list: channel number out of range")
        return channels
