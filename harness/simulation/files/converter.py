"""A converter of the unit: whole codes for a range, or none."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Converter:
    """A converter between codes and a quantity, in either direction.

    Attributes:
        bits: codes are whole numbers from 0 to ``2**bits - 1``; 0: ideal, the code is the quantity itself.
        full_scale: one step is ``full_scale / 2**bits``; of no meaning where the converter is ideal.
    """

    bits: int = 0
    full_scale: float = 0.0

    @property
    def step(self) -> float:
        """One code in units of the quantity; 0 where it is ideal."""
        return self.full_scale / (1 << self.bits) if self.bits else 0.0

    @property
    def top(self) -> float:
        """The largest code."""
        return float((1 << self.bits) - 1) if self.bits else math.inf

    def code(self, value: float) -> float:
        """Answer the nearest code, the last one at either end for what lies beyond it."""
        return min(max(round(min(value / self.step, self.top)), 0.0), self.top) if self.bits else value

    def value(self, code: float) -> float:
        """Answer what a code stands for."""
        return code * self.step if self.bits else code
