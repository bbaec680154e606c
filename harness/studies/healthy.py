"""Healthy units, many of them, each on a bench of its own: none is refused, and of the doubtful as many as predicted.

Two studies. In `certifiable` every true value keeps 4 planned U from its limits; each unit is taken through the
production selection and through a part of the rest of the plan, another one for each unit, so that all of it comes up.
In `tolerance` gain, clock, duty and leakage are spread evenly over their whole tolerance, and each quantity that one of
them moves is judged at one operating point: a value within U of a limit is CONDITIONAL, and U/T of them have to be.
"""

from __future__ import annotations

import signal
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from harness.bench import simulated
from harness.certification.judging import derived, held_against
from harness.errors import BenchFault, NotMeasurable, RequestError
from harness.evidence import Judged
from harness.plugin.definitions import load_definitions
from harness.plugin.options import Options
from harness.studies.coverage import joined
from harness.studies.healthy_draws import Band, Lever, certifiable, draw, lever_of, made_exactly, tolerances
from harness.verdict import Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from harness.bench import Bench
    from harness.capture import Observation
    from harness.certification import PlannedRow
    from harness.definitions.requirements import Requirement
    from harness.plugin.definitions import Definitions
    from harness.setpoint import OperatingPoint

Within = Literal["certifiable", "tolerance"]

_FURTHER = 8
"""Operating points beyond the production selection that one unit is taken through."""

