"""What HiSLIP needs of an instrument, for one client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Exchange(Protocol):
    """One client's message exchange with an instrument (IEEE 488.2 chapter 6)."""

    def take(self, data: bytes, answer: Callable[[bytes], None]) -> bool:
        """Execute what came up to an END; False: hang up.

        Args:
            data: the bytes.
            answer: takes the response message, possibly later and from another thread.

        Raises:
            Abandoned: it was given up before there was an answer.
        """

    def trigger(self) -> None:
        """Trigger the instrument, as GET does on a bus."""

    def interrupt(self) -> None:
        """Note that an answer was not read before the next message came."""

    def clear(self) -> None:
        """Clear the instrument."""

    def status(self, *, message_available: bool) -> tuple[int, int]:
        """Answer the status byte without its bit 6, and what of it asks for service."""

    def observe(self, look: Callable[[int, int], bool]) -> None:
        """Show `look` the status byte without MAV, and what of it asks for service, until it answers False.

        It is called at every change of the bench, from any thread, and must not wait.
        """

    def wake(self) -> None:
        """Let whoever waits look whether it was given up."""


class ExchangeFactory(Protocol):
    """Starts an exchange; `given_up` says whether its client still waits."""

    def __call__(self, given_up: Callable[[], bool], /) -> Exchange: ...
