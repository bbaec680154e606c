"""The zero of a multimeter's amplifier: it wanders, and auto zero takes it away before every reading."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.circuit.stretch import Triangle

if TYPE_CHECKING:
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings

_ZERO_NPLC = 1.0
"""A single zero is integrated over one cycle at least (Truevolt guide, ZERO:AUTO ONCE)."""


class AmplifierZero:
    """What a reading has of the amplifier's own zero.

    With auto zero on: nothing. With it off: what the zero has wandered since it was last measured, and the noise of
    that one measurement, the same in every reading until the next.

    Args:
        model: its own data, table `zero`.
        surroundings: bench time and noise.
        errors: where the wander is drawn from.
        name: of the instrument, for the draws.

    Attributes:
        swing_v: of the wander, from one end to the other; its sign says which way it begins.
        is_automatic: whether auto zero is on.
    """

    def __init__(self, model: ModelTable, surroundings: Surroundings, errors: HiddenErrors, name: str) -> None:
        self.swing_v = 0.0
        self.is_automatic = True
        self._drift_v = model.number("zero.drift_v")
        self._half_period_ns = model.duration_ns("zero.half_period_s")
        self._noise_v = model.number("noise.input_v_at_1_nplc")
        self._surroundings = surroundings
        self._name = name
        self._origin_ns = 0
        self._taken_ns = 0
        self._noise_of_zero_v = 0.0
        self.redraw(errors)

    def redraw(self, errors: HiddenErrors) -> None:
        self.swing_v = errors.rectangular(f"{self._name} zero drift", self._drift_v)

    def begin(self) -> None:
        """Let the wander begin anew, with a zero that was just measured."""
        self._origin_ns = self._surroundings.timekeeper.now_ns
        self.take()

    def take(self, nplc: float = _ZERO_NPLC) -> None:
        """Measure the zero now, where it is not measured before every reading anyway."""
        self._taken_ns = self._surroundings.timekeeper.now_ns
        if not self.is_automatic:
            deviate = float(self._surroundings.noise.acquisition(f"{self._name} zero")("zero").standard_normal())
            self._noise_of_zero_v = deviate * self._noise_v / math.sqrt(max(nplc, _ZERO_NPLC))

    def error_v(self, at_ns: int) -> float:
        """Answer what the zero adds to a reading about `at_ns`."""
        if self.is_automatic:
            return 0.0
        return self._at(at_ns) - self._at(self._taken_ns) - self._noise_of_zero_v

    def _at(self, at_ns: int) -> float:
        walk = Triangle(self.swing_v, self._half_period_ns, self._origin_ns)
        return next(walk.lines(at_ns, at_ns + 1)).value
