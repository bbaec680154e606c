"""The state of one certification: what was judged, what went wrong, and the run directory it is kept in."""

from __future__ import annotations

import importlib.metadata
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.capture import BenchEvent
from harness.certification import cross_check, outcomes, run_verdict
from harness.certification.basis import Attempts, check_acquisition
from harness.certification.comparison import REQUIREMENTS
from harness.certification.outcomes import INCOMPLETE
from harness.certification.platform import numeric_platform, workplace
from harness.certification.suspect import fingerprint
from harness.certification.trace import TESTS
from harness.errors import CalibrationExpired, EvidenceError, IdentityMismatch, RequestError, StimcertError
from harness.evidence import EARLIER, Judged, RunDirectory, RunState, earlier_runs, seal, told
from harness.plugin import software
from harness.verdict import Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.bench import Bench, BenchIdentity, OrderlyStop
    from harness.capture import Observation
    from harness.certification import RequirementOutcome
    from harness.certification.cross_check import CrossCheck
    from harness.evidence import Value
    from harness.plugin.definitions import Definitions

WHOLE, PARTIAL, PRODUCTION, CHARACTERIZATION = "whole", "partial", "production", "characterization"

REFUSED = "observation-refused"
"""Kind of the event that names why no verdict can rest on an observation."""


class Certification:
    """The state of one run."""

    def __init__(self, definitions: Definitions, stop: OrderlyStop) -> None:
        self.definitions = definitions
        self.stop = stop
        self.scope = WHOLE
        self.in_scope: frozenset[str] = frozenset()
        self.selected: frozenset[str] = frozenset()
        self.values: list[Value] = []
        self.observations: dict[str, tuple[Observation, int]] = {}
        self.refused: dict[str, StimcertError] = {}
        self.errors: dict[str, set[str]] = defaultdict(set)
        self.run_errors: list[str] = []
        self.bench: Bench | None = None
        self.results: tuple[RequirementOutcome, ...] = ()
        self.verdict: str | None = None
        self.bench_time_s = 0.0
        self.simulated: bool | None = None
        self.stopped_by_fault = False
        self.bench_failed = False
        self.run_of_unit = ""
        self._attempts = Attempts()
        self._identity: BenchIdentity | None = None
        self._started = datetime.now(UTC)
        self._ended: datetime | None = None
        self._directory: RunDirectory | None = None
        self.beside: list[tuple[str, Path | str]] = []
        self.warnings: list[str] = []
        self.fingerprints = {requirement.id: fingerprint(requirement) for requirement in definitions.requirements}

    # The run directory

    def start(self, root: Path) -> Path:
        """Make the run directory and write what is known before anything is touched."""
        options = self.definitions.options
        path = options.run_dir or _fresh_directory(root / "reports" / "output", self._started, options.device)
        self._directory = RunDirectory(path, self.stop.shielded)
        for kind, file in self.definitions.files:
            self._directory.keep_input(kind, file)
        self.directory.record(
            "run-started",
            {
                "device": self.definitions.profile.name,
                "bench": self.definitions.data.definition.name,
                "started": self._started.isoformat(timespec="seconds"),
                "operator": options.operator,
                **workplace(self._started),
                "lot": options.lot,
                "command": sys.argv[1:],
                "software": _software(),
                "software_sha256": software.hashes(),
            },
        )
        self.directory.record(REQUIREMENTS, {"fingerprints": self.fingerprints})
        plan = self.definitions.plan
        self.directory.record(
            "plan",
            {
                "rows": plan.rows,
                "not_tested": plan.not_tested,
                "not_applicable": plan.not_applicable,
                "out_of_scope": plan.out_of_scope,
            },
        )
        self._write_state()
        return path

    @property
    def directory(self) -> RunDirectory:
        """The run directory, while there is one."""
        if self._directory is None:
            raise RuntimeError("the run has not started")
        return self._directory

    @property
    def has_started(self) -> bool:
        """True where a run directory was made: not for a mere listing of tests."""
        return self._directory is not None

    def found_tests(self, tests: Mapping[str, Sequence[str]]) -> None:
        """Keep which tests of the suites are there for which requirement, whatever of them is selected."""
        if self._directory is not None:
            self._directory.record(TESTS, {name: sorted(set(ids)) for name, ids in sorted(tests.items())})

    # What happens

    def record_event(self, event: BenchEvent) -> None:
        """Keep an event of the bench."""
        if self._directory is not None:
            self._directory.record("event", event)

    def opened(self, bench: Bench) -> None:
        """A bench is being opened; it has to be left safe."""
        self.bench = bench

    def identified(self, identity: BenchIdentity) -> None:
        """Bench and unit said who they are."""
        self._identity = identity
        self.simulated = identity.simulated
        self.directory.record("identity", identity)
        unit, path = identity.unit.serial_number, self.directory.path
        self.run_of_unit = told(unit, earlier_runs(path.parent, unit, path))
        self.record_event(BenchEvent(EARLIER, self.run_of_unit))
        self._write_state()

    def observed(self, observation: Observation, attempt: int) -> str | None:
        """Keep an observation and what the cross-check says of it; it is judged from only where both agreed.

        Returns:
            None where the attempt is complete, otherwise why it counts for nothing.

        Raises:
            StimcertError: no verdict can rest on it: nothing was acquired, by whom it should not have been, past a
                calibration's due date, or a second time without a recorded cause.
        """
        self._attempts.admit(observation.key, attempt)
        try:
            check_acquisition(observation, self.definitions.data, self._answered())
        except StimcertError as refusal:
            self._keep_refused(observation, attempt, refusal)
            raise
        checks = self._keep_observation(observation, attempt)
        set_aside = self._attempts.enter(observation.key, attempt, checks)
        if set_aside is None:
            self.observations[observation.key] = (observation, attempt)
            return None
        self.record_event(set_aside)
        return set_aside.text

    def _keep_observation(self, observation: Observation, attempt: int) -> tuple[CrossCheck, ...]:
        self.directory.observe(observation, attempt)
        checks = cross_check(observation)
        for check in checks:
            self.directory.record("cross-check", check)
        return checks

    def _keep_refused(self, observation: Observation, attempt: int, refusal: StimcertError) -> None:
        """Record what no verdict can rest on, and why, before anybody learns of it."""
        if observation.readings or observation.captures:
            self._keep_observation(observation, attempt)
        details = (("observation", observation.key), ("attempt", str(attempt)))
        self.record_event(BenchEvent(REFUSED, str(refusal), details))
        # By this bench no further point could count either: none is driven.
        self.bench_failed = self.bench_failed or isinstance(refusal, (CalibrationExpired, IdentityMismatch))

    def _answered(self) -> dict[str, str]:
        """Serial numbers by role, as the instruments said themselves; empty where nobody was asked."""
        identity = self._identity
        return {} if identity is None else {role: who.serial_number for role, who in identity.instruments.items()}

    def find(self, key: str) -> Observation:
        """An observation of this run that both instruments agreed on.

        Raises:
            RequestError: it was never taken.
        """
        found = self.observations.get(key)
        if found is None:
            raise RequestError(f"{key} was never observed here")
        return found[0]

    def keep(self, value: Value) -> None:
        """Keep a judged or disclosed value."""
        if isinstance(value, Judged):
            self.directory.judged(value)
        else:
            self.directory.disclosed(value)
        self.values.append(value)

    def failed_without_verdict(self, item: pytest.Item, sentence: str) -> None:
        """A test ended in something else than a verdict."""
        marker = item.get_closest_marker("requirement")
        requirement = str(marker.args[0]) if marker and marker.args else ""
        self.errors[requirement].add(sentence)
        if self._directory is not None and not self.stopped_by_fault:
            self._directory.record("test-error", {"test": item.nodeid, "requirement": requirement, "error": sentence})

    @property
    def bench_is_lost(self) -> bool:
        """True where going on makes no sense."""
        return self.bench_failed or (self.bench is not None and self.bench.is_lost)

    @property
    def remaining_s(self) -> float:
        """Bench time that the points still to be taken need, about, in s."""
        return self.definitions.plan.bench_time_s(self.selected - self.observations.keys() - self.refused.keys())

    @property
    def refused_at(self) -> str:
        """Key of the first point of a production run where the unit failed there; otherwise empty.

        What is dead, or wired the wrong way round, is not measured any further.
        """
        first = next((point.key for point in self.definitions.plan.points if point.key in self.in_scope), "")
        if self.scope != PRODUCTION or not first:
            return ""
        decisive = {requirement.id for requirement in self.definitions.requirements if requirement.decides}
        failed = any(
            isinstance(value, Judged)
            and value.point.key == first
            and value.requirement in decisive
            and value.decision.verdict is Verdict.FAIL
            for value in self.values
        )
        return first if failed else ""

    def facts(self) -> list[tuple[str, str]]:
        """Who and what took part, for people."""
        identity, definitions = self._identity, self.definitions
        found = [("device", definitions.profile.title), ("bench", definitions.data.definition.name)]
        if identity is not None:
            unit = identity.unit
            found.append(("unit", f"{unit.maker} {unit.model}, {unit.serial_number}, firmware {unit.firmware}"))
            found.append(("run of this unit", self.run_of_unit))
            for role, who in identity.instruments.items():
                found.append((role, f"{who.manufacturer} {who.model}, {who.serial_number}"))
            found.append(("simulated", "yes" if identity.simulated else "no"))
        options = definitions.options
        return found + [
            (name, value) for name, value in (("operator", options.operator), ("lot", options.lot)) if value
        ]

    @property
    def elapsed_s(self) -> float:
        """Wall time of the run so far."""
        return ((self._ended or datetime.now(UTC)) - self._started).total_seconds()

    # The end

    def leave_bench(self) -> None:
        """Bring the bench into its safe state and close it, once, whoever comes first."""
        bench, self.bench = self.bench, None
        if bench is None:
            return
        try:
            if bench.identity is None:
                bench.switch_off()
                return
            state = bench.make_safe("end of run")
            if not state.confirmed:
                self.run_errors.append(state.text)
            if state.live:
                self.run_errors.append("the unit is live with its output off")
            self.bench_time_s = _bench_time(bench)
        except EvidenceError as error:
            self.lose_evidence(error)
        finally:
            bench.close()
            self.stop.safe()

    def lose_evidence(self, error: EvidenceError) -> None:
        """Nothing more can be kept, a full disk perhaps: the run ends, and never with a PASS."""
        if str(error) not in self.run_errors:
            self.run_errors.append(str(error))
        self.stopped_by_fault = True

    def conclude(self, *, ran_to_its_end: bool, all_passed: bool) -> None:
        """Decide outcomes and verdict, and write everything derived from the records; the bench was left before.

        Args:
            ran_to_its_end: every selected test was run, or a fault of the bench ended them.
            all_passed: pytest itself counts no failure; where it does, there is no PASS whatever the reason.
        """
        self._ended = datetime.now(UTC)
        definitions = self.definitions
        self.results = outcomes(definitions.requirements, definitions.plan, self.values, self.errors, self.in_scope)
        whole = self.scope != PARTIAL and ran_to_its_end
        verdict = self._decide(whole=whole)
        if verdict == Verdict.PASS.label and ran_to_its_end and not all_passed:
            self.run_errors.append("a test failed without a verdict of its own")
            verdict = self._decide(whole=whole)
        complete = whole and not (self.run_errors or self.errors or self.refused_at) and verdict != INCOMPLETE
        directory = self.directory
        try:
            directory.record(
                "run-ended",
                {"verdict": self.verdict, "scope": self.scope, "complete": complete, "errors": self.run_errors},
            )
            directory.write_table(self.values)
            self._write_state(complete=complete)
        except EvidenceError as error:
            self.lose_evidence(error)
            self._decide(whole=whole)
        directory.close()

    def seal(self) -> None:
        """Write the manifest, last of all."""
        try:
            seal(self.directory.path)
        except OSError as error:
            self.lose_evidence(EvidenceError(f"{self.directory.path}: cannot be sealed: {error.strerror or error}"))

    def _decide(self, *, whole: bool) -> str:
        faults = bool(self.run_errors or self.errors.get("") or self.bench_failed or self.stopped_by_fault)
        verdict = run_verdict(self.results, faults=faults)
        self.verdict = verdict if whole else None
        return verdict

    @property
    def judged_all_pass(self) -> bool:
        """True where something decisive of the unit was judged and nothing but PASS; for the exit of a partial run."""
        decisive = {result.id: result.of_bench for result in self.results if result.decides}
        judged = [value for value in self.values if isinstance(value, Judged) and value.requirement in decisive]
        found = worst([value.decision.verdict for value in judged])
        of_unit = any(not decisive[value.requirement] for value in judged)
        return found is Verdict.PASS and of_unit and not self.errors and not self.run_errors

    def _write_state(self, *, complete: bool = False) -> None:
        definitions, identity = self.definitions, self._identity
        self.directory.write_state(
            RunState(
                scope=self.scope,
                complete=complete,
                simulated=self.simulated,
                verdict=self.verdict,
                device=definitions.profile.name,
                unit=identity.unit.serial_number if identity else None,
                bench=definitions.data.definition.name,
                seed=identity.seed if identity else None,
                started=self._started.isoformat(timespec="seconds"),
                ended=self._ended.isoformat(timespec="seconds") if self._ended else None,
                numeric_platform=numeric_platform(),
                requirements=tuple(
                    {
                        "id": result.id,
                        "outcome": result.outcome.value,
                        "worst_margin": result.worst_margin,
                        "worst_at": result.worst_at,
                        "judged": result.judged,
                        "planned": result.planned,
                        "fingerprint": self.fingerprints.get(result.id),
                    }
                    for result in self.results
                ),
                extra={
                    "operator": definitions.options.operator,
                    "lot": definitions.options.lot,
                    "bench_time_s": self.bench_time_s,
                    "refused_at": self.refused_at,
                    "run_of_unit": self.run_of_unit,
                    "notes": {result.id: result.note for result in self.results if result.note},
                    "errors": self.run_errors + sorted({text for texts in self.errors.values() for text in texts}),
                },
            )
        )


def _bench_time(bench: Bench) -> float:
    try:
        return bench.bench_time_s
    except StimcertError:
        return 0.0  # the bench is gone; the figure is for people only


def _fresh_directory(parent: Path, started: datetime, device: str) -> Path:
    """A directory of its own for each run, also where two start in the same second."""
    name = f"{started:%Y%m%dT%H%M%SZ}-{Path(device).stem}"
    parent.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1000):
        path = parent / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path
    raise pytest.UsageError(f"{parent / name}: a thousand runs began in this second; give --run-dir=DIR")


def _software() -> dict[str, str]:
    names = ("stimcert", "numpy", "GTC", "pyvisa", "pyvisa-py", "pyserial", "pytest")
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
