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
    """

    source: str
    edge: Edge
    triggers: float
    samples: int
    delay_ns: int
    interval_ns: int | None
    aperture_ns: int
    reading_ns: int


class Acquisition:
    """Runs a plan in bench time.

    Args:
        timekeeper: bench time.
        loop: the circuit.
        condition: the operation register.
        capacity: of the reading memory; the oldest reading goes first.
        read: takes a reading over an interval.

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
        read: Callable[[int, int], float],
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
        self._finish_actions: list[Callable[[], None]] = []

    def finished(self) -> bool:
        return self._plan is None

    def due_ns(self) -> int | None:
        """Answer the next step of our own that is certain to come; None where no step is the last."""
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
        self._sample = 0
        self._first_ns = self._timekeeper.now_ns + self._plan.delay_ns
        self._start_reading(self._plan, self._first_ns)

    def _start_reading(self, plan: Plan, start_ns: int) -> None:
        def done() -> None:
            self._event = None
            self.readings.append(self._read(start_ns, start_ns + plan.aperture_ns))
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
