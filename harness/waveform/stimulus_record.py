"""A record with everything that stimulator quantities rest on: each part found, or the reason why it was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from harness.errors import NotFinite, NotMeasurable
from harness.waveform import charge
from harness.waveform.clipping import clipped
from harness.waveform.current_phases import phases_of
from harness.waveform.integral import floor_of, integral
from harness.waveform.pulse_groups import Repetition, group, repetition

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.waveform.current_phases import Phases
    from harness.waveform.integral import Integral
    from harness.waveform.pulse_groups import Pulses
    from harness.waveform.samples import Samples

T = TypeVar("T")

_STEADY = 0.05
_STEADY_NOISE = 12.0
_STEADY_CODES = 2.01


@dataclass(frozen=True, slots=True)
class Attempt(Generic[T]):
    """What was found, or why it was not."""

    found: T | None
    reason: str

    @classmethod
    def of(cls, find: Callable[[], T]) -> Attempt[T]:
        """Try to find something; keep the reason where the record does not hold it."""
        try:
            return cls(find(), "")
        except (NotMeasurable, NotFinite) as reason:
            return cls(None, str(reason))

    def get(self) -> T:
        """Return what was found.

        Raises:
            NotMeasurable: nothing was.
        """
        if self.found is None:
            raise NotMeasurable(self.reason)
        return self.found


@dataclass(frozen=True, slots=True)
class StimulusRecord:
    """A record with everything that was recognised in it.

    Attributes:
        interval_s: between two samples.
        total: running integral of the samples.
        squares: running integral of their squares.
        phases: every phase of the current.
        pulses: phases that belong together.
        repeated: the longest stretch of whole periods; of a steady current the whole record, with no phases in it.
        clipped: why its samples do not stand for the current; empty where they do.
    """

    interval_s: float
    total: Integral
    squares: Integral
    phases: Attempt[Phases]
    pulses: Attempt[Pulses]
    repeated: Attempt[Repetition]
    clipped: str


def recognised(samples: Samples, interval_s: float) -> StimulusRecord:
    """Recognise phases, pulses and repetition of a record of shape (n,)."""
    total = integral(samples, floor_of(samples))
    steady, cut = _steady(total), clipped(samples)
    phases = Attempt.of(lambda: phases_of(total))
    if steady:
        phases = Attempt(None, cut or "the current is steady: it has no phases")
    repeated = Attempt(None, cut) if cut else Attempt.of(lambda: steady or repetition(phases.get()))
    return StimulusRecord(
        interval_s=interval_s,
        total=total,
        squares=charge.squared(samples, total.floor),
        phases=phases,
        pulses=Attempt.of(lambda: group(phases.get())),
        repeated=repeated,
        clipped=cut,
    )


def _steady(total: Integral) -> Repetition | None:
    """Return the whole record of a steady current as one period; None for any other."""
    record, floor = total.record, total.floor
    allowed = max(_STEADY * abs(float(record.mean())), _STEADY_NOISE * floor.noise, _STEADY_CODES * floor.code)
    if float(np.ptp(record)) > allowed:
        return None
    return Repetition(0.0, float(record.size - 1), 1, 0, 0, 0.0)
