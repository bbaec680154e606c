"""An instrument behind HiSLIP (IVI-6.1) that answers as its script says, rightly or wrongly."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress

from tests.instruments.scripted import CLOSE, GREETING

HEADER = struct.Struct("!2sBBIQ")
INITIALIZE, INITIALIZE_RESPONSE = 0, 1
DATA, DATA_END = 6, 7
MAXIMUM_SIZE, MAXIMUM_SIZE_RESPONSE = 15, 16
ASYNC_INITIALIZE, ASYNC_INITIALIZE_RESPONSE = 17, 18
ANY_ID = 0xFFFFFFFF
"""A message id that a client takes for its own."""


def frame(kind: int, number: int, payload: bytes = b"") -> bytes:
    """One message of the protocol."""
    return HEADER.pack(b"HS", kind, 0, number, len(payload)) + payload


class ScriptedHislip:
    """Answers messages by their text.

    Args:
        answers: by message: bytes, sent as one message with its end; a tuple: bytes as they stand on the wire, which
            may be none; `CLOSE`: hang up.
    """

    def __init__(self, answers: dict[str, object]) -> None:
        self.answers = answers
        self.sessions = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.resource = f"TCPIP::127.0.0.1::hislip0,{self._server.getsockname()[1]}::INSTR"
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def stop(self) -> None:
        """Go away."""
        for each in (self._server, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                channel, _ = self._server.accept()
                self._open.append(channel)
                self._threads.append(threading.Thread(target=self._serve, args=(channel,), daemon=True))
                self._threads[-1].start()

    def _serve(self, channel: socket.socket) -> None:
        with suppress(OSError, struct.error), channel.makefile("rb") as stream:
            while True:
                _, kind, _, number, length = HEADER.unpack(stream.read(HEADER.size))
                payload = stream.read(length)
                reply = self._reply(kind, number, payload.decode("latin-1").rstrip("\n"))
                if reply is None:
                    channel.shutdown(socket.SHUT_RDWR)
                    return
                channel.sendall(reply)

    def _reply(self, kind: int, number: int, text: str) -> bytes | None:
        if kind == INITIALIZE:
            self.sessions += 1
            return frame(INITIALIZE_RESPONSE, 0x0100 << 16 | self.sessions)
        if kind == ASYNC_INITIALIZE:
            return frame(ASYNC_INITIALIZE_RESPONSE, 0)
        if kind == MAXIMUM_SIZE:
            return frame(MAXIMUM_SIZE_RESPONSE, 0, struct.pack("!Q", 1 << 20))
        answer = b"1\n" if text == GREETING else self.answers.get(text, ())
        if isinstance(answer, tuple):
            return b"".join(answer)
        return None if answer is CLOSE else frame(DATA_END, number, answer)
