"""The bench: the instruments, the unit, the wiring between them, and what can be observed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.bench import simulated
from harness.bench.identity import check_unit, is_simulated
from harness.bench.interrupts import OrderlyStop
from harness.bench.methods import observe
from harness.bench.paths import SAFE_LOAD_OHM
from harness.bench.rig import Rig
from harness.bench.safe_state import SafeState, make_safe
from harness.clock import WallClock
from harness.errors import BenchFault, ConnectionFault, DefinitionError, Refused
from harness.instruments import VisaLink
from harness.quantity import si
from harness.stimulators import SerialLine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.bench.paths import BenchData
    from harness.capture import BenchEvent, Observation
    from harness.definitions.devices import DeviceProfile
    from harness.instruments import Identity
    from harness.setpoint import OperatingPoint
    from harness.stimulators import UnitIdentity

_FAULTS_IN_A_ROW = 2
_GONE = "the simulated bench ended: its process is gone; start it again"


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
    """An open bench. Use `open_bench` to get one, and `check_in` to bring it into its start state."""

    def __init__(self, rig: Rig, simulation: simulated.Simulation | None, stop: OrderlyStop) -> None:
        self.rig = rig
        self.identity: BenchIdentity | None = None
        self.safe_state: SafeState | None = None
        self._simulation = simulation
        self._stop = stop
        self._faults_in_a_row = 0
        self._began_at: float | None = None

    def check_in(self, serial_number: str | None) -> BenchIdentity:
        """Ask everybody who they are, read the watchdog's period, and reach the start state.

        Raises:
            IdentityMismatch: another instrument or unit answers than the files name.
            BenchFault: anything does not answer as it should.
        """
        # The unit first: its port is the one thing that two runs cannot have at once. And off before anything is
        # judged: a bench that is refused is not left live.
        rig = self.rig
        rig.stimulator.stop()
        unit = rig.stimulator.identity()
        check_unit(unit, rig.profile, serial_number)
        instruments = rig.identify()
        if rig.chamber is not None:
            rig.chamber.off()
        rig.cutoff_s = None if rig.watchdog is None else rig.watchdog.period_s()
        rig.watchdog_s = _watchdog(rig, unit)
        serials = [unit.serial_number, *(identity.serial_number for identity in instruments.values())]
        emulated = self._simulation is not None or any(is_simulated(serial) for serial in serials)
        if not emulated:
            rig.data.refuse_remembered()
        self.identity = BenchIdentity(unit, instruments, emulated, self._simulation.seed if self._simulation else None)
        state = self.make_safe("start")
        # A unit that stays live is the unit's failure, and is measured as such.
        if not state.confirmed and not state.live:
            raise BenchFault(f"the bench did not reach its start state; {state.text}")
        self._began_at = rig.clock.now()
        return self.identity

    @property
    def bench_time_s(self) -> float:
        """Bench time since the start state was reached."""
        return self.rig.clock.now() - self._began_at if self._began_at is not None else 0.0

    @property
    def is_lost(self) -> bool:
        """True where going on makes no sense: no safe state after a fault, or one fault after the other."""
        state = self.safe_state
        unsafe = state is not None and not state.confirmed and not state.live
        return self._faults_in_a_row >= _FAULTS_IN_A_ROW or (self._faults_in_a_row > 0 and unsafe)

    def observe(self, point: OperatingPoint) -> Observation:
        """Drive one operating point, take all readings and captures of it, and switch the output off.

        Raises:
            BenchFault: after the safe state was sought.
        """
        try:
            self._stop.at_risk()
            self.rig.keep_alive(on=True)
            # The start state comes before the key, so that a point gives the same bytes whatever was done before it.
            self.rig.ready()
            self.begin(point.key)
            observation = observe(self.rig, point)
        except BenchFault as fault:
            if self._simulation is None or not self._simulation.is_gone:
                self.blame(fault)
                raise
            # Whatever the first to notice said, this is what happened.
            gone = ConnectionFault(_GONE)
            self.blame(gone)
            raise gone from fault
        except BaseException:
            # Whatever it was, a signal and a full disk among it: the output does not stay on while others clean up.
            self.make_safe("observation ended early")
            raise
        self._faults_in_a_row = 0
        return observation

    def blame(self, fault: BenchFault) -> None:
        """A fault of the bench: make it safe first, then record it."""
        self._faults_in_a_row += 1
        self.make_safe("bench fault")
        self.rig.note("bench-fault", str(fault))

    def begin(self, key: str) -> None:
        """Start a new stretch of work, on a simulated bench from its start state."""
        if self._simulation is not None:
            self._simulation.begin(key)

    def make_safe(self, reason: str) -> SafeState:
        """Seek the safe state, record what came of it, and return it."""
        self._stop.at_risk()
        with self._stop.shielded():
            try:
                self.rig.keep_alive(on=False)
                gone = self._simulation is not None and self._simulation.is_gone
                state = SafeState(False, False, None, (_GONE,)) if gone else make_safe(self.rig)
                self.safe_state = state
                self._note(state, reason)
            finally:
                self._stop.safe()
        return state

    def switch_off(self) -> None:
        """Output off, as far as anybody listens: for a bench that was refused before it was known."""
        self.rig.reopen()
        with suppress(BenchFault):
            self.rig.stimulator.stop()

    def close(self) -> None:
        """Close every connection, and end the simulation that was started for this bench."""
        self.rig.close()
        if self._simulation is not None:
            self._simulation.close()

    def _note(self, state: SafeState, reason: str) -> None:
        residual = "not read"
        if state.residual is not None:
            volts = ", ".join(si(value, "V") for value in state.residual.values_v)
            residual = f"{volts} across {state.residual.path.resistor.id}"
        details = (
            ("reason", reason),
            ("confirmed", "yes" if state.confirmed else "no"),
            ("live", "yes" if state.live else "no"),
            ("residual", residual),
            ("load", si(SAFE_LOAD_OHM, "Ω")),
        )
        self.rig.note("safe-state", state.text, details)


def _watchdog(rig: Rig, unit: UnitIdentity) -> float | None:
    """Period of the unit's host watchdog; None where it has none and the bench's own cut-off stands in.

    Raises:
        Refused: there is neither.
    """
    period = rig.stimulator.capabilities().watchdog_s
    if period is None and rig.cutoff_s is None:
        raise Refused(
            f"the unit {unit.serial_number} has no host watchdog, and this bench has no cut-off of its own: "
            "a host that dies would leave the output on"
        )
    return period


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
        links = {str(role): _link(data, role, resources.get(role)) for role in definition.instruments}
        line = _line(data, simulation.stimulator if simulation else definition.stimulator.port)
        clock = simulation.clock if simulation else WallClock()
        rig = Rig(data, profile, links, line, clock=clock, record=record)
    except BaseException:
        if simulation is not None:
            simulation.close()
        raise
    return Bench(rig, simulation, stop or OrderlyStop())


def _link(data: BenchData, role: str, resource: str | None) -> VisaLink:
    if not resource:
        raise DefinitionError(data.file, f"instruments.{role}.resource", "is missing; name the VISA resource")
    return VisaLink(role, resource, data.definition.visa_library)


def _line(data: BenchData, port: str | None) -> SerialLine:
    if port is None:
        raise DefinitionError(data.file, "stimulator.port", "is missing; name the serial port of the unit")
    return SerialLine(port, data.definition.stimulator.baud)
