"""The connection to a firmware that runs outside: lines of text over TCP (`docs/firmware-interface.md`)."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.errors import RequestError, StimcertError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONNECT_LIMIT_S = 10.0
_ANSWER_LIMIT_S = 10.0
_RETRY_S = 0.05
_LONGEST_LINE = 1 << 20
_LEAST_WAIT_S = 1e-3
_RECEIVE = 1 << 16
_QUICK_ACK = getattr(socket, "TCP_QUICKACK", None)


class FirmwareLost(StimcertError):
    """The firmware is gone, is silent, or says what nobody understands."""


def parse_address(text: str) -> tuple[str, int]:
    """Read ``tcp://HOST:PORT``.

    Raises:
        RequestError: it is none.
    """
    parts = urlsplit(text)
    with contextlib.suppress(ValueError):
        if parts.scheme == "tcp" and parts.hostname and parts.port and not (parts.path or parts.query):
            return parts.hostname, parts.port
    raise RequestError(f"--firmware is {text!r}; it is the address that the firmware listens at, tcp://HOST:PORT")


class FirmwareLink:
    """A client of the firmware's port.

    Args:
        address: ``tcp://HOST:PORT``.

    Raises:
        RequestError: nobody listens there within ten seconds.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        until = time.monotonic() + _CONNECT_LIMIT_S
        while True:
            try:
                self._socket = socket.create_connection(parse_address(address), timeout=_ANSWER_LIMIT_S)
                break
            except OSError as error:
                if time.monotonic() > until:
                    raise RequestError(
                        f"no firmware listens at {address} ({error.strerror or error}); start it first"
                    ) from error
                time.sleep(_RETRY_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pending = b""
        self._until: float | None = None

    @contextlib.contextmanager
    def in_time(self) -> Iterator[None]:
        """Lose a firmware that needs more than ten seconds of wall time for all that is received in here."""
        self._until = time.monotonic() + _ANSWER_LIMIT_S
        try:
            yield
        finally:
            self._until = None

    def send(self, line: str) -> None:
        """Send one line.

        Raises:
            FirmwareLost: the connection is gone.
        """
        try:
            self._socket.sendall(line.encode("ascii") + b"\n")
        except OSError as error:
            raise FirmwareLost(f"is gone ({error.strerror or error})") from error

    def receive(self) -> str:
        """Wait for one line, ten seconds of wall time at most.

        Raises:
            FirmwareLost: none came, or one that is no text.
        """
        until = time.monotonic() + _ANSWER_LIMIT_S if self._until is None else self._until
        while b"\n" not in self._pending:
            self._pending += self._more(until)
            if len(self._pending) > _LONGEST_LINE:
                raise FirmwareLost(f"sent a line of more than {_LONGEST_LINE} characters")
        if time.monotonic() > until:
            raise FirmwareLost(f"was not done within {_ANSWER_LIMIT_S:g} s")
        line, _, self._pending = self._pending.partition(b"\n")
        try:
            return line.decode("ascii").strip()
        except UnicodeDecodeError as error:
            raise FirmwareLost(f"sent {line[:40]!r}, which is no ASCII") from error

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.close()

    def _more(self, until: float) -> bytes:
        if _QUICK_ACK is not None:
            # A firmware that flushes line by line would else wait 40 ms for each acknowledgement.
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        self._socket.settimeout(max(_LEAST_WAIT_S, until - time.monotonic()))
        try:
            data = self._socket.recv(_RECEIVE)
        except TimeoutError as error:
            raise FirmwareLost(f"was not done within {_ANSWER_LIMIT_S:g} s") from error
        except OSError as error:
            raise FirmwareLost(f"is gone ({error.strerror or error})") from error
        if not data:
            raise FirmwareLost("has closed its connection")
        return data
