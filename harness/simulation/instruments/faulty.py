"""What an examiner makes wrong with an instrument."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChannelFaults:
    """The faults of one channel that are on; without arguments there are none.

    Attributes:
        ratio: of the probe that really is there, None: as the bench file says.
        ac_coupled: whether the input keeps the mean out whatever its setting says.
        clip_divisions: the converter stops this far from the centre of the screen.
        gain: slope error on top of the channel's own.
        offset_v: constant error at the input on top of the channel's own.
    """

    ratio: float | None = None
    ac_coupled: bool = False
    clip_divisions: float = math.inf
    gain: float = 0.0
    offset_v: float = 0.0


@dataclass(slots=True)
class ReadingFaults:
    """The faults of a multimeter that are on.

    Attributes:
        gain: slope error on top of its own, in every range.
        offset_v: constant error on top of its own, in every range.
        stale: whether the last reading is handed over as every reading.
    """

    gain: float = 0.0
    offset_v: float = 0.0
    stale: bool = False


NO_FAULTS = ChannelFaults()
