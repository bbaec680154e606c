"""The simulation as a process: its ports, its ready line, its end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from harness.errors import RequestError
from harness.simulation.control import ControlPeer, ControlPort
from harness.simulation.leash import Leash
from harness.simulation.servers.hislip.channels import SUB_ADDRESS, HislipPort
from harness.simulation.servers.tcp import HOST, TcpServer
from harness.simulation.timekeeper import WallTimekeeper

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.simulation.assembly import SimulatedBench
    from harness.simulation.servers.serialport import PtyServer
    from harness.simulation.servers.session import Connection, SessionFactory

GRACE_S = 60.0
"""Wall time that a simulation outlives its last control connection, where it follows it."""


class Service:
    """Ports around a bench.

    Args:
        bench: the bench.
        port_base: port of the control port, the others follow; 0: any.
        follow_control: end when nobody holds the control port.

    Attributes:
        ready: fields of the ready line.

    Raises:
        RequestError: a port is taken.
    """

    def __init__(self, bench: SimulatedBench, port_base: int, *, follow_control: bool) -> None:
        self._bench = bench
        self._leash = Leash(GRACE_S if follow_control else None)
        self.ready: dict[str, object] = {}
        self._port_base = port_base
        control = ControlPort(bench, self.ready, self._leash.stop)
        self._servers: list[TcpServer | PtyServer] = [_server(port_base, "control port", self._control_peers(control))]
        control_port = self._tcp_port(0)
        instruments = self._listen_for_instruments()
        self.ready.update(
            control=f"{HOST}:{control_port}",
            stimulator=self._listen_for_stimulator(),
            instruments=instruments,
            hislip=self._listen_for_hislip(),
            clock=bench.timekeeper.name,
            seed=bench.seed,
        )

    def serve(self) -> None:
        """Serve until stopped."""
        self._leash.wait()
        for server in self._servers:
            server.close()
        self._bench.timekeeper.stop()

    def start(self) -> None:
        for server in self._servers:
            server.start()
        if isinstance(self._bench.timekeeper, WallTimekeeper):
            threading.Thread(target=self._bench.timekeeper.keep_up, name="bench time", daemon=True).start()

    def stop(self) -> None:
        """End the simulation."""
        self._leash.stop()

    def _control_peers(self, control: ControlPort) -> Callable[[Connection], ControlPeer]:
        def start(connection: Connection) -> ControlPeer:
            self._leash.held()
            return ControlPeer(control, connection, self._leash.released)

        return start

    def _listen_for_instruments(self) -> Mapping[str, str]:
        resources = {}
        for offset, role in enumerate(self._bench.instruments, start=1):
            server = _server(self._port(offset), f"{role}, raw socket", self._bench.instrument_peer(role))
            self._servers.append(server)
            resources[role] = f"TCPIP::{HOST}::{server.port}::SOCKET"
        return resources

    def _listen_for_hislip(self) -> Mapping[str, str]:
        """Open the HiSLIP ports. They lie behind all others, the place of a stimulator without a pty included."""
        resources = {}
        for offset, role in enumerate(self._bench.instruments, start=len(self._bench.instruments) + 2):
            server = _server(self._port(offset), f"{role}, HiSLIP", HislipPort(self._bench.message_peer(role)).channel)
            self._servers.append(server)
            resources[role] = f"TCPIP::{HOST}::{SUB_ADDRESS},{server.port}::INSTR"
        return resources

    def _listen_for_stimulator(self) -> str:
        try:
            from harness.simulation.servers.serialport import PtyServer  # noqa: PLC0415 - not on every system
        except ImportError:
            port = self._port(len(self._bench.instruments) + 1)
            server = _server(port, "stimulator", self._bench.stimulator_peer)
            self._servers.append(server)
            return f"socket://{HOST}:{server.port}"
        pty = PtyServer(self._bench.stimulator_peer)
        self._servers.append(pty)
        return pty.name

    def _port(self, offset: int) -> int:
        return self._port_base + offset if self._port_base else 0

    def _tcp_port(self, index: int) -> int:
        server = self._servers[index]
        return server.port if isinstance(server, TcpServer) else 0


def _server(port: int, purpose: str, sessions: SessionFactory) -> TcpServer:
    """Listen on a port.

    Raises:
        RequestError: it is taken, or may not be used; it is named, and for what.
    """
    try:
        return TcpServer(port, sessions)
    except OSError as error:
        raise RequestError(
            f"port {port} ({purpose}) cannot be opened: {error.strerror}; choose another --port-base"
        ) from error
