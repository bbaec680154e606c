"""What a firmware outside can do to the boards, word by word (`docs/firmware-interface.md`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.quantity import finite
from harness.simulation.files.contactfile import Overload
from harness.simulation.timekeeper import NS_PER_S
from harness.simulation.unit.board import Sequence, Step
from harness.simulation.unit.overload import OverloadWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.simulation.unit.board import ChannelBoard
    from harness.simulation.unit.clock import UnitClock

_STEP_FIELDS = 3
_MOST_STEPS = 10_000
_LARGEST_FACTOR = 2.0
_OFF = Overload()
_FLAGS = {"0": False, "1": True}


class Counter:
    """The free-running counter of the unit's crystal, in its own nanoseconds.

    Args:
        board: whose bench time it counts.
        clock: the crystal.
    """

    def __init__(self, board: ChannelBoard, clock: UnitClock) -> None:
        self._board = board
        self._clock = clock
        self._bench_ns = 0
        self._own_ns = 0

    @property
    def now(self) -> int:
        """What it shows now."""
        return self._own_ns + round(self._clock.own_s(self._board.now_ns - self._bench_ns) * NS_PER_S)

    def bench_ns(self, own_ns: int) -> int:
        """Answer the bench time at which it shows `own_ns`."""
        return self._bench_ns + self.span_ns(own_ns - self._own_ns)

    def span_ns(self, own_ns: int) -> int:
        """Answer the bench time that `own_ns` of it take."""
        return self._clock.ns(own_ns / NS_PER_S)

    def hold(self) -> None:
        """Go on from what it shows, though the crystal is about to be another one."""
        self._own_ns, self._bench_ns = self.now, self._board.now_ns


class Registers:
    """The registers of every channel.

    Args:
        boards: of the channels, from channel 1.
        clock: the unit's crystal.
        counter: what its time is counted by.
        tripped: called with a channel when its comparator speaks.
    """

    def __init__(
        self,
        boards: tuple[ChannelBoard, ...],
        clock: UnitClock,
        counter: Counter,
        tripped: Callable[[int], None],
    ) -> None:
        self._boards = boards
        self._counter = counter
        self._periods_ns = dict.fromkeys(range(1, len(boards) + 1), 0)
        self._limits = dict.fromkeys(range(1, len(boards) + 1), _OFF)
        self._comparators = {board.channel: self._comparator(board, clock, tripped) for board in boards}
        self._commands: dict[str, Callable[[ChannelBoard, list[str]], str | None]] = {
            "PLAY": self._play,
            "STOP": self._stop,
            "COMPARE": self._compare,
            "MOTOR": lambda board, words: board.motor(finite("frequency", float(words[0]))),
            "CONTACT?": lambda board, _: number(board.contact_code()),
            "BATTERY?": lambda board, _: number(board.battery_code()),
            "CURRENT?": lambda board, _: number(board.current_a()),
            "MEMORY?": lambda board, _: f"{number(board.calibration.gain)} {number(board.calibration.offset_a)}",
        }

    @property
    def verbs(self) -> tuple[str, ...]:
        return tuple(self._commands)

    def greeting(self) -> str:
        """Answer what a firmware has to know at the start: channels, then bits and full scale of each converter."""
        board = self._boards[0]
        converters = (board.dac, board.contact, board.battery)
        return " ".join([str(len(self._boards)), *(f"{c.bits} {number(c.full_scale)}" for c in converters)])

    def execute(self, verb: str, words: list[str]) -> str | None:
        """Do what a line says; answer what it asks for.

        Raises:
            ValueError: it cannot be done.
        """
        command = self._commands.get(verb)
        if command is None:
            raise ValueError(f"there are {', '.join(self.verbs)}, TX and DONE")
        channel = _whole(words, 0)
        if not 1 <= channel <= len(self._boards):
            raise ValueError(f"channel {channel} is none of 1 to {len(self._boards)}")
        return command(self._boards[channel - 1], words[1:])

    def _play(self, board: ChannelBoard, words: list[str]) -> None:
        """Take ``duration:bridge:code... [ENVELOPE=t:factor,...] [SENSE=1] [LEVEL=n]``."""
        fields = [word.partition("=") for word in words if "=" in word]
        keys = {key: value for key, _, value in fields}
        if len(keys) < len(fields) or not set(keys) <= {"ENVELOPE", "SENSE", "LEVEL"}:
            raise ValueError("its keys are ENVELOPE, SENSE and LEVEL, each once")
        if keys.get("SENSE", "0") not in _FLAGS:
            raise ValueError("SENSE is 0 or 1")
        sequence = Sequence(
            tuple(self._steps(board, [word for word in words if "=" not in word])),
            board.now_ns,
            on_ns=board.now_ns,
            envelope=tuple(self._corners(keys["ENVELOPE"])) if "ENVELOPE" in keys else (),
            sense=_FLAGS[keys.get("SENSE", "0")],
            level=int(keys.get("LEVEL", "0")),
        )
        self._periods_ns[board.channel] = sequence.risen_ns - board.now_ns + sequence.period_ns
        board.play(sequence)

    def _steps(self, board: ChannelBoard, words: list[str]) -> Iterator[Step]:
        """Convert steps; their ends, not their lengths, are rounded to bench time."""
        if not 0 < len(words) <= _MOST_STEPS:
            raise ValueError(f"it has {len(words)} steps; it has 1 to {_MOST_STEPS}")
        own_ns, end_ns = 0, 0
        for word in words:
            parts = word.split(":")
            if len(parts) != _STEP_FIELDS:
                raise ValueError(f"{word[:40]!r} is no duration:bridge:code")
            own_ns += int(parts[0])
            start_ns, end_ns = end_ns, self._counter.span_ns(own_ns)
            yield Step(end_ns - start_ns, int(parts[1]), _register(board, parts[2]))

    def _corners(self, text: str) -> Iterator[tuple[int, float]]:
        for corner in text.split(","):
            own_ns, _, factor = corner.partition(":")
            value = finite("factor", float(factor))
            if not 0.0 <= value <= _LARGEST_FACTOR:
                raise ValueError(f"factor {value:g} is none of 0 to {_LARGEST_FACTOR:g}")
            yield self._counter.span_ns(int(own_ns)), value

    def _stop(self, board: ChannelBoard, words: list[str]) -> None:
        _end(words)
        self._periods_ns[board.channel] = 0
        board.play(None)

    def _compare(self, board: ChannelBoard, words: list[str]) -> None:
        """Take ``limit_a lasting_ns``: set the current comparator anew; limit 0: off."""
        limit_a, lasting_s = finite("limit", float(words[0])), _whole(words, 1) / NS_PER_S
        _end(words[2:])
        if limit_a < 0.0 or lasting_s < 0.0:
            raise ValueError("limit and time are not negative")
        self._limits[board.channel] = Overload(trip_a=limit_a, trip_s=lasting_s)
        self._comparators[board.channel].stop()
        if limit_a:
            self._comparators[board.channel].start()

    def _comparator(self, board: ChannelBoard, clock: UnitClock, tripped: Callable[[int], None]) -> OverloadWatch:
        def speak() -> None:
            self._comparators[board.channel].stop()
            tripped(board.channel)

        return OverloadWatch(
            lambda: self._limits[board.channel],
            board=board,
            clock=clock,
            repeats_ns=lambda: board.now_ns + self._periods_ns[board.channel],
            tripped=speak,
        )


def number(value: float) -> str:
    """Write a number with all its digits; a whole one without a point."""
    return str(int(value)) if value.is_integer() else repr(value)


def _register(board: ChannelBoard, text: str) -> float:
    """Answer what is in the converter's register: of a code that is too large only the lowest bits."""
    if board.dac.bits:
        code = int(text)
        if code < 0:
            raise ValueError(f"code {code} is negative")
        return float(code & ((1 << board.dac.bits) - 1))
    return finite("code", float(text))


def _whole(words: list[str], index: int) -> int:
    if len(words) <= index:
        raise ValueError("a word is missing")
    return int(words[index])


def _end(words: list[str]) -> None:
    if words:
        raise ValueError(f"{words[0][:40]!r} is a word too many")
