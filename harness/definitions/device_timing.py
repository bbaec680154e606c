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
