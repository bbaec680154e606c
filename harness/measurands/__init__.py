"""Named, versioned, pure functions from an observation to a measurement.

The only place where a number gets its uncertainty.
"""

from harness.measurands.current import (
    current_difference,
    oscilloscope_clips,
    plateau_along_setting,
    plateau_magnitude,
    residual_current,
)
from harness.measurands.registry import derive, known, newest, wrong_arguments

__all__ = [
    "current_difference",
    "derive",
    "known",
    "newest",
    "oscilloscope_clips",
    "plateau_along_setting",
    "plateau_magnitude",
    "residual_current",
    "wrong_arguments",
]
