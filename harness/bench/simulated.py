"""The simulated bench from the host's side: start it, join it, and let its time pass.

The one place that starts the simulation. It is a program of its own and is met only over the wire.
"""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.clock import Clock, WallClock
from harness.errors import BadAnswer, ConnectionFault, DefinitionError, NoAnswer, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_START_LIMIT_S = 30.0
_ANSWER_LIMIT_S = 20.0
_END_LIMIT_S = 5.0


class ControlPort:
    """A client of the control port: one JSON object a line, one reply each."""

    def __init__(self, address: str) -> None:
        self.address = address
        host, _, port = address.rpartition(":")
        try:
            self._socket = socket.create_connection((host or "127.0.0.1", int(port)), timeout=_ANSWER_LIMIT_S)
        except (OSError, ValueError) as error:
            raise ConnectionFault(
                f"cannot reach the control port of a simulated bench at {address!r}: {error}; "
                "start one with `stimcert simulate --clock virtual` and enter what it prints as control"
            ) from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = self._socket.makefile("rb")

    def request(self, op: str, **fields: object) -> dict[str, Any]:
        """Send a request and return its answer.

        Raises:
            ConnectionFault: the simulation is gone.
            Refused: it refused the request.
        """
        text = json.dumps({"op": op, **fields})
        try:
            self._socket.sendall(text.encode() + b"\n")
            line = self._lines.readline()
        except TimeoutError as error:
            raise NoAnswer(f"the simulated bench did not answer {text} within {_ANSWER_LIMIT_S:g} s") from error
        except OSError as error:
            raise ConnectionFault(f"lost the simulated bench while asking {text}: {error}") from error
        if not line.endswith(b"\n"):
            raise ConnectionFault(f"the simulated bench is gone (its process ended); it was asked {text}")
        try:
            answer: dict[str, Any] = json.loads(line)
        except ValueError as error:
            raise BadAnswer(f"the simulated bench answered {text} with {line[:60]!r}, which is not JSON") from error
        if answer.get("ok") is not True:
            raise Refused(f"the simulated bench refused {text}: {answer.get('error')}")
        return answer

    def close(self) -> None:
        """Close the connection."""
        with suppress(OSError):
            self._lines.close()
            self._socket.close()


class VirtualClock(Clock):
    """Bench time that passes only by messages and by our own `advance`."""

    def __init__(self, control: ControlPort) -> None:
        super().__init__()
        self._control = control

    def now(self) -> float:
        return float(self._control.request("time")["time"])

    def _pass(self, seconds: float) -> float:
        return float(self._control.request("advance", seconds=seconds)["time"])


@dataclass(frozen=True, slots=True)
class Simulation:
    """A simulated bench that is ready.

    Attributes:
        control: open control port.
        clock: virtual or wall, as it runs.
        stimulator: port of the stimulator.
        instruments: VISA resource by role.
        seed: that all hidden errors were drawn from.
        process: where this program started it, None where it joined.
    """

    control: ControlPort
    clock: Clock
    stimulator: str
    instruments: dict[str, str]
    seed: int
    process: subprocess.Popen[str] | None

    def begin(self, key: str) -> None:
        """Tell the simulation that a new stretch of work starts."""
        self.control.request("begin", key=key)

    @property
    def is_gone(self) -> bool:
        """True where its process ended under us."""
        try:
            self.control.request("time")
        except ConnectionFault:
            return True
        return False

    def close(self) -> None:
        """Leave it; end it where this program started it."""
        if self.process is not None:
            with suppress(ConnectionFault, Refused, BadAnswer):
                self.control.request("stop")
        self.control.close()
        if self.process is not None:
            end(self.process)


def command(bench: Path, unit: Path, options: Sequence[str]) -> list[str]:
    """The command line of the simulation."""
    files = ["--bench", str(bench), "--simulated-unit", str(unit)]
    return [sys.executable, "-m", "harness.simulation", *files, *options]


def start(bench: Path, unit: Path, seed: int) -> Simulation:
    """Start a simulated bench on the virtual clock and wait until it is ready.

    Raises:
        DefinitionError: it refused its files; in its own words.
        ConnectionFault: it did not become ready.
    """
    process = subprocess.Popen(
        command(bench, unit, ["--clock", "virtual", "--seed", str(seed), "--follow-control"]),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        # Of its own process group: a Ctrl-C at the terminal is for us, who still have to make the bench safe.
        start_new_session=True,
    )
    try:
        ready = _ready_line(process)
        return _connect(ready, process)
    except BaseException:
        process.kill()
        end(process)
        raise


def join(address: str, seed: int | None) -> Simulation:
    """Join a running simulated bench by its control port, and draw it anew where a seed is given."""
    control = ControlPort(address)
    if seed is not None:
        control.request("reseed", seed=seed)
    return _attach(control, control.request("describe"), None)


def end(process: subprocess.Popen[str]) -> None:
    """Wait for a simulation to end, and end it where it does not."""
    try:
        process.wait(_END_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def _ready_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None  # noqa: S101 - for the type checker: it was asked for
    readable, _, _ = select.select([process.stdout], [], [], _START_LIMIT_S)
    line = process.stdout.readline() if readable else ""
    if not line and process.poll() is None and not readable:
        raise ConnectionFault(f"the simulated bench was not ready within {_START_LIMIT_S:g} s")
    if not line:
        _, complaint = process.communicate(timeout=_END_LIMIT_S)
        said = complaint.strip().splitlines()[-1] if complaint.strip() else "it said nothing"
        raise DefinitionError("simulated bench", "", f"did not start: {said}")
    ready: dict[str, Any] = json.loads(line)
    return ready


def _connect(ready: dict[str, Any], process: subprocess.Popen[str]) -> Simulation:
    return _attach(ControlPort(str(ready["control"])), ready, process)


def _attach(control: ControlPort, ready: dict[str, Any], process: subprocess.Popen[str] | None) -> Simulation:
    clock: Clock = VirtualClock(control) if ready["clock"] == "virtual" else WallClock()
    instruments = {str(role): str(resource) for role, resource in ready["instruments"].items()}
    return Simulation(control, clock, str(ready["stimulator"]), instruments, int(ready["seed"]), process)
