"""Clients that misbehave: random SCPI, HiSLIP, control requests and serial frames, and clients that are killed."""

from __future__ import annotations

import json
import os
import random
import select
import socket
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.simulation import hislip
from tests.simulation.client import crc

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.client import Simulation

CLIENTS = 8
"""On instruments at once, raw and HiSLIP; one more on the control port and one on the serial line."""
STRIDE = 20
ABORT = struct.pack("ii", 1, 0)
HEADERS = (
    "*RST", "*CLS", "*ESE", "*ESE?", "*ESR?", "*SRE", "*SRE?", "*STB?", "*OPC", "*OPC?", "*WAI", "*TST?", "*IDN?",
    "*OPT?", "*TRG", "SYST:ERR?", "SYST:VERS?", "SYST:ERR:COUN?", "STAT:OPER?", "STAT:OPER:COND?", "STAT:QUES:ENAB",
    "STAT:QUES?", "CONF:VOLT:DC", "CONF?", "MEAS:VOLT:DC?", "READ?", "INIT", "FETC?", "ABOR", "R?", "DATA:POIN?",
    "DATA:LAST?", "DATA:REM?", "VOLT:DC:RANG", "VOLT:RANG:AUTO", "VOLT:NPLC", "VOLT:APER", "VOLT:RES",
    "VOLT:ZERO:AUTO", "VOLT:IMP:AUTO", "TRIG:SOUR", "TRIG:LEV", "TRIG:SLOP", "TRIG:DEL", "TRIG:COUN", "SAMP:COUN",
    "SAMP:SOUR", "SAMP:TIM", "DISP:TEXT", "SYST:BEEP", "SING", "RUN", "STOP", "DIG", "TRIG:FORC", "TIM:SCAL",
    "TIM:RANG", "TIM:POS", "TIM:REF", "CHAN1:DISP", "CHAN2:SCAL", "CHAN3:OFFS", "CHAN9:RANG", "CHAN1:PROB",
    "CHAN1:COUP", "TRIG:MODE", "TRIG:SWE", "TRIG:EDGE:SOUR", "ACQ:TYPE", "ACQ:COUN", "ACQ:POIN?", "WAV:SOUR",
    "WAV:FORM", "WAV:POIN", "WAV:POIN:MODE", "WAV:PRE?", "WAV:DATA?", "OPER:COND?", "OPEE", "ADER?", "TER?", "AER?",
    "PDER?", "ROUT:CLOS", "ROUT:CLOS?", "ROUT:OPEN", "ROUT:CLOS:EXCL", "ROUT:DONE?", "ROUT:OPEN:ALL",
    "DIAG:REL:CYCL?", "SYST:CTYP?", "OUTP1", "OUTP2:LOAD", "SOUR1:FUNC", "SOUR1:VOLT", "SOUR1:VOLT:OFFS",
    "SOUR2:FUNC:PULS:PER", "SOUR1:BURS:NCYC", "SOUR1:FUNC:ARB", "SOUR1:FUNC:ARB:SRAT", "SOUR1:DATA:ARB:DAC",
    "SOUR1:DATA:ARB", "SOUR1:DATA:SEQ", "SOUR1:DATA:VOL:CLE", "SOUR1:DATA:VOL:CAT?", "TRIG1", "TRIG1:SOUR", "VOLT",
    "CURR", "VOLT:PROT", "OUTP", "APPL", "APPL?", "INST:NSEL", "MEAS:VOLT?", "MEAS:CURR?", "WATCH:BEAT",
    "WATCH:TRIP?", "WATCH:PER?", "FOO", "FOO:BAR?",
)  # fmt: skip
WORDS = (
    "0", "1", "-1", "2", "10", "0.001", "1E3", "1e-9", "1E308", "1E999", "MIN", "MAX", "DEF", "INF", "ON", "OFF",
    "AUTO", "IMM", "EXT", "BUS", "INT", "TIM", "POS", "NEG", "DC", "ARB", "PULS", "CH1", "CH2", "CHAN1", "CHAN2",
    "BYTE", "WORD", "ASC", "RAW", "NORM", "PEAK", "HRES", "LEFT", "#HFF", "#B101", "#Q17", "#H", "1V", "5MV", "3KHZ",
    "1UA", "'a'", '"seq"', "'open", "(@1)", "(@101,103:105)", "(@2)", "(@999)", "(@1:3", "#15abcde", "#0xyz",
    "#9999999999", "#3005abcde", "é", ",", ";",
)  # fmt: skip
REQUESTS = ("time", "describe", "state", "truth", "fault", "begin", "reseed", "advance", "stopp", "")
FAULTS = ("close", "silent", "dead", "late", "garbage", "error", "nan", "resistance", "stuck-closed", "stays-live", "?")
SERIAL = ("HELLO", "IDN?", "KEEP", "SET 1 LEVEL=3", "GET 1", "ON 1", "OFF *", "STATE? 1", "ON 9", "SET 1 MODE=x", "")


