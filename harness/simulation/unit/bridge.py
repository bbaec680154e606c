"""What the bridge makes of a sequence of directions when its flips are wrong."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, pairwise

from harness.simulation.circuit.drive import Piece


def alternated(skipped_every: int) -> tuple[float, ...]:
    """Answer the directions of one half period after the other, until they begin anew.

    Args:
        skipped_every: every so-manieth flip does not come; 0: all of them come.
    """
    if not skipped_every:
        return 1.0, -1.0
    direction, found = 1.0, [1.0]
    # Whatever the number of flips in one round is, two rounds of it end where they began.
    for flip in range(1, 2 * skipped_every):
        direction = direction if flip % skipped_every == 0 else -direction
        found.append(direction)
    return tuple(found)


def lagged(pieces: tuple[Piece, ...], lag_ns: int) -> tuple[Piece, ...]:
    """Let the bridge turn round `lag_ns` after the current that it should turn round for.

    A bridge stays where it is while no current is asked for.
    """
    starts = [0, *accumulate(piece.duration_ns for piece in pieces)]
    period_ns = starts.pop()
    signs = [(start, piece.factor) for start, piece in zip(starts, pieces, strict=True) if piece.factor]
    flips = [
        (start, 1.0 if factor > 0.0 else -1.0)
        for (_, before), (start, factor) in pairwise([signs[-1], *signs] if signs else [])
        if (before > 0.0) != (factor > 0.0)
    ]
    if not flips:
        return pieces
    turns = sorted(((start + lag_ns) % period_ns, sign) for start, sign in flips)
    times = [time for time, _ in turns]
    cuts = sorted({*starts, *times, period_ns})
    found = []
    for start, end in pairwise(cuts):
        size = abs(pieces[bisect_right(starts, start) - 1].factor)
        found.append(Piece(end - start, size * turns[bisect_right(times, start) - 1][1]))
    return tuple(found)
