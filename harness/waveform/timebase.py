"""When the samples of a record were taken: an even time base out of a column of rounded times, or a reason against it.

A column of times is written with few digits, so its steps scatter by the last digit. Two checks keep lost and doubled
rows out all the same. Steps within a quarter of the usual one, and times within half a step of an even grid, are even
as they are. Where rounding scatters them more, all times must lie in a band about a straight line that is little wider
than the last digit, which a lost row would leave as long as the last digit is below two fifths of a step. With coarser
digits the header must state interval and number of samples: then the count of rows finds what the times cannot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from harness.waveform.samples import Samples
    from harness.waveform.table import Body, Row

_STEP_TOLERANCE = 0.25
_GRID_TOLERANCE = 0.5
_COARSEST = 0.4
"""Last digit, as a share of the step, up to which a lost row leaves the band."""

_BAND = 1.5
"""Width of the band of rounded times, in last digits: one of rounding, the rest for the line through them."""

_STRAY = 12.0
"""Times off the grid, in medians of all: normal scatter reaches eight in a record of a hundred million."""

_LENGTH_KNOWN = 1.1
"""The same where interval and number of samples are known."""

_AGREEMENT = 1e-4
"""Relative difference of a stated interval from the times', beyond rounding: single precision, decimals of a header."""

_FEWEST_DIGITS = 3
"""Interval figures are printed without zeros at their end: 1e-06 means three digits at least."""

