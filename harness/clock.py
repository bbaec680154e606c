"""Bench time: the only way in which the host waits.

A real bench runs on the wall clock. A simulated bench runs on the virtual clock of `harness.bench`, which this module
does not know: it is the other of the project's two seams (bytes and clock).
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from harness.errors import TimeLimitExceeded
from harness.quantity import finite

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST_SLEEP_S = 1e-3
_LONGEST_SLEEP_S = 0.5


class Clock(ABC):
    """Time of the bench, in seconds.

    While a watchdog has to be fed, the stimulator's or the bench's, a keep-alive is set: no sleep is longer than a
    third of its period, and one goes out after each. Between two sleeps nobody is fed, so whoever talks to instruments
    sleeps at least once in a second of bench time.
    """

    def __init__(self) -> None:
        self._keep_alive: Callable[[], object] | None = None
        self._slice_s = float("inf")

    @abstractmethod
    def now(self) -> float:
        """Bench time, s."""

    @abstractmethod
    def _pass(self, seconds: float) -> None:
        """Let bench time pass."""

    def keep_alive_with(self, send: Callable[[], object] | None, period_s: float) -> None:
        """Call `send` at least three times in each watchdog period while sleeping; None: no watchdog.

        Several watchdogs are fed by one `send`, with the shortest of their periods.
        """
        self._keep_alive = send
        if finite("watchdog period", period_s) <= 0:
            raise ValueError(f"a watchdog period of {period_s:g} s leaves no time to wait")
        self._slice_s = period_s / 3 if send is not None else float("inf")

    def sleep(self, seconds: float) -> None:
        """Let bench time pass, with keep-alives."""
        remaining = finite("time to sleep", seconds)
        while remaining > 0:
            part = min(remaining, self._slice_s)
            self._pass(part)
            remaining -= part
            if self._keep_alive is not None:
                self._keep_alive()

    def sleep_without_keep_alive(self, seconds: float) -> None:
        """Let bench time pass and keep silent, so that a watchdog can trip."""
        self._pass(finite("time to sleep", seconds))

    def wait_for(
        self, condition: Callable[[], bool], limit_s: float, *, what: str, expected_s: float = _FIRST_SLEEP_S
    ) -> None:
        """Ask until `condition` is true: ask, sleep, ask again.

        Args:
            condition: a status query, true when done.
            limit_s: bench time after which to give up.
            what: what is awaited, for the message.
            expected_s: how long it should take; slept before the second question.

        Raises:
            TimeLimitExceeded: the condition did not come true in time.
        """
        deadline = self.now() + finite("time limit", limit_s)
        pause = max(expected_s, _FIRST_SLEEP_S)
        while not condition():
            left = deadline - self.now()
            if left <= 0:
                raise TimeLimitExceeded(f"{what} did not come within {limit_s:g} s of bench time")
            self.sleep(min(pause, left))
            pause = min(max(pause / 4, _FIRST_SLEEP_S), _LONGEST_SLEEP_S)


class WallClock(Clock):
    """Time as it passes."""

    def now(self) -> float:
        return time.monotonic()

    def _pass(self, seconds: float) -> None:
        time.sleep(seconds)
