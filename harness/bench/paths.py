"""Which range, which resistor, which accuracy row: the signal path of everything that is read at a point."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from harness.capture import Accuracy, Resistor, SignalPath, Surroundings
from harness.definitions.accuracy import Conditions
from harness.errors import DefinitionError
from harness.instruments import DIVISIONS_HIGH

if TYPE_CHECKING:
    from harness.definitions.accuracy import InstrumentAccuracy, Interval
    from harness.definitions.benches import BenchDefinition, Load
    from harness.definitions.devices import DeviceProfile

Meter = Literal["multimeter", "oscilloscope"]
Shown = Literal["volts", "amperes"]
"""What a supply measures of itself."""

VOLTS_ONLY = "none: volts, not amperes"
"""In place of a certificate: of a path that no resistor turns into amperes."""

APERTURE_CYCLES = 10
"""Mains cycles of one reading where there is time for it: where the accuracy rows hold and mains is rejected."""

SAFE_LOAD_OHM = 10_000.0
HIGH_LOAD_OHM = 1_000_000.0
_READ_AS: dict[Meter, str] = {"multimeter": "dc-volts", "oscilloscope": "dc-difference"}
"""Function of the accuracy row of a path."""

_USED = {"multimeter": ("dc-volts",), "oscilloscope": ("dc-difference", "dc-level")}
"""Functions of each instrument on which verdicts rest."""

_LOAD_TOLERANCE = 0.01
HEADROOM_ON_SCREEN = 1.15
"""Little, because an oscilloscope's error is a share of its screen; a record that is cut off still says "at least"."""
HEADROOM_OF_PEAK = 1.3
"""Of the ceiling, for a record that has to show by how much it is exceeded."""
HEADROOM_OF_START = 1.5
"""Of the level, for a record that has to show by how much its start overshoots it."""
_HEADROOM_OF_LEVEL = 1.5
_HEADROOM_OF_CEILING = 1.1
_RESIDUAL_HEADROOM = 10.0
_STEPS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
"""Vertical scales per decade, V/div: finer than 1, 2, 5, because the oscilloscope's error is a share of its screen."""
_FINEST_FULL_SCALE = 4e-3
_LEAST_SEEN_V = 8e-3
"""Across its resistor, below which noise hides 10 % of a current from the oscilloscope."""


