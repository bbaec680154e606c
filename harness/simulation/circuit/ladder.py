"""A constant-phase element with a resistor across it, as a ladder of resistors with capacitors in parallel.

``Z = 1 / (1 / Rp + Y0 (j w)^n)`` is a sum of relaxations of all time constants (Cole and Cole 1941). Those of a ladder
lie evenly over the logarithm of time; their resistances, and one resistor for what is faster than the band, follow from
least squares of the relative complex error. The shortest ladder that is near enough is taken. Its direct resistance is
exactly Rp.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import StimcertError
from harness.quantity import finite

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOW_HZ, HIGH_HZ = 0.1, 100e3
"""The band in which the error is bounded."""

_WIDER = 1.25
"""The fit's band on each side: parts that are off their nominal values by some per cent stay inside it."""

_POINTS = 161
_COUNTS = range(3, 28)
_FAST_MARGINS = (-0.5, 0.0, 0.5, 1.0, 1.5)
_SLOW_MARGINS = (-0.5, 0.0, 0.5, 1.0, 2.0)
_BEYOND = 3.0
_DIRECT_WEIGHT = 10.0


class NoLadder(StimcertError):
    """No ladder of a reasonable length is as near as asked."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Resistors and capacitors in place of a constant-phase element and the resistor across it.

    Attributes:
        series_ohm: what is faster than the band.
        blocks: ohms and farads of each resistor with its capacitor in parallel, all in series.
        error: largest of the complex impedance, relative to its magnitude, in the band.
    """

    series_ohm: float
    blocks: tuple[tuple[float, float], ...]
    error: float

    def scaled(self, ohms: float, farads: float) -> Ladder:
        """Answer the ladder of parts that are larger by these factors."""
        blocks = tuple((ohm * ohms, farad * farads) for ohm, farad in self.blocks)
        return Ladder(self.series_ohm * ohms, blocks, self.error)


@lru_cache(maxsize=64)
def ladder(parallel_ohm: float, siemens: float, exponent: float, largest_error: float) -> Ladder:
    """Find the shortest ladder whose impedance is near enough.

    Args:
        parallel_ohm: resistor across the element.
        siemens: Y0 of the element, S s^n.
        exponent: n, above 0 and at most 1; at 1 the element is a capacitor.
        largest_error: of the complex impedance, relative to its magnitude, from `LOW_HZ` to `HIGH_HZ`.

    Raises:
        NoLadder: none of a reasonable length is as near.
    """
    for name, value in (("parallel_ohm", parallel_ohm), ("siemens", siemens), ("exponent", exponent)):
        if finite(f"{name} of a constant-phase element", value) <= 0.0 or exponent > 1.0:
            raise ValueError(f"{name} of a constant-phase element is {value:g}; it is above 0, an exponent at most 1")
    if exponent == 1.0:
        return Ladder(0.0, ((parallel_ohm, siemens),), 0.0)
    omega = 2.0 * math.pi * np.geomspace(LOW_HZ / _WIDER, HIGH_HZ * _WIDER, _POINTS)
    exact = 1.0 / (1.0 / parallel_ohm + siemens * (1j * omega) ** exponent)
    middle = math.log(parallel_ohm * siemens) / exponent
    for count in _COUNTS:
        found: list[Ladder] = []
        for fast in _FAST_MARGINS:
            for slow in _SLOW_MARGINS:
                first = -math.log(omega[-1]) - fast
                last = min(-math.log(omega[0]) + slow, middle + _BEYOND + slow)
                if last > first:
                    taus_s = np.exp(np.linspace(first, last, count))
                    found.append(_fitted(taus_s, omega, exact, parallel_ohm))
        near = [fit for fit in found if fit.error <= largest_error]
        if near:
            return min(near, key=lambda fit: (len(fit.blocks), fit.error))
    raise NoLadder(f"no ladder comes within {largest_error:g} of a constant-phase element of exponent {exponent:g}")


def _fitted(
    taus_s: NDArray[np.float64], omega: NDArray[np.float64], exact: NDArray[np.complexfloating], parallel_ohm: float
) -> Ladder:
    """Fit the resistances of given time constants, and the resistor that is faster than them all; none is negative."""
    relaxations = np.concatenate([1.0 / (1.0 + 1j * np.outer(omega, taus_s)), np.ones((len(omega), 1))], axis=1)
    relative = relaxations / exact[:, None]
    direct = np.full((1, len(taus_s) + 1), _DIRECT_WEIGHT / parallel_ohm)
    rows = np.concatenate([relative.real, relative.imag, direct])
    wanted = np.concatenate([np.ones(len(omega)), np.zeros(len(omega)), [_DIRECT_WEIGHT]])
    kept = np.arange(len(taus_s) + 1)
    ohms = np.linalg.lstsq(rows, wanted, rcond=None)[0]
    while (ohms <= 0.0).any():
        kept = kept[ohms > 0.0]
        ohms = np.linalg.lstsq(rows[:, kept], wanted, rcond=None)[0]
    ohms *= parallel_ohm / ohms.sum()
    error = float(np.abs(relative[:, kept] @ ohms - 1.0).max())
    blocks = [(ohm, float(taus_s[k]) / ohm) for k, ohm in zip(kept, ohms.tolist(), strict=True) if k < len(taus_s)]
    series = ohms[-1].item() if kept[-1] == len(taus_s) else 0.0
    return Ladder(series, tuple(blocks), error)
