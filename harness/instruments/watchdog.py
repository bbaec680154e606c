"""The bench watchdog: holds at most one electrode relay closed, as long as somebody beats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from harness.errors import BadAnswer
from harness.instruments import scpi

if TYPE_CHECKING:
    from harness.clock import Clock
    from harness.instruments.visa import VisaLink

_MOVING_S = 0.1
"""Bench time for a reed relay that takes 1 ms."""


class Watchdog(Protocol):
    """What the bench asks of the board that holds the electrode relays."""

    def close(self, relay: int) -> None:
        """Close one relay, open the others, and return when the board says so.

        Raises:
            Refused: it has tripped and nobody opened the relays since.
            TimeLimitExceeded: the relay does not move.
        """

    def open(self) -> None:
        """Open every relay and return when the board says so; clears a trip."""

    def closed(self) -> int:
        """Ask which relay is closed; 0: none."""

    def period_s(self) -> float:
        """Ask after which time without a beat the relays open, s."""

    def beat(self) -> None:
        """Show that somebody is there."""

    def tripped(self) -> bool:
        """Ask whether the relays were opened for want of a beat."""


class BenchWatchdog:
    """`stimcert bench` BW1, as docs/bench-watchdog.md specifies it."""

    models = ("BW1",)

    def __init__(self, link: VisaLink, clock: Clock, _mains_frequency_hz: float) -> None:
        self._link = link
        self._clock = clock

    def close(self, relay: int) -> None:
        if relay < 1:
            raise ValueError(f"electrode relays are counted from 1, there is no {relay}")
        scpi.configure(self._link, f"ROUTe:CLOSe (@{relay})")
        self._await(relay, f"closing of electrode relay {relay}")

    def open(self) -> None:
        scpi.configure(self._link, "ROUTe:OPEN:ALL")
        self._await(0, "opening of the electrode relays")

    def closed(self) -> int:
        relay = scpi.whole(self._link, "ROUTe:CLOSe:STATe?")
        if relay < 0:
            raise BadAnswer(f"watchdog says that relay {relay} is closed; relays are counted from 1")
        return relay

    def period_s(self) -> float:
        message = "WATCHdog:PERiod?"
        period_s = scpi.number(self._link, message, self._link.query(message))
        if period_s <= 0:
            raise BadAnswer(f"watchdog answered {message!r} with {period_s:g} s, which leaves no time for a beat")
        return period_s

    def beat(self) -> None:
        scpi.configure(self._link, "WATCHdog:BEAT")

    def tripped(self) -> bool:
        return scpi.flag(self._link, "WATCHdog:TRIPped?")

    def _await(self, relay: int, what: str) -> None:
        self._clock.wait_for(lambda: self.closed() == relay, _MOVING_S, what=f"the {what}")
