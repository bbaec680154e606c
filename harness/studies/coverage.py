"""A coverage study: many simulated benches, each quantity measured once on each, and held against the truth.

A bench is one seed. Its hidden errors and those of its healthy unit are drawn anew by `reseed` of the control port; the
measuring is that of a certification: drivers, sockets, methods, measurands.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import harness
from harness.bench import open_bench, simulated
from harness.errors import BenchFault, NotMeasurable, RequestError
from harness.measurands import derive, newest
from harness.plugin.definitions import load_definitions
from harness.plugin.options import Options
from harness.studies.coverage_plan import CoveragePlan
from harness.studies.coverage_results import Absent, BenchResult, Header, ResultFile, Value, lines_of
from harness.studies.coverage_states import Case
from harness.studies.coverage_truths import NO_TRUTH, truth_of
from harness.studies.coverage_watch import Truth, watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from harness.bench import Bench
    from harness.bench.simulated import Simulation
    from harness.capture import Observation
    from harness.plugin.definitions import Definitions
    from harness.quantity import Derivation

_SCHEMA = 1
_MEASURES = ("bench", "definitions", "instruments", "measurands", "metrology", "simulation", "stimulators", "waveform")
_KNOWS = ("events", "plan", "states", "truths", "watch")


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a study.

    Attributes:
        device: profile, by name or file.
        bench: bench, by name or file; a simulated one.
        from_seed: of the first bench.
        benches: how many, one seed after the other.
        processes: how many measure at the same time.
        only: quantities to measure, as `CoveragePlan` takes them; empty: all.
    """

    device: str
    bench: str
    from_seed: int
    benches: int
    processes: int = 1
    only: tuple[str, ...] = ()


def run(request: Request, output: Path, progress: Callable[[int, int], None]) -> None:
    """Measure what is not in the file yet, bench by bench.

    Args:
        request: what is asked.
        output: file that is begun, or gone on with.
        progress: told how many benches are done, and of how many.

    Raises:
        RequestError: the file is one of another study; the bench is none that is simulated.
        KeyboardInterrupt: as it came; the file holds what was measured before.
    """
    definitions = _definitions(request)
    file = ResultFile(output, _header(request, definitions))
    asked = range(request.from_seed, request.from_seed + request.benches)
    due = [seed for seed in asked if seed not in file.done]
    done = request.benches - len(due)
    progress(done, request.benches)
    measuring = _here(request, definitions, due) if request.processes == 1 else _beside(request, due)
    with measuring as results:
        for number, result in enumerate(results, start=done + 1):
            file.append(result)
            progress(number, request.benches)


class Station:
    """One simulated bench that is drawn anew again and again."""

    def __init__(self, request: Request, definitions: Definitions) -> None:
        if definitions.unit_file is None:
            raise RequestError(f"the bench {definitions.options.bench} is not simulated: nobody knows the truth there")
        self._plan = _plan(request, definitions)
        self._simulation = simulated.start(definitions.bench_file, definitions.unit_file, 0)
        try:
            self._bench = joined(definitions, self._simulation)
            self._watch = watch(self._bench)
        except BaseException:
            self._simulation.close()
            raise

    def measure(self, seed: int) -> BenchResult:
        """Draw a bench, and measure each quantity once."""
        self._simulation.control.request("reseed", seed=seed)
        visits = self._plan.visits(seed)
        taken: dict[str, Observation] = {}
        values: list[Value] = []
        absent: list[Absent] = []
        self._watch.forget()
        for visit in visits:
            try:
                taken[visit.point.key] = self._bench.observe(visit.point)
            except BenchFault as fault:
                absent += [Absent(name, visit.point.key, f"bench fault: {fault}") for name, _ in visit.values]
                continue
            for name, derivation in visit.values:
                try:
                    values.append(self._value(name, derivation, taken))
                except NotMeasurable as error:
                    absent.append(Absent(name, visit.point.key, f"{visit.point.key}: {error}"))
        return BenchResult(seed, tuple(values), tuple(absent))

    def _value(self, name: str, derivation: Derivation, taken: dict[str, Observation]) -> Value:
        measurement = derive(derivation, taken.__getitem__)
        observation = taken[derivation.observation]
        arguments = dict(derivation.arguments)
        # At once: what flowed is not remembered for ever.
        truth = Truth(self._simulation.control, observation.point.setpoint.channel)
        case = Case(observation, arguments, measurement.value, measurement.unit, self._watch, truth)
        return Value(
            quantity=name,
            point=observation.key,
            unit=measurement.unit,
            value=measurement.value,
            truth=truth_of(derivation.measurand, case),
            expanded=measurement.expanded_uncertainty,
            budget=lines_of(measurement),
            arguments=arguments,
        )

    def close(self) -> None:
        """Leave the bench, and end the simulation."""
        self._bench.close()
        self._simulation.close()


