"""A serial line of text: one line out, one line in, by deadline."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from harness.errors import BadAnswer, ConnectionFault, NoAnswer

_MOST_BYTES = 4096
DEFAULT_TIMEOUT_S = 4.0
"""Wall time after which a stimulator counts as dead; it has 50 ms to answer."""


class SerialLine:
    """A serial port, real, pty or `socket://`, opened when first used and after anything went wrong.

    Args:
        port: as pySerial names it.
        baud: of a real port.
        timeout_s: wall time after which the stimulator counts as dead.
    """

    def __init__(self, port: str, baud: int, timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
        self.port = port
        self.baud = baud
        self._timeout_s = timeout_s
        self._serial: Any = None
        self._received = b""
        self.fresh = True
        """True until the first line was exchanged on this opening: the protocol has to greet first."""

    def exchange(self, line: str, *, drain: bool = False) -> str:
        """Send a line and return the next one, both without their line feed.

        Args:
            line: ASCII.
            drain: read and drop first whatever is there.

        Raises:
            ConnectionFault: the port is gone or nothing came.
            BadAnswer: what came is no line of ASCII text.
        """
        import serial  # noqa: PLC0415 - late: a run that needs no bench need not pay for it

        port = self._open()
        trusted = False
        try:
            if drain:
                port.reset_input_buffer()
                self._received = b""
            port.write(line.encode("ascii") + b"\n")
            answer = self._read_line(port, line)
            trusted = True
        except (serial.SerialException, OSError) as error:
            raise ConnectionFault(
                f"lost the stimulator at {self.port} while asking {line!r}: {error}; check its cable and power"
            ) from error
        finally:
            # Also after a signal: what is still to come would be taken for the answer to the next request.
            if not trusted:
                self.reopen()
        if self._received and not drain:
            surplus = self._received[:60]
            self.reopen()
            raise BadAnswer(
                f"stimulator at {self.port} answered {line!r} with more than one line; then came {surplus!r}"
            )
        self.fresh = False
        return answer

    def next_line(self) -> str:
        """The next line without asking, while old replies are dropped after opening."""
        return self._read_line(self._open(), "HELLO")

    def reopen(self) -> None:
        """Close the port; the next request opens it anew."""
        self.fresh = True
        self._received = b""
        if self._serial is not None:
            with suppress(Exception):  # a port that is gone cannot be closed politely, and need not be
                self._serial.close()
            self._serial = None

    close = reopen

    def _open(self) -> Any:  # noqa: ANN401 - pySerial's port, of several classes
        if self._serial is not None:
            return self._serial
        import serial  # noqa: PLC0415 - late, as above

        alone: dict[str, Any] = {} if "://" in self.port else {"exclusive": True}
        try:
            self._serial = serial.serial_for_url(
                self.port, self.baud, timeout=self._timeout_s, write_timeout=1.0, **alone
            )
        except (serial.SerialException, OSError, ValueError) as error:
            if "exclusively lock" in str(error):
                raise ConnectionFault(
                    f"the stimulator's port {self.port} is in use by another program: one run, one bench; wait for "
                    "the other run or end it"
                ) from error
            raise ConnectionFault(
                f"cannot open the stimulator's port {self.port}: {error}; check the bench file's stimulator.port"
            ) from error
        return self._serial

    def _read_line(self, port: Any, asked: str) -> str:  # noqa: ANN401
        deadline = time.monotonic() + self._timeout_s
        while b"\n" not in self._received:
            # One byte waits for the port's time-out, then all that is there: readline() would go byte by byte.
            self._received += port.read(port.in_waiting or 1)
            if len(self._received) > _MOST_BYTES:
                seen = len(self._received)
                raise BadAnswer(f"stimulator at {self.port} answered {asked!r} with {seen} bytes and no end of line")
            if time.monotonic() > deadline and b"\n" not in self._received:
                raise NoAnswer(
                    f"stimulator at {self.port} did not answer {asked!r} within {self._timeout_s:g} s; "
                    "check that it is on and connected"
                )
        raw, _, self._received = self._received.partition(b"\n")
        try:
            return raw.decode("ascii").rstrip("\r")
        except UnicodeDecodeError as error:
            raise BadAnswer(
                f"stimulator at {self.port} answered {asked!r} with {raw[:40]!r}, not ASCII text"
            ) from error
