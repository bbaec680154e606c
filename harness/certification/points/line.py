"""What an end-of-line station takes, quickly; the first point of a run tells whether a unit lives at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.bench import gated_frequency_hz
from harness.certification.points.common import WHOLLY_TESTED, channels, directions, driven_load, read_in_plateau, top
from harness.setpoint import LINE, Method, OperatingPoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.bench import BenchData
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.setpoint import Polarity


def line(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """Both ends of the range in each direction of each channel, one other load, and the fastest waveform.

    The first one is the highest level: no other tells so soon that a unit is dead, or wired the wrong way round.
    """
    driven = driven_load(profile, data)
    for mode in read_in_plateau(profile)[:1]:
        for channel in channels(profile, data):
            for level in (top(mode), 1) if channel <= WHOLLY_TESTED else (top(mode),):
                for polarity in directions(mode):
                    yield _quick(mode, channel, level, polarity, driven)
        other = data.definition.load(profile.loads.value[0])
        if other is not None and other.name != driven.name:
            # What is no current source shows at the other end of the loads.
            yield _quick(mode, 1, top(mode), directions(mode)[0], other)
    shaped = [mode for mode in profile.modes if mode.waveform.value in {"square", "pulses"}]
    fastest = max(shaped, key=lambda mode: mode.steps_hz[-1], default=None)
    if fastest is not None:
        setpoint = fastest.setpoint(1, top(fastest), fastest.polarities.value[-1], fastest.steps_hz[-1])
        yield OperatingPoint(
            setpoint, driven.name, driven.stated_ohm, production=True, method=Method.SHAPE, variant=LINE
        )


def _quick(mode: Mode, channel: int, level: int, polarity: Polarity, load: Load) -> OperatingPoint:
    frequency = gated_frequency_hz(mode) if mode.waveform.value == "square" else None
    setpoint = mode.setpoint(channel, level, polarity, frequency)
    return OperatingPoint(setpoint, load.name, load.stated_ohm, production=True, variant=LINE)
