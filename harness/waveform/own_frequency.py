"""The stimulation's own frequency, whose harmonics are no interference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform.spectrum import Own

if TYPE_CHECKING:
    from harness.waveform.stimulus_record import StimulusRecord

_EVEN = 0.05
"""Share by which intervals may differ and still be one frequency, as in `repetition`."""

_FEWEST = 2


def own_frequency(record: StimulusRecord) -> Own | None:
    """Return that of whole periods, or of the pulses of a train whose amplitudes differ (a ramp); None without pulses.

    Raises:
        NotMeasurable: pulses without one frequency: their lines lie anywhere.
    """
    repeated, pulses = record.repeated.found, record.pulses.found
    if repeated is not None and repeated.phases:
        return _of(1, repeated.period, repeated.doubt, repeated.length, record.interval_s)
    if pulses is None or pulses.first.size < _FEWEST:
        return None
    begun = pulses.phases.begun[pulses.first]
    start, doubt = pulses.start[begun], pulses.phases.start_doubt[pulses.first][begun]
    lengths = np.diff(start)
    if lengths.size < _FEWEST or np.ptp(lengths) > _EVEN * float(np.median(lengths)) + 4 * float(doubt.max()):
        raise NotMeasurable("the pulses have no one frequency: a line cannot be told from the stimulation's own")
    length = float(start[-1] - start[0])
    return _of(lengths.size, length, float(doubt[0] + doubt[-1]), length, record.interval_s)


def _of(count: int, stretch: float, doubt: float, length: float, interval_s: float) -> Own:
    """Frequency of `count` periods in a stretch; all but the interval in samples."""
    frequency_hz = count / (stretch * interval_s)
    return Own(frequency_hz, frequency_hz * doubt / max(length - doubt, 1.0))
