"""What a device of several channels declares of their independence."""

from __future__ import annotations

from pydantic import model_validator

from harness.definitions.document import Document, Stated


class ChannelSection(Document):
    """How far the channels of a device leave each other alone.

    Attributes:
        crosstalk_limit: share of one channel's current that may flow in another one.
        change_limit: change of one channel's level, relative, when anything is changed at another one.
        frequency_change_limit: the same of its frequency.
    """

    crosstalk_limit: Stated[float]
    change_limit: Stated[float]
    frequency_change_limit: Stated[float]

    @model_validator(mode="after")
    def _fractions(self) -> ChannelSection:
        for name in type(self).model_fields:
            value = getattr(self, name).value
            if not 0 < value < 1:
                raise ValueError(f"channel_section.{name} is {value:g}, must be between 0 and 1")
        return self
