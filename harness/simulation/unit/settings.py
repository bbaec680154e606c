"""The settings of a channel, and the states that it may be in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.simulation.files.unitfile import Mode

OFF = "OFF"
ARMED = "ARMED"
RUN = "RUN"


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """What `SET` sets and `GET` answers.

    Attributes:
        mode: name of the mode.
        level: number of the step, 0: no current.
        polarity: `positive`, `negative` or `bipolar`.
        frequency_hz: of a mode whose frequency can be set, otherwise the mode's own; 0 where it has none.
    """

    mode: str
    level: int = 0
    polarity: str = "positive"
    frequency_hz: float = 0.0

    def at_level(self, level: int) -> ChannelSettings:
        """Answer the same settings with another level."""
        return replace(self, level=level)


def first_frequency(mode: Mode) -> float:
    """Answer the frequency that a mode begins with, 0 where it has none."""
    return mode.frequencies_hz[0] if mode.frequencies_hz else 0.0
