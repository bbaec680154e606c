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
_SHARE_OF_EXPECTED = 0.01
_ROUNDING = 1e-9


class Clock(ABC):
    """Time of the bench, in seconds.

    While something has a host watchdog, `keep_alive` is set: between two of its calls no more than a third of the
    watchdog's period is slept. What messages take in between is not counted; it is small beside the other two thirds.
    """

    def __init__(self) -> None:
        self._keep_alive: Callable[[], object] | None = None
        self._slice_s = float("inf")
        self._slept_s = 0.0

    @abstractmethod
    def now(self) -> float:
        """Bench time, s."""

    @abstractmethod
    def _pass(self, seconds: float) -> float:
        """Let bench time pass, and answer the time after it."""

    def keep_alive_with(self, send: Callable[[], object] | None, period_s: float) -> None:
        """Call `send` at least three times in each watchdog period while sleeping; None: no watchdog."""
        self._keep_alive = send
        if finite("watchdog period", period_s) <= 0:
            raise ValueError(f"a watchdog period of {period_s:g} s leaves no time to wait")
        self._slice_s = period_s / 3 if send is not None else float("inf")
        self._slept_s = 0.0

    def sleep(self, seconds: float) -> float:
        """Let bench time pass, with keep-alives, and answer the time after it."""
        remaining = finite("time to sleep", seconds)
        now = None
        while remaining > 0:
            part = min(remaining, self._slice_s)
            if self._slept_s + part > self._slice_s * (1 + _ROUNDING):
                self._feed()
            now = self._pass(part)
            self._slept_s += part
            remaining -= part
            if self._slept_s >= self._slice_s:
                self._feed()
        return self.now() if now is None else now

    def _feed(self) -> None:
        if self._keep_alive is not None:
            self._keep_alive()
        self._slept_s = 0.0

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
        if condition():
            finite("time limit", limit_s)
            return
        now = self.now()
        deadline = now + finite("time limit", limit_s)
        pause = max(expected_s, _FIRST_SLEEP_S)
        # What takes long need not be asked every millisecond when it is late.
        shortest = max(_FIRST_SLEEP_S, _SHARE_OF_EXPECTED * expected_s)
        while True:
            if deadline - now <= 0:
                raise TimeLimitExceeded(f"{what} did not come within {limit_s:g} s of bench time")
            now = self.sleep(min(pause, deadline - now))
            if condition():
                return
            pause = min(max(pause / 4, shortest), _LONGEST_SLEEP_S)


class WallClock(Clock):
    """Time as it passes."""

    def now(self) -> float:
        return time.monotonic()

    def _pass(self, seconds: float) -> float:
        time.sleep(seconds)
        return self.now()
