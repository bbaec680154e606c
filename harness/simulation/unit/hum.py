"""A sine that couples into the output: mains, or the motor."""

from __future__ import annotations

import itertools
import math

from harness.simulation.circuit.drive import Drive, Piece
from harness.simulation.timekeeper import NS_PER_S

_CORNERS = 32
"""Of the polygon that stands for the sine; the largest harmonic of it is 0.1 % of the fundamental."""


def hum(amplitude_a: float, frequency_hz: float, origin_ns: int) -> Drive:
    """Answer a polygon whose fundamental has this amplitude (peak) and frequency."""
    period_ns = round(NS_PER_S / frequency_hz)
    marks = [round(corner * period_ns / _CORNERS) for corner in range(_CORNERS + 1)]
    heights = [math.sin(math.tau * corner / _CORNERS) for corner in range(_CORNERS)]
    pieces = tuple(
        Piece(end - start, height, heights[(corner + 1) % _CORNERS])
        for corner, ((start, end), height) in enumerate(zip(itertools.pairwise(marks), heights, strict=True))
    )
    # Straight lines between the corners of a sine have a fundamental that is too small by this.
    shrunk = (math.sin(math.pi / _CORNERS) / (math.pi / _CORNERS)) ** 2
    return Drive(amplitude_a / shrunk, pieces, origin_ns)
