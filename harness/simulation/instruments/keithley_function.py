"""One measure function of a Keithley DMM6500 with the settings that belong to it (SENSe subsystem)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.instruments.keithley_settings import Named, out_of_range, plain_number
from harness.simulation.scpi.common import plain
from harness.simulation.scpi.settings import Flag, Word
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.keithley_buffers import Shown
    from harness.simulation.instruments.keithley_settings import SenseTable
    from harness.simulation.instruments.multimeter_sensors import Sensor
    from harness.simulation.scpi.arguments import Arguments

_MOST_FILTERED = 100


@dataclass(frozen=True, slots=True)
class Kind:
    """What a function is called, and what can be set.

    Attributes:
        name: as ``SENSe:FUNCtion?`` answers it.
        header: of its settings.
        table: in the model's data.
        unit: of its ranges.
        shown: how its readings are shown.
        has_range: whether its range can be set.
        integrates: whether it has an integration time and auto zero.
        filters: whether it has a detector bandwidth.
        counts: whether it has a gate time and a threshold range.
    """

    name: str
    header: str
    table: str
    unit: str
    shown: Shown
    has_range: bool = True
    integrates: bool = False
    filters: bool = False
    counts: bool = False


class KeithleyFunction:
    """One measure function.

    Args:
        kind: what it is.
        sensor: what it reads.
        model: the instrument's data.
        mains_hz: nominal mains frequency.

    Attributes:
        kind: what it is.
        sensor: what it reads.
        auto_zero: whether the zero is measured with every reading.
    """

    def __init__(self, kind: Kind, sensor: Sensor, model: ModelTable, mains_hz: float) -> None:
        self.kind, self.sensor = kind, sensor
        self._model = model
        self._cycle_s = 1.0 / mains_hz
        low, at_50_hz, at_60_hz = model.numbers("integration.nplc_limits")
        nplc = (low, at_60_hz if mains_hz > 55.0 else at_50_hz)  # noqa: PLR2004 - one or the other mains
        largest = sensor.ranges.values[-1]
        self._nplc = Named("NPLC", 1.0, lambda: nplc)
        self._gate = Named("aperture", 0.2, lambda: model.pair("counter.gates_s"))
        self._bandwidth = Word("3", ("3", "30", "300"))
        self.auto_zero = Flag(default=True)
        self._auto_range = Flag(default=True)
        self._relative = Named("relative offset", 0.0, lambda: (-largest, largest), write=lambda v: f"{v:.8G}")
        self._is_relative = Flag(default=False)
        self._is_filtered = Flag(default=False)
        self._filter = Word("REP", ("REPeat", "MOVing", "HYBRid"))
        self._filter_count = Named("filter count", 10.0, lambda: (1.0, float(_MOST_FILTERED)), coerce=round)
        self._auto_delay = Flag(default=True)
        self._index = sensor.ranges.index_for(model.number(f"{kind.table}.default_range"))
        self._stack: deque[float] = deque(maxlen=_MOST_FILTERED)

    def enter(self, sense: SenseTable) -> None:
        header = self.kind.header
        for name, setting in (
            ("RELative", self._relative),
            ("RELative:STATe", self._is_relative),
            ("AVERage[:STATe]", self._is_filtered),
            ("AVERage:TCONtrol", self._filter),
            ("AVERage:COUNt", self._filter_count),
            ("DELay:AUTO", self._auto_delay),
        ):
            sense.setting(f"{header}:{name}", setting)
        if self.kind.integrates:
            sense.setting(f"{header}:NPLCycles", self._nplc)
            sense.setting(f"{header}:AZERo[:STATe]", self.auto_zero)
            sense.setting(f"{header}:LINE:SYNC", Flag(default=False))
            sense.add(f"{header}:APERture", set=self._set_aperture, query=self._aperture_query)
        if self.kind.filters:
            sense.add(
                f"{header}:DETector:BANDwidth", set=self._set_bandwidth, query=plain(lambda: self._bandwidth.value)
            )
        if self.kind.counts:
            sense.setting(f"{header}:APERture", self._gate)
        if self.kind.has_range:
            within = f"{header}:THReshold" if self.kind.counts else header
            sense.setting(f"{within}:RANGe:AUTO", self._auto_range)
            sense.add(f"{within}:RANGe[:UPPer]", set=self._set_range, query=self._range_query)

    def reset(self) -> None:
        self._bandwidth.reset()
        self._stack.clear()
        self._index = self.sensor.ranges.index_for(self._model.number(f"{self.kind.table}.default_range"))

    @property
    def window_s(self) -> float:
        """The time that one conversion looks at the input."""
        if self.kind.integrates:
            return self._nplc.value * self._cycle_s
        if self.kind.filters:
            return self._model.number(f"{self.kind.table}.windows_s_{self._bandwidth.value}")
        return self._gate.value if self.kind.counts else self._model.number(f"{self.kind.table}.window_s")

    @property
    def delay_s(self) -> float:
        """The time before a conversion."""
        return self._model.number(f"{self.kind.table}.delay_s") if self._auto_delay.value else 0.0

    @property
    def conversion_s(self) -> float:
        """The time that one conversion takes, its zero included."""
        return self.window_s * (2 if self.kind.integrates and self.auto_zero.value else 1)

    @property
    def conversions(self) -> int:
        """How many conversions a reading takes."""
        return int(self._filter_count.value) if self._is_filtered.value and self._filter.value == "REP" else 1

    @property
    def nplc(self) -> float:
        return self.window_s / self._cycle_s

    def input_ohm(self, *, high: bool) -> float:
        return self.sensor.input_ohm(self._index, high=high)

    def convert(self, from_ns: int, to_ns: int, *, may_range: bool) -> float | None:
        """Take one conversion over [from, to); None where autorange has chosen another range instead."""
        if self._auto_range.value and may_range:
            index = self.sensor.wanted_range(self._index, from_ns, to_ns)
            if index != self._index:
                self._index = index
                self._stack.clear()
                return None
        nplc = (to_ns - from_ns) / NS_PER_S / self._cycle_s
        return self.sensor.read(self._index, nplc=nplc, from_ns=from_ns, to_ns=to_ns)

    def finish(self, conversions: list[float]) -> float:
        """Answer the reading that conversions make: filtered, and less the relative offset."""
        value = sum(conversions) / len(conversions)
        if self._is_filtered.value and self._filter.value != "REP":
            self._stack.append(value)
            latest = list(self._stack)[-int(self._filter_count.value) :]
            value = sum(latest) / len(latest)
        return value - self._relative.value if self._is_relative.value else value

    def acquire(self, value: float) -> None:
        """Take a value as the relative offset."""
        self._relative.value = value

    def raw(self, value: float) -> float:
        """Answer a reading without the relative offset."""
        return value + self._relative.value if self._is_relative.value else value

    def _set_range(self, arguments: Arguments) -> None:
        values = self.sensor.ranges.values
        words = {"MINimum": values[0], "MAXimum": values[-1], "DEFault": self._default_range()}
        value = arguments.number(words=words)
        arguments.end()
        self._take(value)
        self._auto_range.value = False

    def _take(self, value: float) -> None:
        values = self.sensor.ranges.values
        if not -_slack(values[-1]) <= value <= _slack(values[-1]):
            what = "measure threshold range" if self.kind.counts else "measure range"
            raise out_of_range(what, values[0], values[-1])
        self._index = self.sensor.ranges.index_for(value)
        self._stack.clear()

    def _range_query(self, arguments: Arguments) -> str:
        values = self.sensor.ranges.values
        words = {"MINimum": values[0], "MAXimum": values[-1], "DEFault": self._default_range()}
        value = arguments.number(words=words) if arguments.more() else values[self._index]
        arguments.end()
        return plain_number(value)

    def _default_range(self) -> float:
        return self._model.number(f"{self.kind.table}.default_range")

    def _set_bandwidth(self, arguments: Arguments) -> None:
        words = {"MINimum": 3.0, "MAXimum": 300.0, "DEFault": 3.0}
        value = arguments.number("HZ", words)
        arguments.end()
        if f"{value:g}" not in {"3", "30", "300"}:
            raise out_of_range("detector bandwidth", 3.0, 300.0)
        self._bandwidth.value = f"{value:g}"

    def _aperture_words(self) -> dict[str, float]:
        low, _, _ = self._model.numbers("integration.nplc_limits")
        high = self._model.numbers("integration.nplc_limits")[2 if self._cycle_s < 0.018 else 1]  # noqa: PLR2004
        return {"MINimum": low * self._cycle_s, "MAXimum": high * self._cycle_s, "DEFault": self._cycle_s}

    def _set_aperture(self, arguments: Arguments) -> None:
        words = self._aperture_words()
        value = arguments.number("S", words)
        arguments.end()
        low, high = words["MINimum"], words["MAXimum"]
        if not low * (1.0 - 1e-9) <= value <= _slack(high):
            raise out_of_range("aperture", low, high)
        self._nplc.value = value / self._cycle_s

    def _aperture_query(self, arguments: Arguments) -> str:
        value = arguments.number("S", self._aperture_words()) if arguments.more() else self.window_s
        arguments.end()
        return plain_number(value)


def _slack(value: float) -> float:
    """Answer a limit with room for its last bit."""
    return value * (1.0 + 1e-9)