_CONDITIONAL = frozenset({Verdict.CONDITIONAL_PASS, Verdict.CONDITIONAL_FAIL})
_DECIDING = frozenset({"limit", "function"})


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a study.

    Attributes:
        device: profile, by name or file.
        within: certifiable band, or whole tolerance.
        units: how many.
        from_seed: of the first unit and its bench.
        processes: how many measure at the same time.
        bench: a simulated one, by name or file.
        healthy: simulated unit that the others are drawn about, by name or file; None: the device's.
    """

    device: str
    within: Within
    units: int = 200
    from_seed: int = 1
    processes: int = 1
    bench: str = "simulated"
    healthy: str | None = None


@dataclass(frozen=True, slots=True)
class Odd:
    """A value of a healthy unit that did not pass, or that there is none of.

    Attributes:
        seed: of unit and bench.
        quantity: `requirement/row`; empty where a whole point was not taken.
        point: operating point, by its key.
        verdict: as people read it.
        margin: distance to the limit over T; None where there is no value.
        why: in words, where there is no value.
    """

    seed: int
    quantity: str
    point: str
    verdict: str
    margin: float | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """A quantity whose true value is spread evenly over its tolerance.

    Attributes:
        quantity: `requirement/row`.
        point: where it is judged, by its key.
        lever: what moves it.
        share: U/T, as planned.
    """

    quantity: str
    point: str
    lever: str
    share: float


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit on one bench.

    Attributes:
        seed: of both.
        verdict: the worst of all that decide.
        judged: how many values were.
        odd: what did not pass.
    """

    seed: int
    verdict: str
    judged: int
    odd: tuple[Odd, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """Everything.

    Attributes:
        device: profile.
        within: band.
        band: how far each parameter was off at most.
        points: operating points that some unit was taken through, and of how many in the plan.
        expected: in `tolerance` the quantities with their shares.
        units: one after the other.
    """

    device: str
    within: Within
    band: Band
    points: tuple[int, int]
    expected: tuple[Expected, ...]
    units: tuple[Unit, ...]


def study(request: Request, progress: Callable[[int, int], None]) -> Study:
    """Draw and judge all units.

    Raises:
        RequestError: the bench is none that is simulated.
        DefinitionError: a file is wrong.
    """
    definitions = _definitions(request)
    if definitions.unit_file is None:
        raise RequestError(f"the bench {request.bench} is not simulated: nobody can draw a unit there")
    seeds = range(request.from_seed, request.from_seed + request.units)
    units = []
    progress(0, request.units)
    with _measuring(request, definitions, seeds) as found:
        for number, unit in enumerate(found, start=1):
            units.append(unit)
            progress(number, request.units)
    booth = Booth(request, definitions)
    visited = {point.key for seed in seeds for point in booth.points(seed)}
    return Study(
        device=definitions.profile.name,
        within=request.within,
        band=booth.band,
        points=(len(visited), len(definitions.plan.points)),
        expected=booth.expected,
        units=tuple(units),
    )


class Booth:
    """Where one unit after another is judged, each on a simulated bench of its own."""

    def __init__(self, request: Request, definitions: Definitions) -> None:
        self._within = request.within
        self._definitions = definitions
        self._requirements = {each.id: each for each in definitions.requirements}
        plan, profile = definitions.plan, definitions.profile
        whole = request.within == "tolerance"
        self.band = tolerances(profile) if whole else certifiable(plan, profile)
        self._spread = _spread_rows(definitions, self.band) if whole else ()
        self.expected = tuple(
            Expected(_name(row), row.point.key, lever.value, row.uncertainty / row.limit.half_width)
            for lever, row in self._spread
            if row.limit is not None and row.uncertainty is not None
        )

    def points(self, seed: int) -> tuple[OperatingPoint, ...]:
        """Where a unit is taken, in the order of a run."""
        plan = self._definitions.plan
        if self._within == "tolerance":
            wanted = {row.point.key for _, row in self._spread}
        else:
            rest = [point.key for point in plan.points if not point.production]
            stride = max(1, len(rest) // _FURTHER)
            wanted = {point.key for point in plan.points if point.production} | set(rest[seed % stride :: stride])
        return tuple(point for point in plan.points if point.key in wanted)

    def judge(self, seed: int) -> Unit:
        """Draw a unit and its bench, and judge it."""
        definitions = self._definitions
        assert definitions.unit_file is not None  # noqa: S101 - for the type checker: `study` has seen to it
        drawn = draw(self.band, seed)
        with TemporaryDirectory(prefix="stimcert-healthy-") as folder:
            # Beside the healthy one, which may stand anywhere.
            copyfile(definitions.unit_file, Path(folder) / "healthy.toml")
            file = Path(folder) / "unit.toml"
            file.write_text(drawn.unit_file("healthy"), encoding="utf-8")
            simulation = simulated.start(definitions.bench_file, file, seed)
            try:
                bench = joined(definitions, simulation)
                try:
                    return self._judge(bench, seed)
                finally:
                    bench.close()
            finally:
                simulation.close()

    def _judge(self, bench: Bench, seed: int) -> Unit:
        taken: dict[str, Observation] = {}
        odd: list[Odd] = []
        for point in self.points(seed):
            try:
                taken[point.key] = bench.observe(point)
            except BenchFault as fault:
                odd.append(Odd(seed, "", point.key, Verdict.ERROR.label, None, str(fault)))
        verdicts = [Verdict.ERROR] * len(odd)
        for requirement, row in self._rows(taken):
            try:
                value = self._value(requirement, row, taken)
            except NotMeasurable as error:
                verdicts.append(Verdict.ERROR)
                odd.append(Odd(seed, _name(row), row.point.key, Verdict.ERROR.label, None, str(error)))
                continue
            verdicts.append(value.decision.verdict)
            if value.decision.verdict is not Verdict.PASS:
                label = value.decision.verdict.label
                odd.append(Odd(seed, _name(row), row.point.key, label, value.decision.margin))
        found = worst(verdicts)
        return Unit(seed, "" if found is None else found.label, len(verdicts), tuple(odd))

    def _rows(self, taken: dict[str, Observation]) -> Iterator[tuple[Requirement, PlannedRow]]:
        """What is judged of a unit: of deciding requirements, where all that a value is derived from was taken."""
        rows: Iterable[PlannedRow] = self._definitions.plan.rows
        if self._within == "tolerance":
            rows = [row for _, row in self._spread]
        for row in rows:
            requirement = self._requirements[row.requirement]
            decides = requirement.kind in _DECIDING and requirement.owner == "unit"
            if decides and row.limit is not None and row.decidable and {row.point.key, *row.others} <= taken.keys():
                yield requirement, row

    def _value(self, requirement: Requirement, planned: PlannedRow, taken: dict[str, Observation]) -> Judged:
        profile, observation = self._definitions.profile, taken[planned.point.key]
        row = requirement.row(planned.quantity)
        assert row is not None  # noqa: S101 - for the type checker: it was planned
        value = held_against(
            requirement, row, derived(row, observation, profile, taken.__getitem__), observation=observation,
            profile=profile, test="study healthy", sequence=1, attempt=1,
        )  # fmt: skip
        assert isinstance(value, Judged)  # noqa: S101 - for the type checker: its row has a limit
        return value


def _spread_rows(definitions: Definitions, band: Band) -> tuple[tuple[Lever, PlannedRow], ...]:
    """One planned row of each quantity whose tolerance a lever fills: drawn by the quantity's name, always the same."""
    profile, found = definitions.profile, defaultdict[tuple[Lever, str], list["PlannedRow"]](list)
    for row in definitions.plan.rows:
        lever = lever_of(row, profile)
        if lever is None or not row.decidable or not _fills(row, lever, band):
            continue
        if lever in {Lever.GAIN, Lever.LEAK} or made_exactly(row, profile):
            found[lever, _name(row)].append(row)
    return tuple((lever, _drawn(rows, lever, name)) for (lever, name), rows in found.items())


def _drawn(rows: Sequence[PlannedRow], lever: Lever, name: str) -> PlannedRow:
    """Of a duty the slowest: a short period has few ticks, and its duty moves in steps of them."""
    if lever is Lever.DUTY:
        return min(rows, key=lambda row: row.point.setpoint.frequency_hz or 0.0)
    return rows[int.from_bytes(sha256(name.encode()).digest()[:8], "big") % len(rows)]


def _fills(row: PlannedRow, lever: Lever, band: Band) -> bool:
    """True where the row's own tolerance is that over which the lever is spread."""
    assert row.limit is not None  # noqa: S101 - for the type checker: a lever has one
    half = row.limit.half_width
    size = {
        Lever.GAIN: band.gain * row.limit.nominal,
        Lever.CLOCK: band.clock * row.limit.nominal,
        Lever.DUTY: band.duty,
        Lever.LEAK: band.leak_a or 0.0,
    }[lever]
    return abs(half - size) <= 1e-9 * half


def _name(row: PlannedRow) -> str:
    return f"{row.requirement}/{row.quantity}"


@contextmanager
def _measuring(request: Request, definitions: Definitions, seeds: Sequence[int]) -> Iterator[Iterable[Unit]]:
    """Here, or in several processes; in the order of the seeds."""
    if request.processes == 1:
        booth = Booth(request, definitions)
        yield (booth.judge(seed) for seed in seeds)
        return
    with get_context("spawn").Pool(request.processes, _prepare, (request,)) as pool:
        yield pool.imap(_judge, seeds)


_BOOTHS: list[Booth] = []


def _prepare(request: Request) -> None:
    # A Ctrl-C at the terminal is for the process that asked.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _BOOTHS.append(Booth(request, _definitions(request)))


def _judge(seed: int) -> Unit:
    return _BOOTHS[0].judge(seed)


def _definitions(request: Request) -> Definitions:
    return load_definitions(
        Options(
            device=request.device, bench=request.bench, simulated_unit=request.healthy, serial_number=None, lot=None,
            operator=None, run_dir=None, seed=None,
        )
    )  # fmt: skip
