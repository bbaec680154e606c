"""The conversation with an instrument over a transport that marks the end of a message and has a status byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.scpi.errors import ScpiError
from harness.simulation.servers.framing import cut_message

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.peers import InstrumentPeer
    from harness.simulation.timekeeper import Timekeeper

_INTERRUPTED = -410


class MessagePeer:
    """One client's message exchange.

    Args:
        peer: executes messages, with the faults that are on.
        instrument: who answers.
        timekeeper: bench time, and the turn to act.
    """

    def __init__(self, peer: InstrumentPeer, instrument: Instrument, timekeeper: Timekeeper) -> None:
        self._peer = peer
        self._instrument = instrument
        self._timekeeper = timekeeper

    def take(self, data: bytes, answer: Callable[[bytes], None]) -> bool:
        """Execute what came up to an END. A response that another message follows at once is not read: -410."""
        messages = cut_message(data)
        for index, message in enumerate(messages, start=1):
            unread: list[bytes] = []
            if not self._peer.exchange(message, answer if index == len(messages) else unread.append):
                return False
            if unread:
                self.interrupt()
        return True

    def trigger(self) -> None:
        with self._timekeeper:
            self._timekeeper.spend(self._instrument.message_ns)
            try:
                self._instrument.trigger()
            except ScpiError as error:
                self._instrument.status.error(error.number, error.text)

    def interrupt(self) -> None:
        with self._timekeeper:
            self._instrument.status.error(_INTERRUPTED)

    def clear(self) -> None:
        with self._timekeeper:
            self._instrument.clear()

    def status(self, *, message_available: bool) -> tuple[int, int]:
        with self._timekeeper:
            return self._now(message_available=message_available)

    def observe(self, look: Callable[[int, int], bool]) -> None:
        with self._timekeeper:
            self._timekeeper.observe(lambda: look(*self._now(message_available=False)))

    def wake(self) -> None:
        self._timekeeper.wake()

    def _now(self, *, message_available: bool) -> tuple[int, int]:
        status = self._instrument.status
        return status.summary(message_available=message_available), status.service_enable
