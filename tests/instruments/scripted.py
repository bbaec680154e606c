"""An instrument on a real TCP socket that answers as its script says, rightly or wrongly."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

    from harness.instruments import VisaLink

Plug = Callable[..., "tuple[VisaLink, ScriptedInstrument]"]
"""What the fixture `plug` is."""

NO_ERROR = b'+0,"No error"\n'
GREETING = "*CLS;*OPC?"
"""What a link says first on every fresh connection."""

BLOCK = re.compile(rb"[ ,]#([1-9])")

CLOSE = object()
"""An answer: close the connection instead."""


class ScriptedInstrument:
    """Answers messages by their text; one that ends in `:SYSTem:ERRor?` without an answer of its own gets "no error".

    Blocks of definite length inside a message may hold any byte; in `heard` each byte is a character.

    A link's greeting is answered and not noted, unless the script has an answer for it.

    Args:
        answers: bytes by message, or a function from the message to bytes; None: silent; `CLOSE`: hang up. A list is
            used up, one answer each time.
    """

    def __init__(self, answers: dict[str, object] | None = None) -> None:
        self.answers: dict[str, object] = dict(answers or {})
        self.heard: list[str] = []
        self.connections: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.resource = f"TCPIP::127.0.0.1::{self.port}::SOCKET"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def send_to_first(self, data: bytes) -> None:
        """Send something late on the connection that was opened first, if its peer still listens."""
        with suppress(OSError):
            self.connections[0].sendall(data)

    def stop(self) -> None:
        """Go away."""
        # Closing alone does not wake an accept that waits.
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                self.connections.append(connection)
                self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
                self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection.makefile("rb") as lines:
            while message := _message(lines):
                answer = self._answer(message.decode("latin-1").rstrip("\n"))
                if answer is CLOSE:
                    connection.shutdown(socket.SHUT_RDWR)
                    return
                if isinstance(answer, bytes):
                    connection.sendall(answer)

    def _answer(self, message: str) -> object:
        if message == GREETING and GREETING not in self.answers:
            return b"1\n"
        self.heard.append(message)
        answer = self.answers.get(message, NO_ERROR if message.endswith(":SYSTem:ERRor?") else None)
        if isinstance(answer, list):
            return answer.pop(0) if answer else None
        return answer(message) if callable(answer) else answer


def _message(stream: BinaryIO) -> bytes:
    """The next message with its line feed: one line, and more where a block in it holds line feeds."""
    message = stream.readline()
    place = 0
    while match := BLOCK.search(message, place):
        digits = match.end() + int(match[1])
        place = digits + int(message[match.end() : digits])
        if len(message) <= place:
            message += stream.read(place - len(message)) + stream.readline()
    return message
