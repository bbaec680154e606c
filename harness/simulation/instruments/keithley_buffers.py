"""Reading buffers of a Keithley multimeter (DMM6500 Reference Manual, TRACe subsystem)."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.scpi.errors import ScpiError
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.calendar import Calendar

OVERLOAD = 9.9e37
DEFAULT_BUFFER = "defbuffer1"
_DEFAULT_BUFFERS = (DEFAULT_BUFFER, "defbuffer2")
_PREFIXES = ((1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n"))
_STAMPS = {"DATE": "%m/%d/%Y", "TIME": "%H:%M:%S.%f", "TST": "%m/%d/%Y %H:%M:%S.%f", "FRAC": "0.%f"}
_FROM_FRONT = 8
"""Bit of the status element: front terminals."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How readings of one function are shown.

    Attributes:
        unit: as the UNIT element has it.
        symbol: behind a formatted reading.
        origin: bits of the status element that say which converter it was.
    """

    unit: str
    symbol: str
    origin: int = 0


class Buffer:
    """Readings with their times, oldest first.

    Args:
        capacity: readings that it holds.
        is_continuous: whether the oldest reading makes place for a new one; otherwise a full buffer stays as it is.
        complain: called when a full buffer is not filled further.

    Attributes:
        capacity: readings that it holds.
        is_continuous: what happens when it is full.
        values: the readings; an overload is infinite.
        times_ns: bench time of each.
        shown: how each is shown.
    """

    def __init__(self, capacity: int, complain: Callable[[], None], *, is_continuous: bool) -> None:
        self.capacity = capacity
        self.is_continuous = is_continuous
        self.values = array("d")
        self.times_ns = array("q")
        self.shown: list[Shown] = []
        self._complain = complain

    def __len__(self) -> int:
        return len(self.values)

    def clear(self) -> None:
        del self.values[:], self.times_ns[:], self.shown[:]

    def resize(self, capacity: int) -> None:
        """Change the capacity, which empties it."""
        self.clear()
        self.capacity = capacity

    def put(self, value: float, at_ns: int, shown: Shown) -> None:
        """Store a reading."""
        if len(self) >= self.capacity and not self.is_continuous:
            self.complain()
            return
        self.values.append(value)
        self.times_ns.append(at_ns)
        self.shown.append(shown)
        self._make_room()

    def kept_of(self, count: int) -> range:
        """Answer which of `count` further readings will be in the buffer at the end."""
        if self.is_continuous:
            return range(max(0, count - self.capacity), count)
        return range(min(count, self.capacity - len(self)))

    def put_arrays(self, values: NDArray[np.float64], times_ns: NDArray[np.int64], shown: Shown) -> None:
        """Store readings of one function that `kept_of` said will stay."""
        self.values.frombytes(values.tobytes())
        self.times_ns.frombytes(times_ns.tobytes())
        self.shown.extend([shown] * len(values))
        self._make_room()

    def complain(self) -> None:
        """Say that it is full."""
        self._complain()

    def _make_room(self) -> None:
        excess = len(self) - self.capacity
        if excess > 0:
            del self.values[:excess], self.times_ns[:excess], self.shown[:excess]

    def numbers(self) -> NDArray[np.float64]:
        """Answer the readings that are no overload."""
        numbers = np.frombuffer(self.values, np.float64) if self.values else np.empty(0)
        return numbers[np.isfinite(numbers)]


class Buffers:
    """All buffers, by name.

    Args:
        complain: called when a buffer that is filled once is full.
        model: of the multimeter, for the capacities and the longest name.
    """

    def __init__(self, complain: Callable[[], None], model: ModelTable) -> None:
        self._complain = complain
        self._capacity = int(model.number("memory.default_buffer"))
        self._smallest = int(model.number("memory.smallest_buffer"))
        self._largest = int(model.number("memory.largest_buffer"))
        self._longest_name = int(model.number("memory.longest_name"))
        self._named: dict[str, Buffer] = {}
        self.reset()

    def reset(self) -> None:
        """Delete the user's buffers, and empty the default ones."""
        self._named = {name: Buffer(self._capacity, self._complain, is_continuous=True) for name in _DEFAULT_BUFFERS}

    def find(self, name: str) -> Buffer:
        """Answer a buffer.

        Raises:
            ScpiError: there is none of that name.
        """
        if name not in self._named:
            raise ScpiError(-222, f"Parameter, reading buffer {name} does not exist")
        return self._named[name]

    def make(self, name: str, capacity: int) -> None:
        """Make a buffer that is filled once.

        Raises:
            ScpiError: the name is taken or none, or the capacity is out of range.
        """
        usable = name.isascii() and name.replace("_", "a").isalnum() and name[0].isalpha()
        if name in self._named or not usable or len(name) > self._longest_name:
            raise ScpiError(-222, f"Parameter, reading buffer name {name} is taken or not valid")
        self._named[name] = Buffer(self.checked_capacity(capacity), self._complain, is_continuous=False)

    def delete(self, name: str) -> None:
        self.find(name)
        if name in _DEFAULT_BUFFERS:
            raise ScpiError(-221, f"Settings conflict, {name} cannot be deleted")
        del self._named[name]

    def checked_capacity(self, capacity: int) -> int:
        """Answer a capacity that a buffer can have; 0 asks for the largest."""
        if capacity == 0:
            return self._largest
        if not self._smallest <= capacity <= self._largest:
            raise ScpiError(
                -222, f"Parameter, buffer capacity, expected value from {self._smallest} to {self._largest}"
            )
        return capacity


