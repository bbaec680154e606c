"""What a server needs of whoever understands its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Session(Protocol):
    """One client's conversation."""

    def receive(self, data: bytes) -> bool:
        """Take bytes as they arrive; False: hang up."""

    def end(self) -> None:
        """Take note that the client has gone."""


class SessionFactory(Protocol):
    """Starts a conversation; `send` may be called from any thread and never fails."""

    def __call__(self, send: Callable[[bytes], None], /) -> Session: ...