def joined(definitions: Definitions, simulation: Simulation) -> Bench:
    """The bench of a simulation whose control port stays ours."""
    definition = definitions.data.definition.model_copy(update={"control": simulation.control.address})
    bench = open_bench(
        replace(definitions.data, definition=definition),
        definitions.profile,
        bench_file=definitions.bench_file,
        unit_file=None,
        seed=None,
        record=lambda _: None,
    )
    try:
        bench.check_in(None)
    except BaseException:
        bench.close()
        raise
    return bench


@contextmanager
def _here(request: Request, definitions: Definitions, seeds: list[int]) -> Iterator[Iterable[BenchResult]]:
    if not seeds:
        yield ()
        return
    station = Station(request, definitions)
    try:
        yield (station.measure(seed) for seed in seeds)
    finally:
        station.close()


@contextmanager
def _beside(request: Request, seeds: list[int]) -> Iterator[Iterable[BenchResult]]:
    """Several processes, each with a bench of its own; in the order of the seeds, so that the file is the same."""
    with get_context("spawn").Pool(request.processes, _prepare, (request,)) as pool:
        yield pool.imap(_measure, seeds)


_STATIONS: list[Station] = []


def _prepare(request: Request) -> None:
    # A Ctrl-C at the terminal is for the process that writes the file.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _STATIONS.append(Station(request, _definitions(request)))


def _measure(seed: int) -> BenchResult:
    return _STATIONS[0].measure(seed)


def _definitions(request: Request) -> Definitions:
    return load_definitions(
        Options(
            device=request.device,
            bench=request.bench,
            simulated_unit=None,
            serial_number=None,
            lot=None,
            operator=None,
            run_dir=None,
            seed=None,
        )
    )


def _plan(request: Request, definitions: Definitions) -> CoveragePlan:
    return CoveragePlan(definitions.profile, definitions.plan.points, definitions.requirements, request.only)


def _header(request: Request, definitions: Definitions) -> Header:
    quantities = _plan(request, definitions).quantities
    names = sorted({name.partition("@")[0].partition(".")[0] for name in quantities})
    return Header(
        schema=_SCHEMA,
        device=definitions.profile.name,
        bench=definitions.data.definition.name,
        unit="" if definitions.unit_file is None else definitions.unit_file.stem,
        from_seed=request.from_seed,
        only=request.only,
        program=program(),
        inputs={path.name: sha256(path.read_bytes()).hexdigest() for _, path in definitions.files},
        versions={name: newest(name) for name in names},
        unstudied=NO_TRUTH,
    )


def program() -> str:
    """Digest of all that measures, simulates and knows the truth."""
    root = Path(harness.__path__[0])
    digest = sha256()
    rooms = [path for room in _MEASURES for path in (root / room).rglob("*") if path.suffix in {".py", ".toml"}]
    for path in sorted([*rooms, *((root / "studies" / f"coverage_{name}.py") for name in _KNOWS)]):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
