"""The digitiser of a Keithley DMM6500: its functions, and what it makes of the input at up to 1 MS/s."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.circuit.history import Edge, Quantity
from harness.simulation.instruments.keithley_settings import Named, out_of_range, plain_number
from harness.simulation.instruments.multimeter_frontend import Ranges
from harness.simulation.scpi.common import plain
from harness.simulation.scpi.settings import Flag, Word
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.simulation.circuit.history import History
    from harness.simulation.circuit.segment import Segment
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.instruments.keithley_buffers import Shown
    from harness.simulation.instruments.keithley_settings import SenseTable
    from harness.simulation.scpi.arguments import Arguments


class Digitizer:
    """One digitise function.

    Args:
        name: as ``DIGitize:FUNCtion?`` answers it, ``VOLT`` or ``CURR``.
        header: of its settings, below ``DIGitize:``.
        model: the instrument's data.
        table: of the function in it.
        surroundings: the circuit, bench time and noise.
        errors: where the specimen's errors are drawn from.
        shown: how its readings are shown.

    Attributes:
        name: as ``DIGitize:FUNCtion?`` answers it.
        shown: how its readings are shown.
        is_wired: whether anything is on its terminals.
    """

    def __init__(
        self,
        name: str,
        header: str,
        model: ModelTable,
        table: str,
        *,
        surroundings: Surroundings,
        errors: HiddenErrors,
        shown: Shown,
    ) -> None:
        self.name, self.shown = name, shown
        self.is_wired = name == "VOLT"
        self._header = header
        self._model = model
        self._table = table
        self._surroundings = surroundings
        self.ranges = Ranges(model, table, errors, name=f"multimeter {table}", unit="V" if self.is_wired else "A")
        rates = model.pair(f"{table}.rates_hz")
        self._rate = Named("sample rate", rates[1], lambda: rates, coerce=round)
        self._aperture_ns = 0
        self._index = ranges_default(self.ranges, model, table)
        self._trigger = Word("OFF", ("OFF", "EDGE"))
        self._slope = Word("RIS", ("RISing", "FALLing"))
        self._level = Named("analog trigger level", 0.0, self._levels)
        self._relative = Named("relative offset", 0.0, self._levels)
        self._is_relative = Flag(default=False)

    def enter(self, sense: SenseTable) -> None:
        header = f"DIGitize:{self._header}"
        sense.add(f"{header}:RANGe[:UPPer]", set=self._set_range, query=self._range_query)
        sense.setting(f"{header}:SRATe", self._rate)
        sense.add(f"{header}:APERture", set=self._set_aperture, query=plain(self._aperture_query))
        sense.setting(f"{header}:ATRigger:MODE", self._trigger)
        sense.setting(f"{header}:ATRigger:EDGE:LEVel", self._level)
        sense.setting(f"{header}:ATRigger:EDGE:SLOPe", self._slope)
        sense.setting(f"{header}:RELative", self._relative)
        sense.setting(f"{header}:RELative:STATe", self._is_relative)

    def reset(self) -> None:
        self._aperture_ns = 0
        self._index = ranges_default(self.ranges, self._model, self._table)

    def redraw(self, errors: HiddenErrors) -> None:
        self.ranges.redraw(errors)

    def input_ohm(self) -> float:
        return self._model.number(f"{self._table}.input_ohm")

    def edge(self) -> Edge | None:
        """Answer what the analog trigger waits for, None where it is off."""
        if self._trigger.value == "OFF" or not self.is_wired:
            return None
        hysteresis = self._model.number(f"{self._table}.hysteresis_of_range") * self.ranges.values[self._index]
        return Edge(Quantity.METER_VOLTAGE, self._level.value, self._slope.value == "RIS", hysteresis)

    def times_ns(self, start_ns: int, first: int, last: int) -> NDArray[np.int64]:
        """Answer when each sample from number `first` up to `last` begins; the first of all begins at `start_ns`."""
        offsets: NDArray[np.int64] = np.rint(np.arange(first, last) * (NS_PER_S / self._rate.value)).astype(np.int64)
        return start_ns + offsets

    def duration_ns(self, count: int) -> int:
        return round(count * NS_PER_S / self._rate.value)

    def noise(self) -> np.random.Generator:
        """Answer where the noise of one acquisition comes from."""
        return self._surroundings.noise.acquisition("multimeter")("digitize")

    def sample(self, starts_ns: NDArray[np.int64], noise_source: np.random.Generator) -> NDArray[np.float64]:
        """Digitise: the mean over the aperture of each sample, with the converter's errors; infinite beyond range."""
        count = len(starts_ns)
        aperture_ns = self._aperture_ns or round(NS_PER_S / self._rate.value)
        noise = noise_source.standard_normal(count)
        span, wrong = self.ranges.values[self._index], self.ranges.errors[self._index]
        history = self._surroundings.loop.history
        true = aperture_means(history, starts_ns, aperture_ns) if self.is_wired else np.zeros(count)
        values = (
            true * (1.0 + wrong.gain)
            + wrong.offset
            + self._model.number(f"{self._table}.noise_of_range") * span * noise
        )
        step = 2.0 * self.ranges.limit(self._index) / 2.0 ** self._model.number(f"{self._table}.bits")
        values = np.round(values / step) * step
        if self._is_relative.value:
            values -= self._relative.value
        beyond = np.abs(true) > self.ranges.limit(self._index)
        sampled: NDArray[np.float64] = np.where(beyond, np.copysign(np.inf, true), values)
        return sampled

    def _levels(self) -> tuple[float, float]:
        limit = self.ranges.limit(self._index)
        return -limit, limit

    def _set_range(self, arguments: Arguments) -> None:
        values = self.ranges.values
        words = {"MINimum": values[0], "MAXimum": values[-1], "DEFault": self._default()}
        value = arguments.number(words=words)
        arguments.end()
        if abs(value) > values[-1]:
            raise out_of_range("measure range", values[0], values[-1])
        self._index = self.ranges.index_for(value)

    def _range_query(self, arguments: Arguments) -> str:
        arguments.end()
        return plain_number(self.ranges.values[self._index])

    def _default(self) -> float:
        return self._model.number(f"{self._table}.default_range")

    def _set_aperture(self, arguments: Arguments) -> None:
        """Take an aperture in whole microseconds, at most the time between two samples; AUTO or 0: all of it."""
        value = arguments.number("S", {"AUTO": 0.0, "MINimum": 1e-6, "MAXimum": 1.0 / self._rate.value, "DEFault": 0.0})
        arguments.end()
        longest_s = 1.0 / self._rate.value
        if value and not 1e-6 * (1.0 - 1e-9) <= value <= longest_s * (1.0 + 1e-9):
            raise out_of_range("aperture", 1e-6, longest_s)
        self._aperture_ns = int(value * 1e6 + 1e-6) * 1000

    def _aperture_query(self) -> str:
        return plain_number(self._aperture_ns / NS_PER_S) if self._aperture_ns else "AUTO"


