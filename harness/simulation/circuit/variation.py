"""How a load varies while it is touched: drift, flicker of a water film, glide, bounce; each a series of steps.

Flicker and glide are sums of sines with drawn frequencies and phases: nearly normal, within their band, and known at
every instant. The key of a stretch of work and the name of the load draw them, so that the same key gives the same
series, from the touch on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.draws import generator
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from harness.simulation.files.electrodesfile import VariesRow

_SINES = 24
_STEPS_IN_A_TURN = 20
"""Of the fastest sine: how often a series takes a step."""

_STEPS_OF_DRIFT = 50
"""In a time constant: each is at most a fiftieth of the whole way."""

OPEN_OHM = 1e9
"""Of a contact that has bounced open."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a load is at one moment, against its plain values.

    Attributes:
        plain: factor of the plain resistance.
        skin: factor of the layers' resistances.
        added_ohm: in series with it all.
    """

    plain: float = 1.0
    skin: float = 1.0
    added_ohm: float = 0.0


STILL = Moment()


class Series:
    """One touch of one load.

    Args:
        row: how it varies.
        words: what draws it: the seed, the key, the load's name, the number of the touch.
    """

    def __init__(self, row: VariesRow, *words: object) -> None:
        self._row = row
        self._flicker = _waves(row.flicker_hz, *words, "flicker") if row.flicker_share else ()
        self._glide = _waves(row.glide_hz, *words, "glide") if row.glide_sigma else ()
        self._edges = _edges(row, *words, "bounce")
        steps = [row.drift_tau_s / _STEPS_OF_DRIFT] if row.drift_share else []
        steps.extend([1.0 / (_STEPS_IN_A_TURN * row.flicker_hz[1])] if self._flicker else [])
        steps.extend([1.0 / (_STEPS_IN_A_TURN * row.glide_hz[1])] if self._glide else [])
        self._step_ns = max(1, round(min(steps) * NS_PER_S)) if steps else None

    def at(self, since_ns: int) -> Moment:
        """Answer the load some time after it was touched: what holds until `next_ns`."""
        row = self._row
        middle_ns = since_ns if self._step_ns is None else (since_ns // self._step_ns + 0.5) * self._step_ns
        seconds = middle_ns / NS_PER_S
        drift = 1.0 + row.drift_share * math.expm1(-seconds / row.drift_tau_s)
        flicker = 1.0 + row.flicker_share * _sum(self._flicker, seconds)
        glide = math.exp(row.glide_sigma * _sum(self._glide, seconds))
        opened = sum(edge <= since_ns for edge in self._edges) % 2 == 1
        return Moment(glide, max(_LEAST, drift * flicker) * glide, OPEN_OHM if opened else 0.0)

    def next_ns(self, since_ns: int) -> int | None:
        """Answer when it changes next, None where it never does."""
        found = [edge for edge in self._edges if edge > since_ns][:1]
        if self._step_ns is not None:
            found.append((since_ns // self._step_ns + 1) * self._step_ns)
        return min(found, default=None)


_LEAST = 0.05
"""Of a layer's resistance: flicker takes no more."""


def _waves(band_hz: tuple[float, float], *words: object) -> tuple[tuple[float, float], ...]:
    """Draw sines, angular frequency and phase of each, one in each of equal parts of the band's logarithm."""
    draws = generator("varies", *words)
    low, high = (math.log(edge) for edge in band_hz)
    parts = [(low + (high - low) * (k + draws.uniform()) / _SINES, draws.uniform()) for k in range(_SINES)]
    return tuple((2.0 * math.pi * math.exp(logarithm), 2.0 * math.pi * turn) for logarithm, turn in parts)


def _sum(waves: tuple[tuple[float, float], ...], seconds: float) -> float:
    """Answer the sum of sines, of standard deviation 1."""
    if not waves:
        return 0.0
    return math.sqrt(2.0 / len(waves)) * sum(math.sin(omega * seconds + phase) for omega, phase in waves)


def _edges(row: VariesRow, *words: object) -> tuple[int, ...]:
    """Draw when contact opens and closes again after it was first made: pairs of edges."""
    if not row.bounce_edges:
        return ()
    draws = generator("varies", *words)
    count = int(draws.integers(0, row.bounce_edges, endpoint=True)) // 2 * 2
    return tuple(sorted(max(1, round(float(draws.uniform()) * row.bounce_s * NS_PER_S)) for _ in range(count)))
