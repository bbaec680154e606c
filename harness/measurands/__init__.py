"""Named, versioned, pure functions from an observation to a measurement.

The only place where a number gets its uncertainty.
"""

from harness.measurands import (
    ceiling,
    contact,
    disclosures,
    divider,
    loss,
    output_charge,
    output_levels,
    output_loads,
    overload,
    polarity,
    rise,
    shape,
    short_pulses,
    timing,
)
from harness.measurands.current import (
    current_difference,
    oscilloscope_clips,
    plateau_along_setting,
    plateau_magnitude,
    residual_current,
)
from harness.measurands.instants import contact_instant, loss_instant
from harness.measurands.registry import derive, is_derived, known, newest, only, takes_several, wrong_arguments

__all__ = [
    "ceiling",
    "contact",
    "contact_instant",
    "current_difference",
    "derive",
    "disclosures",
    "divider",
    "is_derived",
    "known",
    "loss",
    "loss_instant",
    "newest",
    "only",
    "oscilloscope_clips",
    "output_charge",
    "output_levels",
    "output_loads",
    "overload",
    "plateau_along_setting",
    "plateau_magnitude",
    "polarity",
    "residual_current",
    "rise",
    "shape",
    "short_pulses",
    "takes_several",
    "timing",
    "wrong_arguments",
]
