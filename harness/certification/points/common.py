"""What every group of operating points is chosen by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.definitions.series import WHOLLY_TESTED
from harness.setpoint import Method, Polarity

__all__ = [
    "PADS",
    "READ_IN_PLATEAU",
    "WHOLLY_TESTED",
    "Missing",
    "channels",
    "directions",
    "driven_load",
    "levels",
    "read_in_plateau",
    "top",
]

if TYPE_CHECKING:
    from harness.bench import BenchData
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile, Mode


PADS = "pads"
"""Name of the load that stands for skin under pads, for units of milliamperes."""

READ_IN_PLATEAU = ("dc", "square", "short-pulses")
"""Kinds of modes whose level a multimeter can read inside a plateau, steady ones first."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What the bench lacks for some points.

    Attributes:
        what: in words.
        methods: whose points are missing; empty: of all methods.
    """

    what: str
    methods: frozenset[Method] = frozenset()


def channels(profile: DeviceProfile, data: BenchData) -> range:
    """Channels of the device that the bench can reach: the first, and those that have an electrode relay."""
    return data.channels_of(profile)


def driven_load(profile: DeviceProfile, data: BenchData) -> Load:
    """The load into which a device is driven where no other one is asked for: 10 kΩ where its top level goes through.

    A unit of milliamperes would be at its compliance there: it gets the largest of its own loads that takes the level.
    """
    most = max(mode.levels_a.value[-1] for mode in profile.modes)
    own = [load for name in profile.loads.value if (load := data.definition.load(name)) is not None]
    taking = [load for load in own if most * load.stated_ohm <= profile.compliance_v.value]
    if most * data.safe_load.stated_ohm <= profile.compliance_v.value or not taking:
        return data.safe_load
    return max(taking, key=lambda load: load.stated_ohm)


def read_in_plateau(profile: DeviceProfile) -> list[Mode]:
    """Modes whose level a multimeter can read inside a plateau, steady ones first."""
    found = [mode for mode in profile.modes if mode.kind in READ_IN_PLATEAU]
    return sorted(found, key=lambda mode: READ_IN_PLATEAU.index(mode.kind))


def directions(mode: Mode) -> list[Polarity]:
    """One direction each where the mode offers that, else what it offers."""
    offered = mode.polarities.value
    return [polarity for polarity in offered if polarity is not Polarity.BIPOLAR] or list(offered)


def levels(mode: Mode) -> list[int]:
    """All levels of a mode, from 1."""
    return list(range(1, top(mode) + 1))


def top(mode: Mode) -> int:
    """The highest level of a mode."""
    return len(mode.levels_a.value)
