"""Further operating points that a value is derived from: a series."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.setpoint import Method

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.definitions.devices import DeviceProfile, Mode
    from harness.setpoint import OperatingPoint


WHOLLY_TESTED = 2
"""Channels from the next on have the same output stages again: each is looked at by a few points, and by no series of
its levels."""


def _of_frequencies(point: OperatingPoint, mode: Mode, _: DeviceProfile) -> Iterator[OperatingPoint]:
    """At all lower frequencies."""
    at = point.setpoint
    for frequency in mode.steps_hz[:-1]:
        yield replace(point, setpoint=mode.setpoint(at.channel, at.level, at.polarity, frequency))


def _of_levels(point: OperatingPoint, mode: Mode, _profile: DeviceProfile) -> Iterator[OperatingPoint]:
    """At all levels; where no multimeter can be gated inside, by the oscilloscope, at the highest frequency."""
    at = point.setpoint
    gated = mode.kind in {"dc", "square", "short-pulses"}
    method, hertz = (Method.STEADY, None) if gated else (Method.SHAPE, mode.steps_hz[-1])
    for level, _ in enumerate(mode.levels_a.value, start=1):
        yield replace(point, setpoint=mode.setpoint(at.channel, level, at.polarity, hertz), method=method, variant="")


def _of_loads(point: OperatingPoint, mode: Mode, profile: DeviceProfile) -> Iterator[OperatingPoint]:
    """At all levels, into each of the profile's loads in turn."""
    for name in profile.loads.value:
        yield from _of_levels(replace(point, load=name), mode, profile)


def _of_rated_load(point: OperatingPoint, _: Mode, profile: DeviceProfile) -> Iterator[OperatingPoint]:
    """The same setting into the first of the profile's loads."""
    yield replace(point, load=profile.loads.value[0], method=Method.STEADY, variant="")


def _of_waveform(point: OperatingPoint, mode: Mode, _profile: DeviceProfile) -> Iterator[OperatingPoint]:
    """The same setting as a waveform, at the top level: no level has a period of its own."""
    at, top = point.setpoint, len(mode.levels_a.value)
    highest = mode.setpoint(at.channel, top, at.polarity, at.frequency_hz)
    yield replace(point, setpoint=highest, method=Method.SHAPE, variant="")


SERIES: dict[str, Callable[[OperatingPoint, Mode, DeviceProfile], Iterator[OperatingPoint]]] = {
    "frequencies": _of_frequencies,
    "levels": _of_levels,
    "loads": _of_loads,
    "rated-load": _of_rated_load,
    "waveform": _of_waveform,
}
"""By the name that a row gives its series."""
