"""Device profiles: what a maker says of a stimulator, and what we assume of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from harness.definitions.document import Document, Stated, find, load, repeated
from harness.setpoint import Envelope, Polarity, Setpoint

if TYPE_CHECKING:
    from pathlib import Path

Levels = tuple[float, ...]


class Identity(Document):
    """What a unit of this device answers when asked who it is."""

    maker: str
    model: str


class Mode(Document):
    """One mode of output."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    waveform: Stated[Literal["dc"]]
    levels_a: Stated[Levels]
    polarities: Stated[tuple[Polarity, ...]]
    alternation_hz: Stated[float]
    current_tolerance: Stated[float]
    direction_fraction: Stated[float]
    settling_s: Stated[float]

    @model_validator(mode="after")
    def _complete(self) -> Mode:
        levels = self.levels_a.value
        if not levels:
            raise ValueError(f"mode {self.name} has no level: an empty list would test nothing")
        if not self.polarities.value:
            raise ValueError(f"mode {self.name} has no polarity: an empty list would test nothing")
        if any(level <= 0 for level in levels) or list(levels) != sorted(set(levels)):
            raise ValueError(f"levels_a of mode {self.name} must be positive and rise")
        if repeated(self.polarities.value):
            raise ValueError(f"mode {self.name} has a polarity twice")
        for name in ("alternation_hz", "settling_s"):
            if getattr(self, name).value <= 0:
                raise ValueError(f"{name} of mode {self.name} is {getattr(self, name).value:g}, must be above 0")
        for name in ("current_tolerance", "direction_fraction"):
            # From 1 on, no current at all would be within the tolerance.
            if not 0 < getattr(self, name).value < 1:
                raise ValueError(
                    f"{name} of mode {self.name} is {getattr(self, name).value:g}, must be between 0 and 1"
                )
        return self

    def setpoint(self, channel: int, level: int, polarity: Polarity) -> Setpoint:
        """The setpoint of one level of this mode, counted from 1."""
        frequency = self.alternation_hz.value if polarity is Polarity.BIPOLAR else None
        return Setpoint(channel, self.name, level, self.levels_a.value[level - 1], polarity, frequency)


class DeviceProfile(Document):
    """What is known of one kind of stimulator."""

    schema_: Literal[1] = Field(alias="schema")
    name: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    protocol: str
    identity: Identity
    channels: Stated[int]
    ceiling_a: Stated[float]
    level_quantity: Stated[Literal["plateau"]]
    loads: Stated[tuple[str, ...]]
    compliance_v: Stated[float]
    watchdog_s: Stated[float]
    residual_a: Stated[float]
    modes: tuple[Mode, ...]

    @model_validator(mode="after")
    def _consistent(self) -> DeviceProfile:
        if not self.modes:
            raise ValueError("a profile without a mode has nothing to test")
        if not self.loads.value:
            raise ValueError("loads: an empty list would test nothing")
        for what, names in (("mode", [mode.name for mode in self.modes]), ("load", self.loads.value)):
            if repeated(names):
                raise ValueError(f"{what} {repeated(names)[0]} stands twice")
        if self.channels.value < 1:
            raise ValueError("channels must be at least 1")
        for name in ("ceiling_a", "compliance_v", "watchdog_s", "residual_a"):
            if getattr(self, name).value <= 0:
                raise ValueError(f"{name} is {getattr(self, name).value:g}, must be above 0")
        for mode in self.modes:
            if mode.levels_a.value[-1] > self.ceiling_a.value:
                raise ValueError(f"mode {mode.name} goes above ceiling_a, {self.ceiling_a.value:g} A")
        return self

    def mode(self, name: str) -> Mode:
        """The mode of this name."""
        return next(mode for mode in self.modes if mode.name == name)

    @property
    def envelope(self) -> Envelope:
        """What no command to a unit of this device may leave."""
        return Envelope(
            ceiling_a=self.ceiling_a.value,
            channels=frozenset(range(1, self.channels.value + 1)),
            modes=frozenset(mode.name for mode in self.modes),
            polarities=frozenset(polarity for mode in self.modes for polarity in mode.polarities.value),
            levels=max(len(mode.levels_a.value) for mode in self.modes),
        )


def load_device(name_or_file: str) -> tuple[DeviceProfile, Path]:
    """Load a profile by name or file, with the file it came from."""
    path = find("devices", name_or_file)
    return load(DeviceProfile, path), path
