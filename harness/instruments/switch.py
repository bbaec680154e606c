"""The switch mainframe: relays that latch, closed and opened by channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from harness.errors import BadAnswer, Refused
from harness.instruments import scpi

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.clock import Clock
    from harness.instruments.visa import VisaLink


class Switch(Protocol):
    """What the bench asks of any switch mainframe."""

    def close(self, channels: Sequence[int]) -> None:
        """Close channels, and return when the mainframe says that they are closed."""

    def open(self, channels: Sequence[int]) -> None:
        """Open channels, and return when the mainframe says that they are open."""


class Daq970a:
    """Keysight DAQ970A with an actuator module DAQM903A."""

    models = ("DAQ970A", "DAQ973A")

    def __init__(self, link: VisaLink, _clock: Clock, _mains_frequency_hz: float) -> None:
        self._link = link

    def close(self, channels: Sequence[int]) -> None:
        self._move("CLOS", channels)

    def open(self, channels: Sequence[int]) -> None:
        self._move("OPEN", channels)

    def _move(self, verb: str, channels: Sequence[int]) -> None:
        if not channels:
            return
        names = "(@" + ",".join(str(channel) for channel in channels) + ")"
        scpi.configure(self._link, f"ROUT:{verb} {names}")
        message = f"ROUT:{verb}? {names}"
        answer = self._link.query(message)
        states = answer.split(",")
        if len(states) != len(channels) or not set(states) <= {"0", "1"}:
            raise BadAnswer(f"switch answered {message!r} with {answer!r}, which is not {len(channels)} states")
        stuck = [channel for channel, state in zip(channels, states, strict=True) if state != "1"]
        if stuck:
            moved = "closed" if verb == "CLOS" else "open"
            raise Refused(f"switch channels {stuck} were told to be {moved} and say that they are not")
