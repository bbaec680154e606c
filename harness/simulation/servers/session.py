"""What a server needs of whoever understands its bytes, and what it offers to them."""

from __future__ import annotations

from typing import Protocol


class Connection(Protocol):
    """The way back to one client. All of it may be called from any thread, and none of it fails."""

    def send(self, data: bytes) -> None:
        """Write to the client; one that has gone is no news."""

    def close(self) -> None:
        """Hang up."""

    def has_gone(self) -> bool:
        """Whether the client has hung up, as far as it can be known without reading."""

    def has_more(self) -> bool:
        """Whether bytes of the client wait to be read."""


class Session(Protocol):
    """One client's conversation."""

    def receive(self, data: bytes) -> bool:
        """Take bytes as they arrive; False: hang up."""

    def end(self) -> None:
        """Take note that the client has gone."""


class SessionFactory(Protocol):
    """Starts a conversation."""

    def __call__(self, connection: Connection, /) -> Session: ...
