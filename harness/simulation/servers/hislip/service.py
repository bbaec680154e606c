"""When a client is told that the instrument wants service (IVI-6.1, 6.13 and 6.14; IEEE 488.1 SRQ)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.servers.hislip.exchange import Exchange

MESSAGE_AVAILABLE = 0x10
REQUEST = 0x40


class ServiceRequests:
    """The request-service bit of one client: set by a new reason, cleared by a status query.

    Args:
        exchange: the client's.
        available: whether a response waits for the client.
        tell: sends the status byte of a request.
        given_up: whether the client has gone.
    """

    def __init__(
        self,
        exchange: Exchange,
        available: Callable[[], bool],
        tell: Callable[[int], None],
        given_up: Callable[[], bool],
    ) -> None:
        self._exchange = exchange
        self._available = available
        self._tell = tell
        self._given_up = given_up
        self._lock = threading.Lock()
        self._reasons = 0
        self._requested = False
        self._observing = False

    def look(self) -> None:
        """Tell the client of a reason that is new, and observe the instrument while there can be one."""
        byte, enable = self._exchange.status(message_available=self._available())
        if self._is_new(byte, enable):
            self._tell(byte | REQUEST)
        if enable and not self._observing:
            self._observing = True
            self._exchange.observe(self._observe)

    def poll(self, *, message_available: bool) -> int:
        """Answer the status byte with its request bit, which this clears."""
        byte, _ = self._exchange.status(message_available=message_available)
        with self._lock:
            requested, self._requested = self._requested, False
        return byte | (REQUEST if requested else 0)

    def reset(self) -> None:
        """Forget a request that the client has not asked about."""
        with self._lock:
            self._requested = False

    def _is_new(self, byte: int, enable: int) -> bool:
        """Whether a request has to be sent. Until the client asks for the status there is no second one."""
        with self._lock:
            reasons = byte & enable & ~REQUEST
            new = bool(reasons & ~self._reasons)
            self._reasons = reasons
            if not new or self._requested:
                return False
            self._requested = True
            return True

    def _observe(self, byte: int, enable: int) -> bool:
        """Look for a reason that came without a message of this client. The bench is held: another thread tells it."""
        if self._given_up() or not enable:
            self._observing = False
            return False
        whole = byte | (MESSAGE_AVAILABLE if self._available() else 0)
        if self._is_new(whole, enable):
            threading.Thread(target=self._tell, args=(whole | REQUEST,), name="service request", daemon=True).start()
        return True
