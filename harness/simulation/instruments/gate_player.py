"""Plays a programme of gate levels in hardware time. Only level changes are events, never samples."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.timekeeper import Event, Timekeeper


class Play(Enum):
    """What follows a segment (33500B Series guide, DATA:SEQuence)."""

    ONCE = "once"
    ONCE_AND_WAIT = "onceWaitTrig"
    REPEAT = "repeat"
    FOREVER = "repeatInf"
    TILL_TRIGGER = "repeatTilTrig"
    HOLD = "hold"
    """A burst's rest: its level until the trigger, and then at once."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of samples, reduced to whether they drive the gate.

    Attributes:
        samples: its length.
        starts: first sample of each run of one level; the first is 0.
        levels: whether that run drives the gate.
    """

    samples: int
    starts: tuple[int, ...]
    levels: tuple[bool, ...]

    @property
    def is_constant(self) -> bool:
        return len(self.levels) == 1

    def level_at(self, sample: int) -> bool:
        return self.levels[bisect.bisect_right(self.starts, sample) - 1]


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a programme; `count` passes where `play` is REPEAT."""

    segment: Segment
    play: Play
    count: int = 1


class GatePlayer:
    """One output channel that plays a programme of items, again and again.

    Args:
        timekeeper: bench time.
        changed: called with each new level of the gate.

    Attributes:
        level: of the gate now.
    """

    def __init__(self, timekeeper: Timekeeper, changed: Callable[[], None]) -> None:
        self.level = False
        self._timekeeper = timekeeper
        self._changed = changed
        self._items: tuple[Item, ...] = ()
        self._rate_hz = 1.0
        self._immediate = False
        self._origin_ns = 0
        self._index = 0
        self._base = 0  # sample at which the pass began, counted from the origin
        self._passes = 0  # of the item, complete
        self._triggered = False
        self._waiting = False  # a segment that was played once holds its last sample
        self._event: Event | None = None

    @property
    def awaits_trigger(self) -> bool:
        """Whether a trigger would do anything now."""
        if not self._items or self._triggered:
            return False
        return self._waiting or self._items[self._index].play in {Play.TILL_TRIGGER, Play.HOLD}

    @property
    def is_periodic(self) -> bool:
        """Whether it stands where only bench time, and no trigger before, says where it is."""
        play = self._items[self._index].play if self._items and not self._waiting else Play.ONCE
        return play is Play.FOREVER or (play is Play.TILL_TRIGGER and not self._triggered)

    def hold(self, *, level: bool) -> None:
        """Stay at one level."""
        self._cancel()
        self._items = ()
        self._put(level=level)

    def start(self, items: tuple[Item, ...], rate_hz: float, *, immediate: bool) -> None:
        """Play from the first item on.

        Args:
            items: the programme.
            rate_hz: samples each second.
            immediate: whether a trigger is always there.
        """
        self._items, self._rate_hz, self._immediate = items, rate_hz, immediate
        self._origin_ns, self._base = self._timekeeper.now_ns, 0
        self._enter(0)

    def rephase(self) -> None:
        """Let what repeats by itself begin its pass now."""
        if self.is_periodic:
            self._origin_ns, self._base = self._timekeeper.now_ns, 0
            self._step(0)

    def trigger(self) -> None:
        """Take a trigger."""
        if not self.awaits_trigger:
            return
        self._triggered = True
        item = self._items[self._index]
        if self._waiting or item.play is Play.HOLD:
            self._origin_ns, self._base = self._timekeeper.now_ns, 0
            self._enter(self._following())
            return
        # The pass that is under way is played to its end.
        done, inside = divmod(self._sample_now() - self._base, item.segment.samples)
        self._base += done * item.segment.samples
        self._step(inside)

    def _following(self) -> int:
        return (self._index + 1) % len(self._items)

    def _enter(self, index: int) -> None:
        self._index = index
        self._passes = 0
        self._waiting = False
        # A trigger that is always there also ends a wait at once.
        self._triggered = self._immediate
        self._step(0)

    def _step(self, sample: int) -> None:
        """Be at `sample` of a pass, and schedule what comes next."""
        self._cancel()
        item = self._items[self._index]
        segment = item.segment
        self._put(level=segment.level_at(sample))
        run = bisect.bisect_right(segment.starts, sample)
        if run < len(segment.starts):
            following = segment.starts[run]
            self._at(self._base + following, lambda: self._step(following))
        elif not segment.is_constant:
            self._at(self._base + segment.samples, self._pass_ends)
        elif self._ends(item):
            # Passes of one level are one long stretch.
            left = item.count - self._passes if item.play is Play.REPEAT else 1
            self._passes += left - 1
            self._base += (left - 1) * segment.samples
            self._at(self._base + segment.samples, self._pass_ends)

    def _ends(self, item: Item) -> bool:
        """Whether the item comes to an end by itself."""
        if item.play is Play.TILL_TRIGGER:
            return self._triggered
        return item.play not in {Play.FOREVER, Play.HOLD}

    def _pass_ends(self) -> None:
        item = self._items[self._index]
        self._passes += 1
        self._base += item.segment.samples
        if not self._ends(item) or (item.play is Play.REPEAT and self._passes < item.count):
            self._step(0)
        elif item.play is Play.ONCE_AND_WAIT and not self._triggered:
            self._waiting = True
            self._event = None
        else:
            self._enter(self._following())

    def _sample_now(self) -> int:
        """Number of the sample that is put out now, counted from the origin."""
        elapsed_ns = self._timekeeper.now_ns - self._origin_ns
        # An event lies on a whole nanosecond, its sample perhaps half of one later.
        return int((elapsed_ns + 0.5) * self._rate_hz / NS_PER_S + _SLACK)

    def _at(self, sample: int, action: Callable[[], None]) -> None:
        at_ns = self._origin_ns + round(sample * NS_PER_S / self._rate_hz)
        self._event = self._timekeeper.schedule(max(at_ns, self._timekeeper.now_ns), action)

    def _cancel(self) -> None:
        if self._event is not None:
            self._event.cancel()
            self._event = None

    def _put(self, *, level: bool) -> None:
        if level != self.level:
            self.level = level
            self._changed()


_SLACK = 1e-6
