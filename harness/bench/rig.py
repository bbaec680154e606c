"""The things on the bench and their wiring: what observing and the safe state work with."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from harness.bench.identity import check_instrument
from harness.capture import BenchEvent, Reading
from harness.errors import DefinitionError, Refused
from harness.instruments import driver_of
from harness.stimulators import driver_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.bench.paths import BenchData
    from harness.capture import SignalPath
    from harness.clock import Clock
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile
    from harness.instruments import (
        Chamber,
        ContactSwitch,
        Gate,
        Identity,
        Multimeter,
        Oscilloscope,
        Supply,
        Switch,
        VisaLink,
        Watchdog,
    )
    from harness.setpoint import Setpoint
    from harness.stimulators import SerialLine, Stimulator

_SETTLE_CONTACT_S = 2e-3


class Rig:
    """Instruments by role, the stimulator, and the loads between them.

    A bench may lack what only some measurements need: contact switch, watchdog with electrode relays, supplies.

    Attributes:
        data: bench definition and accuracy data.
        profile: of the device under test.
        clock: bench time.
        stimulator: driver, inside the device's envelope.
        watchdog_s: period of the stimulator's host watchdog, None until it said so, or where it has none.
        cutoff_s: period of the bench's own watchdog, None until it said so, or where the bench has none.
    """

    multimeter: Multimeter
    oscilloscope: Oscilloscope
    switch: Switch
    contact_switch: ContactSwitch | None = None
    watchdog: Watchdog | None = None
    supply: Supply | None = None
    auxiliary_supply: Supply | None = None
    chamber: Chamber | None = None

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
        self.cutoff_s: float | None = None
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

    def keep_alive(self, *, on: bool, unit: bool = True) -> None:
        """Send keep-alives while waiting, or keep silent; without `unit` only to the bench's own watchdog."""
        watchdogs: list[tuple[Callable[[], object], float]] = []
        if self.watchdog_s is not None and unit:
            watchdogs.append((self.stimulator.keep_alive, self.watchdog_s))
        if self.watchdog is not None and self.cutoff_s is not None:
            watchdogs.append((self.watchdog.beat, self.cutoff_s))
        if not on or not watchdogs:
            self.clock.keep_alive_with(None, 1.0)
            return

        def feed() -> None:
            for beat, _ in watchdogs:
                beat()

        self.clock.keep_alive_with(feed, min(period for _, period in watchdogs))

    # Loads

    def connect_resistors(self, load: Load) -> None:
        """Connect the two resistors of a load to their instruments, and leave the loop open."""
        self.open_loads()
        self.switch.close(self.data.resistor_channels(load))
        self._resistors = load.name

    def connect(self, load: Load) -> None:
        """Put one load with its resistors into the loop, and nothing else.

        Only with the output off, or behind an open contact.
        """
        if self._connected == load.name:
            return
        if self._resistors != load.name:
            self.connect_resistors(load)
        self.switch.close(load.channels)
        self._connected = load.name

    def exchange(self, load: Load) -> None:
        """Put another load in the place of the connected one without opening the loop: for a moment both are in it.

        Under current, which is at most the device's: contacts are made before others are broken.

        Raises:
            Refused: no load is connected, or one with other resistors.
        """
        before = self.data.load(self._connected) if self._connected is not None else None
        if before is None or self.data.resistor_channels(before) != self.data.resistor_channels(load):
            raise Refused(
                f"load {load.name} cannot take the place of {self._connected}: its resistors are not in the loop"
            )
        if before.name == load.name:
            return
        self.switch.close(load.channels)
        self.switch.open(before.channels)
        self._connected = self._resistors = load.name

    def open_loads(self) -> None:
        """Open every contact of loads, resistors and what else is switched."""
        self._connected = self._resistors = None
        self.switch.open(self.data.all_channels)

    # Electrodes

    def connect_electrodes(self, channel: int) -> None:
        """Close the electrode relay of one channel of the stimulator, where the bench has such relays.

        Raises:
            Refused: the bench's watchdog does not say so, or the bench cannot reach that channel.
        """
        electrodes = self.data.definition.electrodes
        if electrodes is None or self.watchdog is None:
            if channel != 1:
                raise Refused(
                    f"channel {channel} of the stimulator is not wired to this bench; it has no electrode relay"
                )
            return
        if not 1 <= channel <= len(electrodes.relays):
            raise Refused(f"channel {channel} of the stimulator has no electrode relay on this bench")
        if self.watchdog.tripped():
            raise Refused("the bench watchdog tripped and opened the electrode relay: nobody fed it in time")
        self.watchdog.close(electrodes.relays[channel - 1])
        self.check_electrodes(channel)

    def check_electrodes(self, channel: int) -> None:
        """Make sure that the electrodes of a channel are connected: an open circuit always reads zero.

        Raises:
            Refused: they are not.
        """
        electrodes = self.data.definition.electrodes
        if electrodes is None or self.watchdog is None:
            return
        asked, said = electrodes.relays[channel - 1], self.watchdog.closed()
        if said != asked:
            tripped = "; its watchdog tripped" if self.watchdog.tripped() else ""
            raise Refused(f"electrode relay {asked} has to be closed, but the bench watchdog says {said}{tripped}")

    def open_electrodes(self) -> None:
        """Open the electrode relays."""
        if self.watchdog is not None:
            self.watchdog.open()

    def contact(self, *, closed: bool) -> None:
        """Make or break the contact of both electrodes, where the bench has a contact switch."""
        if self.contact_switch is not None:
            self.contact_switch.hold(closed=closed)
            self.clock.sleep(_SETTLE_CONTACT_S)

    def touch(self, *, closed: bool) -> None:
        """Make or break the contact at output + alone, the other one being made: the monitor shows exactly this."""
        section = self.data.definition.contact_switch
        if self.contact_switch is not None and section is not None:
            self.contact_switch.hold(closed=closed, channel=section.plus)
            self.clock.sleep(_SETTLE_CONTACT_S)

    # The stimulator

    def apply(self, setpoint: Setpoint) -> None:
        """Set the stimulator; where a further channel works only with the first one on, that one too."""
        needs_first = self.profile.second_channel_needs_first
        if setpoint.channel > 1 and needs_first is not None and needs_first.value:
            mode = self.profile.mode(setpoint.mode)
            self.stimulator.apply(mode.setpoint(1, 1, setpoint.polarity, setpoint.frequency_hz))
            self.stimulator.start(1)
        self.stimulator.apply(setpoint)

    def check_running(self, channel: int) -> None:
        """Make sure at the end of a point that it was measured as it was meant to be.

        Raises:
            Refused: the electrodes were open, or a watchdog switched the unit off.
        """
        self.check_electrodes(channel)
        state = self.stimulator.state(channel)
        if state.trip == "watchdog":
            raise Refused("the stimulator's watchdog switched its output off within a point: nobody fed it in time")

    def start(self, setpoint: Setpoint) -> None:
        """Set the stimulator and switch its output on."""
        self.apply(setpoint)
        self.stimulator.start(setpoint.channel)

    # Readings

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
        settings = self.multimeter.dc_volts(path.range, path.aperture_s)
        self.multimeter.start(count, gate)
        return settings

    def finish_reading(self, name: str, path: SignalPath, how: str, settings: tuple[tuple[str, str], ...]) -> Reading:
        """Wait for the readings that were begun."""
        return Reading(name, self.multimeter.finish(), how, path, settings)

    def note(self, kind: str, text: str, details: tuple[tuple[str, str], ...] = ()) -> None:
        """Put an event into the record."""
        self._record(BenchEvent(kind, text, details))

    # As a whole

    def ready(self) -> None:
        """Open every connection that is not, and reach the start state: output off, electrodes and loads open."""
        for link in self._links.values():
            link.ready()
        self.stimulator.stop()
        for supply in (self.auxiliary_supply, self.supply):
            if supply is not None:
                supply.off()
        self.contact(closed=False)
        self.open_electrodes()
        self.open_loads()

    def reopen(self) -> None:
        """Close every connection; each is opened again before its next use."""
        for link in self._links.values():
            link.reopen()
        self._line.reopen()
        self._connected = self._resistors = None

    def greet_anew(self) -> None:
        """Close the stimulator's line, which is opened and greeted at the next request: its power was gone."""
        self._line.reopen()

    def close(self) -> None:
        """Close every connection for good."""
        for link in self._links.values():
            with suppress(Exception):  # nothing more can be done with a connection that does not close
                link.close()
        self._line.close()
