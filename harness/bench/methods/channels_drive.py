"""An external voltage at the output, off and on, both ways; and the current at which a declared cutoff acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.methods.overload import INJECTION_LIMIT_A, INJECTION_SETTLES_S, auxiliary
from harness.bench.methods.steady import settling_s
from harness.capture import Observation
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from harness.bench.paths import BenchData
    from harness.bench.rig import Rig
    from harness.capture import Reading
    from harness.definitions.benches import AuxiliarySource, Load
    from harness.definitions.devices import DeviceProfile
    from harness.instruments import Supply
    from harness.setpoint import OperatingPoint, Setpoint

READINGS = 3
DRIVEN_S = 0.5
WAYS = ("with", "against")
"""The supply as it is wired, from battery negative to output +, and with its leads exchanged."""

DRIVE_OF_LEVEL = 0.5
"""Of the level, or of what is left to a declared cutoff: driven into an output that is on."""

FIRST_OF_TRIP = 0.8
LAST_OF_TRIP = 1.2
STEP_OF_TRIP = 0.02
_TRIPPED = 0.7
"""Share of the total below which the unit's own part of it is gone."""


@dataclass(frozen=True, slots=True)
class _Source:
    """The auxiliary supply with its wiring."""

    supply: Supply
    section: AuxiliarySource

    def connect(self, rig: Rig, way: str) -> None:
        """Connect it one way, its output off."""
        self.supply.off()
        rig.switch.open(self.section.reverse_channels)
        if way == "against":
            rig.switch.close(self.section.reverse_channels)
        rig.switch.close(self.section.channels)

    def drive(self, current_a: float, load: Load) -> None:
        """So much current through its resistor and the load."""
        volts = min(current_a * (self.section.series_ohm + load.stated_ohm), self.section.voltage_v)
        self.supply.set(volts, INJECTION_LIMIT_A)
        self.supply.on()

    def disconnect(self, rig: Rig) -> None:
        """Off, and its relays open."""
        self.supply.off()
        rig.switch.open((*self.section.channels, *self.section.reverse_channels))


def driven_a(profile: DeviceProfile, setpoint: Setpoint) -> float:
    """What is driven into an output that is on: half of its level, and half of what is left to a declared cutoff."""
    level = setpoint.current_a
    left = level if profile.trip is None else profile.trip.current_a.value - level
    return DRIVE_OF_LEVEL * min(level, left)


def full_a(data: BenchData, load: Load) -> float:
    """What the supply drives into an output that is off."""
    source = data.definition.auxiliary_source
    return 0.0 if source is None else source.voltage_v / (source.series_ohm + load.stated_ohm)


def back_drive(rig: Rig, point: OperatingPoint) -> Observation:
    """Driven while off, then while on, both ways; the plateau before, meanwhile and after it."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    source = _Source(*auxiliary(rig))
    path = taking.gated_path(rig.data, load, setpoint)
    rig.connect_resistors(load)
    readings: tuple[Reading, ...] = (taking.zero_reading(rig, path),)
    with taking.connected(rig, load, setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        before, _ = taking.read_plateaus(rig, setpoint, path, count=READINGS)
        readings = (*readings, *before)
        for way in WAYS:
            rig.stimulator.stop()
            source.connect(rig, way)
            source.drive(full_a(rig.data, load), load)
            rig.clock.sleep(DRIVEN_S)
            beside_a = driven_a(rig.profile, setpoint)
            source.drive(beside_a, load)
            rig.clock.sleep(INJECTION_SETTLES_S)
            alone = rig.read(f"{way}-alone", path, READINGS, None, "unit off")
            source.supply.off()
            rig.start(setpoint)
            rig.clock.sleep(settling_s(rig.profile, setpoint))
            source.supply.on()
            rig.clock.sleep(DRIVEN_S)
            plateau, _ = taking.read_plateaus(
                rig,
                setpoint,
                path,
                count=READINGS,
                prefix=f"{way}-",
                beside_a=beside_a if way == "with" else -beside_a,
            )
            readings = (*readings, alone, *plateau)
        source.disconnect(rig)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        after, _ = taking.read_plateaus(rig, setpoint, path, count=READINGS, prefix="after-")
    residual = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (*readings, *after, residual), (), divider(rig.data))


def divider(data: BenchData) -> tuple[tuple[str, str], ...]:
    """The resistor of the supply: part of the unit's own current flows through it, past the load."""
    source = data.definition.auxiliary_source
    return () if source is None else (("series_ohm", repr(source.series_ohm)),)


def trip_steps(profile: DeviceProfile, setpoint: Setpoint) -> tuple[float, ...]:
    """Total currents that are tried, ascending, in steps of 2 % of the declared trip current."""
    trip = 0.0 if profile.trip is None else profile.trip.current_a.value
    first, last = round(FIRST_OF_TRIP / STEP_OF_TRIP), round(LAST_OF_TRIP / STEP_OF_TRIP)
    totals = (number * STEP_OF_TRIP * trip for number in range(first, last + 1))
    return tuple(total for total in totals if total > setpoint.current_a)


def trip_current(rig: Rig, point: OperatingPoint) -> Observation:
    """More and more is driven in the direction of the output, until its own share is gone or the last step was held."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    source = _Source(*auxiliary(rig))
    steps = trip_steps(rig.profile, setpoint)
    path = rig.data.multimeter_path(load, steps[-1])
    rig.connect_resistors(load)
    readings: tuple[Reading, ...] = (taking.zero_reading(rig, path),)
    tripped = "no"
    with taking.connected(rig, load, setpoint.channel):
        source.connect(rig, "with" if setpoint.polarity is Polarity.POSITIVE else "against")
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        held = rig.read("held", path, READINGS, None, "not driven")
        for total in steps:
            source.drive(total - setpoint.current_a, load)
            rig.clock.sleep(INJECTION_SETTLES_S)
            found = rig.read("held", path, READINGS, None, f"driven to {total:g} A")
            if abs(found.values_v[-1]) < _TRIPPED * total * path.resistor.resistance_ohm:
                tripped = "yes"
                break
            held = found
        source.disconnect(rig)
    residual = taking.residual_after(rig, setpoint.channel)
    settings = (("tripped", tripped), ("step_a", repr(_step_a(steps, held, setpoint))))
    return Observation(point, (*readings, held, residual), (), settings)


def _step_a(steps: tuple[float, ...], held: Reading, setpoint: Setpoint) -> float:
    """From what was held to the next total that was tried."""
    return steps[0] - setpoint.current_a if held.gate == "not driven" else steps[1] - steps[0]
