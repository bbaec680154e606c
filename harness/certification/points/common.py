"""What every group of operating points is chosen by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.setpoint import Method, Polarity

if TYPE_CHECKING:
    from harness.bench import BenchData
    from harness.definitions.devices import DeviceProfile, Mode


READ_IN_PLATEAU = ("dc", "square")


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
    electrodes = data.definition.electrodes
    reached = 1 if electrodes is None else len(electrodes.relays)
    return range(1, min(profile.channels.value, reached) + 1)


def read_in_plateau(profile: DeviceProfile) -> list[Mode]:
    """Modes whose level a multimeter can read inside a plateau, steady ones first."""
    found = [mode for mode in profile.modes if mode.waveform.value in READ_IN_PLATEAU]
    return sorted(found, key=lambda mode: READ_IN_PLATEAU.index(mode.waveform.value))


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
