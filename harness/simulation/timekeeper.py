"""Bench time: a whole number of nanoseconds, events in order, and one message at a time.

A thread that touches the bench holds the timekeeper (``with timekeeper:``). Whoever has to wait gives it back while
waiting, so that a query without an answer never holds the bench.
"""

from __future__ import annotations

import heapq
import threading
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from harness.errors import StimcertError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

NS_PER_S = 1_000_000_000
_LOOK_S = 0.25
"""Wall time after which a wait that nothing scheduled can end looks whether its client is still there."""
_CROWD = 1000
"""Events in the queue from which on the cancelled ones are worth a look."""
_KEEP_UP_S, _OBSERVED_S = 1.0, 0.02
"""Wall time between two looks at what is due, while nobody observes and while somebody does."""
_TURN_S = 0.02
"""Wall time of one wait on the virtual clock before the others get a turn."""


class Stopped(StimcertError):
    """The simulation ends while somebody waits for an answer."""


class Abandoned(StimcertError):
    """Whoever waits for an answer has gone, or has cleared the instrument."""


def never() -> bool:
    """Stand in for a client that waits as long as it takes."""
    return False


class Event:
    """Something that happens at a bench time unless it is cancelled before."""

    __slots__ = ("_action", "at_ns", "cancelled")

    def __init__(self, at_ns: int, action: Callable[[], None]) -> None:
        self.at_ns = at_ns
        self.cancelled = False
        self._action = action

    def cancel(self) -> None:
        self.cancelled = True

    def happen(self) -> None:
        if not self.cancelled:
            self._action()


class Timekeeper(ABC):
    """The lock, the queue of events and the time that both clocks share.

    Attributes:
        now_ns: bench time. Inside an event it is the event's time.
    """

    name: str

    def __init__(self) -> None:
        self.now_ns = 0
        self._lock = threading.Lock()
        self._condition = threading.Condition(self._lock)
        self._queue: list[tuple[int, int, Event]] = []
        self._scheduled = 0
        self._crowded = _CROWD
        self._waiting = 0
        self._observers: list[Callable[[], bool]] = []
        self._stopping = False

    def __enter__(self) -> None:
        self._lock.acquire()
        try:
            self._catch_up()
        except BaseException:
            self._lock.release()  # __exit__ is not called when __enter__ fails
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._queue and self._queue[0][0] <= self.now_ns:
                self._run_until(self.now_ns)
            if self._observers:
                self._observers = [look for look in self._observers if look()]
        finally:
            if self._waiting:
                self._condition.notify_all()
            self._lock.release()

    def schedule(self, at_ns: int, action: Callable[[], None]) -> Event:
        """Let `action` happen at `at_ns`; events of the same time happen in the order of their scheduling."""
        event = Event(at_ns, action)
        self._scheduled += 1
        heapq.heappush(self._queue, (at_ns, self._scheduled, event))
        if len(self._queue) > self._crowded:
            self._forget_cancelled()
        return event

    def _forget_cancelled(self) -> None:
        """Drop what was cancelled long before its time; the order of the rest is its own."""
        self._queue[:] = [entry for entry in self._queue if not entry[2].cancelled]
        heapq.heapify(self._queue)
        self._crowded = max(_CROWD, 2 * len(self._queue))

    @abstractmethod
    def spend(self, duration_ns: int) -> None:
        """Pass the time that a message takes on its way."""

    @abstractmethod
    def elapse(self, duration_ns: int) -> None:
        """Pass the time that something physical takes, a relay for example."""

    @abstractmethod
    def wait_for(
        self, done: Callable[[], bool], due_ns: Callable[[], int | None], given_up: Callable[[], bool] = never
    ) -> None:
        """Return when `done()`.

        Args:
            done: whether the wait is over.
            due_ns: time of the next scheduled event that could complete it, `None` while nothing can.
            given_up: whether nobody wants the answer any more. Asked now and then; `wake` has it asked at once.

        Raises:
            Stopped: the simulation ends first.
            Abandoned: it was given up.
        """

    def observe(self, look: Callable[[], bool]) -> None:
        """Have `look` called at the end of every turn until it answers False. The timekeeper is held."""
        self._observers.append(look)

    def wake(self) -> None:
        """Let everybody who waits look again."""
        with self._condition:
            self._condition.notify_all()

    def stop(self) -> None:
        """Wake everybody who waits, for the end. Who is busy sees it at the end of a turn."""
        self._stopping = True
        self.wake()

    @abstractmethod
    def _catch_up(self) -> None:
        """Bring bench time up to date at the start of a turn."""

    def _next_at(self) -> int | None:
        while self._queue and self._queue[0][2].cancelled:
            heapq.heappop(self._queue)
        return self._queue[0][0] if self._queue else None

    def _run_until(self, until_ns: int) -> None:
        """Let everything happen that is due, each at its own time, then be at `until_ns`."""
        queue = self._queue
        while queue and queue[0][0] <= until_ns:
            at_ns, _, event = heapq.heappop(queue)
            self.now_ns = max(self.now_ns, at_ns)
            event.happen()
        self.now_ns = max(self.now_ns, until_ns)

    def _sleep(self, timeout_s: float | None, given_up: Callable[[], bool]) -> None:
        """Give the bench back until something happens."""
        if self._stopping:
            raise Stopped("the simulation ends")
        self._waiting += 1
        try:
            self._condition.wait(_LOOK_S if timeout_s is None else min(timeout_s, _LOOK_S))
        finally:
            self._waiting -= 1
        if self._stopping:
            raise Stopped("the simulation ends")
        if given_up():
            raise Abandoned("nobody waits for this answer any more")

    def _give_way(self, given_up: Callable[[], bool]) -> None:
        """Let the others have a turn in a wait that takes many events."""
        self._condition.release()
        try:
            time.sleep(0)
        finally:
            self._condition.acquire()
        if self._stopping:
            raise Stopped("the simulation ends")
        if given_up():
            raise Abandoned("nobody waits for this answer any more")


