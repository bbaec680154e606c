"""Skin whose resistance falls with voltage and recovers slowly, as steps of conductance.

``Rp(V) = Rp0 / (1 + (|V| / V0)^m)``. Breakdown is immediate; once the voltage is lower the conductance falls as
``exp(-t / recovery)``, down to what the voltage holds. The conductance ``1 / Rp`` moves in steps of one ratio. A step
up is taken where the law passes the geometric middle between two of them. A step is let go of at a voltage, somewhere
in its range; it falls half its time later, the next ones after their whole time each. So the conductance is never off
by more than one step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.quantity import finite
from harness.simulation.timekeeper import NS_PER_S


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The law of one layer of skin.

    Attributes:
        name: keeps its state apart from others'.
        parallel_ohm: Rp0, at low voltage.
        knee_v: V0, at which the resistance is half of it.
        exponent: m.
        recovery_s: time constant with which the conductance falls.
        asymmetry: V0 is larger by this share for positive voltages, and smaller for negative ones.
        ratio: of the conductances of two steps, above 1.
    """

    name: str
    parallel_ohm: float
    knee_v: float
    exponent: float
    recovery_s: float
    asymmetry: float = 0.0
    ratio: float = 1.02

    def __post_init__(self) -> None:
        for key in ("parallel_ohm", "knee_v", "exponent", "recovery_s"):
            if finite(f"{key} of a breakdown", getattr(self, key)) <= 0.0:
                raise ValueError(f"{key} of a breakdown is {getattr(self, key):g}; it is above 0")
        if not -1.0 < finite("asymmetry of a breakdown", self.asymmetry) < 1.0 or finite("ratio", self.ratio) <= 1.0:
            raise ValueError(f"asymmetry {self.asymmetry:g} lies between -1 and 1, ratio {self.ratio:g} above 1")

    @property
    def error(self) -> float:
        """By how much the conductance may be off, relative."""
        return self.ratio - 1.0

    @property
    def hold_ns(self) -> int:
        """How long a step lasts while the conductance falls."""
        return max(2, round(self.recovery_s * math.log(self.ratio) * NS_PER_S))

    def siemens(self, level: int) -> float:
        """Answer what a step adds to ``1 / Rp0``."""
        return float((self.ratio**level - 1.0) / self.parallel_ohm)

    def edges(self, level: int) -> tuple[float, float]:
        """Answer the negative and the positive voltage beyond which the law asks for `level` at least."""
        if level <= 0:
            return 0.0, 0.0
        size = self.knee_v * (self.ratio ** (level - 0.5) - 1.0) ** (1.0 / self.exponent)
        return -size * (1.0 - self.asymmetry), size * (1.0 + self.asymmetry)

    def asks(self, level: int, volts: float) -> bool:
        """Whether the law asks for `level` at least."""
        low, high = self.edges(level)
        return volts >= high or volts <= low


Grip = tuple[int, int | None]
"""The step of a breakdown, and when it falls; None while the voltage holds it."""


def recovered(law: Breakdown, grip: Grip, since_ns: int, now_ns: int) -> Grip:
    """Answer what a grip has become without voltage since a time."""
    level, falls_ns = grip
    falls_ns = since_ns + law.hold_ns // 2 if falls_ns is None else falls_ns
    while level and falls_ns <= now_ns:
        level, falls_ns = level - 1, falls_ns + law.hold_ns
    return (level, falls_ns) if level else (0, None)
