"""Sweeps, long runs, every mode, tables of output, drift, temperature, and what flows while the output is off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.bench.methods.timing import LONG_INTERVALS, LONG_S
from harness.certification.points.common import channels, directions, driven_load, read_in_plateau, top
from harness.setpoint import Method, OperatingPoint, Polarity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.bench import BenchData
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.setpoint import Setpoint

_SWEEPING = ("staircase", "sweep")
_TABLE_LOADS = ("500R", "2k", "10k")
"""Loads of FDA's table, whatever loads a device is rated for: into a large one its voltage may be what limits it.

Most rows are at the first of them: there a mode is taken at both ends of its frequencies.
"""


def timing(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """Everything that is about time, channel by channel."""
    safe = data.safe_load
    if len(profile.modes) > 1:
        yield _at(_last(profile.modes[0], 1), safe, Method.MODES)
    for channel in channels(profile, data):
        for mode in profile.modes:
            if mode.waveform.value in _SWEEPING:
                yield _at(_last(mode, channel), safe, Method.SWEEP)
            elif profile.stability is not None:
                yield from _trains(mode, channel, driven_load(profile, data))
    yield from _tables(profile, data)
    yield from _slow(profile, data)


def _tables(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """The top level of every mode, into each of the profile's loads and those of the table."""
    names = dict.fromkeys((*profile.loads.value, *_TABLE_LOADS))
    found = (data.definition.load(name) for name in names)
    for load in (load for load in found if load is not None):
        for mode in profile.modes:
            # Bipolar where there is that; else each direction by itself.
            offered = mode.polarities.value
            for polarity in offered[-1:] if offered[-1] is Polarity.BIPOLAR else offered:
                yield from (_at(setpoint, load, Method.TABLE) for setpoint in _ends(mode, polarity, load))


def _ends(mode: Mode, polarity: Polarity, load: Load) -> Iterator[Setpoint]:
    """The setting as it is by default, and at 500 Ω where frequencies can be set also at the highest of them.

    Of short pulses that is the default; at their lowest they are too small a part of a series of pulses.
    """
    yield mode.setpoint(1, top(mode), polarity)
    if load.name == _TABLE_LOADS[0] and mode.is_settable and mode.kind != "short-pulses":
        yield mode.setpoint(1, top(mode), polarity, mode.steps_hz[-1])


def _at(setpoint: Setpoint, load: Load, method: Method, variant: str = "") -> OperatingPoint:
    return OperatingPoint(setpoint, load.name, load.stated_ohm, method=method, variant=variant)


def _last(mode: Mode, channel: int, frequency_hz: float | None = None) -> Setpoint:
    """The top level in the last polarity: bipolar where there is that."""
    return mode.setpoint(channel, top(mode), mode.polarities.value[-1], frequency_hz)


def _trains(mode: Mode, channel: int, load: Load) -> Iterator[OperatingPoint]:
    """Ten thousand intervals at one frequency, and the unit polled at that and at the highest."""
    setpoint = _last(mode, channel, _long_hz(mode))
    if setpoint.frequency_hz is None:
        return
    # Ten thousand intervals of a slow waveform would take hours: of those the rounds of a counter are enough.
    slow = setpoint.frequency_hz < LONG_INTERVALS / _LONGEST_S
    yield _at(setpoint, load, Method.LONG, "wrap" if slow else "full")
    polled = {setpoint.frequency_hz, max(mode.steps_hz, default=setpoint.frequency_hz)}
    if mode.kind == "short-pulses" and channel == 1:
        # Of other rates only ten pulses are seen, and one that is left out now and then would not be.
        shares = {step: mode.active_share(_last(mode, channel, step)) for step in mode.steps_hz}
        polled |= {step for step, share in shares.items() if share > _LEAST_SHARE}
    for frequency in sorted(polled):
        yield _at(_last(mode, channel, frequency if mode.steps_hz else None), load, Method.POLLED)


_LONGEST_S = 600.0
_LEAST_SHARE = 0.003
"""Share of the time in which current has to flow: less is left out of a long record, as spikes are."""


def _long_hz(mode: Mode) -> float | None:
    """The lowest frequency at which ten thousand intervals take no longer than two rounds; else the highest."""
    fast = [step for step in mode.steps_hz if step * LONG_S > _RESERVE * LONG_INTERVALS]
    return min(fast, default=max(mode.steps_hz, default=None))


_RESERVE = 1.02


def _slow(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    safe, driven = data.safe_load, driven_load(profile, data)
    for channel in channels(profile, data):
        yield _at(_last(profile.modes[0], channel), safe, Method.AUXILIARY)
    for mode in read_in_plateau(profile)[:1]:
        for channel in channels(profile, data):
            # Both directions in one setting where the mode offers that: either may drift alone.
            both = [polarity for polarity in mode.polarities.value if polarity is Polarity.BIPOLAR]
            setpoint = mode.setpoint(channel, top(mode), (both or directions(mode))[0])
            if profile.stability is not None:
                yield _at(setpoint, driven, Method.DRIFT)
            if profile.temperature is not None and "temperature" in data.definition.capabilities:
                yield _at(setpoint, driven, Method.TEMPERATURE)
                if channel == 1 and top(mode) > 1:
                    # What a small current leaks away, or a converter loses, is no share of the highest level.
                    yield _at(mode.setpoint(channel, 1, setpoint.polarity), driven, Method.TEMPERATURE)
