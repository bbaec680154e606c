"""A user's own firmware in the unit, in lock-step with bench time (`docs/firmware-interface.md`).

Bench time stands still while the firmware thinks. Each step is begun by what wakes it, a character on the line, its own
alarm or the comparator, and ends when it says that it is done and when it wants to be woken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import NotFinite, RequestError
from harness.quantity import finite
from harness.simulation.files.contactfile import Overload
from harness.simulation.timekeeper import NS_PER_S
from harness.simulation.unit.board import Sequence, Step
from harness.simulation.unit.clock import Alarm
from harness.simulation.unit.link import FirmwareLost
from harness.simulation.unit.overload import OverloadWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.simulation.unit.board import ChannelBoard
    from harness.simulation.unit.clock import UnitClock
    from harness.simulation.unit.link import FirmwareLink

VERSION = "1"
_STEP_FIELDS = 3
_MOST_STEPS = 10_000
_AT_ONCE = 64


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
    """The firmware at the other end of a link, and the registers of every channel that it works on.

    Args:
        outside: where it is.
        boards: of the channels, from channel 1.
        clock: the unit's crystal: every time on the link is its own.

    Raises:
        RequestError: it does not greet as it should.
    """

    def __init__(self, outside: Outside, boards: tuple[ChannelBoard, ...], clock: UnitClock) -> None:
        link = outside.link
        self._link: FirmwareLink | None = link
        self._boards = boards
        self._clock = clock
        self._complain = outside.complain
        self._alarm = Alarm(boards[0], clock, self._wake)
        self._alarm_own_ns = 0
        self._comparators: dict[tuple[int, float, float], OverloadWatch] = {}
        self._periods_ns = dict.fromkeys(range(1, len(boards) + 1), 0)
        self._said = bytearray()
        self._transmit: Callable[[bytes], None] = lambda _: None
        self._commands: dict[str, Callable[[list[str]], str | None]] = {
            "PLAY": self._play,
            "STOP": self._stop,
            "CONTACT?": lambda words: f"{self._board(words).contact_code():g}",
            "BATTERY?": lambda words: f"{self._board(words).battery_code():g}",
            "MEMORY?": self._memory,
            "COMPARE": self._compare,
            "TX": self._send,
        }
        try:
            dac = boards[0].dac
            link.send(f"HELLO {VERSION} {len(boards)} {dac.bits} {dac.full_scale:g}")
            greeting = link.receive()
        except FirmwareLost as error:
            raise RequestError(f"the firmware at {link.address} {error}") from error
        if greeting != f"HELLO {VERSION}":
            raise RequestError(
                f"the firmware at {link.address} greets with {greeting[:60]!r}, not with HELLO {VERSION}"
            )
        self._step("POWER")

    def on_line(self, transmit: Callable[[bytes], None]) -> None:
        """Send what the firmware says by itself, not in answer to anything, through `transmit`."""
        self._transmit = transmit

    def receive(self, data: bytes) -> bytes:
        """Hand over characters of the serial line, 64 at a time; answer what it has to say at once."""
        for start in range(0, len(data), _AT_ONCE):
            self._step(f"RX {data[start : start + _AT_ONCE].hex()}")
        said, self._said = bytes(self._said), bytearray()
        return said

    def _wake(self) -> None:
        self._alone("WAKE")

    def _alone(self, cause: str) -> None:
        """Take a step that no character began."""
        self._step(cause)
        if self._said:
            said, self._said = bytes(self._said), bytearray()
            self._transmit(said)

    def _step(self, cause: str) -> None:
        """Let the firmware run until it is done. One that is lost leaves its registers as they are."""
        if self._link is None:
            return
        # An alarm's own time, though rounding to bench time may have put the counter a hair before it.
        counter = round(self._clock.own_s(self._boards[0].now_ns) * NS_PER_S)
        counter = max(counter, self._alarm_own_ns) if cause == "WAKE" else counter
        self._alarm.stop()
        try:
            self._link.send(f"STEP {counter} {cause}")
            while True:
                verb, *words = self._link.receive().split(" ")
                if verb == "DONE":
                    self._set_alarm(words, counter)
                    return
                self._command(self._link, verb, words)
        except FirmwareLost as error:
            self._complain(f"the firmware at {self._link.address} {error}; the outputs stay as they are")
            self._link.close()
            self._link = None

    def _command(self, link: FirmwareLink, verb: str, words: list[str]) -> None:
        command = self._commands.get(verb)
        if command is None:
            raise FirmwareLost(f"said {verb[:40]!r}, which is none of {', '.join(self._commands)} and DONE")
        try:
            answer = command(words)
        except (ValueError, IndexError, KeyError, NotFinite) as error:
            raise FirmwareLost(f"said {' '.join([verb, *words])[:80]!r}, which cannot be: {error}") from error
        if answer is not None:
            link.send(answer)

    def _set_alarm(self, words: list[str], counter: int) -> None:
        if not words:
            return
        try:
            (text,) = words
            self._alarm_own_ns = int(text)
        except ValueError as error:
            raise FirmwareLost(
                f"said DONE {' '.join(words)[:40]}; after DONE comes one whole number, or none"
            ) from error
        if self._alarm_own_ns <= counter:
            # Bench time would stand still for ever.
            raise FirmwareLost(f"asks to be woken at {self._alarm_own_ns}, which is not after {counter}")
        self._alarm.at(max(self._boards[0].now_ns, self._bench_ns(self._alarm_own_ns)))

    def _bench_ns(self, own_ns: int) -> int:
        return self._clock.ns(own_ns / NS_PER_S)

    def _board(self, words: list[str]) -> ChannelBoard:
        return self._boards[_channel(words[0], len(self._boards)) - 1]

    def _play(self, words: list[str]) -> None:
        """Take ``PLAY c duration:bridge:code... [ENVELOPE=t:factor,...] [SENSE=1] [LEVEL=n]``."""
        board = self._board(words)
        fields = [word.partition("=") for word in words[1:] if "=" in word]
        keys = {key: value for key, _, value in fields}
        if len(keys) < len(fields) or not set(keys) <= {"ENVELOPE", "SENSE", "LEVEL"}:
            raise ValueError("its keys are ENVELOPE, SENSE and LEVEL, each once")
        steps = tuple(self._steps(word for word in words[1:] if "=" not in word))
        sequence = Sequence(
            steps,
            board.now_ns,
            on_ns=board.now_ns,
            envelope=tuple(self._corners(keys["ENVELOPE"])) if "ENVELOPE" in keys else (),
            sense=keys.get("SENSE", "0") == "1",
            level=int(keys.get("LEVEL", "0")),
        )
        self._periods_ns[board.channel] = sequence.risen_ns - board.now_ns + sequence.period_ns
        board.play(sequence)

    def _steps(self, words: Iterable[str]) -> Iterable[Step]:
        """Convert steps; their ends, not their lengths, are rounded to bench time."""
        own_ns, end_ns, count = 0, 0, 0
        for word in words:
            parts = word.split(":")
            if len(parts) != _STEP_FIELDS:
                raise ValueError(f"{word[:40]!r} is no duration:bridge:code")
            count += 1
            own_ns += int(parts[0])
            start_ns, end_ns = end_ns, self._bench_ns(own_ns)
            yield Step(end_ns - start_ns, int(parts[1]), finite("code", float(parts[2])))
        if not 0 < count <= _MOST_STEPS:
            raise ValueError(f"it has {count} steps; it has 1 to {_MOST_STEPS}")

    def _corners(self, text: str) -> Iterable[tuple[int, float]]:
        for corner in text.split(","):
            own_ns, factor = corner.split(":")
            yield self._bench_ns(int(own_ns)), finite("factor", float(factor))

    def _stop(self, words: list[str]) -> None:
        board = self._board(words)
        self._periods_ns[board.channel] = 0
        board.play(None)

    def _memory(self, words: list[str]) -> str:
        calibration = self._board(words).calibration
        return f"{calibration.gain:.9g} {calibration.offset_a:.9g}"

    def _compare(self, words: list[str]) -> None:
        """Take ``COMPARE c limit_a lasting_ns``: set the current comparator, anew at each call; limit 0: off."""
        board = self._board(words)
        limit_a, lasting_s = finite("limit", float(words[1])), int(words[2]) / NS_PER_S
        if limit_a < 0.0 or lasting_s < 0.0:
            raise ValueError("limit and time are not negative")
        for (channel, _, _), watch in self._comparators.items():
            if channel == board.channel:
                watch.stop()
        if limit_a:
            self._comparator(board, limit_a, lasting_s).start()

    def _comparator(self, board: ChannelBoard, limit_a: float, lasting_s: float) -> OverloadWatch:
        """Answer the watch for one setting of a comparator; there is one for each that was ever asked for."""
        key = (board.channel, limit_a, lasting_s)
        if key not in self._comparators:
            watch = OverloadWatch(
                lambda: Overload(trip_a=limit_a, trip_s=lasting_s),
                board=board,
                clock=self._clock,
                repeats_ns=lambda: board.now_ns + self._periods_ns[board.channel],
                tripped=lambda: self._tripped(key),
            )
            self._comparators[key] = watch
        return self._comparators[key]

    def _tripped(self, key: tuple[int, float, float]) -> None:
        self._comparators[key].stop()
        self._alone(f"OVERLOAD {key[0]}")

    def _send(self, words: list[str]) -> None:
        self._said += bytes.fromhex(words[0])


def _channel(text: str, count: int) -> int:
    number = int(text)
    if not 1 <= number <= count:
        raise ValueError(f"channel {number} is none of 1 to {count}")
    return number
