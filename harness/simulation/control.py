"""The control port (docs/control-port.md): one JSON object a line, one reply each."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from harness.errors import StimcertError
from harness.simulation import fault_requests, truth
from harness.simulation.circuit.history import Quantity
from harness.simulation.request import Refused, Request
from harness.simulation.timekeeper import NS_PER_S, VirtualTimekeeper
from harness.simulation.true_state import errors, firmware

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.simulation.assembly import SimulatedBench
    from harness.simulation.servers.session import Connection

_LONGEST_LINE = 1 << 16
_LONGEST_ADVANCE_S = 1e8
_MOST_FAULTS = 200
"""At once. Each message goes through all of them."""


class ControlPort:
    """Answers requests about one bench.

    Args:
        bench: the bench.
        ready: the fields of the ready line.
        stop: ends the simulation.
    """

    def __init__(self, bench: SimulatedBench, ready: Mapping[str, object], stop: Callable[[], None]) -> None:
        self._bench = bench
        self._ready = ready
        self._stop = stop
        self._operations: dict[str, Callable[[Request], Mapping[str, object]]] = {
            "describe": self._describe,
            "time": self._time,
            "advance": self._advance,
            "begin": self._begin,
            "reseed": self._reseed,
            "state": self._state,
            "truth": self._truth,
            "fault": self._fault,
            "stop": self._end,
        }

    def answer(self, line: bytes) -> tuple[bytes, bool]:
        """Answer one line; the second value says whether the simulation ends after it."""
        ends = False
        try:
            request = Request.parse(line)
            name = request.text("op")
            operation = self._operations.get(name)
            if operation is None:
                raise Refused(f"op {name!r} is none of {', '.join(self._operations)}")
            with self._bench.timekeeper:
                reply: Mapping[str, object] = {"ok": True, **operation(request)}
            ends = name == "stop"
        except StimcertError as error:
            reply = {"ok": False, "error": str(error)}
        return json.dumps(reply).encode() + b"\n", ends

    def end_simulation(self) -> None:
        self._stop()

    def _end(self, request: Request) -> Mapping[str, object]:
        request.end()
        return {}

    def _now(self) -> Mapping[str, object]:
        return {"time": self._bench.timekeeper.now_ns / NS_PER_S}

    def _describe(self, request: Request) -> Mapping[str, object]:
        request.end()
        bench = self._bench
        unit = {"unit": bench.unit.identity.serial_number, "pid": os.getpid()}
        return {**self._ready, "seed": bench.seed, **unit}

    def _time(self, request: Request) -> Mapping[str, object]:
        request.end()
        return self._now()

    def _advance(self, request: Request) -> Mapping[str, object]:
        seconds = request.number("seconds")
        request.end()
        keeper = self._bench.timekeeper
        if not isinstance(keeper, VirtualTimekeeper):
            raise Refused("advance: bench time follows the wall clock here; start with --clock virtual")
        if not 0 <= seconds <= _LONGEST_ADVANCE_S:
            raise Refused(f"seconds is {seconds:g}; bench time only goes forward, 0 to {_LONGEST_ADVANCE_S:g} at once")
        keeper.advance(round(seconds * NS_PER_S))
        return self._now()

    def _begin(self, request: Request) -> Mapping[str, object]:
        key = request.text("key")
        request.end()
        self._bench.begin(key)
        return self._now()

    def _reseed(self, request: Request) -> Mapping[str, object]:
        seed = request.integer("seed")
        request.end()
        self._bench.reseed(seed)
        return {"seed": seed}

    def _state(self, request: Request) -> Mapping[str, object]:
        request.end()
        bench = self._bench
        now_ns = bench.timekeeper.now_ns
        unit = bench.stimulator
        due = [ns for ns in (channel.watchdog_in_ns() for channel in unit.channels) if ns is not None]
        return {
            **self._now(),
            "key": bench.noise.key,
            "output": [
                {
                    **firmware,
                    "current_a": bench.loop.output(number).at(Quantity.CURRENT, now_ns),
                    "voltage_v": bench.loop.output(number).at(Quantity.VOLTAGE, now_ns),
                }
                for number, firmware in enumerate(unit.states(), start=1)
            ],
            "unit": unit.state(),
            "relays": bench.closed_relays(),
            **self._fixture(),
            "watchdog_in_s": min(due) / NS_PER_S if due else None,
            "messages": {role: bench.messages[role] for role in (*bench.instruments, "stimulator")},
            "errors": errors(bench),
            "conducting": sorted(bench.loop.conducting_relays),
            "joined": bench.loop.selected or 0,
            "faults": bench.faults.listed(),
            "firmware": firmware(bench),
        }

    def _fixture(self) -> Mapping[str, object]:
        """Answer how the bench's own switches and supplies stand."""
        bench = self._bench
        switch, watchdog = bench.contact_switch, bench.watchdog
        supply, auxiliary = bench.supply("supply"), bench.supply("auxiliary_supply")
        trips_in_ns = watchdog.trips_in_ns() if watchdog is not None else None
        closed = {"plus": True, "minus": True, "monitor": False}
        return {
            "electrode_relay": watchdog.channel if watchdog is not None else 1,
            "contacts": switch.module.state() if switch is not None else closed,
            "auxiliary_v": auxiliary.true_v if auxiliary is not None else 0.0,
            "supply_on": supply is not None and supply.is_on,
            "bench_watchdog_in_s": None if trips_in_ns is None else trips_in_ns / NS_PER_S,
        }

    def _truth(self, request: Request) -> Mapping[str, object]:
        bench = self._bench
        question = truth.parse(request, channels=len(bench.stimulator.outputs), now_ns=bench.timekeeper.now_ns)
        history = bench.loop.output(question.channel) if question.is_of_unit else bench.loop.history
        return {"value": truth.answer(question, history)}

    def _fault(self, request: Request) -> Mapping[str, object]:
        bench = self._bench
        if request.has("clear"):
            if not request.flag("clear"):
                raise Refused("clear is false; it is true or left out")
            request.end()
            bench.clear_faults()
        else:
            fault = fault_requests.parse(request, bench)
            request.end()
            if len(bench.faults.listed()) >= _MOST_FAULTS:
                raise Refused(f"{_MOST_FAULTS} faults are on, which is the most; clear them first")
            bench.faults.add(fault)
            bench.apply_standing_faults()
        return {"faults": bench.faults.listed()}


class ControlPeer:
    """One connection to the control port.

    Args:
        port: who answers.
        connection: the way back to the client.
        gone: called when the client has gone.
    """

    def __init__(self, port: ControlPort, connection: Connection, gone: Callable[[], None]) -> None:
        self._port = port
        self._send = connection.send
        self._gone = gone
        self._pending = b""

    def receive(self, data: bytes) -> bool:
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            if not line.strip():
                continue
            reply, ends = self._port.answer(line)
            self._send(reply)
            if ends:
                self._port.end_simulation()
                return False
        return len(self._pending) <= _LONGEST_LINE

    def end(self) -> None:
        self._gone()