def ranges_default(ranges: Ranges, model: ModelTable, table: str) -> int:
    """Answer the index of the range at reset."""
    return ranges.index_for(model.number(f"{table}.default_range"))


def aperture_means(history: History, starts_ns: NDArray[np.int64], aperture_ns: int) -> NDArray[np.float64]:
    """Answer the exact mean of the meter's voltage over each aperture; `starts_ns` ascend."""
    ends_ns = starts_ns + aperture_ns
    first_ns, last_ns = int(starts_ns[0]), int(ends_ns[-1])
    segments = list(history.segments(Quantity.METER_VOLTAGE, first_ns, last_ns))
    bounds = np.array([segment.start_ns for segment in segments], np.int64)
    before = np.concatenate([[0.0], np.cumsum([segment.integral() for segment in segments])])

    def integral(at_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        place = np.maximum(np.searchsorted(bounds, at_ns, side="right") - 1, 0)
        values = np.empty(len(at_ns))
        # The times ascend, so each segment has one run of them.
        cuts = np.searchsorted(place, np.arange(len(segments) + 1))
        for index in np.unique(place):
            run = slice(cuts[index], cuts[index + 1])
            since_s = (at_ns[run] - bounds[index]) / NS_PER_S
            values[run] = before[index] + _integral_to(segments[index], since_s)
        return values

    means: NDArray[np.float64] = (integral(ends_ns) - integral(starts_ns)) / (aperture_ns / NS_PER_S)
    return means


def _integral_to(segment: Segment, since_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Integrate a segment from its start to each time."""
    total = since_s * (segment.value + 0.5 * segment.slope * since_s)
    for coefficient, rate in segment.decays:
        total = total + coefficient * np.expm1(rate * since_s) / rate
    sine = segment.sine
    if sine.amplitude:
        first = sine.phase(segment.start_ns)
        half = 0.5 * sine.angular_frequency * since_s
        # cos(a) - cos(b) as a product: no difference of nearly equal numbers.
        total = total + sine.amplitude / sine.angular_frequency * 2.0 * np.sin(first + half) * np.sin(half)
    integral: NDArray[np.float64] = total
    return integral
