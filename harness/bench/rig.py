"""The things on the bench and their wiring: what observing and the safe state work with."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from harness.bench.identity import check_instrument
from harness.capture import BenchEvent, Reading
from harness.errors import DefinitionError
from harness.instruments import driver_of
from harness.stimulators import driver_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.bench.paths import BenchData
    from harness.capture import SignalPath
    from harness.clock import Clock
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile
    from harness.instruments import Gate, Identity, Multimeter, Oscilloscope, Switch, VisaLink
    from harness.stimulators import SerialLine, Stimulator


class Rig:
    """Instruments by role, the stimulator, and the loads between them.

    Attributes:
        data: bench definition and accuracy data.
        profile: of the device under test.
        clock: bench time.
        stimulator: driver, inside the device's envelope.
        watchdog_s: period of the stimulator's host watchdog, None until it said so.
    """

    multimeter: Multimeter
    oscilloscope: Oscilloscope
    switch: Switch

    def __init__(
        self,
        data: BenchData,
        profile: DeviceProfile,
        links: dict[str, VisaLink],
        line: SerialLine,
        *,
        clock: Clock,
        record: Callable[[BenchEvent], None],
    ) -> None:
        self.data = data
        self.profile = profile
        self.clock = clock
        self.stimulator: Stimulator = driver_for(profile.protocol)(line, profile.envelope)
        self.watchdog_s: float | None = None
        self._links = links
        self._line = line
        self._record = record
        self._connected: str | None = None
        self._resistors: str | None = None

    def identify(self) -> dict[str, Identity]:
        """Hold every instrument to the bench file, and take the driver of what answered.

        Raises:
            IdentityMismatch: another instrument answers than the file names.
            DefinitionError: there is no driver for the model.
        """
        expected = self.data.definition.instruments
        found = {}
        for role, instrument in expected.items():
            link = self._links[role]
            found[str(role)] = identity = check_instrument(link, instrument, self.data.file)
            driver, known = driver_of(role, identity.model)
            if driver is None:
                problem = f"there is no driver for a {identity.model}; known are {', '.join(known)}"
                raise DefinitionError(self.data.file, f"instruments.{role}.model", problem)
            setattr(self, role, driver(link, self.clock, self.data.definition.mains_frequency_hz))
        return found

    def keep_alive(self, *, on: bool) -> None:
        """Send keep-alives while waiting, or keep silent."""
        if on and self.watchdog_s is not None:
            self.clock.keep_alive_with(self.stimulator.keep_alive, self.watchdog_s)
        else:
            self.clock.keep_alive_with(None, 1.0)

    def connect_resistors(self, load: Load) -> None:
        """Connect the two resistors of a load to their instruments, and leave the loop open."""
        self.open_loads()
        self.switch.close(self.data.resistor_channels(load))
        self._resistors = load.name

    def connect(self, load: Load) -> None:
        """Put one load with its resistors into the loop, and nothing else. Only with the output off."""
        if self._connected == load.name:
            return
        if self._resistors != load.name:
            self.connect_resistors(load)
        self.switch.close(load.channels)
        self._connected = load.name

    def open_loads(self) -> None:
        """Open every contact of loads and resistors."""
        self._connected = self._resistors = None
        self.switch.open(self.data.all_channels)

    def read(self, name: str, path: SignalPath, count: int, gate: Gate | None, how: str) -> Reading:
        """Take readings of the multimeter.

        Args:
            name: of the reading within its observation.
            path: from the resistor to the number.
            count: of readings.
            gate: inside which plateau, None for at once.
            how: the same in words.
        """
        settings = self.start_reading(path, count, gate)
        return self.finish_reading(name, path, how, settings)

    def start_reading(self, path: SignalPath, count: int, gate: Gate | None) -> tuple[tuple[str, str], ...]:
        """Begin to take readings and return the settings that the meter said back."""
        cycles = round(path.aperture_s * self.data.definition.mains_frequency_hz)
        settings = self.multimeter.dc_volts(path.range, cycles)
        self.multimeter.start(count, gate)
        return settings

    def finish_reading(self, name: str, path: SignalPath, how: str, settings: tuple[tuple[str, str], ...]) -> Reading:
        """Wait for the readings that were begun."""
        return Reading(name, self.multimeter.finish(), how, path, settings)

    def note(self, kind: str, text: str, details: tuple[tuple[str, str], ...] = ()) -> None:
        """Put an event into the record."""
        self._record(BenchEvent(kind, text, details))

    def ready(self) -> None:
        """Open every connection that is not, and reach the start state: output off, loads open."""
        for link in self._links.values():
            link.ready()
        self.stimulator.stop()
        self.open_loads()

    def reopen(self) -> None:
        """Close every connection; each is opened again before its next use."""
        for link in self._links.values():
            link.reopen()
        self._line.reopen()
        self._connected = self._resistors = None

    def close(self) -> None:
        """Close every connection for good."""
        for link in self._links.values():
            with suppress(Exception):  # nothing more can be done with a connection that does not close
                link.close()
        self._line.close()
