"""Takes the readings of a Keithley multimeter in bench time and stores them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.keithley_buffers import Buffer
    from harness.simulation.instruments.keithley_digitizer import Digitizer
    from harness.simulation.instruments.keithley_function import KeithleyFunction
    from harness.simulation.timekeeper import Event, Timekeeper

_MOST_RANGE_CHANGES = 8
_AT_ONCE = 100_000
"""Samples that are worked out together: millions at once would fill the memory."""


class Engine:
    """One group of readings at a time.

    Args:
        timekeeper: bench time.
        ranging_ns: time that a change of range takes.
        ranged: called after autorange has chosen another range.
    """

    def __init__(
        self,
        timekeeper: Timekeeper,
        ranging_ns: int,
        *,
        ranged: Callable[[], None],
    ) -> None:
        self._timekeeper = timekeeper
        self._ranging_ns = ranging_ns
        self._ranged = ranged
        self._event: Event | None = None
        self._begun_ns = 0

    def needed_ns(self) -> int | None:
        """Answer where what is being taken begins, None while it rests."""
        return self._begun_ns if self._event is not None else None

    @property
    def due_ns(self) -> int | None:
        """When its next step comes, None while it rests."""
        return self._event.at_ns if self._event is not None else None

    def stop(self) -> None:
        """Take no further reading."""
        if self._event is not None:
            self._event.cancel()
            self._event = None

    def measure(self, function: KeithleyFunction, count: int, buffer: Buffer | None, done: Callable[[], None]) -> None:
        """Take `count` readings, store each, then call `done`; without a buffer they become the relative offset."""
        if not count:
            done()
            return

        def store(value: float, at_ns: int) -> None:
            if buffer is None:
                if math.isfinite(value):
                    function.acquire(function.raw(value))
            else:
                buffer.put(value, at_ns, function.kind.shown)
            self.measure(function, count - 1, buffer, done)

        self._convert(function, [], self._timekeeper.now_ns + round(function.delay_s * NS_PER_S), store)

    def digitize(self, digitizer: Digitizer, count: int, buffer: Buffer, done: Callable[[], None]) -> None:
        """Take `count` samples from now on, store them all, then call `done`."""
        self._begun_ns = start_ns = self._timekeeper.now_ns

        def finish() -> None:
            self._event = None
            noise = digitizer.noise()
            kept = buffer.kept_of(count)
            for first in range(kept.start, kept.stop, _AT_ONCE):
                times_ns = digitizer.times_ns(start_ns, first, min(first + _AT_ONCE, kept.stop))
                values = digitizer.sample(times_ns, noise)
                buffer.put_arrays(values, times_ns, digitizer.shown)
            if len(kept) < count and not buffer.is_continuous:
                buffer.complain()
            done()

        self._event = self._timekeeper.schedule(start_ns + digitizer.duration_ns(count), finish)

    def _convert(
        self,
        function: KeithleyFunction,
        taken: list[float],
        start_ns: int,
        store: Callable[[float, int], None],
        changes: int = 0,
    ) -> None:
        """Take one conversion from `start_ns` on, and the next, until a reading is complete."""
        window_ns = max(1, round(function.window_s * NS_PER_S))
        self._begun_ns = start_ns

        def finish() -> None:
            self._event = None
            now_ns = self._timekeeper.now_ns
            may_range = changes < _MOST_RANGE_CHANGES
            value = function.convert(start_ns, start_ns + window_ns, may_range=may_range)
            if value is None:
                self._ranged()
                self._convert(function, [], now_ns + self._ranging_ns, store, changes + 1)
                return
            taken.append(value)
            if len(taken) < function.conversions and math.isfinite(value):
                self._convert(function, taken, now_ns, store, _MOST_RANGE_CHANGES)
            else:
                store(value if math.isinf(value) else function.finish(taken), start_ns)

        after_ns = max(1, round(function.conversion_s * NS_PER_S))
        self._event = self._timekeeper.schedule(start_ns + after_ns, finish)
