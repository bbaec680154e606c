"""A sine that couples into the output: mains, or the motor."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

from harness.simulation.circuit.drive import Drive, Piece
from harness.simulation.timekeeper import NS_PER_S

_CORNERS = 32
"""Of the polygon that stands for a turn of the sine; the largest harmonic of it is 0.1 % of the fundamental."""

_COMMON_PERIODS = 64
"""Of the longer one of sine and waveform, within which they have to come together again."""

_MOST_TURNS = 256
"""Of the sine until then."""


def hum(amplitude_a: float, frequency_hz: float, origin_ns: int, beside_ns: int | None) -> Drive:
    """Answer a polygon whose fundamental has this amplitude (peak) and frequency.

    Args:
        amplitude_a: peak.
        frequency_hz: kept within 1 / 1000, so that some turns of the sine are some periods of the waveform: what
            repeats together is worked out once.
        origin_ns: where a turn begins.
        beside_ns: period of the waveform; None: it is steady.
    """
    turns, whole_ns = 1, round(NS_PER_S / frequency_hz)
    if beside_ns is not None:
        share = NS_PER_S / frequency_hz / beside_ns  # periods for each turn
        most = min(_MOST_TURNS, round(_COMMON_PERIODS * max(1.0, 1.0 / share)))
        candidates = (Fraction(share).limit_denominator(most), Fraction(1, max(1, round(1.0 / share))))
        fitting = min((found for found in candidates if found), key=lambda found: abs(found - share))
        turns, whole_ns = fitting.denominator, fitting.numerator * beside_ns
    corners = turns * _CORNERS
    marks = [round(corner * whole_ns / corners) for corner in range(corners + 1)]
    heights = [math.sin(math.tau * corner / _CORNERS) for corner in range(corners)]
    pieces = tuple(
        Piece(end - start, height, heights[(corner + 1) % corners])
        for corner, ((start, end), height) in enumerate(zip(itertools.pairwise(marks), heights, strict=True))
    )
    # Straight lines between the corners of a sine have a fundamental that is too small by this.
    shrunk = (math.sin(math.pi / _CORNERS) / (math.pi / _CORNERS)) ** 2
    return Drive(amplitude_a / shrunk, pieces, origin_ns)
