"""Frequency over time: start, stop, law, steps and amplitude of a sweep.

The frequency of an interval is its reciprocal: the mean of the instantaneous frequency over that interval, and, for a
linear law, the instantaneous frequency at its middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from harness.errors import NotMeasurable, RequestError
from harness.quantity import finite
from harness.waveform.parameter import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.waveform.samples import Samples

Law: TypeAlias = Literal["constant", "linear", "logarithmic", "stepped", "undecided"]

_FEWEST = 8
_BETTER = 3.0
_PULLED = 1.5
_DWELL = 3
_FEWEST_STEPS = 3
_DWELLING = 0.8
_ROUNDS = 20
_CONVERGED = 1e-12
_FLOOR = 1e-12
_LARGEST = 700.0
_STEEPEST = 50.0
_SMALL = 1e-4


@dataclass(frozen=True, slots=True)
class Frequencies:
    """Frequency over time; arrays of shape (k,), one for each interval between pulses.

    Attributes:
        begin_s: start of each interval, from the record's start.
        end_s: its end.
        hz: reciprocal of its length.
        bound_hz: largest error of that.
    """

    begin_s: Samples
    end_s: Samples
    hz: Samples
    bound_hz: Samples

    @property
    def middle_s(self) -> Samples:
        """Middle of each interval."""
        return (self.begin_s + self.end_s) / 2


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep, or what stays of one frequency.

    Attributes:
        start_hz: by its law at the first pulse; of the first interval where it has no smooth law.
        stop_hz: by its law at the last pulse; of the last interval where it has no smooth law.
        duration_s: from the first pulse to the last one.
        law: the one whose residuals stay within 1.5 times their bounds; where both smooth laws do, the one whose
            residuals are at most a third of the other's; `undecided` where none or more than one is left.
        rate: Hz/s of a linear law, 1/s of a logarithmic one (change of ln f); None for any other.
        residual_hz: root mean square about the law; None without one.
    """

    start_hz: Estimate
    stop_hz: Estimate
    duration_s: Estimate
    law: Law
    rate: float | None
    residual_hz: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """A nominal frequency and what the record holds of it.

    Attributes:
        nominal_hz: from the table of steps.
        measured_hz: over the longest unbroken run of its intervals; None where the step is missing.
        intervals: number of intervals in that run.
    """

    nominal_hz: float
    measured_hz: Estimate | None
    intervals: int

    @property
    def is_present(self) -> bool:
        """Whether the sweep dwells at it."""
        return self.measured_hz is not None


@dataclass(frozen=True, slots=True)
class _Fit:
    """A law that was fitted; without a smooth law, frequencies at the ends are those of the first and last interval."""

    law: Law
    rate: float
    residual: float
    holds: bool
    ends: tuple[Estimate, Estimate] | None = None


def frequencies(instants: Samples, doubt: Samples, interval_s: float) -> Frequencies:
    """Return the frequency of each interval between pulses.

    Args:
        instants: of every pulse's start, in sample intervals, ascending, shape (k + 1,).
        doubt: largest error of each.
        interval_s: between two samples.

    Raises:
        NotMeasurable: fewer than two pulses, or an interval no longer than the error of its ends.
    """
    if instants.size < 2:  # noqa: PLR2004 - an interval has two ends
        raise NotMeasurable("a frequency needs two pulses")
    length, bound = np.diff(instants), doubt[1:] + doubt[:-1]
    if not np.all(length > bound):
        raise NotMeasurable("an interval is no longer than the error of its ends: the sampling is too slow")
    return Frequencies(
        begin_s=instants[:-1] * interval_s,
        end_s=instants[1:] * interval_s,
        hz=1 / (length * interval_s),
        bound_hz=bound / (length * (length - bound) * interval_s),
    )


def sweep(found: Frequencies) -> Sweep:
    """Say where a sweep begins and ends and which law it follows.

    Raises:
        NotMeasurable: fewer than eight intervals.
    """
    if found.hz.size < _FEWEST:
        raise NotMeasurable(f"a law of frequency needs {_FEWEST} intervals, the record holds {found.hz.size}")
    fit = _law(found)
    first, last = (Estimate(float(found.hz[at]), float(found.bound_hz[at])) for at in (0, -1))
    start, stop = fit.ends or (first, last)
    edge = float(found.bound_hz[0] / found.hz[0] ** 2 + found.bound_hz[-1] / found.hz[-1] ** 2)
    return Sweep(
        start_hz=start,
        stop_hz=stop,
        duration_s=Estimate(float(found.end_s[-1] - found.begin_s[0]), edge),
        law=fit.law,
        rate=fit.rate if fit.law in {"linear", "logarithmic"} else None,
        residual_hz=fit.residual if fit.law != "undecided" else None,
    )


