"""Samples in, numbers out: recorded waveforms and what they hold. Pure."""

from harness.waveform.analysis import Analysis, analyze, to_dict
from harness.waveform.pulses import pulse_parameters
from harness.waveform.recorded import Trace, decode, read_csv

__all__ = ["Analysis", "Trace", "analyze", "decode", "pulse_parameters", "read_csv", "to_dict"]
