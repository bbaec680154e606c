"""A unit on a real pty that answers as it is told, rightly or wrongly. Shares no code with the driver."""

from __future__ import annotations

import array
import fcntl
import os
import select
import termios
import threading
import time
import tty
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.stimulators.stim1 import Stim1

Plug = Callable[..., "tuple[Stim1, Peer]"]
"""What the fixture `plug` of the tests is."""


def crc(data: bytes) -> int:
    """CRC-16/CCITT-FALSE, bit by bit."""
    register = 0xFFFF
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = ((register << 1) ^ 0x1021 if register & 0x8000 else register << 1) & 0xFFFF
    return register


def framed(text: str) -> bytes:
    """A line with its CRC."""
    return f"{text}*{crc(text.encode()):04X}\n".encode()


GOOD = {
    "HELLO": "OK stim1",
    "IDN?": "OK FOREO,BEAR 2,SIM-BEAR2-0001,1.0.0",
    "CAPS?": "OK CHANNELS=1 WATCHDOG_MS=3000",
    "SET": "OK MODE=steady LEVEL=10 POLARITY=positive",
    "ON": "OK STATE=RUN",
    "OFF": "OK STATE=OFF",
    "KEEP": "OK",
}


class Peer:
    """A unit that answers every verb as it should, except those that are given otherwise.

    Args:
        answers: by verb a text to be framed under the request's tag, a function from the tag to bytes, or None: silent.
    """

    def __init__(self, **answers: str | Callable[[str], bytes] | None) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self.answers: dict[str, str | Callable[[str], bytes] | None] = {**GOOD, **answers}
        self.heard: list[str] = []
        self._open = True
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def verbs(self) -> list[str]:
        """Verbs of all valid requests so far."""
        return [line.partition("*")[0].split()[1] for line in self.heard]

    def send(self, data: bytes) -> None:
        """Send what nobody asked for."""
        os.write(self._master, data)

    def wait_until_read(self) -> None:
        """Return when the host has read everything that was sent."""
        pending = array.array("i", [1])
        while pending[0] and self._open:
            time.sleep(1e-3)
            fcntl.ioctl(self._slave, termios.FIONREAD, pending)

    def unplug(self) -> None:
        """Go away."""
        if not self._open:
            return
        self._open = False
        self._thread.join()
        os.close(self._slave)
        os.close(self._master)

    def _serve(self) -> None:
        rest = b""
        while self._open:
            if not select.select([self._master], [], [], 0.02)[0]:
                continue
            with suppress(OSError):
                rest += os.read(self._master, 4096)
            *lines, rest = rest.split(b"\n")
            for line in lines:
                self._answer(line)

    def _answer(self, line: bytes) -> None:
        text, _, given = line.rpartition(b"*")
        if given != f"{crc(text):04X}".encode():
            return
        self.heard.append(line.decode())
        tag, verb = text.decode().split()[:2]
        answer = self.answers.get(verb)
        if answer is not None:
            self.send(answer(tag) if callable(answer) else framed(f"{tag} {answer}"))
