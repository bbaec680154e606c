"""The ramp after a contact and the restart after a loss, as parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform.current_phases import seen_level
from harness.waveform.envelope import Envelope, Ramp, Restart, envelope, ramp, restart, steady_envelope
from harness.waveform.parameter import Estimate, Parameter, parameter
from harness.waveform.stimulus_record import Attempt, StimulusRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.waveform.questions import Contact
    from harness.waveform.samples import Samples

_ZERO_SHARE = 0.1
_BLIND = 0.1
"""Share of the hold level; a bound that hides a larger fall cannot say that there was none."""

_PULSES = 5
_EARLY_MEAN_S = 100e-6
"""Moving mean of the early current: noise goes, and a step of the output lasts far longer."""

_FEWEST = 2
_ROOM = 0.95
"""Share of an interval between pulses, in which one more fits."""

_HARDLY = 2.0
"""Times the least pulse that counts; a ramp whose first pulse is below may have had a smaller one before."""


@dataclass(frozen=True, slots=True)
class RecordOnAxis:
    """A record with its axis and all that was recognised in it.

    Attributes:
        samples: shape (n,).
        interval_s: between two samples.
        start_s: of the first sample.
        unit: of the samples.
        stimulus: what was recognised.
    """

    samples: Samples
    interval_s: float
    start_s: float
    unit: str
    stimulus: StimulusRecord

    def from_start(self, time_s: float) -> float:
        """Return a time on the axis as one from the record's start."""
        return time_s - self.start_s


def contact_parameters(record: RecordOnAxis, asked: Contact) -> tuple[Parameter, ...]:
    """How the output rises after a contact, and how it begins again after a loss."""
    shown = Attempt.of(partial(_envelope, record, asked))
    rise = Attempt.of(lambda: ramp(shown.get(), record.from_start(asked.contact_s)))

    def row(name: str, unit: str, source: str, pick: Callable[[Ramp], Estimate]) -> Parameter:
        return parameter(f"ramp.{name}", unit, source, lambda: pick(rise.get()))

    def step(it: Ramp) -> Estimate:
        first = float(shown.get().between(record.from_start(asked.contact_s), np.inf).level[0])
        if it.largest_step.value > first or not _hides(record, asked, shown.get()):
            return it.largest_step
        return Estimate(it.largest_step.value, it.largest_step.bound + first)

    straight = "of the hold level, straight from pulse to pulse"
    found = [
        row("hold_level", "U", "median plateau of the last quarter after the contact", lambda it: it.hold),
        row("delay", "s", f"contact to 10 % {straight}", lambda it: it.delay_s),
        row("rise_time_10_90", "s", f"10 to 90 % {straight}", lambda it: it.rise_s),
        row("time_to_90", "s", f"contact to 90 % {straight}", lambda it: it.within_s),
        row("largest_step", "U", "largest rise between neighbours; the first from zero", step),
        row("largest_fall", "U", "deepest fall below an earlier pulse before 90 %", lambda it: it.largest_fall),
        row("monotonic", "1", "1 where no fall before 90 % is larger than its bound, else 0", _monotonic),
        row("overshoot", "U", "largest plateau above the hold level", lambda it: it.overshoot),
    ]
    if asked.early_s is not None:
        source = f"largest mean of {_EARLY_MEAN_S * 1e6:g} µs in the {asked.early_s:g} s after the contact"
        found.append(parameter("ramp.early_current", "U", source, partial(_early, record, asked)))
    return (*found, *(() if asked.loss_s is None else _restart(record, asked, shown)))


