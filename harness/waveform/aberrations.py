"""What happens to a state after the transition: overshoot, droop, settling (IEEE Std 181-2011, 5.6; IEC 60469)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform.transitions import boxcar, reference_instants, shape_width

if TYPE_CHECKING:
    from harness.waveform.samples import Samples
    from harness.waveform.transitions import Edge

_ABERRATION_DURATIONS = 3.0
_ABERRATION_SAMPLES = 10
_SETTLED_SAMPLES = 4
_NOISE_REACH = 3.5
_DROOP_ORDER = 3


def overshoot_percent(
    record: Samples, found: tuple[Edge, ...], low: float, high: float, *, noise: float, resolution: float
) -> float:
    """Return the overshoot after transitions of one direction, in per cent of the amplitude; their median.

    The largest excess over the new state within three transition durations. An excess that the settled part of the
    same state shows as well, or that one code or the noise explains, is 0: it is no overshoot.

    Raises:
        NotMeasurable: no transition of this direction has its new state in the record.
    """
    excesses = []
    for edge in found:
        try:
            excesses.append(_excess(record, edge, low, high, noise=noise, code=1.01 * resolution))
        except NotMeasurable:
            continue
    if not excesses:
        raise NotMeasurable("no transition is followed by a state in which an overshoot could be seen")
    return 100.0 * float(np.median(excesses)) / (high - low)


def droop_percent(plateau: Samples) -> float:
    """Return how much a pulse top sags from its first to its last sample, in per cent of the first.

    A cubic through all samples averages the noise and follows an exponential droop below 20 % to 0.001 %.

    Raises:
        NotMeasurable: fewer samples than a cubic needs, or a plateau that begins at zero.
    """
    if plateau.size <= _DROOP_ORDER:
        raise NotMeasurable("a droop needs at least four samples of the plateau")
    curve = np.polynomial.Polynomial.fit(np.arange(plateau.size), plateau, _DROOP_ORDER)
    first, last = float(curve(0)), float(curve(plateau.size - 1))
    if not abs(first) > 0:
        raise NotMeasurable("the plateau begins at zero: a share of it has no meaning")
    return 100.0 * (first - last) / first


def settling_instant(record: Samples, level: float, tolerance: float) -> float:
    """Return when the waveform enters `level` ± `tolerance` for good, in samples from the record's start.

    Raises:
        NotMeasurable: it does not stay there by the end of the record.
    """
    error = np.abs(record - level)
    outside = np.flatnonzero(error > tolerance)
    if not outside.size:
        return 0.0
    last = int(outside[-1])
    if last == record.size - 1:
        raise NotMeasurable("the waveform has not settled by the end of the record")
    return last + float((error[last] - tolerance) / (error[last] - error[last + 1]))


def _excess(record: Samples, edge: Edge, low: float, high: float, *, noise: float, code: float) -> float:
    """Return the excess over the new state after one transition, 0 where noise explains it."""
    begin, end = reference_instants(record, edge, low, high)
    # The largest of many noisy samples is too large; a mean over what the edge itself shows to be slow is not.
    after = boxcar(record, shape_width(end - begin) if noise > 0 else 1)[math.ceil(end) : edge.end]
    if not after.size:
        raise NotMeasurable("the record ends with the transition")
    beyond = after - high if edge.rising else low - after
    reach = max(_ABERRATION_SAMPLES, math.ceil(_ABERRATION_DURATIONS * (end - begin)))
    # The last samples of the run are already the next transition, never an excess, so they do no harm here.
    floor, settled = max(_NOISE_REACH * noise, code), beyond[reach:]
    if settled.size >= _SETTLED_SAMPLES:
        floor = max(floor, float(settled.max()))
    excess = float(beyond[:reach].max())
    return excess if excess > floor else 0.0
