"""A run directory, read once into what report pages need. Works for whole, partial, killed and empty runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.capture import BenchEvent
from harness.evidence import EARLIER, Judged, StoredRun, Value
from harness.evidence.codec import typed
from harness.evidence.stored_run import value_from
from harness.setpoint import OperatingPoint
from reports import inputs

if TYPE_CHECKING:
    from pathlib import Path

    from harness.capture import Observation
    from harness.evidence import Record

SIMULATED_SERIAL = "SIM"
"""What every emulated instrument's and unit's serial number begins with."""


UNIT = "unit"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answered: an instrument by its role, or the unit."""

    role: str
    maker: str
    model: str
    serial_number: str
    firmware: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A value that was to be judged or disclosed."""

    requirement: str
    quantity: str
    production: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two instruments compared over one phase; the difference is None where the record was cut off."""

    observation: str
    phase: str
    agrees: bool
    difference_a: float | None
    allowed_a: float
    text: str


@dataclass(frozen=True, slots=True)
class TestError:
    """A test that ended in something else than a verdict."""

    __test__ = False  # its name begins as those that pytest collects

    test: str
    requirement: str
    error: str


@dataclass(frozen=True, slots=True)
class Decided:
    """Outcome of a requirement as the run decided it."""

    id: str
    outcome: str
    worst_margin: float | None
    judged: int | None = None
    planned: int | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """What a run says of itself before anything is touched."""

    device: str = ""
    bench: str = ""
    started: str = ""
    operator: str | None = None
    lot: str | None = None
    command: str = ""
    software: tuple[tuple[str, str], ...] = ()
    software_hashes: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Recorded:
    """What the records hold, in their order; filled while they are read."""

    identities: list[Identity] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)
    not_tested: list[tuple[str, str]] = field(default_factory=list)
    not_applicable: list[tuple[str, str]] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    bench_events: list[BenchEvent] = field(default_factory=list)
    errors: list[TestError] = field(default_factory=list)
    attempts: dict[str, int] = field(default_factory=dict)
    set_aside: dict[str, dict[int, str]] = field(default_factory=dict)
    tests: dict[str, tuple[str, ...]] = field(default_factory=dict)
    seed: int | None = None
    simulated: bool | None = None
    started: Started = field(default_factory=Started)
    ended: bool = False

    @property
    def run_of_unit(self) -> str:
        """Which run of its unit this is, with the verdicts of those before; empty where nobody looked."""
        return next((event.text for event in self.bench_events if event.kind == EARLIER), "")

    @property
    def judged(self) -> list[Judged]:
        """Values with a verdict."""
        return [value for value in self.values if isinstance(value, Judged)]


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a report says of a run."""

    run: Path
    device_title: str
    state: State
    recorded: Recorded
    requirements: tuple[inputs.RequirementText, ...]
    profile: tuple[inputs.ProfileValue, ...]
    calibrations: tuple[inputs.Calibration, ...]
    contradictions: tuple[inputs.Contradiction, ...] = ()

    @property
    def simulated(self) -> bool:
        """True where anything emulated took part, whoever says so: nothing can clear the mark."""
        emulated = any(who.serial_number.upper().startswith(SIMULATED_SERIAL) for who in self.recorded.identities)
        return emulated or self.state.simulated is True or self.recorded.simulated is True

    @property
    def identified(self) -> bool:
        """True where bench and unit said who they are."""
        return bool(self.recorded.identities)

    @property
    def planned(self) -> list[Planned]:
        """What was to be judged in the scope of the run."""
        if self.state.scope == "production":
            return [row for row in self.recorded.planned if row.production]
        return self.recorded.planned

    def observations(self, wanted: set[str]) -> dict[str, Observation]:
        """The last attempt of each wanted observation, with its captures.

        Raises:
            EvidenceError: a capture is missing or is not the one that its record names.
        """
        if not wanted:
            return {}
        return {observation.key: observation for _, observation in StoredRun(self.run).observations(wanted)}


@dataclass(frozen=True, slots=True)
class State:
    """What `run.json` says; defaults where a killed run left none."""

    scope: str = "unknown"
    complete: bool = False
    simulated: bool | None = None
    verdict: str | None = None
    device: str = ""
    unit: str | None = None
    bench: str = ""
    seed: int | None = None
    started: str = ""
    ended: str | None = None
    operator: str | None = None
    lot: str | None = None
    bench_time_s: float = 0.0
    numeric_platform: tuple[tuple[str, str], ...] = ()
    decided: tuple[Decided, ...] = ()
    errors: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()


def read_contents(run: Path) -> Contents:
    """Read a run directory.

    Raises:
        EvidenceError: it is no run directory, or its records are not as they were written.
    """
    stored = StoredRun(run)
    recorded = Recorded()
    for record in stored.records():
        _take(record, recorded)
    return Contents(
        run=run,
        device_title=inputs.profile_title(run),
        state=_state(stored, recorded),
        recorded=recorded,
        requirements=inputs.requirement_texts(run),
        profile=inputs.profile_values(run),
        calibrations=inputs.calibrations(run),
        contradictions=inputs.contradictions(run),
    )


def _state(stored: StoredRun, recorded: Recorded) -> State:
    if not (stored.path / "run.json").is_file():
        said = recorded.started
        return State(
            device=said.device,
            unit=next((who.serial_number for who in recorded.identities if who.role == UNIT), None),
            bench=said.bench,
            seed=recorded.seed,
            started=said.started,
            operator=said.operator,
            lot=said.lot,
        )
    data = stored.state()
    names = ("id", "outcome", "worst_margin", "judged", "planned")
    decided = tuple(Decided(*(row.get(name) for name in names)) for row in data.get("requirements", ()))
    plain = ("scope", "complete", "simulated", "verdict", "device", "unit", "bench", "seed", "started", "ended")
    return State(
        **{name: data[name] for name in plain if name in data},
        operator=data.get("operator"),
        lot=data.get("lot"),
        bench_time_s=float(data.get("bench_time_s") or 0.0),
        numeric_platform=tuple((name, str(value)) for name, value in data.get("numeric_platform", {}).items()),
        decided=decided,
        errors=tuple(data.get("errors", ())),
        notes=tuple((str(name), str(note)) for name, note in data.get("notes", {}).items()),
    )


def _take(record: Record, recorded: Recorded) -> None:
    data = record.data
    match record.kind:
        case "run-started" | "plan" | "tests":
            _take_before(record.kind, data, recorded)
        case "identity":
            _take_identity(data, recorded)
        case "observation":
            key = typed(OperatingPoint, data["observation"]["point"], f"record {record.number}").key
            recorded.attempts[key] = max(recorded.attempts.get(key, 0), int(data["attempt"]))
        case "measurement" | "disclosure":
            recorded.values.append(value_from(record))
        case "cross-check":
            _take_comparison(data, recorded)
        case "event":
            details = tuple((str(name), str(value)) for name, value in data.get("details", ()))
            recorded.bench_events.append(BenchEvent(data["kind"], data["text"], details))
        case "test-error":
            recorded.errors.append(TestError(data["test"], data["requirement"], data["error"]))
        case "run-ended":
            recorded.ended = True
        case _:
            pass  # kinds of later versions; a report shows what it knows


def _take_before(kind: str, data: dict[str, Any], recorded: Recorded) -> None:
    """What is recorded before anything is touched."""
    if kind == "run-started":
        recorded.started = _started(data)
    elif kind == "plan":
        _take_plan(data, recorded)
    else:
        recorded.tests = {str(name): tuple(map(str, found)) for name, found in data.items()}


def _started(data: dict[str, Any]) -> Started:
    texts = {name: str(data.get(name, "")) for name in ("device", "bench", "started")}
    command = " ".join(["pytest", *map(str, data.get("command", ()))])
    software = tuple((str(name), str(version)) for name, version in data.get("software", {}).items())
    hashes = tuple((str(name), str(digest)) for name, digest in data.get("software_sha256", {}).items())
    people = (data.get("operator"), data.get("lot"))
    return Started(texts["device"], texts["bench"], texts["started"], *people, command, software, hashes)


def _take_plan(data: dict[str, Any], recorded: Recorded) -> None:
    for row in data["rows"]:
        production = bool(row["point"].get("production", False))
        recorded.planned.append(Planned(row["requirement"], row["quantity"], production))
    recorded.not_tested += [(str(name), str(why)) for name, why in data.get("not_tested", ())]
    for kind in ("not_applicable", "out_of_scope"):
        recorded.not_applicable += [(str(name), str(why)) for name, why in data.get(kind, ())]


def _take_comparison(data: dict[str, Any], recorded: Recorded) -> None:
    names = ("observation", "phase", "agrees", "difference_a", "allowed_a", "text")
    found = Comparison(*(data[name] for name in names))
    recorded.comparisons.append(found)
    if not found.agrees:
        # It stands behind the observation that it is about.
        causes = recorded.set_aside.setdefault(found.observation, {})
        causes.setdefault(recorded.attempts.get(found.observation, 1), found.text)


def _take_identity(data: dict[str, Any], recorded: Recorded) -> None:
    unit = data["unit"]
    named = (unit["maker"], unit["model"], unit["serial_number"], unit["firmware"])
    recorded.identities = [Identity(UNIT, *map(str, named))]
    for role, who in data["instruments"].items():
        named = (who["manufacturer"], who["model"], who["serial_number"], who["firmware"])
        recorded.identities.append(Identity(str(role), *map(str, named)))
    recorded.simulated, recorded.seed = data["simulated"], data["seed"]
