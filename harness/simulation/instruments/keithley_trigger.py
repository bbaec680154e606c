"""The trigger model of a Keithley multimeter, as far as simple use needs (TRIGger subsystem)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from harness.simulation.instruments.keithley_buffers import DEFAULT_BUFFER
from harness.simulation.instruments.level_trigger import LevelTrigger
from harness.simulation.scpi.common import bare, plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.circuit.history import Edge
    from harness.simulation.circuit.loop import Loop
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.keithley_buffers import Buffer
    from harness.simulation.instruments.keithley_engine import Engine
    from harness.simulation.scpi.arguments import Arguments
    from harness.simulation.timekeeper import Event, Timekeeper

_ENDLESS = -1
_ACTIVE = -2
_NOT_EMULATED = {"CONFIGLIST", "DURATIONLOOP", "GRADEBINNING", "LOGICTRIGGER", "LOOPUNTILEVENT", "SORTBINNING"}
EVENTS = ("NONE", "COMMand", "DISPlay", "ATRigger", "EXTernal")
"""Events that a block can wait for; the panel and the external input never have one."""


class Step(Enum):
    """What a block does."""

    MEASURE = "MDIGITIZE"
    DELAY = "DELAY_CONSTANT"
    COUNT = "BRANCH_COUNTER"
    ALWAYS = "BRANCH_ALWAYS"
    ON_EVENT = "BRANCH_ON_EVENT"
    CLEAR = "BUFFER_CLEAR"
    WAIT = "WAIT"
    NOTHING = "NOP"


@dataclass(frozen=True, slots=True)
class Block:
    """One block.

    Attributes:
        step: what it does.
        buffer: name of the buffer that it fills or clears.
        count: readings to take, or times to branch.
        branch: block to go to.
        seconds: of a delay.
        event: what it waits for, in short form.
    """

    step: Step
    buffer: str = ""
    count: int = 0
    branch: int = 0
    seconds: float = 0.0
    event: str = "NONE"


class TriggerModel:
    """Blocks, and their execution in bench time.

    Args:
        timekeeper: bench time.
        loop: the circuit, for the analog trigger.
        model: of the multimeter, for its limits and for the time that a block takes by itself.
        take: takes readings into a buffer and then calls on; a count below 0 is the active count.
        engine: who takes them.
        find: answers a buffer by name.
        edge: answers what the analog trigger waits for, None where it is off.
    """

    def __init__(
        self,
        timekeeper: Timekeeper,
        loop: Loop,
        model: ModelTable,
        *,
        take: Callable[[int, Buffer, Callable[[], None]], None],
        engine: Engine,
        find: Callable[[str], Buffer],
        edge: Callable[[], Edge | None],
    ) -> None:
        self._timekeeper = timekeeper
        self._level = LevelTrigger(timekeeper, loop)
        self._block_ns = model.duration_ns("trigger.block_s")
        self._most_blocks = int(model.number("trigger.most_blocks"))
        self._most_readings = int(model.number("trigger.most_readings"))
        self._longest_s = model.number("trigger.longest_delay_s")
        self._take, self._engine, self._find, self._edge = take, engine, find, edge
        self._blocks: dict[int, Block] = {}
        self._counters: dict[int, int] = {}
        self._at = 0
        self._state = "EMPTY"
        self._is_commanded = False
        self._event: Event | None = None
        self._when_finished: list[Callable[[], None]] = []

    def enter(self, instrument: Instrument) -> None:
        table = instrument.table
        table.add("TRIGger:LOAD", set=self._load)
        table.add("TRIGger:STATe", query=plain(self._state_query))
        table.add("TRIGger:BLOCk:LIST", query=plain(self._list))
        table.add("INITiate[:IMMediate]", set=bare(self.start))
        table.add("ABORt", set=bare(self.abort))
        for header, parse in (
            ("MDIGitize", self._measure_block),
            ("MEASure", self._measure_block),
            ("DIGitize", self._measure_block),
            ("DELay:CONStant", self._delay_block),
            ("BRANch:COUNter", self._count_block),
            ("BRANch:ALWays", lambda arguments: Block(Step.ALWAYS, branch=arguments.integer())),
            ("BRANch:EVENt", self._event_branch),
            ("BUFFer:CLEar", lambda arguments: Block(Step.CLEAR, buffer=_buffer_name(arguments))),
            ("WAIT", lambda arguments: Block(Step.WAIT, event=arguments.choice(EVENTS))),
            ("NOP", lambda _: Block(Step.NOTHING)),
        ):
            table.add(f"TRIGger:BLOCk:{header}", set=self._putting(parse))

    def reset(self) -> None:
        self.abort()
        self._blocks = {}
        self._state = "EMPTY"

    @property
    def is_running(self) -> bool:
        return self._state in {"RUNNING", "WAITING"}

    def finished(self) -> bool:
        return not self.is_running

    def due_ns(self) -> int | None:
        """Answer the next step of its own that leads to an end; a model without an end keeps nobody waiting for it."""
        if not self.is_running or any(block.step is Step.ALWAYS for block in self._blocks.values()):
            return None
        if any(block.count == _ENDLESS for block in self._blocks.values()):
            return None
        return self._event.at_ns if self._event is not None else self._engine.due_ns or self._level.due_ns

    def when_finished(self, action: Callable[[], None]) -> None:
        self._when_finished.append(action)

    def start(self) -> None:
        """Leave idle.

        Raises:
            ScpiError: it is running (-213), or there is no block (-221).
        """
        if self.is_running:
            raise ScpiError(-213)
        if not self._blocks:
            raise ScpiError(-221, "Settings conflict, trigger model is empty")
        self._counters = {}
        self._is_commanded = False
        self._state = "RUNNING"
        self._go(1)

    def abort(self) -> None:
        self._engine.stop()
        if self.is_running:
            self._end("ABORTED")

    def command(self) -> None:
        """Take ``*TRG``."""
        self._is_commanded = True
        block = self._blocks.get(self._at)
        if self._state == "WAITING" and block is not None and block.event == "COMM":
            self._is_commanded = False
            self._go(self._at + 1)

    def _end(self, state: str) -> None:
        self._state = state
        self._level.disarm()
        if self._event is not None:
            self._event.cancel()
            self._event = None
        actions, self._when_finished = self._when_finished, []
        for action in actions:
            action()

    def _go(self, number: int) -> None:
        """Execute a block after the time that one takes; beyond the last block the model is idle."""
        self._state = "RUNNING"
        self._later(self._block_ns, lambda: self._execute(number))

    def _later(self, duration_ns: int, action: Callable[[], None]) -> None:
        def happen() -> None:
            self._event = None
            action()

        self._event = self._timekeeper.schedule(self._timekeeper.now_ns + duration_ns, happen)

    def _execute(self, number: int) -> None:
        block = self._blocks.get(number)
        if block is None:
            self._end("IDLE")
            return
        self._at = number
        try:
            self._perform(number, block)
        except ScpiError:
            self._end("FAILED")

    def _perform(self, number: int, block: Block) -> None:
        def onward() -> None:
            self._go(number + 1)

        match block.step:
            case Step.MEASURE:
                count = 1 if block.count == _ENDLESS else block.count
                self._take(count, self._find(block.buffer), self._after_readings(number, block))
            case Step.DELAY:
                self._later(round(block.seconds * NS_PER_S), onward)
            case Step.COUNT:
                done = self._counters.get(number, 0) + 1
                self._counters[number] = done % block.count
                self._go(block.branch if done < block.count else number + 1)
            case Step.ALWAYS:
                self._go(block.branch)
            case Step.ON_EVENT:
                came = block.event == "COMM" and self._is_commanded
                self._is_commanded &= not came
                self._go(block.branch if came else number + 1)
            case Step.CLEAR:
                self._find(block.buffer).clear()
                onward()
            case Step.WAIT:
                self._wait(block, onward)
            case _:
                onward()

    def _after_readings(self, number: int, block: Block) -> Callable[[], None]:
        """Go on after a group of readings; an endless group goes on beside the model, here one after the other."""

        def onward() -> None:
            if self.is_running:
                self._go(number if block.count == _ENDLESS else number + 1)

        return onward

    def _wait(self, block: Block, onward: Callable[[], None]) -> None:
        if block.event == "COMM" and self._is_commanded:
            self._is_commanded = False
            onward()
            return
        self._state = "WAITING"
        edge = self._edge() if block.event == "ATR" else None
        if edge is not None:
            self._level.arm(edge, onward)

    def _state_query(self) -> str:
        return f"{self._state};{self._state};{self._at}"

    def _list(self) -> str:
        if not self._blocks:
            return "Empty"
        return "\n".join(f"{number}) {block.step.value}" for number, block in sorted(self._blocks.items()))

    def _putting(self, parse: Callable[[Arguments], Block]) -> Callable[[Arguments], None]:
        def put(arguments: Arguments) -> None:
            number = arguments.integer()
            block = parse(arguments)
            arguments.end()
            if not 1 <= number <= self._most_blocks or block.branch > self._most_blocks or block.branch < 0:
                raise ScpiError(-222, f"Parameter, block number, expected value from 1 to {self._most_blocks}")
            self.abort()
            self._blocks[number] = block
            self._state = "IDLE"

        return put

    def _measure_block(self, arguments: Arguments) -> Block:
        name = _buffer_name(arguments)
        if not arguments.more():
            return Block(Step.MEASURE, name, count=1)
        return Block(Step.MEASURE, name, count=self._count(arguments))

    def _delay_block(self, arguments: Arguments) -> Block:
        seconds = arguments.number("S")
        if not 0.0 <= seconds <= self._longest_s:
            raise ScpiError(-222)
        return Block(Step.DELAY, seconds=seconds)

    def _count_block(self, arguments: Arguments) -> Block:
        count = arguments.integer()
        if count < 1:
            raise ScpiError(-222)
        return Block(Step.COUNT, count=count, branch=arguments.integer())

    def _event_branch(self, arguments: Arguments) -> Block:
        return Block(Step.ON_EVENT, event=arguments.choice(EVENTS), branch=arguments.integer())

    def _load(self, arguments: Arguments) -> None:
        """Load a ready-made model: ``"Empty"`` or ``"SimpleLoop"``; of the others it says that they are not here."""
        written = arguments.string()
        name = written.upper()
        if name in _NOT_EMULATED:
            raise ScpiError(-200, f"Execution error, trigger model {written} is not emulated")
        blocks: dict[int, Block] = {}
        if name == "SIMPLELOOP":
            count = self._count(arguments)
            seconds = arguments.number("S") if arguments.more() else 0.0
            buffer = _buffer_name(arguments)
            blocks = {
                1: Block(Step.CLEAR, buffer=buffer),
                2: Block(Step.DELAY, seconds=seconds),
                3: Block(Step.MEASURE, buffer, count=1),
                4: Block(Step.COUNT, count=max(1, count), branch=2),
            }
        elif name != "EMPTY":
            raise ScpiError(-224)
        arguments.end()
        self.abort()
        self._blocks = blocks
        self._state = "IDLE" if blocks else "EMPTY"
        self._at = 0

    def _count(self, arguments: Arguments) -> int:
        """Take a number of readings, or the word for the active count or for no end."""
        value = arguments.number(words={"AUTO": -math.inf, "ACTive": -math.inf, "INFinite": math.inf})
        if math.isinf(value):
            return _ENDLESS if value > 0 else _ACTIVE
        if not 0 <= value <= self._most_readings:
            raise ScpiError(-222, f"Parameter, count, expected value from 0 to {self._most_readings}")
        return round(value)


def _buffer_name(arguments: Arguments) -> str:
    return arguments.string() if arguments.more() else DEFAULT_BUFFER
