"""The connection to a firmware that runs outside: lines of text over TCP (`docs/firmware-interface.md`)."""

from __future__ import annotations

import contextlib
import socket
import time
from urllib.parse import urlsplit

from harness.errors import RequestError, StimcertError

_CONNECT_LIMIT_S = 10.0
_ANSWER_LIMIT_S = 10.0
_RETRY_S = 0.05
_LONGEST_LINE = 1 << 20


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
        self._lines = self._socket.makefile("rb")

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
        try:
            line = self._lines.readline(_LONGEST_LINE)
        except OSError as error:
            raise FirmwareLost(f"did not answer within {_ANSWER_LIMIT_S:g} s") from error
        if not line.endswith(b"\n"):
            raise FirmwareLost("has closed its connection")
        try:
            return line.decode("ascii").strip()
        except UnicodeDecodeError as error:
            raise FirmwareLost(f"sent {line[:40]!r}, which is no ASCII") from error

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._lines.close()
            self._socket.close()
