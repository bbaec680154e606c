"""Named, versioned, pure functions from an observation to a measurement.

The only place where a number gets its uncertainty.
"""

from harness.measurands import (
    ceiling,
    channels,
    channels_drive,
    channels_events,
    contact,
    disclosures,
    divider,
    loss,
    overload,
    polarity,
    rise,
    shape,
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
    "channels",
    "channels_drive",
    "channels_events",
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
    "overload",
    "plateau_along_setting",
    "plateau_magnitude",
    "polarity",
    "residual_current",
    "rise",
    "shape",
    "takes_several",
    "timing",
    "wrong_arguments",
]
