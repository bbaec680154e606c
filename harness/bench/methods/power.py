"""What the methods about power share: the unit fed by the bench's supply, records that show whether it is on."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.safe_state import residual_through
from harness.capture import Reading
from harness.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.bench.paths import BenchData
    from harness.bench.rig import Rig
    from harness.capture import SignalPath
    from harness.definitions.benches import Load
    from harness.definitions.device_power import Battery
    from harness.definitions.devices import DeviceProfile
    from harness.instruments import Supply
    from harness.setpoint import Setpoint

REACH = 1.5
"""Screen of a record that shows whether the level flows, as a multiple of it."""

PRESENT_S = 0.25
"""Length of a short one of them: mains and most waveforms have several periods in it."""

DEAD_V = 0.25
"""Share of the lowest voltage at which a unit works: there every unit is down."""

DEAD_S = 1.0
SUPPLY_READINGS = 5
_SETTLES_S = 0.05
_LEAST_SLEEP_S = 1e-6
_LAST_SLEEP_S = 0.2
_MOST_OF_IT = 0.98


def battery_of(profile: DeviceProfile) -> Battery:
    """The section of the profile.

    Raises:
        ValueError: there is none; no plan asks for that.
    """
    if profile.battery is None:
        raise ValueError(f"{profile.name} says nothing of its battery")
    return profile.battery


def present_s(setpoint: Setpoint) -> float:
    """Length of a record that surely holds a whole period."""
    return PRESENT_S if setpoint.frequency_hz is None else max(PRESENT_S, 1.2 / setpoint.frequency_hz)


def level_path(data: BenchData, load: Load, setpoint: Setpoint, length_s: float) -> SignalPath:
    """The oscilloscope's way on a screen that shows the level with reserve."""
    return data.oscilloscope_path(load, REACH * setpoint.current_a, length_s)


def level_screen(rig: Rig, load: Load, setpoint: Setpoint, name: str, length_s: float) -> taking.Screen:
    """The extremes of the current, on a screen that shows the level."""
    path = level_path(rig.data, load, setpoint, length_s)
    shown = taking.input_of(rig, path)
    return taking.Screen((name,), (path,), (shown,), length_s, points=taking.PEAK_POINTS, peak=True)


def sleep_until(rig: Rig, instant_s: float) -> None:
    """Sleep to an instant of bench time; keep-alives on the way take time of their own, so the rest is slept anew."""
    # No less than a clock can count: a remainder of less than a nanosecond never passes.
    while (left := instant_s - rig.clock.now()) > _LEAST_SLEEP_S:
        rig.clock.sleep(left if left < _LAST_SLEEP_S else _MOST_OF_IT * left)


def residual(rig: Rig, load: Load, channel: int, name: str) -> Reading:
    """What flows through the load of a point, by the multimeter's finest range that holds it."""
    return replace(residual_through(rig, load, channel), name=name)


@contextmanager
def fed(rig: Rig, volts: float) -> Iterator[Supply]:
    """Feed the unit by the bench's supply instead of its own battery; off again afterwards, whatever happened.

    Raises:
        DefinitionError: the bench has no supply there, or does not say how well it is known.
    """
    supply = rig.supply
    if supply is None or rig.data.definition.battery_supply is None:
        raise DefinitionError(rig.data.file, "battery_supply", "is missing; the unit cannot be fed")
    set_volts(rig, supply, volts)
    supply.on()
    rig.clock.sleep(_SETTLES_S)
    try:
        yield supply
    finally:
        supply.off()


def set_volts(rig: Rig, supply: Supply, volts: float) -> None:
    """Another voltage at the battery terminals."""
    section = rig.data.definition.battery_supply
    supply.set(volts, 0.0 if section is None else section.limit_a)


def supply_reading(rig: Rig, supply: Supply, name: str) -> Reading:
    """What the supply measures of the current that it delivers."""
    values = tuple(supply.current_a() for _ in range(SUPPLY_READINGS))
    return Reading(name, values, "the supply's own measurement", rig.data.supply_path("amperes"))


def supply_volts(rig: Rig, supply: Supply) -> Reading:
    """What the supply measures of its voltage; its set values are within the same bound."""
    return Reading("supply-volts", (supply.volts(),), "the supply's own measurement", rig.data.supply_path("volts"))


def power_cycle(rig: Rig) -> None:
    """Take the unit's power away and give it back, then greet it anew: what ends a hang of any firmware."""
    battery = battery_of(rig.profile)
    with fed(rig, DEAD_V * battery.least_v.value) as supply:
        rig.clock.sleep(DEAD_S)
        set_volts(rig, supply, battery.full_v.value)
        rig.clock.sleep(battery.ready_s.value)
    rig.greet_anew()
