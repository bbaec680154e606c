"""An orderly stop: signals end a run, but never in the middle of making it safe.

Left alone, one SIGINT lets pytest tear down, a second one kills the teardown, and SIGTERM runs none.
"""

from __future__ import annotations

import atexit
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

PATIENCE_S = 5.0
"""Wall time for which further signals are ignored while the safe state is not confirmed."""

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class OrderlyStop:
    """Turns the first signal into `KeyboardInterrupt`, and holds it back inside a shielded stretch."""

    def __init__(self) -> None:
        self.requested_at: float | None = None
        self._depth = 0
        self._pending = False
        self._safe = True
        self._too_late = False
        self._previous: dict[int, object] = {}

    def install(self) -> None:
        """Take over the signals; possible in the main thread only."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in _SIGNALS:
            self._previous[number] = signal.signal(number, self._arrived)

    def remove(self) -> None:
        """Give the signals back; where a run was concluded, keep them off until the process has ended by itself."""
        if self._too_late:
            # Python puts the default actions back while it shuts down: a late signal would still change the exit code.
            atexit.register(_ignore, tuple(self._previous))
            return
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._previous.clear()

    def at_risk(self) -> None:
        """The output may be on from here: a stop has to wait for the safe state."""
        self._safe = False

    def safe(self) -> None:
        """The safe state is confirmed, or nothing more can be done for it."""
        self._safe = True

    @property
    def requested(self) -> bool:
        """True from the first signal on."""
        return self.requested_at is not None

    def check(self) -> None:
        """Stop here where a stop was asked for and got lost.

        An exception raised by a signal can vanish where Python ignores exceptions (finalizers) or where another
        plugin turns it into a warning; so the run asks again before each test.

        Raises:
            KeyboardInterrupt: a stop was asked for.
        """
        if self.requested:
            raise KeyboardInterrupt

    def too_late(self) -> None:
        """All measuring is done and the bench is safe: what is left is written to its end, unless it takes too long."""
        self._depth += 1
        self._too_late = True

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Run a stretch to its end; a signal that came meanwhile takes effect after it."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
        if self._pending and self._depth == 0:
            self._pending = False
            raise KeyboardInterrupt

    def _arrived(self, _number: int, _frame: FrameType | None) -> None:
        first = self.requested_at is None
        now = time.monotonic()
        if self.requested_at is None:
            self.requested_at = now
        impatient = now - self.requested_at > PATIENCE_S
        if not first and not self._safe and not impatient:
            return
        if self._depth and not impatient:
            self._pending = True
            return
        raise KeyboardInterrupt


def _ignore(numbers: tuple[int, ...]) -> None:
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)
