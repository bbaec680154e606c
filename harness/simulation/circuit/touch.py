"""The loads that vary while they are touched: since when each is touched, and when one changes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.circuit.variation import Moment, Series

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.circuit.wiring import Wiring
    from harness.simulation.timekeeper import Event, Timekeeper


class Touches:
    """Series of the loads that are touched, from the touch on.

    Args:
        timekeeper: bench time.
        change: called when one of them changes.

    Attributes:
        next_ns: when one of them changes next, None where none does.
    """

    def __init__(self, timekeeper: Timekeeper, change: Callable[[], None]) -> None:
        self._timekeeper = timekeeper
        self._change = change
        self._key = ""
        self._counts: dict[str, int] = {}
        self._running: dict[str, tuple[int, Series]] = {}
        self._event: Event | None = None
        self.next_ns: int | None = None

    def begin(self, key: str) -> None:
        """Let every load be touched anew, with the series that a key draws."""
        self._key = key
        self._counts.clear()
        self._running.clear()

    def renew(self) -> None:
        """Let every load be touched anew: the parts have changed."""
        self.begin(self._key)

    def update(self, wiring: Wiring) -> None:
        """Give the wiring the moments of the loads that it touches, and see to it that the next change comes."""
        touched = wiring.touched()
        if not touched and not self._running and not wiring.moments:
            return
        now_ns = self._timekeeper.now_ns
        names = {branch.name for branch in touched}
        self._running = {name: touch for name, touch in self._running.items() if name in names}
        for branch in touched:
            if branch.name not in self._running and branch.varies is not None:
                number = self._counts[branch.name] = self._counts.get(branch.name, 0) + 1
                self._running[branch.name] = now_ns, Series(branch.varies, branch.seed, self._key, branch.name, number)
        moments: dict[str, Moment] = {}
        following: list[int] = []
        for name, (since_ns, series) in self._running.items():
            moments[name] = series.at(now_ns - since_ns)
            next_ns = series.next_ns(now_ns - since_ns)
            following.extend([] if next_ns is None else [since_ns + next_ns])
        wiring.moments = moments
        if self._event is not None:
            self._event.cancel()
        self.next_ns = min(following, default=None)
        self._event = None if self.next_ns is None else self._timekeeper.schedule(self.next_ns, self._change)
