"""Standard deviation within subgroups, or of neighbours, with its degrees of freedom."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from harness.errors import RequestError
from harness.metrology.statistics.ranges import d2, d3
from harness.metrology.statistics.sample import sum_of_squares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.metrology.statistics.sample import Sample

OVERALL, POOLED, RANGES, MOVING_RANGE = "overall", "pooled", "ranges", "moving-range"
METHODS = (OVERALL, POOLED, RANGES, MOVING_RANGE)


@dataclass(frozen=True, slots=True)
class Spread:
    """An estimate of sigma.

    Attributes:
        standard_deviation: positive.
        degrees_of_freedom: exact for `overall` and `pooled`; for ranges those with the same relative scatter.
        method: `overall` (s with n - 1), `pooled` (over subgroups), `ranges` (mean range of subgroups / d2) or
            `moving-range` (mean moving range of two / d2).
    """

    standard_deviation: float
    degrees_of_freedom: float
    method: str


def spread(taken: Sample, subgroups: Sequence[str] | None, method: str) -> Spread:
    """Estimate sigma by one of the `METHODS`.

    Raises:
        RequestError: a method that these values do not allow, or no spread at all.
    """
    found = _estimate(taken, subgroups, method)
    if found.standard_deviation == 0:
        raise RequestError(f"the values do not vary ({method} standard deviation is 0): no index of capability exists")
    return found


def _estimate(taken: Sample, subgroups: Sequence[str] | None, method: str) -> Spread:
    if method == OVERALL:
        return Spread(taken.standard_deviation, taken.n - 1, method)
    if method == MOVING_RANGE:
        return _moving_range(taken.values)
    if method not in METHODS:
        raise RequestError(f"{method!r} is no way to estimate sigma; known are {', '.join(METHODS)}")
    if subgroups is None:
        raise RequestError(f"{method} needs a column `subgroup` that says which values belong together")
    groups: dict[str, list[float]] = {}
    for name, value in zip(subgroups, taken.values, strict=True):
        groups.setdefault(name, []).append(value)
    return _pooled(groups) if method == POOLED else _ranges(groups)


def _pooled(groups: dict[str, list[float]]) -> Spread:
    """Root of the pooled variance, without a correction for bias (NIST e-Handbook 6.3.2.1 names both)."""
    freedom = sum(len(group) - 1 for group in groups.values())
    if freedom == 0:
        raise RequestError("every subgroup holds one value: nothing varies within a subgroup; leave the column out")
    return Spread(math.sqrt(math.fsum(map(sum_of_squares, groups.values())) / freedom), freedom, POOLED)


def _ranges(groups: dict[str, list[float]]) -> Spread:
    sizes = {len(group) for group in groups.values()}
    if len(sizes) > 1 or min(sizes) < 2:  # noqa: PLR2004 - no range
        raise RequestError(f"ranges need subgroups of one size, 2 or more; these have {sorted(sizes)}: use pooled")
    size = sizes.pop()
    mean = math.fsum(max(group) - min(group) for group in groups.values()) / len(groups)
    return Spread(mean / d2(size), _freedom((d3(size) / d2(size)) ** 2 / len(groups)), RANGES)


def _moving_range(values: Sequence[float]) -> Spread:
    count = len(values) - 1
    mean = math.fsum(abs(b - a) for a, b in pairwise(values)) / count
    # Neighbouring ranges share a value: the normal variables under them have a correlation of -1/2.
    together = 4 / math.pi * (math.sqrt(0.75) + math.asin(0.5) / 2) - d2(2) ** 2
    variance = (count * d3(2) ** 2 + 2 * (count - 1) * together) / count**2
    return Spread(mean / d2(2), _freedom(variance / d2(2) ** 2), MOVING_RANGE)


def _freedom(relative_variance: float) -> float:
    """Degrees of freedom of the chi distribution with that relative variance (Patnaik 1950)."""
    return 1 / (2 * relative_variance)
