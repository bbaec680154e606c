"""The envelope of an output and its ramp after a contact.

The envelope of a pulsed output is the plateau of each pulse at the pulse's start, and zero before the first one; the
first pulse is judged like any other. Between two pulses it is a straight line, and what the output would have done
there nobody knows: that is the bound of every instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.quantity import finite
from harness.waveform.integral import floor_of
from harness.waveform.parameter import Estimate
from harness.waveform.samples import as_interval
from harness.waveform.survey import as_samples

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from harness.waveform.pulse_groups import Pulses
    from harness.waveform.samples import Samples

_FEWEST = 5
_HOLD_SHARE = 0.25
_STEADY = 0.05
_LOW, _HIGH = 0.1, 0.9


@dataclass(frozen=True, slots=True)
class Envelope:
    """Plateaus of a train of pulses; arrays of shape (p,).

    Attributes:
        at_s: start of each pulse, from the record's start.
        at_bound_s: largest error of each.
        level: largest plateau among each pulse's phases, as a magnitude, in the unit of the samples.
        bound: largest error of each.
    """

    at_s: Samples
    at_bound_s: Samples
    level: Samples
    bound: Samples

    def between(self, begin_s: float, end_s: float) -> Envelope:
        """Return the part from one instant, included, to another, not included."""
        chosen = (self.at_s >= begin_s) & (self.at_s < end_s)
        return Envelope(self.at_s[chosen], self.at_bound_s[chosen], self.level[chosen], self.bound[chosen])


@dataclass(frozen=True, slots=True)
class Ramp:
    """How the output rises after a contact.

    Attributes:
        hold: level at which it stays, U.
        delay_s: from the contact to 10 % of the hold level.
        rise_s: from 10 % to 90 % of the hold level, at the first passage of each.
        within_s: from the contact to 90 %.
        largest_step: largest rise from one pulse to the next; the first pulse rises from zero, U.
        largest_fall: deepest fall below an earlier pulse before the ramp reaches 90 %, 0 where it is monotonic, U.
        overshoot: largest level above the hold level, 0 where there is none, U.
    """

    hold: Estimate
    delay_s: Estimate
    rise_s: Estimate
    within_s: Estimate
    largest_step: Estimate
    largest_fall: Estimate
    overshoot: Estimate

    @property
    def is_monotonic(self) -> bool:
        """Whether no pulse is lower than an earlier one by more than the error bound."""
        return self.largest_fall.value <= self.largest_fall.bound


@dataclass(frozen=True, slots=True)
class Restart:
    """How the output begins after a loss of contact.

    Attributes:
        share: first pulse after the contact, as a share of the level before the loss.
        from_zero: whether that is at most the share that still counts as zero; None where the bound leaves it open.
    """

    share: Estimate
    from_zero: bool | None


def envelope(pulses: Pulses, interval_s: float) -> Envelope:
    """Return the envelope of a train of pulses.

    Raises:
        NotMeasurable: a whole pulse has no plateau (too few samples, or it is not flat).
    """
    phases = pulses.phases
    magnitude = np.abs(phases.amplitude)
    first, last = pulses.first[pulses.whole], pulses.last[pulses.whole]
    if not first.size:
        raise NotMeasurable("the record holds no whole pulse")
    edges = np.stack((first, last + 1), axis=1).ravel()
    padded, bounds = np.append(magnitude, 0.0), np.append(phases.amplitude_bound, 0.0)
    if not np.logical_and.reduceat(np.append(phases.flat, True), edges)[::2].all():
        raise NotMeasurable("a pulse has no plateau: too few samples for each pulse, or its top is not flat")
    return Envelope(
        at_s=phases.start[first] * interval_s,
        at_bound_s=phases.start_doubt[first] * interval_s,
        level=np.maximum.reduceat(padded, edges)[::2],
        bound=np.maximum.reduceat(bounds, edges)[::2],
    )


def steady_envelope(samples: ArrayLike, interval_s: float, *, every_s: float) -> Envelope:
    """Return the envelope of an output that does not pulse: the mean magnitude of each stretch, at its middle.

    Args:
        samples: the current, shape (n,).
        interval_s: between two samples.
        every_s: length of a stretch; what happens within one is averaged.

    Raises:
        NotFinite: a number is none.
        NotMeasurable: a stretch holds less than one sample, or the record less than one stretch.
    """
    record, interval = as_samples(samples), as_interval(interval_s)
    width = round(finite("the length of a stretch", every_s) / interval)
    if not 1 <= width <= record.size:
        raise NotMeasurable(f"a stretch of {every_s:g} s is {width} of the record's {record.size} samples")
    means = record[: record.size // width * width].reshape(-1, width).mean(axis=1)
    middle = (np.arange(means.size) + 0.5) * width - 0.5
    return Envelope(
        at_s=middle * interval,
        at_bound_s=np.full(means.size, width * interval / 2),
        level=np.abs(means),
        bound=np.full(means.size, floor_of(record).mean_of(width)),
    )


def hold_level(found: Envelope) -> Estimate:
    """Return the level at which an envelope stays: the median of its last quarter, at least five pulses.

    Raises:
        NotMeasurable: fewer pulses, or a level that still changes by more than 5 % there.
    """
    count = max(_FEWEST, int(_HOLD_SHARE * found.level.size))
    if found.level.size < count:
        raise NotMeasurable(f"a hold level needs {_FEWEST} pulses, the record holds {found.level.size}")
    last, bound = found.level[-count:], float(found.bound[-count:].max())
    level = float(np.median(last))
    if np.ptp(last) > _STEADY * level + 2 * bound:
        raise NotMeasurable("the envelope has not come to rest by the end of the record")
    return Estimate(level, bound)


def ramp(found: Envelope, contact_s: float) -> Ramp:
    """Measure the rise after a contact.

    Args:
        found: the envelope; it must reach its hold level.
        contact_s: instant of the contact (the last bounce), from the record's start.

    Raises:
        NotFinite: the contact is no finite instant.
        NotMeasurable: no hold level, or no pulse after the contact.
    """
    after = found.between(finite("the instant of contact", contact_s), np.inf)
    hold = hold_level(after)
    times, levels = np.concatenate(([contact_s], after.at_s)), np.concatenate(([0.0], after.level))
    low = _passage(times, levels, after, _LOW * hold.value, hold)
    high = _passage(times, levels, after, _HIGH * hold.value, hold)
    bound = float(after.bound.max())
    rising = levels[: int(np.flatnonzero(levels >= _HIGH * hold.value)[0]) + 1]
    return Ramp(
        hold=hold,
        delay_s=Estimate(low.value - contact_s, low.bound),
        rise_s=Estimate(high.value - low.value, high.bound + low.bound),
        within_s=Estimate(high.value - contact_s, high.bound),
        largest_step=Estimate(max(float(np.diff(levels).max()), 0.0), 2 * bound),
        largest_fall=Estimate(float((np.maximum.accumulate(rising) - rising).max()), 2 * bound),
        overshoot=Estimate(max(float(levels.max()) - hold.value, 0.0), bound + hold.bound),
    )


def restart(found: Envelope, loss_s: float, contact_s: float, *, zero_share: float = 0.1) -> Restart:
    """Compare the first pulse after a contact with the level before the loss.

    Args:
        found: the envelope.
        loss_s: instant of the loss, from the record's start.
        contact_s: instant of the contact after it.
        zero_share: share of the level before up to which a first pulse counts as a start from zero.

    Raises:
        NotFinite: an instant or share is no finite number.
        NotMeasurable: no hold level before the loss, or no pulse after the contact.
    """
    before = hold_level(found.between(-np.inf, finite("the instant of loss", loss_s)))
    after = found.between(finite("the instant of contact", contact_s), np.inf)
    if not after.level.size:
        raise NotMeasurable("no pulse comes after the contact: nothing restarts in this record")
    if not before.value > before.bound:
        raise NotMeasurable("the level before the loss is no larger than its error bound")
    share = float(after.level[0]) / before.value
    bound = (float(after.bound[0]) + share * before.bound) / (before.value - before.bound)
    limit = finite("the share that counts as zero", zero_share)
    from_zero = True if share + bound <= limit else False if share - bound > limit else None
    return Restart(Estimate(share, bound), from_zero)


def _passage(times: Samples, levels: Samples, after: Envelope, level: float, hold: Estimate) -> Estimate:
    """Return when the envelope first passes a level: between the last pulse surely below and the first surely above."""
    bounds = np.concatenate(([0.0], after.bound)) + hold.bound
    above = int(np.flatnonzero(levels >= level)[0])
    step = levels[above] - levels[above - 1]
    instant = times[above - 1] + (level - levels[above - 1]) / step * (times[above] - times[above - 1])
    earliest = int(np.flatnonzero(levels + bounds >= level)[0])
    surely = np.flatnonzero(levels - bounds >= level)
    latest = times[int(surely[0])] if surely.size else times[-1]
    widest = max(instant - times[max(earliest - 1, 0)], latest - instant)
    return Estimate(float(instant), float(widest) + float(after.at_bound_s.max()))