_PARTS = re.compile(r"[+-]?(?P<whole>\d*)(?:\.(?P<part>\d*))?(?:[eE](?P<exponent>[+-]?\d+))?")


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure of the header.

    Attributes:
        row: where it stands.
        value: in SI units, or a number of samples.
        last_digit: what one more in its last digit is worth.
    """

    row: Row
    value: float
    last_digit: float = 0.0


@dataclass(frozen=True, slots=True)
class Clock:
    """A time base that the header states; the rows hold no times."""

    start_s: float
    interval_s: float


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """A column of times.

    Attributes:
        index: position in the row, from 0.
        scale: from the file's numbers to seconds.
        interval: that the header states.
    """

    index: int
    scale: float
    interval: Stated | None = None


def stated(row: Row, text: str, scale: float = 1.0) -> Stated:
    """A figure of the header with its last digit."""
    value = float(text)
    digits = max(_FEWEST_DIGITS, len(re.sub(r"[eE].*|[^0-9]", "", text).lstrip("0")))
    decade = np.floor(np.log10(abs(value))) if value else 0.0
    return Stated(row, value * scale, float(10.0 ** (decade - digits + 1)) * scale)


def time_base(body: Body, column: TimeColumn, *, length_known: bool) -> Clock:
    """Return start and interval of a column of times.

    Args:
        body: rows of numbers.
        column: of times.
        length_known: the header states how many samples there are, and the rows are as many.

    Raises:
        RequestError: times that do not increase or do not step evenly, or another interval than the header states.
    """
    times = body.numbers(column.index, "the time") * column.scale
    typical = float(np.median(np.diff(times)))
    if not _is_even(times, typical):
        last_digits = _last_digits(body, column)
        if not _is_rounded(times, float(last_digits.max()), column.interval if length_known else None):
            _refuse(body, column, times, last_digits)
    _refuse_stray(body, column, times)
    interval_s = float(times[-1] - times[0]) / (times.size - 1)
    return Clock(float(times[0]), _agreed(body, column, times, interval_s))


def _is_even(times: Samples, typical: float) -> bool:
    """Whether the times step evenly as they are written."""
    steps = np.diff(times)
    if not typical > 0 or np.any(steps <= 0) or np.any(np.abs(steps - typical) > _STEP_TOLERANCE * typical):
        return False
    interval = (times[-1] - times[0]) / (times.size - 1)
    grid = times[0] + interval * np.arange(times.size)
    return bool(np.all(np.abs(times - grid) <= _GRID_TOLERANCE * interval))


def _is_rounded(times: Samples, last_digit: float, interval: Stated | None) -> bool:
    """Whether an even grid, written in these digits, looks like these times, and no lost row would.

    Args:
        times: as written.
        last_digit: the largest one.
        interval: that the header states, where the number of samples is known too.
    """
    slope, width = _line(times)
    if np.any(np.diff(times) < 0) or not slope > 0:
        return False
    if last_digit <= _COARSEST * slope:
        return width <= _BAND * last_digit
    if interval is None:
        return False
    index = np.arange(times.size)
    return float(np.ptp(times - interval.value * index)) <= _LENGTH_KNOWN * last_digit


def _refuse_stray(body: Body, column: TimeColumn, times: Samples) -> None:
    """Refuse one time among even ones that rounding and the others' scatter do not explain: a damaged digit.

    Raises:
        RequestError: there is one.
    """
    half = times.size // 2
    # A median over half of the record is deaf to the one, where a straight line would give way to it.
    slope = float(np.median(times[half:] - times[:-half])) / half
    off = times - slope * np.arange(times.size)
    off = np.abs(off - np.median(off))
    place = int(off.argmax())
    texts = [body.row(each).cells[column.index] for each in (0, place, body.size - 1)]
    last_digit = max(map(_last_digit, texts)) * column.scale
    single = float(np.abs(times[[0, -1]]).max() * np.finfo(np.float32).eps)
    if off[place] > _STRAY * float(np.median(off)) + _BAND * last_digit + _BAND * single:
        row = body.row(place)
        raise body.table.problem(
            row,
            f"time {row.cells[column.index]} is {off[place]:.3g} s off the even grid that all others keep; "
            "a digit is wrong, export the record again",
        )


def _line(times: Samples) -> tuple[float, float]:
    """Slope of the straight line through the times (least squares), and width of the band about it that holds them."""
    index = np.arange(times.size) - (times.size - 1) / 2
    slope = float(np.dot(index, times - times.mean()) / np.dot(index, index))
    return slope, float(np.ptp(times - slope * index))


def _last_digits(body: Body, column: TimeColumn) -> Samples:
    """What one more in the last digit of each time is worth, in seconds."""
    return np.array([_last_digit(text) for text in body.texts(column.index)]) * column.scale


def _last_digit(text: str) -> float:
    """What one more in the last digit is worth; nothing for a zero with an exponent, which is exact."""
    match = _PARTS.fullmatch(text.strip('"'))
    if match is None or (match["exponent"] and not (match["whole"] + (match["part"] or "")).strip("0")):
        return 0.0
    return 10.0 ** (int(match["exponent"] or 0) - len(match["part"] or ""))


def _agreed(body: Body, column: TimeColumn, times: Samples, interval_s: float) -> float:
    """Return the interval: the header's where the times cannot tell it from theirs, else that of the times.

    Raises:
        RequestError: header and times disagree by more than their digits.
    """
    header = column.interval
    if header is None:
        return interval_s
    ends = [body.row(place).cells[column.index] for place in (0, body.size - 1)]
    last_digits = sum(map(_last_digit, ends)) * column.scale
    single = float(np.abs(times[[0, -1]]).max() * np.finfo(np.float32).eps)
    rounding = (last_digits / 2 + single) / (times.size - 1)
    difference = abs(header.value - interval_s)
    if difference <= rounding:
        return header.value
    if difference <= rounding + header.last_digit / 2 + _AGREEMENT * interval_s:
        return interval_s
    raise body.table.problem(
        header.row,
        f"the header states a sample interval of {header.value:.6g} s, the times step by {interval_s:.6g} s; "
        "one of them is wrong, export the record again",
    )


def _refuse(body: Body, column: TimeColumn, times: Samples, last_digits: Samples) -> None:
    """Say where and why times are not even.

    Raises:
        RequestError: always.
    """
    table, steps = body.table, np.diff(times)
    slope, width = _line(times)
    if np.all(steps >= 0) and slope > 0 and width <= _BAND * last_digits.max() > _BAND * _COARSEST * slope:
        raise table.problem(
            body.row(0),
            f"the times are written in steps of {last_digits.max():.3g} s, too coarse for samples every {slope:.3g} s: "
            "lost rows would not show; export with more digits, or with interval and number of samples in the header",
        )
    back = np.flatnonzero(steps <= 0)
    if back.size:
        row, before = body.row(int(back[0]) + 1), body.row(int(back[0]))
        raise table.problem(
            row,
            f"time {row.cells[column.index]} after {before.cells[column.index]} does not increase; "
            "export the record again, in order and with more digits of time",
        )
    typical = float(np.median(steps))
    excess = np.abs(steps - typical) - _STEP_TOLERANCE * typical
    beyond_rounding = np.flatnonzero(excess > (last_digits[1:] + last_digits[:-1]) / 2)
    uneven = beyond_rounding if beyond_rounding.size else np.flatnonzero(excess > 0)
    if uneven.size:
        row = body.row(int(uneven[0]) + 1)
        raise table.problem(
            row,
            f"time {row.cells[column.index]} comes {steps[uneven[0]]:.4g} s after the one before, "
            f"others {typical:.4g} s: rows are missing or the record is not evenly sampled; export it again",
        )
    mean = float(times[-1] - times[0]) / (times.size - 1)
    row = body.row(int(np.abs(times - (times[0] + mean * np.arange(times.size))).argmax()))
    raise table.problem(
        row,
        f"time {row.cells[column.index]} is off an even grid of {mean:.4g} s: the sampling changed; export it again",
    )
