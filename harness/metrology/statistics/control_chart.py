"""Individuals and moving range chart (I-MR) with run rules.

Limits: mean ± 3 MR / d2, with the mean moving range of two (NIST e-Handbook 6.3.2.2). The rules are those of Nelson
(Journal of Quality Technology 16 (1984) 237) and of Western Electric (Statistical Quality Control Handbook, 1956),
each by its own name. A rule names the point that completes its pattern. A point on a line is on neither side of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import RequestError
from harness.metrology.statistics.ranges import d2, d3
from harness.metrology.statistics.sample import sample
from harness.quantity import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

_PAIR = 2


@dataclass(frozen=True, slots=True)
class Violations:
    """The points that complete the pattern of one rule.

    Attributes:
        rule: name of the rule, such as `Nelson 2`.
        pattern: what it looks for.
        points: positions in the series, from 1.
    """

    rule: str
    pattern: str
    points: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ControlChart:
    """A series of individual values and their moving ranges.

    Attributes:
        center: mean of the values.
        lower: control limit of the values.
        upper: control limit of the values.
        sigma: mean moving range divided by d2.
        mean_moving_range: of successive values.
        moving_range_upper: control limit of the moving ranges; the lower one is 0.
        violations: rules with at least one point, in the order of their numbers.
    """

    center: float
    lower: float
    upper: float
    sigma: float
    mean_moving_range: float
    moving_range_upper: float
    violations: tuple[Violations, ...]


def control_chart(values: Sequence[float]) -> ControlChart:
    """Chart a series in the order in which it was taken.

    Raises:
        NotFinite: a value that is no number.
        RequestError: fewer than two values, or none that differs from the one before.
    """
    taken = sample(values)
    import numpy as np  # noqa: PLC0415 - start-up stays lean

    series = np.asarray(taken.values)
    ranges = np.abs(np.diff(series))
    mean_range = float(ranges.mean())
    if mean_range == 0:
        raise RequestError("no value differs from the one before: the chart has no limits")
    sigma = mean_range / d2(_PAIR)
    limit = mean_range * (1 + 3 * d3(_PAIR) / d2(_PAIR))
    jumps = Violations("moving range", "a moving range above its limit", _points(ranges > limit, 2))
    return ControlChart(
        center=taken.mean,
        lower=taken.mean - 3 * sigma,
        upper=taken.mean + 3 * sigma,
        sigma=sigma,
        mean_moving_range=mean_range,
        moving_range_upper=limit,
        violations=run_rules(taken.values, taken.mean, sigma) + ((jumps,) if jumps.points else ()),
    )


def run_rules(values: Sequence[float], center: float, sigma: float) -> tuple[Violations, ...]:
    """Look for the rules' patterns in a series with a known centre and sigma, such as those of a check unit.

    Args:
        values: in the order in which they were taken.
        center: centre line.
        sigma: positive; the limits are at three of it.

    Raises:
        NotFinite: a value, centre or sigma that is no number.
        RequestError: a sigma that is not positive, or no value.
    """
    taken = sample(values, least=1)
    if finite("sigma", sigma) <= 0:
        raise RequestError(f"sigma is {sigma:g}, but a positive number is due")
    import numpy as np  # noqa: PLC0415 - start-up stays lean

    z = (np.asarray(taken.values) - finite("center", center)) / sigma
    return tuple(violation for violation in _rules(z) if violation.points)


def _rules(z: np.ndarray) -> list[Violations]:
    """All rules on values in standard deviations from the centre."""
    import numpy as np  # noqa: PLC0415 - start-up stays lean

    beyond_3, nine, eight = np.abs(z) > 3, _either(z, 0, 9, 9), _either(z, 0, 8, 8)  # noqa: PLR2004 - the rules' own
    two_of_three, four_of_five = _either(z, 2, 2, 3), _either(z, 1, 4, 5)
    step = np.sign(np.diff(z, prepend=z[:1]))
    turns = np.concatenate(([False], step[1:] * step[:-1] < 0))
    listed = [
        ("Nelson 1", "one point beyond 3 sigma", beyond_3),
        ("Nelson 2", "nine in a row on one side", nine),
        ("Nelson 3", "six in a row rising or falling", _at_least(step > 0, 5, 5) | _at_least(step < 0, 5, 5)),
        ("Nelson 4", "fourteen in a row alternating", _at_least(turns, 12, 12)),
        ("Nelson 5", "two of three beyond 2 sigma on one side", two_of_three),
        ("Nelson 6", "four of five beyond 1 sigma on one side", four_of_five),
        ("Nelson 7", "fifteen in a row within 1 sigma", _at_least(np.abs(z) < 1, 15, 15)),
        ("Nelson 8", "eight in a row beyond 1 sigma, on both sides", _at_least(np.abs(z) > 1, 8, 8)),
        ("Western Electric 1", "one point beyond 3 sigma", beyond_3),
        ("Western Electric 2", "two of three beyond 2 sigma on one side", two_of_three),
        ("Western Electric 3", "four of five beyond 1 sigma on one side", four_of_five),
        ("Western Electric 4", "eight in a row on one side", eight),
    ]
    return [Violations(rule, pattern, _points(flags, 1)) for rule, pattern, flags in listed]


def _either(z: np.ndarray, sigmas: float, needed: int, window: int) -> np.ndarray:
    """Points that complete a pattern above, or one below."""
    result: np.ndarray = _at_least(z > sigmas, needed, window) | _at_least(z < -sigmas, needed, window)
    return result


def _at_least(flags: np.ndarray, needed: int, window: int) -> np.ndarray:
    """Flagged points with at least so many flagged among the last `window`, itself included."""
    import numpy as np  # noqa: PLC0415 - start-up stays lean

    total = np.concatenate(([0], np.cumsum(flags)))
    ends = np.arange(1, len(flags) + 1)
    result: np.ndarray = flags & (total[ends] - total[np.maximum(ends - window, 0)] >= needed)
    return result


def _points(flags: np.ndarray, first: int) -> tuple[int, ...]:
    return tuple(int(point) + first for point in flags.nonzero()[0])