@dataclass(frozen=True, slots=True)
class BenchData:
    """A bench definition with the accuracy data that go with it, and where both are written.

    Attributes:
        definition: the bench as its owner believes it to be.
        file: the bench file, for messages.
        multimeter: accuracy data.
        oscilloscope: accuracy data.
        ceiling_a: of the device; a range has to hold it.
        residual_a: of the device; the range of the residual reading follows it.
    """

    definition: BenchDefinition
    file: str
    multimeter: InstrumentAccuracy
    oscilloscope: InstrumentAccuracy
    ceiling_a: float
    residual_a: float

    @property
    def aperture_s(self) -> float:
        """Integration time of one reading of the multimeter."""
        return APERTURE_CYCLES / self.definition.mains_frequency_hz

    def refuse_remembered(self) -> None:
        """On metal no verdict rests on accuracy data that somebody remembered, or on a time base of unknown age.

        Raises:
            DefinitionError: names the file and the function.
        """
        for role, accuracy in (("multimeter", self.multimeter), ("oscilloscope", self.oscilloscope)):
            remembered = accuracy.remembered(_USED[role])
            if remembered is not None:
                file = self.definition.instruments[role].accuracy  # type: ignore[index]
                problem = f"{remembered} of {accuracy.model} is remembered (M); read the document and cite it"
                raise DefinitionError(file, "mark", problem)
            ages = accuracy.time_base is not None and accuracy.time_base.ageing_ppm_per_year > 0
            if ages and self.definition.instruments[role].years_in_use is None:  # type: ignore[index]
                problem = (
                    f"is missing: the time base of the {accuracy.model} ages; enter its years at the next due date"
                )
                raise DefinitionError(self.file, f"instruments.{role}.years_in_use", problem)

    def load(self, name: str) -> Load:
        """A load of the bench.

        Raises:
            DefinitionError: the bench has none of that name.
        """
        load = self.definition.load(name)
        if load is None:
            known = ", ".join(load.name for load in self.definition.loads)
            raise DefinitionError(self.file, "loads", f"has no load {name!r}; it has {known}")
        return load

    @property
    def safe_load(self) -> Load:
        """The load through which a residual current is read: 10 kΩ, as near as loads are stated.

        Raises:
            DefinitionError: the bench has none.
        """
        load = self.load_of(SAFE_LOAD_OHM)
        if load is None:
            raise DefinitionError(
                self.file, "loads", "has no load of 10 kΩ, through which the residual current is read"
            )
        return load

    @property
    def high_load(self) -> Load | None:
        """The load of 1 MΩ, through which a residual current is read a second time."""
        return self.load_of(HIGH_LOAD_OHM)

    def short(self, current_a: float) -> Load | None:
        """The load that is nothing but its two resistors: the smallest at which a current can be seen well."""
        shorts = [load for load in self.definition.loads if load.resistance_ohm == 0 and load.is_resistor]
        shorts.sort(key=lambda load: load.stated_ohm)
        ohms = {load.name: self._resistor(load.oscilloscope_resistor).resistance_ohm for load in shorts}
        seen = [load for load in shorts if current_a * ohms[load.name] >= _LEAST_SEEN_V]
        return next(iter(seen or shorts[-1:]), None)

    @property
    def skin(self) -> Load | None:
        """The load that stands for skin."""
        return next((load for load in self.definition.loads if not load.is_resistor), None)

    def load_of(self, ohm: float) -> Load | None:
        """The resistor that is stated so, None where there is none."""
        near = [load for load in self.definition.loads if abs(load.stated_ohm - ohm) <= _LOAD_TOLERANCE * ohm]
        return next((load for load in near if load.is_resistor), None)

    def resistor_channels(self, load: Load) -> tuple[int, ...]:
        """Switch channels that connect the two resistors of a load, force and sense, ascending."""
        resistors = (self.definition.resistor(id_) for id_ in (load.multimeter_resistor, load.oscilloscope_resistor))
        return tuple(sorted(channel for item in resistors for channel in item.channels))

    @property
    def all_channels(self) -> tuple[int, ...]:
        """Every switch channel of loads, resistors and what else is switched, ascending."""
        loads = self.definition.loads
        definition = self.definition
        source = definition.auxiliary_source
        further = (definition.electrode_voltage, source, definition.second_channel, definition.charger)
        return tuple(
            sorted(
                {channel for load in loads for channel in (*load.channels, *self.resistor_channels(load))}
                | {channel for item in further if item is not None for channel in item.channels}
                | set(() if source is None else source.reverse_channels)
            )
        )

    def channels_of(self, profile: DeviceProfile) -> range:
        """Channels of a device that the bench can reach: the first, and those that have an electrode relay."""
        electrodes = self.definition.electrodes
        return range(1, min(profile.channels.value, 1 if electrodes is None else len(electrodes.relays)) + 1)

    def cycles_within(self, seconds: float) -> int:
        """Whole mains cycles of an aperture that fits into so many seconds; 0: none does."""
        return min(APERTURE_CYCLES, int(seconds * self.definition.mains_frequency_hz * (1 + 1e-9)))

    def multimeter_path(self, load: Load, current_a: float, aperture_s: float | None = None) -> SignalPath:
        """Path of a reading: a range that holds the level with reserve, and the device's ceiling."""
        resistor = self._resistor(load.multimeter_resistor)
        most = max(_HEADROOM_OF_LEVEL * current_a, _HEADROOM_OF_CEILING * self.ceiling_a)
        return self._multimeter(resistor, most * resistor.resistance_ohm, aperture_s or self.aperture_s)

    def coarser_path(self, path: SignalPath) -> SignalPath | None:
        """The same way of a reading on the next range; None where it was the last."""
        ranges = [nominal for nominal, _ in self.multimeter.ranges("dc-volts", self._interval) if nominal > path.range]
        return self._multimeter(path.resistor, min(ranges), path.aperture_s) if ranges else None

    def residual_paths(self, load: Load, aperture_s: float | None = None) -> tuple[SignalPath, ...]:
        """Paths of the residual reading, finest range first; the coarser ones are for a unit that stays live."""
        resistor = self._resistor(load.multimeter_resistor)
        least = _RESIDUAL_HEADROOM * self.residual_a * resistor.resistance_ohm
        ranges = [most for _, most in self.multimeter.ranges("dc-volts", self._interval) if most >= least]
        if not ranges:
            problem = f"no range of the multimeter holds the residual current, {least:g} V across {resistor.id}"
            raise DefinitionError(self.file, "loads", problem)
        return tuple(self._multimeter(resistor, most, aperture_s or self.aperture_s) for most in ranges)

    def oscilloscope_path(self, load: Load, current_a: float, length_s: float) -> SignalPath:
        """Path of a record whose screen surely shows plus and minus so much current."""
        resistor = self._resistor(load.oscilloscope_resistor)
        full_scale = self._full_scale(current_a * resistor.resistance_ohm)
        return self._path("oscilloscope", _READ_AS["oscilloscope"], resistor, full_scale, length_s)

    def direct_path(self, name: str, volts: float, length_s: float) -> SignalPath:
        """Path of a record that shows volts as such: the contact monitor, the electrodes' voltage.

        The resistor in it is a placeholder of one ohm.
        """
        return self.volts_path_of(name, self._full_scale(volts), length_s)

    def path_of(self, role: Meter, resistor: str, range_: float, time_s: float) -> SignalPath:
        """Path on a range that is known already, across a resistor of the bench.

        Raises:
            DefinitionError: no accuracy row covers the range.
        """
        return self._path(role, _READ_AS[role], self._resistor(resistor), range_, time_s)

    def volts_path_of(self, name: str, full_scale: float, time_s: float) -> SignalPath:
        """Path on a screen that is known already, of what is shown in volts."""
        placeholder = Resistor(name, 1.0, 1e-9, 2.0, 0.0, VOLTS_ONLY)
        return self._path("oscilloscope", _READ_AS["oscilloscope"], placeholder, full_scale, time_s)

    def supply_path(self, shown: Shown) -> SignalPath:
        """Path of what the supply at the battery terminals measures of itself, in volts or amperes.

        The resistor in it is a placeholder of one ohm.

        Raises:
            DefinitionError: the bench file does not say how well it measures.
        """
        section = self.definition.battery_supply
        if section is None:
            raise DefinitionError(self.file, "battery_supply", "is missing; the unit cannot be fed by a known supply")
        instrument = self.definition.instruments["supply"]
        error = section.voltage_error_v if shown == "volts" else section.current_error_a
        step = 0.0 if shown == "volts" else section.current_step_a
        model, document = instrument.model, "bench file, battery_supply"
        return SignalPath(
            role="supply",
            model=model,
            serial_number=instrument.serial_number,
            resistor=Resistor(f"supply {shown}", 1.0, 1e-9, 2.0, 0.0, VOLTS_ONLY),
            input_resistance_ohm=1e12,
            input_resistance_tolerance=0.0,
            range=1.0,
            aperture_s=0.0,
            accuracy=Accuracy(model, shown, 1.0, 0.0, 0.0, error, None, step / 2, None, document, "a"),
            surroundings=self._surroundings(),
        )

    def _full_scale(self, volts: float) -> float:
        """Smallest full scale that surely shows plus and minus so many volts."""
        file = self.definition.instruments["oscilloscope"].accuracy
        under = self._conditions("oscilloscope")
        for exponent, digit in itertools.product(range(-4, 3), _STEPS):
            full_scale = DIVISIONS_HIGH * float(f"{digit}e{exponent}")
            if full_scale < _FINEST_FULL_SCALE or full_scale / 2 <= volts:
                continue
            if full_scale / 2 - self.oscilloscope.at("dc-level", full_scale, file, under).bound(0) > volts:
                return full_scale
        raise DefinitionError(self.file, "loads", f"no vertical scale of the oscilloscope holds {volts:g} V")

    def _multimeter(self, resistor: Resistor, volts: float, aperture_s: float) -> SignalPath:
        ranges = self.multimeter.ranges("dc-volts", self._interval)
        range_ = next((nominal for nominal, most in ranges if most >= volts), None)
        if range_ is None:
            problem = f"no range of the multimeter holds {volts:g} V across {resistor.id}; choose another resistor"
            raise DefinitionError(self.file, "loads", problem)
        return self._path("multimeter", _READ_AS["multimeter"], resistor, range_, aperture_s)

    def _path(self, role: Meter, function: str, resistor: Resistor, range_: float, time_s: float) -> SignalPath:
        instrument = self.definition.instruments[role]
        accuracy = self.multimeter if role == "multimeter" else self.oscilloscope
        hangs = accuracy.input(function)
        return SignalPath(
            role=role,
            model=instrument.model,
            serial_number=instrument.serial_number,
            resistor=resistor,
            input_resistance_ohm=hangs.resistance_ohm,
            input_resistance_tolerance=hangs.tolerance,
            range=range_,
            aperture_s=time_s,
            accuracy=accuracy.at(function, range_, instrument.accuracy, self._conditions(role, time_s)),
            surroundings=self._surroundings(),
            time_base=0.0 if accuracy.time_base is None else accuracy.time_base.bound(instrument.years_in_use or 0.0),
        )

    @property
    def _interval(self) -> Interval:
        return self.definition.instruments["multimeter"].specification_interval

    def _conditions(self, role: Meter, aperture_s: float | None = None) -> Conditions:
        """Under which an instrument reads; an aperture counts where it integrates."""
        room, away = self.definition.temperature_c, self.definition.temperature_half_width_c
        return Conditions(
            interval=self.definition.instruments[role].specification_interval,
            coldest_c=room - away,
            hottest_c=room + away,
            cycles=aperture_s * self.definition.mains_frequency_hz if aperture_s and role == "multimeter" else None,
        )

    def _resistor(self, id_: str) -> Resistor:
        item = self.definition.resistor(id_)
        return Resistor(
            id=item.id,
            resistance_ohm=item.resistance_ohm,
            expanded_uncertainty_ohm=item.expanded_uncertainty_ohm,
            coverage_factor=item.coverage_factor,
            temperature_coefficient_per_k=item.temperature_coefficient_per_k,
            certificate=item.certificate,
        )

    def _surroundings(self) -> Surroundings:
        definition, influences = self.definition, self.definition.influences
        return Surroundings(
            thermal_emf_v=influences.thermal_emf_v,
            thermal_emf_unzeroed_v=influences.thermal_emf_unzeroed_v,
            leakage_resistance_ohm=influences.leakage_resistance_ohm,
            mains_pickup_a=influences.mains_pickup_a,
            mains_frequency_hz=definition.mains_frequency_hz,
            temperature_c=definition.temperature_c,
            temperature_half_width_c=definition.temperature_half_width_c,
        )
