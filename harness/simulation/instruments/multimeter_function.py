"""One function of a Truevolt multimeter: its commands, its range, how it is configured and read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.instruments.multimeter_math import Null
from harness.simulation.instruments.multimeter_timing import DEFAULT_NPLC, Integration
from harness.simulation.scpi.common import plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import nr3
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.multimeter_sensors import Sensor
    from harness.simulation.instruments.multimeter_timing import Timing
    from harness.simulation.scpi.arguments import Arguments


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a function is called.

    Attributes:
        name: as ``FUNCtion?`` answers it.
        header: of its settings, below ``[SENSe:]``; also the words that ``FUNCtion`` takes.
        configure: after ``CONFigure`` and ``MEASure``, with the colon where it is needed.
        unit: SI unit of its ranges.
        shown: after a reading in ``DATA:LAST?``.
        default: nominal range at ``*RST``, in the unit.
        overload: its bit in the questionable register.
        has_range: whether its range can be set.
        ignores: whether what follows CONFigure changes nothing here: a frequency, a probe.
    """

    name: str
    header: str
    configure: str
    unit: str
    shown: str
    default: float
    overload: int
    has_range: bool = True
    ignores: bool = False


class MeterFunction:
    """One function with its own settings.

    Args:
        dialect: what it is called.
        sensor: what it reads.
        timing: how long that takes.
        cycle_s: a power-line cycle.
        changed: called after any change of what is measured, and how.
        stop: called after a change of what is made of it.
        now_ns: answers bench time, for ``RANGe:AUTO ONCE``.

    Attributes:
        dialect: what it is called.
        sensor: what it reads.
        timing: how long that takes.
        is_auto_ranging: whether it chooses its range.
        auto_zero: whether the zero is measured with every reading.
        null: what is subtracted.
    """

    def __init__(
        self,
        dialect: Dialect,
        sensor: Sensor,
        timing: Timing,
        *,
        cycle_s: float,
        changed: Callable[[], None],
        stop: Callable[[], None],
        now_ns: Callable[[], int],
    ) -> None:
        self.dialect, self.sensor, self.timing = dialect, sensor, timing
        self.is_auto_ranging = True
        self.auto_zero = isinstance(timing, Integration)
        self.null = Null(10.0 * sensor.ranges.values[-1], stop)
        self._index = sensor.ranges.index_for(dialect.default)
        self._cycle_s = cycle_s
        self._changed = changed
        self._now_ns = now_ns

    @property
    def range(self) -> float:
        """The nominal range."""
        return self.sensor.ranges.values[self._index]

    @property
    def limit(self) -> float:
        """The value above which the range says overload."""
        return self.sensor.ranges.limit(self._index)

    @property
    def nplc(self) -> float:
        """The time that is looked at, in power-line cycles."""
        return self.timing.seconds() / self._cycle_s

    def enter(self, instrument: Instrument) -> None:
        """Enter the commands of its settings."""
        header = f"[SENSe:]{self.dialect.header}"
        table = instrument.table
        self.timing.enter(instrument, header)
        self.null.enter(instrument, header)
        if self.dialect.has_range:
            within = f"{header}:VOLTage" if self.dialect.name in {"FREQ", "PER"} else header
            table.add(f"{within}:RANGe[:UPPer]", set=self._set_range, query=self._range_query)
            automatic = plain(lambda: f"{self.is_auto_ranging:d}")
            table.add(f"{within}:RANGe:AUTO", set=self._set_auto_range, query=automatic)
        if isinstance(self.timing, Integration):
            table.add(f"{header}:RESolution", set=self._set_resolution, query=plain(lambda: nr3(self.resolution())))
            table.add(f"{header}:ZERO:AUTO", set=self._set_auto_zero, query=plain(lambda: f"{self.auto_zero:d}"))

    def resolution(self) -> float:
        return self.sensor.resolution(self._index, self.nplc)

    def input_ohm(self, *, high: bool) -> float:
        """Answer what hangs on the voltage terminals."""
        return self.sensor.input_ohm(self._index, high=high)

    def parse(self, arguments: Arguments) -> tuple[float | None, float]:
        """Take what follows CONFigure: a range, None for autorange, and an integration time in cycles."""
        wanted: float | None = None
        cycles = DEFAULT_NPLC
        while self.dialect.ignores and arguments.more():
            arguments.raw()
        if arguments.more() and self.dialect.has_range:
            words = {**self._range_words(), "AUTO": math.nan, "DEFault": math.nan}
            asked = arguments.number(self.dialect.unit, words)
            wanted = None if math.isnan(asked) else asked
        if arguments.more() and self.dialect.has_range:
            index = self._index if wanted is None else self.sensor.ranges.index_for(wanted)
            cycles = self._take_resolution(arguments, index)
        arguments.end()
        if wanted is not None:
            self._hold(wanted)
        return wanted, cycles

    def configure(self, wanted: float | None, cycles: float) -> None:
        """Preset its settings; `wanted` None: autorange."""
        self.timing.preset(cycles)
        self.null.clear()
        self.auto_zero = isinstance(self.timing, Integration)
        self.is_auto_ranging = wanted is None
        self._index = self.sensor.ranges.index_for(self.dialect.default if wanted is None else wanted)

    def configuration(self) -> str:
        """Answer CONFigure?."""
        if not self.dialect.has_range:
            return f'"{self.dialect.name}"'
        return f'"{self.dialect.name} {self.range:+.6E},{self.resolution():+.6E}"'

    def read(self, from_ns: int, to_ns: int, *, may_range: bool) -> float | None:
        """Take a reading over [from, to); None where autorange has chosen another range instead."""
        if self.is_auto_ranging and may_range:
            index = self.sensor.wanted_range(self._index, from_ns, to_ns)
            if index != self._index:
                self._index = index
                return None
        nplc = (to_ns - from_ns) / NS_PER_S / self._cycle_s
        return self.null.applied(self.sensor.read(self._index, nplc=nplc, from_ns=from_ns, to_ns=to_ns))

    def _range_words(self) -> dict[str, float]:
        values = self.sensor.ranges.values
        return {"MINimum": values[0], "MAXimum": values[-1], "DEFault": self._default_range()}

    def _default_range(self) -> float:
        """Answer what DEF means to RANGe: the largest, as the guide has it for volts."""
        return self.sensor.ranges.values[-1] if self.dialect.unit == "V" else self.dialect.default

    def _hold(self, value: float) -> None:
        if abs(value) > self.sensor.ranges.values[-1]:
            raise ScpiError(-222)

    def _set_range(self, arguments: Arguments) -> None:
        value = arguments.number(self.dialect.unit, self._range_words())
        arguments.end()
        self._hold(value)
        self._index = self.sensor.ranges.index_for(value)
        self.is_auto_ranging = False
        self._changed()

    def _range_query(self, arguments: Arguments) -> str:
        words = self._range_words()
        value = arguments.number(self.dialect.unit, words) if arguments.more() else self.range
        arguments.end()
        return nr3(value)

    def _set_auto_range(self, arguments: Arguments) -> None:
        text = arguments.choice(("ON", "OFF", "ONCE")) if not arguments.peek_number() else str(arguments.integer())
        arguments.end()
        if text == "ONCE":
            now_ns = self._now_ns()
            before_ns = max(0, now_ns - round(self._cycle_s * NS_PER_S))
            self._index = self.sensor.wanted_range(self._index, before_ns, max(now_ns, before_ns + 1))
        self.is_auto_ranging = text not in {"ONCE", "OFF", "0"}
        self._changed()

    def _set_auto_zero(self, arguments: Arguments) -> None:
        text = arguments.choice(("ON", "OFF", "ONCE")) if not arguments.peek_number() else str(arguments.integer())
        arguments.end()
        self.auto_zero = text in {"ON", "1"}
        self._changed()

    def _set_resolution(self, arguments: Arguments) -> None:
        nplc = self._take_resolution(arguments, self._index)
        arguments.end()
        if isinstance(self.timing, Integration):
            self.timing.choose(nplc)

    def _take_resolution(self, arguments: Arguments, index: int) -> float:
        """Answer the shortest integration time that gives the resolution asked for."""
        choices = self.timing.choices if isinstance(self.timing, Integration) else (DEFAULT_NPLC,)
        finest, coarsest = (self.sensor.resolution(index, n) for n in (choices[-1], choices[0]))
        default = self.sensor.resolution(index, DEFAULT_NPLC)
        words = {"MINimum": finest, "MAXimum": coarsest, "DEFault": default}
        wanted = arguments.number(self.dialect.unit, words)
        if not isinstance(self.timing, Integration):
            return DEFAULT_NPLC  # taken and ignored: their resolution is fixed (Truevolt guide, CONFigure)
        for cycles in choices:
            if self.sensor.resolution(index, cycles) <= wanted * (1.0 + 1e-9):
                return cycles
        raise ScpiError(-222)
