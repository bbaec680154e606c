"""What changes in the electronics of a channel by itself: warmth, gel, leads, and what holds for a time."""

from __future__ import annotations

import bisect
import math
from typing import TYPE_CHECKING

from harness.simulation.circuit.drive import FOREVER_NS
from harness.simulation.files.only import edges_s
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.electronicsfile import Electronics

_WARM_STEPS = 50
"""Steps for each time constant of the warming up, up to the tenth."""

_DRYING_STEP_S = 1.0


class Course:
    """The course of one channel, counted from its switching on.

    Args:
        electronics: what was built.
        errors: where the lead's drops are drawn from.
        channel: number of the output.
    """

    def __init__(self, electronics: Electronics, errors: HiddenErrors, channel: int) -> None:
        self._electronics = electronics
        self._errors = errors
        self._channel = channel
        self._on_ns: int | None = None
        self._changed_ns = 0
        self._warmth_k = 0.0
        self._edges_ns = tuple(round(time_s * NS_PER_S) for time_s in edges_s(electronics.only))
        self._drops: list[tuple[int, int]] = []

    def switch(self, now_ns: int, *, on: bool) -> None:
        """Take that the output goes on or off; what is on stays on."""
        if on is (self._on_ns is not None):
            return
        self._warmth_k = self.warmth_k(now_ns)
        self._changed_ns = now_ns
        self._on_ns = now_ns if on else None

    def on_s(self, now_ns: int) -> float:
        """Answer for how long the output has been on; below 0: it is off."""
        return -1.0 if self._on_ns is None else (now_ns - self._on_ns) / NS_PER_S

    def warmth_k(self, now_ns: int) -> float:
        """Answer how much warmer than the room it is: it nears its own warmth while it is on, and 0 while it is off."""
        if not self._electronics.warm_up_k:
            return 0.0
        target = self._electronics.warm_up_k if self._on_ns is not None else 0.0
        passed = (now_ns - self._changed_ns) / NS_PER_S / self._electronics.warm_up_s
        return target + (self._warmth_k - target) * math.exp(-passed)

    def dried_ohm(self, now_ns: int, built: Electronics) -> float:
        """Answer what the gel has become more since switching on.

        Args:
            now_ns: bench time.
            built: the electronics as they are in the present situation.
        """
        return min(max(0.0, self.on_s(now_ns)) * built.drying_ohm_per_s, built.drying_most_ohm)

    def is_open(self, now_ns: int) -> bool:
        """Answer whether the lead is interrupted."""
        if self._on_ns is None or not self._electronics.lead_drop_interval_s:
            return False
        since_ns = now_ns - self._on_ns
        return any(start <= since_ns < end for start, end in self._drops_near(since_ns))

    def next_ns(self, now_ns: int, situated: Electronics) -> int | None:
        """Answer when something changes next if nobody does anything; None: never.

        Args:
            now_ns: bench time.
            situated: the electronics as they are in the present situation.
        """
        if self._on_ns is None:
            return None
        since_ns, built = now_ns - self._on_ns, self._electronics
        times = [time_ns for time_ns in self._edges_ns if time_ns > since_ns]
        if built.warm_up_k and (now_ns - self._changed_ns) / NS_PER_S < 10.0 * built.warm_up_s:
            times.append(since_ns + max(1, round(built.warm_up_s / _WARM_STEPS * NS_PER_S)))
        if situated.drying_ohm_per_s and self.dried_ohm(now_ns, situated) < situated.drying_most_ohm:
            times.append(since_ns + round(_DRYING_STEP_S * NS_PER_S))
        if built.lead_drop_interval_s:
            times.extend(time_ns for drop in self._drops_near(since_ns) for time_ns in drop if time_ns > since_ns)
        return self._on_ns + min(times) if times else None

    def _drops_near(self, since_ns: int) -> list[tuple[int, int]]:
        """Answer the drop that began last and the one that comes next, as start and end since switching on."""
        built = self._electronics
        while not self._drops or self._drops[-1][0] <= since_ns:
            number, before_ns = len(self._drops), self._drops[-1][0] if self._drops else 0
            name = f"unit lead drop {self._channel} {number}"
            gap = built.lead_drop_interval_s * self._errors.between(f"{name} after", 0.5, 1.5)
            low, high = math.log(built.lead_drop_shortest_s), math.log(built.lead_drop_longest_s)
            length = math.exp(self._errors.between(f"{name} length", low, high))
            start_ns = before_ns + round(gap * NS_PER_S)
            self._drops.append((start_ns, start_ns + round(length * NS_PER_S)))
        following = bisect.bisect_right(self._drops, (since_ns, FOREVER_NS))
        return self._drops[max(0, following - 1) : following + 1]
