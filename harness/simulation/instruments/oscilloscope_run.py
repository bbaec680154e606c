"""Run control of the oscilloscope: stopped, one acquisition, or running; and its trigger."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from harness.simulation.instruments.level_trigger import NOTHING, LevelTrigger
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.circuit.loop import Loop
    from harness.simulation.instruments.level_trigger import Condition
    from harness.simulation.scpi.status import Register
    from harness.simulation.timekeeper import Event, Timekeeper

RUNNING = 0x08
WAIT_TRIGGER = 0x20
_LOOK_BACK_NS = NS_PER_S


class State(Enum):
    """What the run control does."""

    STOPPED = "stopped"
    SINGLE = "single"
    RUNNING = "running"


class Phase(Enum):
    """How far it has come: recording what lies before the trigger, waiting for it, or after it."""

    STOPPED = "stopped"
    FILLING = "filling"
    WAITING = "waiting"
    TRIGGERED = "triggered"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class TriggerPlan:
    """What one acquisition waits for.

    Attributes:
        conditions: any of them triggers; empty: no signal comes from that source.
        auto_ns: time after which it triggers by itself, None: never.
        before_ns: time that has to be recorded before a trigger is accepted.
        after_ns: time from the trigger to the end of the record.
        count: triggers for one acquisition.
    """

    conditions: tuple[Condition, ...]
    auto_ns: int | None
    before_ns: int
    after_ns: int
    count: int


@dataclass(slots=True)
class Latches:
    """One-shot event registers, each cleared by reading."""

    done: bool = False
    triggered: bool = False
    armed: bool = False


class RunControl:
    """Takes acquisitions in bench time.

    While it runs freely nothing is scheduled: the last complete acquisition is worked out when somebody looks. A
    minute at 1 us/div would be a million events otherwise.

    Args:
        timekeeper: bench time.
        loop: the circuit.
        condition: the operation register.
        plan: answers what the settings ask for.
        keep: takes the trigger times of a complete acquisition.
    """

    def __init__(
        self,
        timekeeper: Timekeeper,
        loop: Loop,
        condition: Register,
        plan: Callable[[], TriggerPlan],
        keep: Callable[[tuple[int, ...]], None],
    ) -> None:
        self.state = State.STOPPED
        self.latches = Latches()
        self._timekeeper = timekeeper
        self._loop = loop
        self._condition = condition
        self._plan_now = plan
        self._keep = keep
        self._levels = (LevelTrigger(timekeeper, loop), LevelTrigger(timekeeper, loop))
        self._plan = TriggerPlan((), None, 0, 0, 1)
        self._event: Event | None = None
        self._auto: Event | None = None
        self._forced = False
        self._awaiting = False
        self._triggers: list[int] = []
        self._started_ns = 0
        self._finish_actions: list[Callable[[], None]] = []
        self._free_phase = Phase.FILLING
        loop.keep_from(self._needed_ns)

    @property
    def phase(self) -> Phase:
        """How far it has come now."""
        if self.state is State.STOPPED:
            return Phase.STOPPED
        if self.state is State.RUNNING:
            self.refresh()
            return self._free_phase
        if self._awaiting:
            return Phase.WAITING
        return Phase.TRIGGERED if len(self._triggers) == self._plan.count else Phase.FILLING

    def finished(self) -> bool:
        return self.state is not State.SINGLE

    def due_ns(self) -> int | None:
        """Answer the next step of our own that is certain to come."""
        times = [level.due_ns for level in self._levels if level.due_ns is not None]
        times.extend(event.at_ns for event in (self._event, self._auto) if event is not None)
        return min(times, default=None)

    def when_finished(self, action: Callable[[], None]) -> None:
        """Call `action` once, when the acquisition under way has ended in whatever way."""
        self._finish_actions.append(action)

    def single(self) -> None:
        """Take one acquisition."""
        self._halt()
        self.state = State.SINGLE
        self._plan = self._plan_now()
        self._triggers = []
        self._condition.put(RUNNING, on=True)
        self._fill()

    def run(self) -> None:
        """Acquire again and again."""
        if self.state is State.RUNNING:
            return
        self._finish()
        self.state = State.RUNNING
        self._started_ns = self._timekeeper.now_ns
        self._condition.put(RUNNING, on=True)

    def stop(self) -> None:
        if self.state is State.RUNNING:
            self.refresh()
        self._finish()

    def restart(self) -> None:
        """Begin anew after a setting was changed under way."""
        if self.state is State.SINGLE:
            self.single()
        elif self.state is State.RUNNING:
            self._started_ns = self._timekeeper.now_ns

    def force(self) -> None:
        """Trigger now, or as soon as enough was recorded."""
        if self._awaiting:
            self._triggered()
        else:
            self._forced = self.state is State.SINGLE

    def refresh(self) -> None:
        """Work out the last complete acquisition of a free run."""
        if self.state is not State.RUNNING:
            return
        plan, now_ns = self._plan_now(), self._timekeeper.now_ns
        self._free_phase = Phase.FILLING
        first_ns, last_ns = self._started_ns + plan.before_ns, now_ns - plan.after_ns
        if last_ns < first_ns:
            return
        self.latches.armed = True
        trigger_ns = self._last_trigger(plan, first_ns, last_ns)
        self._free_phase = Phase.WAITING if trigger_ns is None else Phase.TRIGGERED
        if trigger_ns is None and plan.auto_ns is not None and last_ns - first_ns >= plan.auto_ns:
            trigger_ns = last_ns
            self._free_phase = Phase.AUTOMATIC
        self._condition.put(WAIT_TRIGGER, on=trigger_ns is None)
        if trigger_ns is not None:
            self.latches.done = self.latches.triggered = True
            self._keep((trigger_ns,))

    def _needed_ns(self) -> int | None:
        """Answer where the record that is being taken begins, None while none is."""
        now_ns = self._timekeeper.now_ns
        if self.state is State.RUNNING:
            plan = self._plan_now()
            return now_ns - plan.after_ns - plan.before_ns
        if self.state is State.SINGLE:
            return min([*self._triggers, now_ns]) - self._plan.before_ns
        return None

    def _last_trigger(self, plan: TriggerPlan, first_ns: int, last_ns: int) -> int | None:
        recent_ns = max(first_ns, last_ns - _LOOK_BACK_NS)
        for from_ns in (recent_ns, first_ns):
            # What is costly to look for is looked for in the last second only.
            conditions = (c for c in plan.conditions if from_ns == recent_ns or c.horizon_ns > _LOOK_BACK_NS)
            found = (condition.first(from_ns, last_ns, NOTHING)[0] for condition in conditions)
            times = [time_ns for time_ns in found if time_ns is not None]
            if times:
                return min(times)
        return None

    def _halt(self) -> None:
        for level in self._levels:
            level.disarm()
        for event in (self._event, self._auto):
            if event is not None:
                event.cancel()
        self._event = self._auto = None
        self._awaiting = self._forced = False
        self.state = State.STOPPED
        self._condition.put(RUNNING | WAIT_TRIGGER, on=False)

    def _finish(self) -> None:
        """Stop, and tell those who wait for the end."""
        self._halt()
        actions, self._finish_actions = self._finish_actions, []
        for action in actions:
            action()

    def _fill(self) -> None:
        """Record what has to lie before the trigger."""
        self._event = self._timekeeper.schedule(self._timekeeper.now_ns + self._plan.before_ns, self._arm)

    def _arm(self) -> None:
        self._event = None
        self._awaiting = True
        self.latches.armed = True
        self._condition.put(WAIT_TRIGGER, on=True)
        if self._forced:
            self._triggered()
            return
        for level, condition in zip(self._levels, self._plan.conditions, strict=False):
            level.watch(condition, self._triggered)
        if self._plan.auto_ns is not None:
            self._auto = self._timekeeper.schedule(self._timekeeper.now_ns + self._plan.auto_ns, self._triggered)

    def _triggered(self) -> None:
        for level in self._levels:
            level.disarm()
        if self._auto is not None:
            self._auto.cancel()
            self._auto = None
        self._awaiting = self._forced = False
        self._condition.put(WAIT_TRIGGER, on=False)
        self.latches.triggered = True
        now_ns = self._timekeeper.now_ns
        self._triggers.append(now_ns)
        self._event = self._timekeeper.schedule(now_ns + self._plan.after_ns, self._complete)

    def _complete(self) -> None:
        self._event = None
        if len(self._triggers) < self._plan.count:
            self._fill()
            return
        self.latches.done = True
        self._keep(tuple(self._triggers))
        self._finish()
