"""The conversations: an instrument's connection and the stimulator's line, with the faults on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation import faults
from harness.simulation.fault_kinds import kinds
from harness.simulation.servers.framing import MessageFramer
from harness.simulation.unit.frame import LineAssembler, parse_request

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from harness.simulation.faults import Fault, Faults
    from harness.simulation.instruments.base import Instrument
    from harness.simulation.scpi.interpreter import Program
    from harness.simulation.timekeeper import Timekeeper
    from harness.simulation.unit.external import ExternalFirmware
    from harness.simulation.unit.stim1 import Stim1

_OVERRUN, _DEADLOCKED = -363, -430
_BITS_PER_CHARACTER = 10


class InstrumentPeer:
    """One client of an instrument.

    Args:
        role: of the instrument.
        instrument: who answers.
        timekeeper: bench time, and the turn to act.
        present: the faults that are on.
        messages: count of messages, by role.
        given_up: whether the client waits no longer.
    """

    def __init__(
        self,
        role: str,
        instrument: Instrument,
        *,
        timekeeper: Timekeeper,
        present: Faults,
        messages: Counter[str],
        given_up: Callable[[], bool],
    ) -> None:
        self._role = role
        self._instrument = instrument
        self._timekeeper = timekeeper
        self._faults = present
        self._messages = messages
        self._given_up = given_up

    def exchange(self, message: bytes, send: Callable[[bytes], None]) -> bool:
        """Execute one message and answer it; False: hang up.

        Raises:
            Abandoned: the client has gone, or has cleared the instrument, before there was an answer.
        """
        instrument, keeper = self._instrument, self._timekeeper
        with keeper:
            program = instrument.parse(message)
            fault = self._faults.strike(self._role, asks_readings=program.asks_readings) if program.asks else None
            if fault is not None and fault.kind == "dead":
                return True
            self._messages[self._role] += 1
            keeper.spend(instrument.message_ns)
            if fault is None:
                answer = instrument.execute(program, self._given_up)
            else:
                answer = self._execute_with(fault, program)
        if answer is not None:
            answer += b"\n"
            self._faults.deliver(self._role, answer, fault, send)
        return fault is None or fault.kind != "close"

    def overrun(self, *, asked: bool) -> None:
        """Note that a message was longer than the input buffer: deadlocked where it has something to answer."""
        with self._timekeeper:
            self._instrument.status.error(_DEADLOCKED if asked else _OVERRUN)

    def _execute_with(self, fault: Fault, program: Program) -> bytes | None:
        instrument, given_up = self._instrument, self._given_up
        if kinds()[fault.kind].readings:
            instrument.readings_as = fault.kind
            try:
                answer = instrument.execute(program, given_up)
            finally:
                instrument.readings_as = None
        else:
            answer = instrument.execute(program, given_up)
        if fault.kind == "error":
            instrument.status.error(faults.SYSTEM_ERROR)
        return answer


class SocketPeer:
    """A raw socket to an instrument: messages end with a character, and answers lie there until they are read.

    Args:
        peer: executes the messages.
        send: writes to the client.
    """

    def __init__(self, peer: InstrumentPeer, send: Callable[[bytes], None]) -> None:
        self._exchange = peer.exchange
        self._send = send
        self._overrun = peer.overrun
        self._framer = MessageFramer()

    def receive(self, data: bytes) -> bool:
        framer = self._framer
        messages = framer.feed(data)
        if framer.lost:
            asked, framer.lost = b"?" in framer.lost, b""
            self._overrun(asked=asked)
        if len(messages) == 1:
            return self._exchange(messages[0], self._send)
        return all(self._exchange(message, self._send) for message in messages)

    def end(self) -> None:
        """Nothing: an instrument does not care who listens."""


class StimulatorPeer:
    """The stimulator's serial line.

    Args:
        protocol: who answers.
        timekeeper: bench time, and the turn to act.
        present: the faults that are on.
        messages: count of messages, by role.
        baud: of the line.
        processing_ns: from a request's last character to the reply's first.
        send: writes to the client.
    """

    def __init__(
        self,
        protocol: Stim1,
        *,
        timekeeper: Timekeeper,
        present: Faults,
        messages: Counter[str],
        baud: int,
        processing_ns: int,
        send: Callable[[bytes], None],
    ) -> None:
        self._protocol = protocol
        self._timekeeper = timekeeper
        self._faults = present
        self._messages = messages
        self._character_ns = _BITS_PER_CHARACTER * 1e9 / baud
        self._processing_ns = processing_ns
        self._send = send
        self._lines = LineAssembler()

    def receive(self, data: bytes) -> bool:
        for line in self._lines.feed(data):
            self._exchange(line)
        return True

    def end(self) -> None:
        """Nothing: a serial line has no end."""

    def _exchange(self, line: bytes) -> None:
        with self._timekeeper:
            self._timekeeper.spend(round((len(line) + 1) * self._character_ns) + self._processing_ns)
            if parse_request(line) is None:
                return
            fault = self._faults.strike("stimulator", asks_readings=False)
            if fault is not None and fault.kind == "dead":
                return
            self._messages["stimulator"] += 1
            answer = self._protocol.answer(line)
            if answer is None:
                return
            self._timekeeper.spend(round(len(answer) * self._character_ns))
        self._faults.deliver("stimulator", answer, fault, self._send)


class ExternalPeer:
    """The stimulator's serial line, where a firmware of the user's answers on it.

    Nothing is known of its protocol: characters go to it as they come, and come from it whenever it likes.

    Args:
        firmware: who answers.
        timekeeper: bench time, and the turn to act.
        present: the faults that are on; each arrival of characters counts as a message.
        messages: count of messages, by role.
        baud: of the line.
        send: writes to the client.
    """

    def __init__(
        self,
        firmware: ExternalFirmware,
        *,
        timekeeper: Timekeeper,
        present: Faults,
        messages: Counter[str],
        baud: int,
        send: Callable[[bytes], None],
    ) -> None:
        self._firmware = firmware
        self._timekeeper = timekeeper
        self._faults = present
        self._messages = messages
        self._character_ns = _BITS_PER_CHARACTER * 1e9 / baud
        self._send = send
        firmware.on_line(send)

    def receive(self, data: bytes) -> bool:
        with self._timekeeper:
            self._timekeeper.spend(round(len(data) * self._character_ns))
            fault = self._faults.strike("stimulator", asks_readings=False)
            if fault is not None and fault.kind == "dead":
                return True
            self._messages["stimulator"] += 1
            answer = self._firmware.receive(data)
            self._timekeeper.spend(round(len(answer) * self._character_ns))
        if answer:
            self._faults.deliver("stimulator", answer, fault, self._send)
        return True

    def end(self) -> None:
        """Nothing: a serial line has no end."""
