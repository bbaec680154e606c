"""What a device profile says of its output beyond the levels: how straight they are, into which loads, what charge."""

from __future__ import annotations

from pydantic import model_validator

from harness.definitions.document import Document, Stated, check_positive


class LevelScale(Document):
    """How the levels of a mode lie on a straight line through what was set and what is delivered.

    Attributes:
        gain_tolerance: of the line's slope, relative.
        offset_limit_a: of the line's value at zero.
        integral_limit: largest distance of a level from the line, of the largest level.
        differential_limit: largest distance of a step between neighbours from the line's step, of that step.
        repeatability_limit: standard deviation of repeated readings of a level, of that level.
    """

    gain_tolerance: Stated[float]
    offset_limit_a: Stated[float]
    integral_limit: Stated[float]
    differential_limit: Stated[float]
    repeatability_limit: Stated[float]

    @model_validator(mode="after")
    def _fractions(self) -> LevelScale:
        check_positive("level_scale", self)
        for name in ("gain_tolerance", "integral_limit", "differential_limit", "repeatability_limit"):
            # From 1 on, no current at all, or a level that is missing, would be within the limit.
            if not (value := getattr(self, name).value) < 1:
                raise ValueError(f"level_scale.{name} is {value:g}, must be between 0 and 1")
        return self


class LoadRange(Document):
    """Into which loads the output is a current source.

    A level holds into every load up to the smaller of `most_ohm` and compliance voltage over level.

    Attributes:
        most_ohm: largest load that is declared, at any level.
        regulation_tolerance: how much a level may differ from what it is into the first of the profile's loads.
    """

    most_ohm: Stated[float]
    regulation_tolerance: Stated[float]

    @model_validator(mode="after")
    def _sensible(self) -> LoadRange:
        check_positive("load_range", self)
        if not self.regulation_tolerance.value < 1:
            raise ValueError(
                f"load_range.regulation_tolerance is {self.regulation_tolerance.value:g}, must be between 0 and 1"
            )
        return self


class NetCharge(Document):
    """What a bipolar setting may leave behind.

    Attributes:
        over_s: time over which charge is counted.
        share: largest net charge, of the charge that flowed in both directions.
    """

    over_s: Stated[float]
    share: Stated[float]

    @model_validator(mode="after")
    def _sensible(self) -> NetCharge:
        check_positive("net_charge", self)
        if not self.share.value < 1:
            raise ValueError(f"net_charge.share is {self.share.value:g}, must be between 0 and 1")
        return self
