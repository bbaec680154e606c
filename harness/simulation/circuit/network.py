"""A topology solved once for each state of its limits: its independent modes, and what is read off them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.circuit.equations import AUXILIARY, ONE, SECOND_SOURCE, SOURCE, Equations

if TYPE_CHECKING:
    from harness.simulation.circuit.topology import State, Topology

_STANDING = 1e-13
"""Rates below this share of the fastest one are rounding of a charge that nothing drains."""


Lines = tuple[tuple[float, float], ...]
"""Current and slope of each further source."""


@dataclass(frozen=True, slots=True)
class Output:
    """One tap as a function of modes and inputs.

    Attributes:
        weights: of each mode.
        static: of the source current, of the auxiliary voltage and of 1 (the limits), once everything has settled.
        lag: of the slope of the source current: how far a settled ramp is behind `static`.
        others: the same two of the second channel's source current; empty where there is none.
    """

    weights: tuple[float, ...]
    static: tuple[float, float, float]
    lag: float
    others: tuple[tuple[float, float], ...]

    def further(self, others: Lines) -> float:
        """Answer what the further sources add to its value once everything has settled."""
        return sum(gain * value + lag * slope for (gain, lag), (value, slope) in zip(self.others, others, strict=True))

    def further_slope(self, others: Lines) -> float:
        """Answer what the further sources add to its slope."""
        return sum(gain * slope for (gain, _), (_, slope) in zip(self.others, others, strict=True))


@dataclass(frozen=True, slots=True)
class Solved:
    """A topology in one state of its limits, as independent modes ``y' = rate y + input``.

    Attributes:
        rates: per second, none positive; exactly 0: a charge that nothing drains.
        modes_at_rest: what each mode nears, as an output without modes.
        to_volts: physical voltages from modes.
        to_modes: the inverse.
        outputs: by tap.
    """

    rates: tuple[float, ...]
    modes_at_rest: tuple[Output, ...]
    to_volts: tuple[tuple[float, ...], ...]
    to_modes: tuple[tuple[float, ...], ...]
    outputs: tuple[Output, ...]

    def at_rest(self, current: float, slope: float, auxiliary_v: float, others: Lines) -> list[float]:
        """Answer the value that each mode nears, behind a ramp by its lag."""
        values = []
        for mode in self.modes_at_rest:
            ampere, volt, one = mode.static
            value = ampere * current + mode.lag * slope + volt * auxiliary_v + one
            values.append(value + mode.further(others) if others else value)
        return values

    def modes(self, volts: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(sum(a * b for a, b in zip(row, volts, strict=True)) for row in self.to_modes)

    def volts(self, modes: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(sum(a * b for a, b in zip(row, modes, strict=True)) for row in self.to_volts)


@lru_cache(maxsize=1024)
def solve(topology: Topology, state: State) -> Solved:
    """Find the modes of a topology.

    The voltages on the capacitors obey ``C v' = -G v + B u`` with `G` symmetric and never negative, so
    that ``C^-1/2 G C^-1/2`` has real modes, none of which grows. Inputs `u`: see `equations`.
    """
    farads, conductance, drive, states, inputs = Equations(topology, state).reduced()
    root = np.sqrt(farads)
    values, vectors = np.linalg.eigh(conductance / np.outer(root, root))
    standing = values <= _STANDING * max(values, default=0.0)
    rates = np.where(standing, 0.0, -values)
    to_volts = vectors / root[:, None]
    to_modes = vectors.T * root
    driven = np.where(standing[:, None], 0.0, vectors.T @ (drive / root[:, None]))
    divisor = np.where(standing, 1.0, -rates)
    settled = driven / divisor[:, None]
    lags = [-driven[:, column] / divisor**2 for column in range(driven.shape[1])]
    weights = states @ to_volts
    static = inputs + weights @ settled
    late = np.stack([weights @ lag for lag in lags], axis=1)
    lag = np.stack(lags, axis=1)
    return Solved(
        rates=tuple(rates.tolist()),
        modes_at_rest=tuple(_output([], *row) for row in zip(settled.tolist(), lag.tolist(), strict=True)),
        to_volts=tuple(tuple(row) for row in to_volts.tolist()),
        to_modes=tuple(tuple(row) for row in to_modes.tolist()),
        outputs=tuple(_output(*row) for row in zip(weights.tolist(), static.tolist(), late.tolist(), strict=True)),
    )


def _output(weights: list[float], static: list[float], lag: list[float]) -> Output:
    others = ((static[SECOND_SOURCE], lag[SECOND_SOURCE]),) if len(static) > SECOND_SOURCE else ()
    return Output(tuple(weights), (static[SOURCE], static[AUXILIARY], static[ONE]), lag[SOURCE], others)
