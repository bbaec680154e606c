"""Clients of a simulation process: plain sockets and a plain pty, nothing of the harness."""

from __future__ import annotations

import binascii
import json
import os
import select
import socket
import subprocess
import sys
import termios
from pathlib import Path
from typing import BinaryIO, Self

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "fixtures/benches/simulated.toml"
PLAIN = Path(__file__).parent / "plain_bench.toml"
"""A bench without contact switch, electrode relay and supplies: what stands in the loop is known to the ohm."""
UNIT = ROOT / "fixtures/units/foreo-bear-2.toml"
TIMEOUT_S = 10.0


def crc(body: bytes) -> bytes:
    """Use Python's own CRC-CCITT, started at 0xFFFF, as an independent second implementation."""
    return b"%04X" % binascii.crc_hqx(body, 0xFFFF)


class Line:
    """A connection that speaks lines."""

    def __init__(self, address: str) -> None:
        host, port = address.split("::")[1:3] if "::" in address else address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self.socket.makefile("rb")

    def write(self, text: str) -> None:
        self.socket.sendall(text.encode("latin-1") + b"\n")

    def read(self) -> str:
        return self._file.readline().decode("latin-1").removesuffix("\n")

    def query(self, text: str) -> str:
        self.write(text)
        return self.read()

    def block(self) -> bytes:
        """Read a definite-length block and the LF after it."""
        head = self._file.read(2)
        count = int(self._file.read(int(head[1:])))
        data = self._file.read(count)
        assert self._file.read(1) == b"\n"
        return data

    def hears_nothing(self, for_s: float = 0.15) -> bool:
        return not select.select([self.socket], [], [], for_s)[0]

    def close(self) -> None:
        self._file.close()
        self.socket.close()


class Serial:
    """The stimulator's pty."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        termios.tcflush(self._fd, termios.TCIFLUSH)
        self._number = 0

    def send(self, data: bytes) -> None:
        os.write(self._fd, data)

    def receive(self, for_s: float = TIMEOUT_S) -> bytes:
        """Read to the next LF; what came until the time is over where none comes."""
        data = b""
        while not data.endswith(b"\n") and select.select([self._fd], [], [], for_s)[0]:
            data += os.read(self._fd, 1024)
        return data

    def query(self, text: str) -> str:
        """Send a request with a fresh tag; answer the reply without tag and check, both verified."""
        self._number += 1
        tag = b"%04X" % (self._number % 0x10000)
        body = tag + b" " + text.encode()
        self.send(body + b"*" + crc(body) + b"\n")
        reply = self.receive().removesuffix(b"\n")
        assert reply[-5:] == b"*" + crc(reply[:-5])
        assert reply[:5] == tag + b" "
        return reply[5:-5].decode()

    def close(self) -> None:
        os.close(self._fd)


class Simulation:
    """A running simulation and one client for each of its ports."""

    def __init__(
        self,
        *words: str,
        unit: Path = UNIT,
        bench: Path = PLAIN,
        clock: str = "virtual",
        errors: BinaryIO | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "harness.simulation", f"--bench={bench}", f"--simulated-unit={unit}",
             f"--clock={clock}", "--follow-control", *words],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self._lines: list[Line | Serial] = []
        try:
            self._open(self.process.stdout.readline())
        except BaseException:
            self.close()
            raise

    def _open(self, ready: str) -> None:
        assert ready, "the simulation did not start; its sentence stands on standard error"
        self.ready = json.loads(ready)
        self._control = self.connect(self.ready["control"])
        self._instruments = {role: self.connect(at) for role, at in self.ready["instruments"].items()}
        self.oscilloscope = self.instrument("oscilloscope")
        self.multimeter = self.instrument("multimeter")
        self.switch = self.instrument("switch")
        self.stimulator = self.open_stimulator()

    def instrument(self, role: str) -> Line:
        """The connection to an instrument; a bench has those that its file names."""
        return self._instruments[role]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for line in self._lines:
            line.close()
        self.process.terminate()
        self.process.wait(TIMEOUT_S)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def connect(self, address: str) -> Line:
        line = Line(address)
        self._lines.append(line)
        return line

    def open_stimulator(self) -> Serial:
        serial = Serial(self.ready["stimulator"])
        self._lines.append(serial)
        return serial

    def ask(self, op: str, **fields: object) -> dict[str, object]:
        """Make a request that may be refused."""
        names = {name.rstrip("_"): value for name, value in fields.items()}
        return json.loads(self._control.query(json.dumps({"op": op, **names})))

    def control(self, op: str, **fields: object) -> dict:
        """Make a request that must not be refused."""
        reply = self.ask(op, **fields)
        assert reply.pop("ok"), reply
        return reply

    def now(self) -> float:
        return self.control("time")["time"]

    def advance(self, seconds: float) -> None:
        """Let bench time pass, with a keep-alive and a beat each second."""
        while seconds > 1.0:
            self.control("advance", seconds=1.0)
            self.keep_alive()
            seconds -= 1.0
        self.control("advance", seconds=seconds)

    def keep_alive(self) -> None:
        """Feed the stimulator's watchdog, and the bench's where there is one."""
        self.stimulator.query("KEEP")
        if "watchdog" in self._instruments:
            self.instrument("watchdog").query("WATCHdog:BEAT;*OPC?")

    def connect_electrodes(self, channel: int = 1) -> None:
        """Close the electrode relay of a channel and both contacts, and wait until they have moved."""
        assert self.instrument("watchdog").query(f"ROUT:CLOS (@{channel});CLOS:STAT?") == f"{channel}"
        for output in (1, 2):
            self.instrument("contact_switch").query(
                f"OUTP{output}:LOAD INF;:SOUR{output}:FUNC DC;VOLT:OFFS 5;:OUTP{output} ON;*OPC?"
            )
        self.control("advance", seconds=1e-3)

    def truth(self, quantity: str, from_: float, to: float, statistic: str = "mean", **more: object) -> float:
        return self.control("truth", quantity=quantity, from_=from_, to=to, statistic=statistic, **more)["value"]

    def run(self, level: int, polarity: str = "positive", channels: str = "101,111,112,115,116") -> None:
        """Close the loop and start the output; a unit that senses contact arms first."""
        assert self.switch.query(f"ROUT:CLOS (@{channels});*OPC?") == "1"
        assert self.stimulator.query(f"SET 1 LEVEL={level} POLARITY={polarity}").startswith("OK")
        assert self.stimulator.query("ON 1") in {"OK STATE=RUN", "OK STATE=ARMED"}
