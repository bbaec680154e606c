"""The whole simulated bench in this process: its control port and its instruments without a socket between."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.simulation.assembly import SimulatedBench
from harness.simulation.control import ControlPort
from harness.simulation.files.asbuilt import AsBuilt
from harness.simulation.files.benchfile import read_bench
from harness.simulation.files.electronicsfile import Electronics
from harness.simulation.files.unitfile import UnitFile, read_unit
from harness.simulation.timekeeper import VirtualTimekeeper
from tests.simulation.client import BENCH, PLAIN, UNIT, crc

if TYPE_CHECKING:
    from pathlib import Path

QUIET = AsBuilt(
    resistors={"RM100": 100.0, "RM1k": 1000.0, "RS100": 100.0, "RS1k": 1000.0, "RM10k": 10e3, "RS10k": 10e3},
    loads={"500R": 300.0, "2k": 1800.0, "10k": 8000.0, "1M": 980e3},
)
"""Resistors of round numbers: the two loads of the tests make 500 ohm and 10 kohm with their resistors."""


class Wire:
    """A connection without a socket: what is sent lies in `heard`, and nobody ever hangs up.

    Attributes:
        heard: sent so far, and not yet taken.
    """

    def __init__(self) -> None:
        self.heard: deque[bytes] = deque()

    def send(self, data: bytes) -> None:
        self.heard.append(data)

    def close(self) -> None:
        """Nothing: there is nothing to close."""

    def has_gone(self) -> bool:
        return False

    def has_more(self) -> bool:
        return False


class Desk:
    """A bench with one unit, and the examiner at its control port.

    Args:
        unit: the unit; a healthy BEAR 2 where none is given.
        bench: its bench file.
        seed: of its hidden errors.
    """

    def __init__(self, unit: UnitFile | None = None, bench: Path = BENCH, seed: int = 1) -> None:
        overlay = QUIET if bench != PLAIN else AsBuilt()
        self.bench = SimulatedBench(
            read_bench(bench),
            bench,
            unit=unit if unit is not None else read_unit(UNIT),
            overlay=overlay,
            timekeeper=VirtualTimekeeper(),
            seed=seed,
        )
        self._port = ControlPort(self.bench, {}, lambda: None)
        self._wires = {role: Wire() for role in (*self.bench.instruments, "stimulator")}
        self._peers = {role: self.bench.instrument_peer(role)(self._wires[role]) for role in self.bench.instruments}
        self._line = self.bench.stimulator_peer(self._wires["stimulator"])
        self._tag = 0

    def ask(self, op: str, **fields: object) -> dict[str, Any]:
        """Make a request that may be refused."""
        names = {name.rstrip("_"): value for name, value in fields.items()}
        answer, _ = self._port.answer(json.dumps({"op": op, **names}).encode())
        return dict(json.loads(answer))

    def control(self, op: str, **fields: object) -> dict[str, Any]:
        """Make a request that must not be refused."""
        answer = self.ask(op, **fields)
        assert answer.pop("ok"), answer
        return answer

    def fault(self, target: str, kind: str, **values: object) -> None:
        self.control("fault", target=target, kind=kind, **values)

    def tell(self, role: str, message: str) -> bytes:
        """Send a message to an instrument; answer all the bytes that came back, the end of the line among them."""
        self._peers[role].receive(message.encode() + b"\n")
        return self._take(role)

    def query(self, role: str, message: str) -> str:
        return self.tell(role, message).decode("latin-1").removesuffix("\n")

    def say(self, text: str) -> bytes:
        """Send a request to the stimulator with a fresh tag; answer what came back, tag and check included."""
        self._tag += 1
        body = b"%04X " % self._tag + text.encode()
        self._line.receive(body + b"*" + crc(body) + b"\n")
        return self._take("stimulator")

    def _take(self, role: str) -> bytes:
        wire = self._wires[role]
        heard = b"".join(wire.heard)
        wire.heard.clear()
        return heard

    @property
    def now(self) -> float:
        return float(self.control("time")["time"])

    def wait(self, seconds: float) -> None:
        """Let bench time pass, with a beat for the bench's watchdog each second."""
        while seconds > 1.0:
            self.control("advance", seconds=1.0)
            self.beat()
            seconds -= 1.0
        self.control("advance", seconds=seconds)
        self.beat()

    def beat(self) -> None:
        if "watchdog" in self._peers:
            self.tell("watchdog", "WATCHdog:BEAT;*OPC?")

    def truth(self, quantity: str, seconds: float, statistic: str = "mean", **more: object) -> Any:  # noqa: ANN401
        """Ask about the stretch that begins now and lasts for `seconds`."""
        start = self.now
        self.wait(seconds)
        return self.control("truth", quantity=quantity, from_=start, to=start + seconds, statistic=statistic, **more)[
            "value"
        ]

    def connect(self, channels: str, electrode: int = 1) -> None:
        """Close relays of the mainframe, an electrode relay and both contacts."""
        self.tell("switch", f"ROUT:CLOS (@{channels});*OPC?")
        if "watchdog" in self._peers:
            self.tell("watchdog", f"ROUT:CLOS (@{electrode});CLOS:STAT?")
            for output in (1, 2):
                self.tell(
                    "contact_switch",
                    f"OUTP{output}:LOAD INF;:SOUR{output}:FUNC DC;VOLT:OFFS 5;:OUTP{output} ON;*OPC?",
                )
            self.wait(1e-3)

    def run(self, level: int, polarity: str = "positive", load: str = "500R") -> None:
        """Close the loop through a load and start the output."""
        self.connect(RELAYS[load])
        assert b"OK" in self.say(f"SET 1 LEVEL={level} POLARITY={polarity}")
        assert b"STATE=RUN" in self.say("ON 1")


RELAYS = {"500R": "101,111,112,115,116", "10k": "103,113,114,117,118"}
OUTPUT_OHM = 1e7
COMPLIANCE_V = 24.0


def steady_unit() -> UnitFile:
    """Make a unit of known current: level 1 is 100 uA, level 2 is 1 mA, at once, in both directions for 0.5 s each."""
    unit = read_unit(UNIT)
    modes = (replace(unit.firmware.modes[0], name="steady", waveform="dc", alternation_period_s=1.0),)
    return replace(
        unit,
        electronics=Electronics(compliance_v=COMPLIANCE_V, output_resistance_ohm=OUTPUT_OHM),
        firmware=replace(
            unit.firmware,
            levels_a=(100e-6, 1e-3),
            rise_s=0.0,
            watchdog_s=0.0,
            clock_spread_ppm=0.0,
            timer_tick_s=0.0,
            modes=modes,
        ),
        contact=replace(unit.contact, sensing=False),
        overload=type(unit.overload)(),
    )


def desk(bench: Path = BENCH) -> Desk:
    """Put the unit of known current on a bench."""
    return Desk(steady_unit(), bench)


__all__ = ["BENCH", "COMPLIANCE_V", "OUTPUT_OHM", "PLAIN", "RELAYS", "Desk", "desk", "steady_unit"]
