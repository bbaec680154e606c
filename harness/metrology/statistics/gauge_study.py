"""The data of a gauge study: every appraiser measured every part the same number of times.

The appraiser may be a person, a bench, or a re-contact of the same unit: whatever may make one and the same part read
differently.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable

DISTINCT_CATEGORIES = 1.41
"""Factor of ndc = 1.41 PV / GRR (AIAG MSA, 4th edition, III.B)."""

STUDY_SPREAD = 6.0
"""Standard deviations that a tolerance is compared with (AIAG MSA, 4th edition: 99.73 %)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of the study, and the place where it was found, such as `line 7`."""

    appraiser: str
    part: str
    trial: str
    value: float
    place: str


@dataclass(frozen=True, slots=True)
class Study:
    """A full cross.

    Attributes:
        appraisers: at least one, in the order in which they appear.
        parts: at least two.
        trials: labels, at least two.
        cells: values by appraiser, then part, then trial.
    """

    appraisers: tuple[str, ...]
    parts: tuple[str, ...]
    trials: tuple[str, ...]
    cells: tuple[tuple[tuple[float, ...], ...], ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of appraisers, parts and trials."""
        return len(self.appraisers), len(self.parts), len(self.trials)


def cross(readings: Iterable[Reading]) -> Study:
    """Sort readings into a full cross.

    Raises:
        RequestError: a cell twice or missing, fewer than two parts or trials, or no two values that differ.
    """
    found: dict[tuple[str, str, str], Reading] = {}
    for reading in readings:
        key = (reading.appraiser, reading.part, reading.trial)
        if key in found:
            raise RequestError(
                f"{reading.place}: {_name(*key)} stands here and on {found[key].place}; each may stand once"
            )
        found[key] = reading
    appraisers, parts, trials = (tuple(dict.fromkeys(key[position] for key in found)) for position in range(3))
    _enough(parts, trials)
    for key in ((a, p, t) for a in appraisers for p in parts for t in trials):
        if key not in found:
            raise RequestError(
                f"{_name(*key)} is missing: every appraiser must have measured every part in every trial"
            )
    if len({reading.value for reading in found.values()}) == 1:
        raise RequestError("all values are the same: nothing varies, so nothing can be said about the gauge")
    cells = tuple(tuple(tuple(found[a, p, t].value for t in trials) for p in parts) for a in appraisers)
    return Study(appraisers, parts, trials, cells)


def distinct_categories(part_variation: float, gauge_variation: float) -> int | None:
    """Number of distinct categories, cut to a whole number; None where the gauge shows no variation at all."""
    if gauge_variation == 0:
        return None
    return math.floor(DISTINCT_CATEGORIES * part_variation / gauge_variation)


def _name(appraiser: str, part: str, trial: str) -> str:
    return f"appraiser {appraiser}, part {part}, trial {trial}"


def _enough(parts: tuple[str, ...], trials: tuple[str, ...]) -> None:
    if not parts:
        raise RequestError("there is no reading")
    if len(parts) == 1:
        raise RequestError(f"only one part, {parts[0]}: at least 2 are needed, or a type-1 study")
    if len(trials) == 1:
        raise RequestError(f"only one trial, {trials[0]}: repeatability needs at least 2 of each part")