class Misuse:
    """Everything that can be sent, from one source of chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - misuse is to be repeatable, not secret

    def scpi(self) -> bytes:
        """A message that may mean something."""
        chance = self.chance
        kind = chance.random()
        if kind < 0.05:
            return chance.randbytes(chance.randrange(1, 200)) + chance.choice((b"", b"\n"))
        if kind < 0.06:
            return b"SOUR1:DATA:ARB x," + b"1,0," * chance.choice((100, 1000, 40_000)) + b"1\n"
        units = [self._unit() for _ in range(chance.choice((1, 1, 1, 2, 3, 8)))]
        text = chance.choice((";", ";", ";:", "; ")).join(units)
        if kind < 0.15:
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice(("", "\x00", "#", '"', "(", ":", "?", "ÿ", "\r")) + text[at + 1 :]
        return text.encode("latin-1") + chance.choice((b"\n", b"\n", b"\r\n", b"\r", b""))

    def _unit(self) -> str:
        chance = self.chance
        header = chance.choice(HEADERS)
        header = chance.choice((header, header.lower(), ":" + header if header[0] != "*" else header))
        if chance.random() < 0.1:
            header = header.removesuffix("?") if header.endswith("?") else header + "?"
        words = [chance.choice(WORDS) for _ in range(chance.choice((0, 1, 1, 1, 2, 3)))]
        return " ".join((header, chance.choice((",", " , ")).join(words))).strip() if words else header

    def frame(self) -> bytes:
        """A HiSLIP message that may be one."""
        chance = self.chance
        if chance.random() < 0.01:
            return chance.randbytes(chance.randrange(1, 64))
        kind = (
            chance.choice((6, 7, 7, 7, 7, 12, 8, 2, 3, 99, 130, 13)) if chance.random() < 0.9 else chance.randrange(256)
        )
        payload = self.scpi() if kind in {6, 7} else chance.randbytes(chance.choice((0, 0, 8)))
        number = chance.choice((hislip.FIRST_ID, chance.randrange(1 << 32)))
        return hislip.HEADER.pack(b"HS", kind, chance.choice((0, 0, 0, 1, 7)), number, len(payload)) + payload

    def asynchronous(self) -> bytes:
        """A HiSLIP message for the other channel."""
        chance = self.chance
        kind = chance.choice((4, 10, 15, 19, 21, 21, 21, 24, 99, 7))
        payload = (
            chance.choice((b"", b"name", struct.pack("!Q", chance.choice((0, 40, 1 << 63)))))
            if kind in {4, 15}
            else b""
        )
        number = chance.randrange(200) if kind == hislip.ASYNC_LOCK else hislip.FIRST_ID
        return hislip.HEADER.pack(b"HS", kind, chance.choice((0, 0, 1, 9)), number, len(payload)) + payload

    def request(self) -> bytes:
        """A line for the control port that ends nothing and lets no more than 10 ms pass."""
        chance = self.chance
        if chance.random() < 0.1:
            return chance.randbytes(chance.randrange(60)).replace(b"stop", b"") + b"\n"
        fields: dict[str, object] = {"op": chance.choice(REQUESTS)}
        if fields["op"] == "advance":
            fields["seconds"] = chance.choice((0.0, 1e-6, 0.01, -1, "1", None, float("nan")))
        if fields["op"] == "fault" and chance.random() < 0.5:
            fields["clear"] = True
        elif fields["op"] == "fault":
            fields |= {"target": chance.choice(("multimeter", "oscilloscope", "stimulator", "RM100", "?"))}
            fields |= {"kind": chance.choice(FAULTS), "after": chance.randrange(4), "count": chance.randrange(1, 4)}
            fields |= {"factor": 1.1} if fields["kind"] == "resistance" else {}
        if fields["op"] in {"truth", "begin", "reseed"}:
            fields |= {"key": "k", "seed": 1, "quantity": "current", "from": 0.0, "to": 1e-3}
            fields.pop(chance.choice(tuple(fields)[1:]))
            fields |= {
                chance.choice(("statistic", "interval", "channel", "x")): chance.choice(("mean", 1, 1e-9, -1, [], {}))
            }
        return json.dumps(fields).encode() + b"\n"

    def serial(self) -> bytes:
        """A frame for the stimulator, whole or damaged."""
        body = b"%04X " % self.chance.randrange(1 << 16) + self.chance.choice(SERIAL).encode()
        frame = bytearray(body + b"*" + crc(body) + b"\n")
        if self.chance.random() < 0.3:
            frame[self.chance.randrange(len(frame))] = self.chance.randrange(256)
        return bytes(frame)


class Attacker:
    """One client that sends nonsense, reads what comes, and may be killed at any moment.

    Args:
        connect: opens its sockets, each with what makes its bytes.
    """

    def __init__(self, connect: Callable[[], list[tuple[socket.socket, Callable[[], bytes]]]]) -> None:
        self._connect = connect
        self._sockets = connect()

    def step(self, chance: random.Random) -> None:
        """Send something, read what there is."""
        connection, make = chance.choice(self._sockets)
        try:
            connection.sendall(make())
            self.drain()
        except OSError:  # the other end hung up, as it may, or takes no more
            self.kill(chance)

    def drain(self) -> None:
        for connection, _ in self._sockets:
            while select.select([connection], [], [], 0)[0]:
                if not connection.recv(1 << 20):
                    raise ConnectionResetError

    def kill(self, chance: random.Random) -> None:
        """Close in the middle of whatever is going on, some with a reset, and come again."""
        self.close(chance)
        self._sockets = self._connect()

    def close(self, chance: random.Random) -> None:
        for connection, _ in self._sockets:
            if chance.random() < 0.5:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            connection.close()


def open_socket(port: int) -> socket.socket:
    """Connect, with a time limit that an honest server never needs."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=5.0)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Attack:
    """Clients of all kinds on one simulation.

    Attributes:
        steps: messages sent so far.
        kills: clients killed so far.
    """

    def __init__(self, simulation: Simulation, seed: int) -> None:
        self.steps = self.kills = 0
        self._simulation = simulation
        self._misuse = Misuse(seed)
        self.chance = self._misuse.chance
        self._raw = [int(at.split("::")[2]) for at in simulation.ready["instruments"].values()]
        self._hislip = [int(at.split(",")[1].split("::")[0]) for at in simulation.ready["hislip"].values()]
        control = int(simulation.ready["control"].split(":")[1])
        self._serial = os.open(simulation.ready["stimulator"], os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._clients = [Attacker(self._open_raw if i % 2 else self._open_hislip) for i in range(CLIENTS)]
        self._clients.append(Attacker(lambda: [(open_socket(control), self._misuse.request)]))

    def _open_raw(self) -> list[tuple[socket.socket, Callable[[], bytes]]]:
        return [(open_socket(self.chance.choice(self._raw)), self._misuse.scpi)]

    def _open_hislip(self) -> list[tuple[socket.socket, Callable[[], bytes]]]:
        port = self.chance.choice(self._hislip)
        synchronous, other = open_socket(port), open_socket(port)
        synchronous.sendall(hislip.HEADER.pack(b"HS", 0, 0, 0x01000000, 7) + b"hislip0")
        head = synchronous.recv(16)
        number = struct.unpack("!I", head[4:8])[0] & 0xFFFF
        other.sendall(hislip.HEADER.pack(b"HS", hislip.ASYNC_INITIALIZE, 0, number, 0))
        return [(synchronous, self._misuse.frame), (other, self._misuse.asynchronous)]

    def run(self, seconds: float) -> None:
        """Attack for some wall time, a client killed about every 200th step.

        Now and then an honest client asks for the time: it is answered within its time limit, and the others do not
        run ahead of what one processor can execute.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.steps += 1
            if self.steps % STRIDE == 0:
                self._simulation.control("time")
                continue
            if self.chance.random() < 0.1:
                self._speak_serial()
                continue
            client = self.chance.choice(self._clients)
            if self.chance.random() < 0.005:
                self.kills += 1
                client.kill(self.chance)
            else:
                client.step(self.chance)

    def _speak_serial(self) -> None:
        with suppress(BlockingIOError):
            os.write(self._serial, self._misuse.serial())
            os.read(self._serial, 1 << 16)

    def close(self) -> None:
        for client in self._clients:
            client.close(self.chance)
        os.close(self._serial)


def resident_bytes(pid: int) -> int:
    """Memory of a process."""
    fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def threads(pid: int) -> int:
    """Threads of a process."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def descriptors(pid: int) -> int:
    """Open files of a process."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