class VirtualTimekeeper(Timekeeper):
    """Time that passes only for messages, for `advance`, and for answers that are already scheduled."""

    name = "virtual"

    def __enter__(self) -> None:
        self._lock.acquire()  # there is nothing to catch up with, and every message comes this way

    def spend(self, duration_ns: int) -> None:
        until_ns = self.now_ns + duration_ns
        if self._queue and self._queue[0][0] <= until_ns:
            self._run_until(until_ns)
        else:
            self.now_ns = until_ns

    def elapse(self, duration_ns: int) -> None:
        self._run_until(self.now_ns + duration_ns)

    def advance(self, duration_ns: int) -> None:
        self._run_until(self.now_ns + duration_ns)

    def wait_for(
        self, done: Callable[[], bool], due_ns: Callable[[], int | None], given_up: Callable[[], bool] = never
    ) -> None:
        turn_ends_s = time.monotonic() + _TURN_S
        while not done():
            due = due_ns()
            if due is None:
                self._sleep(None, given_up)
                continue
            if time.monotonic() > turn_ends_s:
                self._give_way(given_up)
                turn_ends_s = time.monotonic() + _TURN_S
                continue
            # One event at a time: the next one (a watchdog, say) may take away what was due.
            following = self._next_at()
            self._run_until(due if following is None else min(due, max(following, self.now_ns)))

    def _catch_up(self) -> None:
        """Nothing: virtual time stands still between messages."""


class WallTimekeeper(Timekeeper):
    """Time that follows the monotonic clock of the machine."""

    name = "wall"

    def __init__(self) -> None:
        super().__init__()
        self._origin_ns = time.monotonic_ns()

    def spend(self, duration_ns: int) -> None:
        """Nothing: on the wall clock a message takes the time it takes."""

    def elapse(self, duration_ns: int) -> None:
        until_ns = self.now_ns + duration_ns
        self.wait_for(lambda: self.now_ns >= until_ns, lambda: until_ns)

    def wait_for(
        self, done: Callable[[], bool], due_ns: Callable[[], int | None], given_up: Callable[[], bool] = never
    ) -> None:
        while not done():
            due = due_ns()
            self._sleep(None if due is None else max(0, due - self.now_ns) / NS_PER_S, given_up)
            self._catch_up()

    def keep_up(self) -> None:
        """Let what is due happen without a message too, until the end.

        Hours of silence leave nothing to catch up with, and who observes hears of it soon.
        """
        while not self._stopping:
            time.sleep(_OBSERVED_S if self._observers else _KEEP_UP_S)
            with self:
                pass

    def _catch_up(self) -> None:
        self._run_until(time.monotonic_ns() - self._origin_ns)