def _law(found: Frequencies) -> _Fit:
    """Decide by residuals."""
    constant, linear, logarithmic = _constant(found), _linear(found), _logarithmic(found)
    if constant.holds:
        return constant
    smooth = sorted((linear, logarithmic), key=lambda fit: fit.residual)
    better, other = smooth
    if better.holds and (not other.holds or better.residual * _BETTER <= other.residual):
        return better
    if better.holds:
        return _Fit("undecided", 0.0, better.residual, holds=False)
    return _stepped(found)


def _fit(
    found: Frequencies, law: Law, rate: float, expected: Samples, ends: tuple[Estimate, Estimate] | None = None
) -> _Fit:
    """Return a law with its residuals; it holds where none is beyond one and a half times its bound.

    The half is for the law itself, which the errors of the intervals pull.
    """
    residual = found.hz - expected
    allowed = _PULLED * found.bound_hz + _FLOOR * found.hz
    return _Fit(law, rate, float(np.sqrt(np.mean(residual**2))), bool(np.all(np.abs(residual) <= allowed)), ends)


def _constant(found: Frequencies) -> _Fit:
    """One frequency: pulses over time."""
    hz = found.hz.size / float(found.end_s[-1] - found.begin_s[0])
    return _fit(found, "constant", 0.0, np.full(found.hz.size, hz))


def _linear(found: Frequencies) -> _Fit:
    """A line through the frequencies at the middle of each interval, where a linear law has exactly them."""
    centre = float(found.middle_s.mean())
    design = np.stack((found.middle_s - centre, np.ones(found.hz.size)), axis=1)
    (rate, level), pull = _solve(design, found.hz, found)
    ends = [(rate * at + level, np.array([at, 1.0])) for at in _end_points(found, centre)]
    return _fit(found, "linear", rate, design @ np.array([rate, level]), _predicted(ends, pull, found))


def _logarithmic(found: Frequencies) -> _Fit:
    """An exponential whose mean over each interval is its frequency, by Gauss-Newton from the line through ln f."""
    centre = float(found.middle_s.mean())
    middle, length = found.middle_s - centre, found.end_s - found.begin_s
    rate, level = (float(part) for part in np.polyfit(middle, np.log(found.hz), 1, w=found.hz / _weights(found)))
    expected, pull = found.hz, np.zeros((2, found.hz.size))
    for _ in range(_ROUNDS):
        half = rate * length / 2
        # sinh(x)/x is what the mean over an interval is larger by than the value at its middle.
        expected = np.exp(np.clip(level + rate * middle, -_LARGEST, _LARGEST)) * _sinhc(half)
        tangent = np.stack((middle + half * length / 6, np.ones(middle.size)), axis=1) * expected[:, None]
        change, pull = _solve(tangent, found.hz - expected, found)
        rate, level = rate + float(change[0]), level + float(change[1])
        if abs(change[0]) * np.ptp(middle) + abs(change[1]) < _CONVERGED:
            break
    points = [(math.exp(min(level + rate * at, _LARGEST)), at) for at in _end_points(found, centre)]
    ends = [(hz, hz * np.array([at, 1.0])) for hz, at in points]
    return _fit(found, "logarithmic", rate, expected, _predicted(ends, pull, found))


def _end_points(found: Frequencies, centre: float) -> tuple[float, float]:
    return float(found.begin_s[0]) - centre, float(found.end_s[-1]) - centre


def _solve(design: Samples, wanted: Samples, found: Frequencies) -> tuple[Samples, Samples]:
    """Return the weighted least-squares solution, and by how much each interval pulls on it; shapes (2,), (2, k)."""
    weights = _weights(found)
    scaled = design / weights[:, None]
    pull = np.linalg.solve(scaled.T @ scaled, scaled.T) / weights
    return pull @ wanted, pull


def _predicted(ends: list[tuple[float, Samples]], pull: Samples, found: Frequencies) -> tuple[Estimate, Estimate]:
    """Return the law's frequency at either end; every interval's error counts with the weight that it has there.

    Half as much again is added: a logarithmic law is not linear in its errors.
    """
    start, stop = (Estimate(hz, _PULLED * float(np.abs(row @ pull) @ found.bound_hz)) for hz, row in ends)
    return start, stop


def _weights(found: Frequencies) -> Samples:
    """Return what to divide residuals by; exact instants have no bound, and then all count by their frequency."""
    return np.asarray(np.maximum(found.bound_hz, _FLOOR * found.hz), dtype=np.float64)


