"""Samples in, numbers out: recorded waveforms and what they hold. Pure."""

from harness.waveform.analysis import Analysis, analyze, to_dict
from harness.waveform.pulses import pulse_parameters
from harness.waveform.recorded import File, Trace, companion, decode, read_csv, read_record, window

__all__ = [
    "Analysis",
    "File",
    "Trace",
    "analyze",
    "companion",
    "decode",
    "pulse_parameters",
    "read_csv",
    "read_record",
    "to_dict",
    "window",
]
