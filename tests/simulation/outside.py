"""A firmware outside, played by a test: it answers each step from a script."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable


class ScriptedFirmware:
    """Listens on a port of its own; `script` answers the lines for each step, the last one its DONE.

    A line that ends with `?...` is a question: its answer is kept in `answers`.

    Attributes:
        address: for the link.
        heard: every step so far.
        answers: to the questions, in their order.
    """

    def __init__(self, script: Callable[[str], list[str]], greeting: str = "HELLO 1") -> None:
        self._script = script
        self._greeting = greeting
        self.heard: list[str] = []
        self.answers: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with suppress(OSError), connection, connection.makefile("rw", encoding="ascii", newline="\n") as lines:
            for line in lines:
                self.heard.append(line.strip())
                if line.startswith("HELLO"):
                    answer = [self._greeting]
                else:
                    answer = self._script(line.strip().removeprefix("STEP "))
                    if not answer:
                        return  # it dies
                for said in answer:
                    lines.write(said + "\n")
                    lines.flush()
                    if "?" in said:
                        self.answers.append(lines.readline().strip())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._listener.close()
