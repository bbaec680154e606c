"""Which header means which command."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.mnemonic import forms

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.scpi.arguments import Arguments
    from harness.simulation.scpi.settings import Setting

_PART = re.compile(r"(\[?):?([*A-Za-z][A-Za-z0-9]*)(<n>)?(\]?)")
_WRITTEN = re.compile(r"(.*?[^\d])(\d*)")


@dataclass(slots=True)
class Wait:
    """An answer that comes later.

    Attributes:
        done: whether it is there.
        due_ns: when the next scheduled event comes that may bring it, None while nothing can.
        answer: makes it.
    """

    done: Callable[[], bool]
    due_ns: Callable[[], int | None]
    answer: Callable[[], str | bytes | None]


Response = str | bytes | Wait | None


@dataclass(slots=True)
class Command:
    """What a header does.

    Attributes:
        set: without a question mark, None where there is no such command.
        query: with one.
        readings: whether the query answers measured values.
        indefinite: whether nothing may be asked behind the query in one message: its answer has no end of its own.
    """

    set: Callable[[Arguments], Response] | None = None
    query: Callable[[Arguments], Response] | None = None
    readings: bool = False
    indefinite: bool = False


@dataclass(slots=True)
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    suffixed: bool = False
    command: Command | None = None


class CommandTable:
    """A tree of headers, written as in programming guides: ``[SENSe:]VOLTage[:DC]:NPLCycles``, ``CHANnel<n>:SCALe``."""

    def __init__(self) -> None:
        self._root = _Node()

    def add(
        self,
        pattern: str,
        *,
        set: Callable[[Arguments], Response] | None = None,  # noqa: A002 - the field's own word
        query: Callable[[Arguments], Response] | None = None,
        readings: bool = False,
        indefinite: bool = False,
    ) -> None:
        """Enter a command under every spelling of its optional nodes; a second call may add the other form."""
        for path in _spellings(pattern):
            node = self._root
            for word, suffixed in path:
                short, long = forms(word)
                following = node.children.get(long) or _Node()
                following.suffixed |= suffixed
                node.children[short] = node.children[long] = following
                node = following
            command = node.command or Command()
            node.command = Command(
                set or command.set,
                query or command.query,
                readings or command.readings,
                indefinite or command.indefinite,
            )

    def setting(self, pattern: str, setting: Setting) -> None:
        self.add(pattern, set=setting.set, query=setting.query)

    def find(self, header: str) -> tuple[Command, tuple[int, ...]]:
        """Look up a whole header.

        Raises:
            ScpiError: there is no such header (-113).
        """
        node, suffixes = self._root, []
        for written in header.upper().split(":"):
            following = node.children.get(written)
            number = 1
            if following is None:
                match = _WRITTEN.fullmatch(written)
                following = node.children.get(match[1]) if match and match[2] else None
                if following is None or match is None or not following.suffixed:
                    raise ScpiError(-113)
                number = int(match[2])
            if following.suffixed:
                suffixes.append(number)
            node = following
        if node.command is None:
            raise ScpiError(-113)
        return node.command, tuple(suffixes)


def _spellings(pattern: str) -> list[list[tuple[str, bool]]]:
    choices: list[list[list[tuple[str, bool]]]] = []
    position = 0
    for match in _PART.finditer(pattern.replace(":]", "]")):
        if match.start() != position:
            raise ValueError(f"{pattern!r} is no header pattern")
        position = match.end()
        word = [(match[2], bool(match[3]))]
        choices.append([word, []] if match[1] and match[4] else [word])
    return [[node for part in parts for node in part] for parts in product(*choices)]