def _envelope(record: RecordOnAxis, asked: Contact) -> Envelope:
    """The envelope by pulses, or by stretches that begin at the contact."""
    contact_s = record.from_start(asked.contact_s)
    pulses = record.stimulus.pulses
    if asked.stretch_s is not None:
        if pulses.found is not None and np.count_nonzero(pulses.found.whole) >= _PULSES:
            raise NotMeasurable("the output pulses: its envelope is that of its pulses, not of means of stretches")
        # No stretch holds both sides of the contact: zeros before it would make a first mean smaller than it is.
        width = max(round(asked.stretch_s / record.interval_s), 1)
        skipped = math.ceil(contact_s / record.interval_s) % width
        found = steady_envelope(record.samples[skipped:], record.interval_s, every_s=asked.stretch_s)
        return Envelope(found.at_s + skipped * record.interval_s, found.at_bound_s, found.level, found.bound)
    found = envelope(pulses.get(), record.interval_s)
    # A pulse that begins at the contact, to within the error of its start, is the first one after it.
    near = np.abs(found.at_s - contact_s) <= found.at_bound_s
    at_s = np.where(near, np.maximum(found.at_s, contact_s), found.at_s)
    return Envelope(at_s, found.at_bound_s, found.level, found.bound)


def _hides(record: RecordOnAxis, asked: Contact, shown: Envelope) -> bool:
    """Whether pulses too small to count may lie before the first one that is shown.

    There is room for one since the contact, and the first one shown is itself hardly large enough: a ramp goes on in
    small steps. An output that begins high above that begins there.
    """
    contact_s, pulses = record.from_start(asked.contact_s), record.stimulus.pulses.found
    after = shown.between(contact_s, np.inf)
    if asked.stretch_s is not None or pulses is None or after.level.size < _FEWEST:
        return False
    moved, floor = pulses.phases.moved, record.stimulus.total.floor
    least = seen_level(float(np.abs(moved).max()), floor)
    room = after.at_s[0] - contact_s > _ROOM * float(np.median(np.diff(after.at_s)))
    return bool(room and after.level[0] <= _HARDLY * least)


def _monotonic(found: Ramp) -> Estimate:
    fall = found.largest_fall
    if found.is_monotonic and fall.bound > _BLIND * found.hold.value:
        raise NotMeasurable(f"a fall of up to {fall.bound:.3g} could not be seen: more than a tenth of the hold level")
    return Estimate(float(found.is_monotonic), 0.0)


def _early(record: RecordOnAxis, asked: Contact) -> Estimate:
    begin = max(math.ceil(record.from_start(asked.contact_s) / record.interval_s), 0)
    length = math.floor((asked.early_s or 0.0) / record.interval_s)
    part = record.samples[begin : begin + length]
    if length < 1 or part.size < length:
        raise NotMeasurable(f"the record does not hold {asked.early_s:g} s after the contact")
    width = min(max(round(_EARLY_MEAN_S / record.interval_s), 1), length)
    sums = np.concatenate(([0.0], np.cumsum(part)))
    largest = float(np.abs(sums[width:] - sums[:-width]).max()) / width
    return Estimate(largest, record.stimulus.total.floor.mean_of(width))


def _restart(record: RecordOnAxis, asked: Contact, shown: Attempt[Envelope]) -> tuple[Parameter, ...]:
    # A stretch that the loss falls into is no level before it.
    loss_s = record.from_start(asked.loss_s or 0.0) - (asked.stretch_s or 0.0) / 2
    contact_s = record.from_start(asked.contact_s)
    found: Attempt[Restart] = Attempt.of(lambda: restart(shown.get(), loss_s, contact_s, zero_share=_ZERO_SHARE))

    def share() -> Estimate:
        it = found.get().share
        return Estimate(it.value, max(it.bound, it.value)) if _hides(record, asked, shown.get()) else it

    def from_zero() -> Estimate:
        answer = found.get().from_zero
        # What may be hidden is smaller than what is shown: it can make a start from zero, not unmake one.
        if answer is None or (not answer and _hides(record, asked, shown.get())):
            raise NotMeasurable(f"the share lies within its bound of {_ZERO_SHARE:g}: from zero or not stays open")
        return Estimate(float(answer), 0.0)

    source = "first plateau after the contact over the hold level before the loss"
    return (
        parameter("restart.share", "1", source, share),
        parameter("restart.from_zero", "1", f"1 where the share is {_ZERO_SHARE:g} or less, else 0", from_zero),
    )
