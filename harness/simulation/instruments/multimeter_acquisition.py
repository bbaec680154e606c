"""The trigger system of the multimeter: idle, waiting for a trigger, measuring; and its reading memory."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.instruments.level_trigger import LevelTrigger
from harness.simulation.scpi.errors import ScpiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.circuit.history import Edge
    from harness.simulation.circuit.loop import Loop
    from harness.simulation.scpi.status import Register
    from harness.simulation.timekeeper import Event, Timekeeper

MEASURING = 0x10
WAITING = 0x20


@dataclass(frozen=True, slots=True)
class Plan:
    """What `INITiate` starts.

    Attributes:
        source: trigger source, in short form.
        edge: what the level trigger waits for.
        triggers: how many, `inf` for no end.
        samples: readings for each trigger.
        delay_ns: from the trigger, and from each reading where no timer paces them, to the next reading.
        interval_ns: pace of the sample timer, None where there is none.
        aperture_ns: integration time.
        reading_ns: time that a reading takes, its zero included.
        ranging_ns: time that a change of range takes.
        before: how many of the samples are taken before the trigger, where there was time for them.
    """

    source: str
    edge: Edge
    triggers: float
    samples: int
    delay_ns: int
    interval_ns: int | None
    aperture_ns: int
    reading_ns: int
    ranging_ns: int
    before: int


_MOST_RANGE_CHANGES = 8
"""In one reading. An input that jumps with every look would never be read otherwise."""


class Acquisition:
    """Runs a plan in bench time.

    Args:
        timekeeper: bench time.
        loop: the circuit.
        condition: the operation register.
        capacity: of the reading memory; the oldest reading goes first.
        read: takes a reading over an interval; None: autorange chose another range, which it may where the third
            argument says so.

    Attributes:
        readings: in memory.
        aborted: whether the last plan was cut short.
    """

    def __init__(
        self,
        timekeeper: Timekeeper,
        loop: Loop,
        condition: Register,
        capacity: int,
        read: Callable[[int, int, bool], float | None],
    ) -> None:
        self.readings: deque[float] = deque(maxlen=capacity)
        self.aborted = False
        self._timekeeper = timekeeper
        self._condition = condition
        self._read = read
        self._level = LevelTrigger(timekeeper, loop)
        self._plan: Plan | None = None
        self._event: Event | None = None
        self._triggers_left = 0.0
        self._sample = 0
        self._first_ns = 0
        self._armed_ns = 0
        self._finish_actions: list[Callable[[], None]] = []
        loop.keep_from(self._needed_ns)

    def finished(self) -> bool:
        return self._plan is None

    def due_ns(self) -> int | None:
        """Answer the next step of our own that leads to an end; without an end nobody is made to wait for it."""
        if self._plan is not None and math.isinf(self._plan.triggers):
            return None
        if self._event is not None:
            return self._event.at_ns
        return self._level.due_ns

    def when_finished(self, action: Callable[[], None]) -> None:
        self._finish_actions.append(action)

    def initiate(self, plan: Plan) -> None:
        """Clear the memory and leave idle.

        Raises:
            ScpiError: a plan is running (-213).
        """
        if self._plan is not None:
            raise ScpiError(-213)
        self.readings.clear()
        self.aborted = False
        self._plan = plan
        self._triggers_left = plan.triggers
        self._await_trigger(plan)

    def abort(self) -> None:
        """Return to idle; readings that were taken stay."""
        if self._plan is None:
            return
        self.aborted = True
        self._finish()

    def bus_trigger(self) -> None:
        """Take `*TRG`.

        Raises:
            ScpiError: nobody waits for it (-211).
        """
        if self._plan is None or self._plan.source != "BUS" or not self._condition.condition & WAITING:
            raise ScpiError(-211)
        self._triggered()

    def _await_trigger(self, plan: Plan) -> None:
        if plan.source == "IMM":
            self._triggered()
            return
        self._armed_ns = self._timekeeper.now_ns
        self._condition.put(MEASURING, on=False)
        self._condition.put(WAITING, on=True)
        if plan.source == "INT":
            self._level.arm(plan.edge, self._triggered)

    def _triggered(self) -> None:
        if self._plan is None:
            return
        self._condition.put(WAITING, on=False)
        self._condition.put(MEASURING, on=True)
        self._triggers_left -= 1
        self._sample = self._read_back(self._plan) if self._plan.before else 0
        # Samples that were taken before the trigger do not put off those after it.
        self._first_ns = self._timekeeper.now_ns + self._plan.delay_ns - self._sample * (self._plan.interval_ns or 0)
        self._start_reading(self._plan, self._timekeeper.now_ns + self._plan.delay_ns)

    def _read_back(self, plan: Plan) -> int:
        """Take the samples before the trigger, as many as there was time for; answer how many."""
        now_ns = self._timekeeper.now_ns
        interval_ns = _apart_ns(plan)
        count = min(plan.before, max(0, (now_ns - self._armed_ns) // max(1, interval_ns)))
        for number in range(count, 0, -1):
            start_ns = now_ns - number * interval_ns
            value = self._read(start_ns, start_ns + plan.aperture_ns, False)
            if value is not None:
                self.readings.append(value)
        return count

    def _needed_ns(self) -> int | None:
        """Answer where the samples before a trigger begin, None where none are wanted."""
        plan = self._plan
        if plan is None or not plan.before:
            return None
        return max(self._armed_ns, self._timekeeper.now_ns - plan.before * _apart_ns(plan))

    def _start_reading(self, plan: Plan, start_ns: int, changes: int = 0) -> None:
        def done() -> None:
            self._event = None
            value = self._read(start_ns, start_ns + plan.aperture_ns, changes < _MOST_RANGE_CHANGES)
            if value is None:
                self._start_reading(plan, self._timekeeper.now_ns + plan.ranging_ns, changes + 1)
                return
            self.readings.append(value)
            self._sample += 1
            self._next(plan)

        self._event = self._timekeeper.schedule(start_ns + plan.reading_ns, done)

    def _next(self, plan: Plan) -> None:
        now_ns = self._timekeeper.now_ns
        if self._sample < plan.samples:
            paced = plan.interval_ns is not None
            planned = self._first_ns + self._sample * (plan.interval_ns or 0) if paced else now_ns + plan.delay_ns
            self._start_reading(plan, max(now_ns, planned))
        elif self._triggers_left > 0:
            self._await_trigger(plan)
        else:
            self._finish()

    def _finish(self) -> None:
        self._plan = None
        self._level.disarm()
        if self._event is not None:
            self._event.cancel()
            self._event = None
        self._condition.put(MEASURING | WAITING, on=False)
        actions, self._finish_actions = self._finish_actions, []
        for action in actions:
            action()


def _apart_ns(plan: Plan) -> int:
    """Answer the time from one sample before the trigger to the next."""
    return plan.interval_ns or plan.delay_ns + plan.reading_ns
