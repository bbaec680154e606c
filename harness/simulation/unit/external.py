"""A user's own firmware in the unit, in lock-step with bench time (`docs/firmware-interface.md`).

Bench time stands still while the firmware thinks. Each step is begun by what wakes it, a character on the line, its own
alarm or the comparator, and ends when it says that it is done and when it wants to be woken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import NotFinite, RequestError
from harness.simulation.unit.clock import Alarm
from harness.simulation.unit.link import FirmwareLost
from harness.simulation.unit.registers import Counter, Registers

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.unit.board import ChannelBoard
    from harness.simulation.unit.clock import UnitClock
    from harness.simulation.unit.link import FirmwareLink

VERSION = "1"
_AT_ONCE = 64
_MOST_LINES = 10_000
_BURST_NS = 1_000
_MOST_IN_A_BURST = 1_000


@dataclass(frozen=True, slots=True)
class Outside:
    """Where a firmware of the user's is.

    Attributes:
        link: the connection to it.
        complain: takes the sentence that says how it was lost.
    """

    link: FirmwareLink
    complain: Callable[[str], None]


class ExternalFirmware:
    """The firmware at the other end of a link.

    Args:
        outside: where it is.
        boards: of the channels, from channel 1.
        clock: the unit's crystal: every time on the link is its own.

    Raises:
        RequestError: it does not greet as it should.
    """

    def __init__(self, outside: Outside, boards: tuple[ChannelBoard, ...], clock: UnitClock) -> None:
        self._link: FirmwareLink | None = outside.link
        self._complain = outside.complain
        self._board = boards[0]
        self._counter = Counter(self._board, clock)
        self._registers = Registers(boards, clock, self._counter, lambda channel: self._alone(f"OVERLOAD {channel}"))
        self._alarm = Alarm(self._board, clock, lambda: self._alone("WAKE"))
        self._alarm_own_ns = 0
        self._burst_from_ns, self._burst = 0, 0
        self._said = bytearray()
        self._transmit: Callable[[bytes], None] | None = None
        self._greet(outside.link)
        self._alone("POWER")

    def on_line(self, transmit: Callable[[bytes], None]) -> None:
        """Send what the firmware says by itself, and has said already, through `transmit`."""
        self._transmit = transmit
        self._send_what_was_said()

    def receive(self, data: bytes) -> bytes:
        """Hand over characters of the serial line, 64 at a time; answer what it has to say at once."""
        for start in range(0, len(data), _AT_ONCE):
            self._step(f"RX {data[start : start + _AT_ONCE].hex()}")
        said, self._said = bytes(self._said), bytearray()
        return said

    def about_to_change(self) -> None:
        """Take that the unit becomes another one: its counter goes on from where it is."""
        self._counter.hold()

    def changed(self) -> None:
        """Take that it has become another one, and is powered anew."""
        self._alone("POWER")

    def _greet(self, link: FirmwareLink) -> None:
        try:
            link.send(f"HELLO {VERSION} {self._registers.greeting()}")
            greeting = link.receive()
        except FirmwareLost as error:
            raise RequestError(f"the firmware at {link.address} {error}") from error
        if greeting != f"HELLO {VERSION}":
            problem = f"greets with {greeting[:60]!r}, not with HELLO {VERSION}"
            raise RequestError(f"the firmware at {link.address} {problem}")

    def _alone(self, cause: str) -> None:
        """Take a step that no character began."""
        self._step(cause)
        self._send_what_was_said()

    def _send_what_was_said(self) -> None:
        if self._said and self._transmit is not None:
            said, self._said = bytes(self._said), bytearray()
            self._transmit(said)

    def _step(self, cause: str) -> None:
        """Let the firmware run until it is done. One that is lost leaves its registers as they are."""
        if self._link is None:
            return
        # An alarm's own time, though rounding to bench time may have put the counter a hair before it.
        counter = max(self._counter.now, self._alarm_own_ns) if cause == "WAKE" else self._counter.now
        self._alarm.stop()
        try:
            self._watch_for_a_burst()
            self._link.send(f"STEP {counter} {cause}")
            with self._link.in_time():
                self._run(self._link, counter)
        except FirmwareLost as error:
            self._complain(f"the firmware at {self._link.address} {error}; the outputs stay as they are")
            self._link.close()
            self._link = None

    def _watch_for_a_burst(self) -> None:
        """Lose a firmware that has itself woken again and again while bench time hardly moves."""
        now_ns = self._board.now_ns
        if now_ns - self._burst_from_ns > _BURST_NS:
            self._burst_from_ns, self._burst = now_ns, 0
        self._burst += 1
        if self._burst > _MOST_IN_A_BURST:
            raise FirmwareLost(f"was woken {_MOST_IN_A_BURST} times within a microsecond")

    def _run(self, link: FirmwareLink, counter: int) -> None:
        for _ in range(_MOST_LINES):
            line = link.receive()
            verb, *words = line.split(" ")
            try:
                if verb == "DONE":
                    self._set_alarm(words, counter)
                    return
                if verb == "TX":
                    (text,) = words
                    self._said += bytes.fromhex(text)
                    continue
                answer = self._registers.execute(verb, words)
            except (ValueError, IndexError, NotFinite) as error:
                raise FirmwareLost(f"said {line[:80]!r}, which cannot be: {error}") from error
            if answer is not None:
                link.send(answer)
        raise FirmwareLost(f"said {_MOST_LINES} lines in one step")

    def _set_alarm(self, words: list[str], counter: int) -> None:
        if not words:
            return
        (text,) = words
        self._alarm_own_ns = int(text)
        if self._alarm_own_ns <= counter:
            # Bench time would stand still for ever.
            raise ValueError(f"it asks to be woken at a time that is not after {counter}")
        self._alarm.at(max(self._board.now_ns, self._counter.bench_ns(self._alarm_own_ns)))
