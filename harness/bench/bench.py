"""The bench: the instruments, the unit, the wiring between them, and what can be observed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.bench import simulated
from harness.bench.identity import check_instrument, check_unit, is_simulated
from harness.bench.interrupts import OrderlyStop
from harness.bench.observing import observe
from harness.bench.safe_state import SAFE_LOAD_OHM, SafeState, make_safe
from harness.capture import BenchEvent, Reading
from harness.clock import WallClock
from harness.errors import BenchFault, DefinitionError, Refused
from harness.instruments import Daq970a, InfiniiVision, Truevolt, VisaLink
from harness.stimulators import SerialLine, driver_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.bench.paths import BenchData
    from harness.capture import Observation, SignalPath
    from harness.clock import Clock
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile
    from harness.instruments import Gate, Identity, Multimeter, Oscilloscope, Switch
    from harness.setpoint import OperatingPoint
    from harness.stimulators import Stimulator, UnitIdentity


_FAULTS_IN_A_ROW = 2


@dataclass(frozen=True, slots=True)
class BenchIdentity:
    """Who answered.

    Attributes:
        unit: the stimulator.
        instruments: by role.
        simulated: anything emulated took part.
        seed: of a simulated bench, None on metal.
    """

    unit: UnitIdentity
    instruments: dict[str, Identity]
    simulated: bool
    seed: int | None


class Bench:
    """An open bench in its start state. Use `open_bench` to get one."""

    def __init__(
        self,
        data: BenchData,
        profile: DeviceProfile,
        *,
        links: dict[str, VisaLink],
        line: SerialLine,
        clock: Clock,
        simulation: simulated.Simulation | None,
        record: Callable[[BenchEvent], None],
        stop: OrderlyStop,
    ) -> None:
        self.data = data
        self.profile = profile
        self.clock = clock
        self.watchdog_s: float | None = None
        self.identity: BenchIdentity | None = None
        self.safe_state: SafeState | None = None
        self.faults_in_a_row = 0
        self._links = links
        self._line = line
        self._simulation = simulation
        self._record = record
        self._stop = stop
        self._connected: str | None = None
        self._began_at: float | None = None
        self.multimeter: Multimeter = Truevolt(links["multimeter"], clock, data.definition.mains_frequency_hz)
        self.oscilloscope: Oscilloscope = InfiniiVision(links["oscilloscope"], clock)
        self.switch: Switch = Daq970a(links["switch"])
        self.stimulator: Stimulator = driver_for(profile.protocol)(line, profile.envelope)

    def check_in(self, serial_number: str | None) -> BenchIdentity:
        """Ask everybody who they are, read the watchdog's period, and reach the start state.

        Raises:
            IdentityMismatch: another instrument or unit answers than the files name.
            BenchFault: anything does not answer as it should.
        """
        # The unit first: its port is the one thing that two runs cannot have at once.
        unit = self.stimulator.identity()
        check_unit(unit, self.profile, serial_number)
        expected = self.data.definition.instruments
        instruments = {
            link.role: check_instrument(link, expected[link.role], self.data.file)  # type: ignore[index]
            for link in self._links.values()
        }
        capabilities = self.stimulator.capabilities()
        if capabilities.watchdog_s is None:
            raise Refused(
                f"the unit {unit.serial_number} has no host watchdog, and this bench has no cut-off of its own: "
                "a host that dies would leave the output on"
            )
        self.watchdog_s = capabilities.watchdog_s
        serials = [unit.serial_number, *(identity.serial_number for identity in instruments.values())]
        seed = self._simulation.seed if self._simulation else None
        emulated = self._simulation is not None or any(is_simulated(serial) for serial in serials)
        if not emulated:
            self.data.refuse_remembered()
        self.identity = BenchIdentity(unit, instruments, emulated, seed)
        # From here on signals wait for the safe state: what a bench was left with is not known before it is read.
        self._stop.at_risk()
        state = self.make_safe("start")
        # A unit that stays live is the unit's failure, and is measured as such.
        if not state.confirmed and not state.live:
            raise BenchFault(f"the bench did not reach its start state; {state.text}")
        self._stop.at_risk()
        self._began_at = self.clock.now()
        self._keep_alive(on=True)
        return self.identity

    @property
    def bench_time_s(self) -> float:
        """Bench time since the start state was reached."""
        return self.clock.now() - self._began_at if self._began_at is not None else 0.0

    def observe(self, point: OperatingPoint) -> Observation:
        """Drive one operating point, take all readings and captures of it, and switch the output off.

        Raises:
            BenchFault: after the safe state was sought.
        """
        try:
            self._keep_alive(on=True)
            self.return_to_start()
            self.begin(point.key)
            observation = observe(self, point)
        except BenchFault as fault:
            self.faults_in_a_row += 1
            self.note("bench-fault", str(fault))
            self.make_safe("bench fault")
            raise
        self.faults_in_a_row = 0
        return observation

    @property
    def is_lost(self) -> bool:
        """True where going on makes no sense: no safe state after a fault, or one fault after the other."""
        unsafe = self.safe_state is not None and not self.safe_state.confirmed and not self.safe_state.live
        return self.faults_in_a_row >= _FAULTS_IN_A_ROW or (self.faults_in_a_row > 0 and unsafe)

    def begin(self, key: str) -> None:
        """Start a new stretch of work, on a simulated bench from its start state."""
        if self._simulation is not None:
            self._simulation.begin(key)

    def return_to_start(self) -> None:
        """Output off and loads open, so that a point gives the same bytes whatever was done before it."""
        self.stimulator.stop()
        self.open_loads()

    def connect(self, load: Load) -> None:
        """Put one load with its resistors into the loop, and nothing else. Only with the output off."""
        if self._connected == load.name:
            return
        self.open_loads()
        self.switch.close(self.data.channels(load))
        self._connected = load.name

    def open_loads(self) -> None:
        """Open every contact of loads and resistors."""
        self._connected = None
        self.switch.open(sorted({c for load in self.data.definition.loads for c in self.data.channels(load)}))

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

    def make_safe(self, reason: str) -> SafeState:
        """Seek the safe state, record what came of it, and return it."""
        with self._stop.shielded():
            self._keep_alive(on=False)
            state = make_safe(self)
            self.safe_state = state
            values = repr(state.residual.values_v) if state.residual is not None else "not read"
            details = (
                ("reason", reason),
                ("confirmed", str(state.confirmed)),
                ("live", str(state.live)),
                ("residual_v", values),
                ("load_ohm", f"{SAFE_LOAD_OHM:g}"),
            )
            self.note("safe-state", state.text, details)
            self._stop.safe()
        return state

    def reopen(self) -> None:
        """Close every connection; each is opened again before its next use."""
        for link in self._links.values():
            link.reopen()
        self._line.reopen()
        self._connected = None

    def close(self) -> None:
        """Close every connection, and end the simulation that was started for this bench."""
        for link in self._links.values():
            with suppress(Exception):  # nothing more can be done with a connection that does not close
                link.close()
        self._line.close()
        if self._simulation is not None:
            self._simulation.close()

    def note(self, kind: str, text: str, details: tuple[tuple[str, str], ...] = ()) -> None:
        """Put an event into the record."""
        self._record(BenchEvent(kind, text, details))

    def _keep_alive(self, *, on: bool) -> None:
        period = self.watchdog_s
        if on and period is not None:
            self._stop.at_risk()
            self.clock.keep_alive_with(self.stimulator.keep_alive, period)
        else:
            self.clock.keep_alive_with(None, 1.0)


def open_bench(
    data: BenchData,
    profile: DeviceProfile,
    *,
    bench_file: Path,
    unit_file: Path | None,
    seed: int | None,
    record: Callable[[BenchEvent], None],
    stop: OrderlyStop | None = None,
) -> Bench:
    """Open a bench: on metal, or simulated where the bench file names no resources.

    Args:
        data: bench definition and accuracy data.
        profile: of the device under test.
        bench_file: from which a simulated bench is built.
        unit_file: simulated unit; None on metal and where a simulation is joined.
        seed: of a simulated bench; None: 1, or what a joined one runs with.
        record: takes every event that belongs in the record.
        stop: signals to hold back while the bench is made safe.
    """
    definition = data.definition
    simulation = None
    if definition.control is not None:
        simulation = simulated.join(definition.control, seed)
    elif definition.is_virtual:
        if unit_file is None:
            raise DefinitionError(
                data.file, "", "is a simulated bench and needs a simulated unit: --simulated-unit=NAME"
            )
        simulation = simulated.start(bench_file, unit_file, 1 if seed is None else seed)
    resources = simulation.instruments if simulation else {r: i.resource for r, i in definition.instruments.items()}
    try:
        links: dict[str, VisaLink] = {role: _link(data, role, resources.get(role)) for role in definition.instruments}
        line = _line(data, simulation.stimulator if simulation else definition.stimulator.port)
    except BaseException:
        if simulation is not None:
            simulation.close()
        raise
    return Bench(
        data,
        profile,
        links=links,
        line=line,
        clock=simulation.clock if simulation else WallClock(),
        simulation=simulation,
        record=record,
        stop=stop or OrderlyStop(),
    )


def _link(data: BenchData, role: str, resource: str | None) -> VisaLink:
    if not resource:
        raise DefinitionError(data.file, f"instruments.{role}.resource", "is missing; name the VISA resource")
    return VisaLink(role, resource, data.definition.visa_library)


def _line(data: BenchData, port: str | None) -> SerialLine:
    if port is None:
        raise DefinitionError(data.file, "stimulator.port", "is missing; name the serial port of the unit")
    return SerialLine(port, data.definition.stimulator.baud)