def _sinhc(half: Samples) -> Samples:
    """Return sinh(x)/x."""
    bounded = np.clip(half, -_STEEPEST, _STEEPEST)
    small = np.abs(bounded) < _SMALL
    return np.where(small, 1 + bounded**2 / 6, np.sinh(bounded) / np.where(small, 1.0, bounded))


def _stepped(found: Frequencies) -> _Fit:
    """Stretches of one frequency: at least three of three intervals and more, with four fifths of all intervals."""
    change = np.abs(np.diff(found.hz)) > found.bound_hz[1:] + found.bound_hz[:-1]
    heads = np.concatenate(([0], np.flatnonzero(change) + 1))
    counts = np.diff(np.concatenate((heads, [found.hz.size])))
    dwells = counts >= _DWELL
    if np.count_nonzero(dwells) < _FEWEST_STEPS or counts[dwells].sum() < _DWELLING * found.hz.size:
        return _Fit("undecided", 0.0, 0.0, holds=False)
    means = np.add.reduceat(found.hz, heads) / counts
    # A slow smooth change has no jump beyond the bounds and ends up as one dwell that leaves its own mean.
    inside = np.repeat(dwells, counts)
    away = np.abs(found.hz - np.repeat(means, counts)) > 2 * found.bound_hz + _FLOOR * found.hz
    if np.any(away & inside):
        return _Fit("undecided", 0.0, 0.0, holds=False)
    residual = math.sqrt(float(np.mean((found.hz - np.repeat(means, counts))[inside] ** 2)))
    return _Fit("stepped", 0.0, residual, holds=True)


def steps_present(
    found: Frequencies, nominal_hz: Sequence[float], *, tolerance: float, least: int = 2
) -> tuple[Step, ...]:
    """Say of each nominal step whether the sweep dwells at it.

    Args:
        found: frequency over time.
        nominal_hz: the table of steps, ascending or descending.
        tolerance: share of the nominal frequency within which an interval belongs to it.
        least: number of intervals without a break that make a dwell.

    Raises:
        NotFinite: a nominal step or the tolerance is no finite number.
        RequestError: no steps, a step or tolerance that is not above zero, or steps whose tolerances overlap.
        NotMeasurable: an interval's own error bound is larger than the tolerance.
    """
    table = np.array([finite("a nominal step", step) for step in nominal_hz])
    if not table.size or table.min() <= 0 or not 0 < finite("the tolerance of steps", tolerance) < 1 or least < 1:
        raise RequestError(
            "steps need a table of frequencies above zero, a tolerance between 0 and 1, and one interval"
        )
    ordered = np.sort(table)
    if np.any(ordered[1:] * (1 - tolerance) <= ordered[:-1] * (1 + tolerance)):
        raise RequestError(f"steps of the table lie nearer to each other than their tolerance of {tolerance:g}")
    return tuple(_step(found, float(nominal), tolerance, least) for nominal in table)


def _step(found: Frequencies, nominal: float, tolerance: float, least: int) -> Step:
    """Find the longest run of intervals within the tolerance of one nominal step."""
    within = np.abs(found.hz - nominal) <= tolerance * nominal
    near = np.abs(found.hz - nominal) <= tolerance * nominal + found.bound_hz
    if np.any(found.bound_hz[near] > tolerance * nominal):
        raise NotMeasurable(
            f"the step of {nominal:g} Hz is not resolvable: one interval may be wrong by more than its tolerance"
        )
    change = np.diff(np.concatenate(([0], within.astype(np.int8), [0])))
    begins, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    if not begins.size or (ends - begins).max() < least:
        return Step(nominal, None, int((ends - begins).max()) if begins.size else 0)
    longest = int(np.argmax(ends - begins))
    first, last = int(begins[longest]), int(ends[longest]) - 1
    span = float(found.end_s[last] - found.begin_s[first])
    slip = float(found.bound_hz[first] / found.hz[first] ** 2 + found.bound_hz[last] / found.hz[last] ** 2)
    count = last - first + 1
    return Step(nominal, Estimate(count / span, count * slip / (span * max(span - slip, span / 2))), count)


def amplitude_kept(level: Samples, bound: Samples) -> Estimate:
    """Return how far the plateaus of a sweep lie apart: (largest - smallest) / median, 0 where all are alike.

    Args:
        level: plateau of each pulse, as a magnitude, shape (p,).
        bound: largest error of each.

    Raises:
        NotMeasurable: fewer than two pulses, or plateaus no larger than their error.
    """
    if level.size < 2 or not float(np.median(level)) > float(bound.max()):  # noqa: PLR2004 - a spread has two ends
        raise NotMeasurable("the record has no two plateaus to compare")
    median, doubt = float(np.median(level)), float(bound.max())
    spread = float(np.ptp(level)) / median
    return Estimate(spread, (2 * doubt + spread * doubt) / (median - doubt))
