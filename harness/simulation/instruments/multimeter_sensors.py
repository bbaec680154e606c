"""What a multimeter's other functions read on this bench: its input's a.c. part and frequency, and open terminals.

The current terminals are open, and the functions that source a current find nothing between the terminals.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from harness.simulation.circuit.history import Edge, Quantity
from harness.simulation.instruments.multimeter_frontend import Ranges, Resolution
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings


class Sensor(Protocol):
    """What turns a stretch of bench time into a reading."""

    ranges: Ranges

    def redraw(self, errors: HiddenErrors) -> None: ...

    def hidden(self) -> Mapping[str, object]:
        """Answer its hidden errors, for the control port."""

    def read(self, index: int, *, nplc: float, from_ns: int, to_ns: int) -> float:
        """Take a reading over [from, to); infinite is an overload."""

    def wanted_range(self, index: int, from_ns: int, to_ns: int) -> int:
        """Answer the range that autorange would rather have."""

    def resolution(self, index: int, nplc: float) -> float:
        """Answer the step of its readings."""

    def input_ohm(self, index: int, *, high: bool) -> float:
        """Answer what hangs on the voltage terminals meanwhile."""


class OpenTerminals:
    """Terminals with nothing on them: zero, with what the instrument adds to it.

    Args:
        model: its own data.
        table: of the function in it.
        surroundings: the circuit and where noise comes from.
        errors: where the specimen's errors are drawn from.
        unit: of the function.
        integrates: whether its resolution follows its integration time; otherwise it is fixed.
    """

    def __init__(
        self,
        model: ModelTable,
        table: str,
        surroundings: Surroundings,
        errors: HiddenErrors,
        *,
        unit: str,
        integrates: bool = False,
    ) -> None:
        self.ranges = Ranges(model, table, errors, name=f"multimeter {table}", unit=unit)
        self._surroundings = surroundings
        self._step = 0.0 if integrates else model.number(f"{table}.resolution_of_range")
        self._resolution = Resolution(model)
        self._noise = model.number(f"{table}.noise_of_range")
        self._input_ohm = model.number(f"{table}.input_ohm")

    def redraw(self, errors: HiddenErrors) -> None:
        self.ranges.redraw(errors)

    def hidden(self) -> Mapping[str, object]:
        return self.ranges.hidden()

    def wanted_range(self, index: int, from_ns: int, to_ns: int) -> int:
        return self.ranges.wanted(index, self._true(from_ns, to_ns))

    def resolution(self, index: int, nplc: float) -> float:
        return (self._step or self._resolution.of_range(nplc)) * self.ranges.values[index]

    def input_ohm(self, index: int, *, high: bool) -> float:  # noqa: ARG002 - Sensor's form; theirs is fixed
        return self._input_ohm

    def read(self, index: int, *, nplc: float, from_ns: int, to_ns: int) -> float:
        deviate = float(self._surroundings.noise.acquisition("multimeter")("reading").standard_normal())
        true = self._true(from_ns, to_ns)
        if true > self.ranges.limit(index):
            return math.inf
        wrong, span = self.ranges.errors[index], self.ranges.values[index]
        value = true * (1.0 + wrong.gain) + wrong.offset + self._noise * span * deviate / math.sqrt(max(nplc, 1.0))
        step = self.resolution(index, nplc)
        return round(value / step) * step

    def _true(self, from_ns: int, to_ns: int) -> float:  # noqa: ARG002 - an open input has no history
        return 0.0


class AcVolts(OpenTerminals):
    """A.c. volts: the true r.m.s. of what the coupling capacitor lets through."""

    def read(self, index: int, *, nplc: float, from_ns: int, to_ns: int) -> float:
        return max(0.0, super().read(index, nplc=nplc, from_ns=from_ns, to_ns=to_ns))

    def _true(self, from_ns: int, to_ns: int) -> float:
        history = self._surroundings.loop.history
        whole = history.rms(Quantity.METER_VOLTAGE, from_ns, to_ns)
        mean = history.mean(Quantity.METER_VOLTAGE, from_ns, to_ns)
        return math.sqrt(max(0.0, whole * whole - mean * mean))


class OpenAcTerminals(OpenTerminals):
    """The same through an r.m.s. converter, which knows no sign."""

    def read(self, index: int, *, nplc: float, from_ns: int, to_ns: int) -> float:
        return abs(super().read(index, nplc=nplc, from_ns=from_ns, to_ns=to_ns))


class OpenLeads(OpenTerminals):
    """Ohms, diode, continuity and temperature with nothing between the terminals: more than any range."""

    def _true(self, from_ns: int, to_ns: int) -> float:  # noqa: ARG002 - nothing changes it
        return math.inf


class Counter(OpenTerminals):
    """Frequency or period of the input about its mean; the range is of its voltage.

    Attributes:
        is_period: whether it answers seconds.
    """

    def __init__(
        self, model: ModelTable, table: str, surroundings: Surroundings, errors: HiddenErrors, *, is_period: bool
    ) -> None:
        super().__init__(model, table, surroundings, errors, unit="V")
        self.is_period = is_period
        self._hysteresis = model.number(f"{table}.hysteresis_of_range")
        self._time_base = 0.0
        self._tolerance = model.number(f"{table}.time_base_tolerance")
        self._draw_time_base(errors)

    def redraw(self, errors: HiddenErrors) -> None:
        super().redraw(errors)
        self._draw_time_base(errors)

    def hidden(self) -> Mapping[str, object]:
        return {**super().hidden(), "time_base": self._time_base}

    def _draw_time_base(self, errors: HiddenErrors) -> None:
        self._time_base = errors.rectangular("multimeter time base", self._tolerance)

    def wanted_range(self, index: int, from_ns: int, to_ns: int) -> int:
        low, high = self._surroundings.loop.history.extremes(Quantity.METER_VOLTAGE, from_ns, to_ns)
        return self.ranges.wanted(index, 0.5 * (high - low))

    def read(self, index: int, *, nplc: float, from_ns: int, to_ns: int) -> float:  # noqa: ARG002 - Sensor's form
        """Count whole periods in the gate; 0 where there is none."""
        history = self._surroundings.loop.history
        mean = history.mean(Quantity.METER_VOLTAGE, from_ns, to_ns)
        edge = Edge(Quantity.METER_VOLTAGE, mean, rising=True, hysteresis=self._hysteresis * self.ranges.values[index])
        first = last = None
        count = 0
        at_ns: int | None = from_ns
        while at_ns is not None:
            at_ns, _ = history.first_crossing(edge, at_ns, to_ns, primed=False)
            if at_ns is not None:
                first, last, count = (at_ns if first is None else first), at_ns, count + 1
        if first is None or last is None or count < 2:  # noqa: PLR2004 - two edges to a period
            return 0.0
        period_s = (last - first) / NS_PER_S / (count - 1) * (1.0 + self._time_base)
        return period_s if self.is_period else 1.0 / period_s