ELEMENTS = (
    "READing",
    "RELative",
    "FORMatted",
    "UNIT",
    "DATE",
    "TIME",
    "TSTamp",
    "SEConds",
    "FRACtional",
    "STATus",
    "EXTRa",
)
BINARY_ELEMENTS = frozenset({"READ", "REL", "EXTR"})


def number(value: float, digits: int) -> str:
    """Write a reading: ``-4.999995E-01``, ``9.900000E+37``."""
    return f"{as_sent(value):.{digits - 1}E}"


def as_sent(value: float) -> float:
    """Answer a reading as it is sent: an overload is 9.9E37 with its sign."""
    return math.copysign(OVERLOAD, value) if math.isinf(value) else value


class Writer:
    """Writes elements of buffer entries.

    Args:
        calendar: the instrument's clock.
        digits: answers how many digits a number has.
    """

    def __init__(self, calendar: Calendar, digits: Callable[[], int]) -> None:
        self._calendar = calendar
        self._digits = digits

    def text(self, buffer: Buffer, index: int, element: str) -> str:
        """Write one element of the entry at `index`, from 0."""
        if element in {"READ", "EXTR"}:
            return number(buffer.values[index] if element == "READ" else 0.0, self._digits())
        at_ns, shown = buffer.times_ns[index], buffer.shown[index]
        if element == "REL":
            return f"{(at_ns - buffer.times_ns[0]) / NS_PER_S:.6f}"
        if element == "SEC":
            return f"{self._calendar.seconds(at_ns)}"
        if element in _STAMPS:
            return self._calendar.at(at_ns).strftime(_STAMPS[element])
        if element == "FORM":
            return _formatted(buffer.values[index], shown.symbol)
        return shown.unit if element == "UNIT" else f"{_FROM_FRONT | shown.origin}"

    def value(self, buffer: Buffer, index: int, element: str) -> float:
        """Answer one element as a number."""
        if element == "REL":
            return (buffer.times_ns[index] - buffer.times_ns[0]) / NS_PER_S
        return as_sent(buffer.values[index]) if element == "READ" else 0.0


def _formatted(value: float, symbol: str) -> str:
    """Write a reading as the panel shows it, with a prefix."""
    if math.isinf(value):
        return "Overflow"
    factor, prefix = next((pair for pair in _PREFIXES if abs(value) >= pair[0]), _PREFIXES[-1])
    return f"{value / factor:+010.5f} {prefix}{symbol}"
