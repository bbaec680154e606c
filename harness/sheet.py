"""A recorded waveform with what was found in it, in plain numbers: what a page about it is made from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DIGITS = 6
_MOST_DECIMALS = 9
_PREFIXES = {9: "G", 6: "M", 3: "k", 0: "", -3: "m", -6: "µ", -9: "n", -12: "p"}
_UNPREFIXED = frozenset({"", "1", "%"})


@dataclass(frozen=True, slots=True)
class Measured:
    """A waveform parameter with its bound, or the reason why there is none.

    Attributes:
        name: the field's term.
        value: best estimate; None where it does not exist.
        unit: SI symbol.
        bound: largest error from sampling, resolution and noise; None where there is no value.
        absent: why there is no value; empty where there is one.
        source: document and clause of its definition.
    """

    name: str
    value: float | None
    unit: str
    bound: float | None
    absent: str
    source: str

    @property
    def told(self) -> str:
        """Value and bound in one unit, to the digits that the bound deserves; a dash where there is none."""
        if self.value is None or self.bound is None:
            return "-"
        exponent, unit = _prefixed(max(abs(self.value), self.bound), self.unit)
        value, bound = self.value / 10.0**exponent, self.bound / 10.0**exponent
        if bound == 0:
            return f"{value:.{_DIGITS}g} ± 0 {unit}".rstrip()
        # Two digits of the bound, and the value to the same place (GUM 7.2.6).
        decimals = min(max(1 - math.floor(math.log10(bound)), 0), _MOST_DECIMALS)
        shown = f"{value:.{decimals}f}"
        shown = shown.removeprefix("-") if float(shown) == 0 else shown
        return f"{shown} ± {bound:.{decimals}f} {unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Line:
    """A level across the record.

    Attributes:
        label: `high state`, `reference level 50 %` and so on.
        value: in the unit of the samples.
        is_state: a state; otherwise a reference level.
    """

    label: str
    value: float
    is_state: bool


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the waveform.

    Attributes:
        label: what it is.
        time_s: on the file's time axis.
        value: in the unit of the samples.
        is_extreme: an overshoot; otherwise an instant.
    """

    label: str
    time_s: float
    value: float
    is_extreme: bool


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time with a name: a period, a transition.

    Attributes:
        label: what it is.
        from_s: begin, on the file's time axis.
        to_s: end.
    """

    label: str
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Channel:
    """One column of a record.

    Attributes:
        name: of the column.
        unit: `A` or `V`.
        start_s: of the first sample, on the file's time axis.
        interval_s: between two samples.
        samples: in the unit.
        summary: names and values in words.
        measured: every waveform parameter.
        lines: states and reference levels.
        points: instants and overshoots.
        intervals: periods.
        transition: of the waveform, to be shown at large.
    """

    name: str
    unit: str
    start_s: float
    interval_s: float
    samples: NDArray[np.float64] = field(repr=False)
    summary: tuple[tuple[str, str], ...]
    measured: tuple[Measured, ...]
    lines: tuple[Line, ...] = ()
    points: tuple[Point, ...] = ()
    intervals: tuple[Interval, ...] = ()
    transition: Interval | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file and the columns of it that were analysed.

    Attributes:
        file: its path, as it was given.
        dialect: whose way to write it is in.
        window: which part of it was analysed, in words.
        channels: at least one.
    """

    file: str
    dialect: str
    window: str
    channels: tuple[Channel, ...]

    @property
    def title(self) -> str:
        """The file's name without its folders."""
        return PurePath(self.file).name


def _prefixed(magnitude: float, unit: str) -> tuple[int, str]:
    """Power of ten in which a magnitude reads as 1 to 999, and the unit with its prefix; none for a pure number."""
    if unit in _UNPREFIXED or magnitude == 0:
        return 0, "" if unit == "1" else unit
    exponent = min(max(3 * math.floor(math.log10(magnitude) / 3), min(_PREFIXES)), max(_PREFIXES))
    return exponent, f"{_PREFIXES[exponent]}{unit}"
