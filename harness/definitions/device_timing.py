"""Sections of a device profile that are about minutes and temperature."""

from __future__ import annotations

from pydantic import model_validator

from harness.definitions.document import Document, Stated


class TemperatureRange(Document):
    """Where the device is used, and how much its output may change over it.

    Attributes:
        lowest_c: coldest surroundings, °C.
        highest_c: warmest surroundings, °C.
        coefficient_per_k: largest change of the output for each kelvin, relative.
    """

    lowest_c: Stated[float]
    highest_c: Stated[float]
    coefficient_per_k: Stated[float]

    @model_validator(mode="after")
    def _ordered(self) -> TemperatureRange:
        if not self.lowest_c.value < self.highest_c.value:
            raise ValueError("temperature.lowest_c must be below temperature.highest_c")
        if not 0 < self.coefficient_per_k.value < 1:
            raise ValueError(f"temperature.coefficient_per_k is {self.coefficient_per_k.value:g}, must be above 0")
        return self


class Stability(Document):
    """How steady the output is: over intervals, under load of the unit's own controller, and over minutes.

    Attributes:
        interval_limit: largest difference of an interval from its nominal number of periods, of one.
        jitter_limit: largest standard deviation of the intervals while the unit is polled, of one.
        drift_s: time over which the level is watched.
        drift_limit: largest change of the level in that time, relative.
    """

    interval_limit: Stated[float]
    jitter_limit: Stated[float]
    drift_s: Stated[float]
    drift_limit: Stated[float]

    @model_validator(mode="after")
    def _sound(self) -> Stability:
        for name in ("interval_limit", "jitter_limit", "drift_limit"):
            value = getattr(self, name).value
            if not 0 < value < 1:
                raise ValueError(f"stability.{name} is {value:g}, must be between 0 and 1")
        if not self.drift_s.value > 0:
            raise ValueError(f"stability.drift_s is {self.drift_s.value:g}, must be above 0")
        return self
