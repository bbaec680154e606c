"""Typed objects that tests stand on: a signal path in round figures, readings, captures, and a small sealed run."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness.bench import BenchData
from harness.capture import Accuracy, Capture, Observation, Plateau, Reading, Resistor, SignalPath, Surroundings
from harness.certification import cross_check, judge_value, outcomes, run_verdict
from harness.certification.inputs import kept_inputs
from harness.certification.plan import Plan, PlannedRow
from harness.certification.platform import numeric_platform
from harness.clock import Clock
from harness.definitions.accuracy import load_accuracy
from harness.definitions.benches import load_bench
from harness.definitions.devices import load_device
from harness.definitions.document import LIBRARY
from harness.definitions.requirements import load_requirements
from harness.evidence import RunDirectory, RunState, seal
from harness.measurands import plateau_along_setting, plateau_magnitude, residual_current
from harness.quantity import Derivation, Influence, Measurement
from harness.setpoint import OperatingPoint, Polarity, Setpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.certification import RequirementOutcome
    from harness.evidence import Judged

TONE = """
[tone]
direction = { value = -1.0, basis = "assumed", source = "a test" }
latency_s = { value = 0.1, basis = "assumed", source = "a test" }
high_v = { value = 3.3, basis = "assumed", source = "a test" }
lowest_hz = { value = 400.0, basis = "assumed", source = "a test" }
highest_hz = { value = 3200.0, basis = "assumed", source = "a test" }
"""
RESISTOR = Resistor("R1k", 1000.0, 0.1, 2.0, 5e-6, "CERT-1")
SURROUNDINGS = Surroundings(
    thermal_emf_v=1e-6,
    thermal_emf_unzeroed_v=1e-6,
    leakage_resistance_ohm=1e10,
    mains_pickup_a=2e-7,
    mains_frequency_hz=50.0,
    temperature_c=23.0,
    temperature_half_width_c=5.0,
)
METER = SignalPath(
    role="multimeter",
    model="34465A",
    serial_number="SIM1",
    resistor=RESISTOR,
    input_resistance_ohm=1e10,
    input_resistance_tolerance=1.0,
    range=1.0,
    aperture_s=0.2,
    accuracy=Accuracy("34465A", "dc-volts", 1.0, 40e-6, 7e-6, 0.0, 2.0, 1e-7, 60.0, "data sheet, p. 1", "P"),
    surroundings=SURROUNDINGS,
)
SCOPE = SignalPath(
    role="oscilloscope",
    model="DSOX1204G",
    serial_number="SIM2",
    resistor=Resistor("S1k", 1000.0, 0.1, 2.0, 5e-6, "CERT-2"),
    input_resistance_ohm=1e6,
    input_resistance_tolerance=0.02,
    range=1.6,
    aperture_s=0.2,
    accuracy=Accuracy("DSOX1204G", "dc-difference", 1.6, 0.0, 0.035, 0.0, None, 0.01, None, "data sheet, p. 12", "P"),
    surroundings=SURROUNDINGS,
)
SAMPLES = 1000
REQUIREMENTS = Path(__file__).parent / "data" / "requirements"
"""Three requirements with five rows: what tests judge by, whatever the checkout's files say."""


class CountingClock(Clock):
    """Time that passes by being told to."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 0.0
        self.slices: list[float] = []

    def now(self) -> float:
        return self.time

    def _pass(self, seconds: float) -> float:
        self.slices.append(seconds)
        self.time += seconds
        return self.time


def point(
    polarity: Polarity = Polarity.POSITIVE, *, level: int = 10, current_a: float = 680e-6, load: str = "10k"
) -> OperatingPoint:
    """An operating point of the FOREO BEAR 2."""
    frequency = 1.0 if polarity is Polarity.BIPOLAR else None
    return OperatingPoint(Setpoint(1, "steady", level, current_a, polarity, frequency), load, 10e3, production=True)


def reading(name: str, values: Sequence[float], path: SignalPath = METER) -> Reading:
    """A reading in volts."""
    return Reading(name, tuple(values), "by hand", path)


def capture(name: str, codes: bytes, plateaus: tuple[Plateau, ...] = (), path: SignalPath = SCOPE) -> Capture:
    """A record of 0.2 s with 10 mV a code about code 128."""
    return Capture(name, codes, 0.01, 0.0, 128.0, 0.2 / len(codes), 0.0, 0, 255, path, plateaus)


def dithered(level: int, samples: int = SAMPLES) -> bytes:
    """Codes that alternate about a level, so that a record has noise and a known mean."""
    return bytes(level + (1 if number % 2 else -1) for number in range(samples))


def observation(
    current_a: float = 680e-6,
    polarity: Polarity = Polarity.POSITIVE,
    *,
    scope_current_a: float | None = None,
    point_: OperatingPoint | None = None,
) -> Observation:
    """What a unit with exactly this d.c. current would show at a d.c. point, with both instruments on 1 kΩ."""
    sign = -1 if polarity is Polarity.NEGATIVE else 1
    volts = sign * current_a * 1000.0
    shown = sign * (current_a if scope_current_a is None else scope_current_a) * 1000.0
    plateaus = (Plateau(polarity, 0.0, 0.2),)
    return Observation(
        point_ or point(polarity),
        (
            reading("zero", (1e-7, -1e-7, 1e-7, -1e-7)),
            reading(polarity.value, (volts + 1e-7, volts - 1e-7) * 5),
            reading("residual", (2e-6, 2.2e-6)),
        ),
        (capture("zero", dithered(128)), capture("output", dithered(128 + round(shown / 0.01)), plateaus)),
    )


def measurement(value: float = 1.0, expanded: float = 0.2, unit: str = "A") -> Measurement:
    """A value with U at k = 2."""
    budget = (Influence("all", expanded / 2, float("inf"), "normal", "by hand"),)
    return Measurement(value, unit, expanded / 2, float("inf"), 2.0, budget, Derivation("by-hand", 1, "none"))


def bench_data(bench: str = "simulated", device: str = "foreo-bear-2") -> BenchData:
    """The bench of the checkout with its accuracy data."""
    profile, _ = load_device(device)
    definition, (file, *_) = load_bench(bench)
    return BenchData(
        definition=definition,
        file=str(file),
        multimeter=load_accuracy("keysight-34465a")[0],
        oscilloscope=load_accuracy("keysight-dsox1204g")[0],
        ceiling_a=profile.ceiling_a.value,
        residual_a=profile.residual_a.value,
    )


@cache
def bench_paths() -> dict[SignalPath, SignalPath]:
    """In place of the round paths, those that the checkout's bench has into 10 kΩ."""
    data = bench_data()
    load = data.load("10k")
    return {METER: data.multimeter_path(load, 680e-6), SCOPE: data.oscilloscope_path(load, 782e-6, 0.2)}


def on_bench(observed: Observation) -> Observation:
    """The same observation as the checkout's bench would have taken it: a run is held against its bench file."""
    paths = bench_paths()
    return replace(
        observed,
        readings=tuple(replace(item, path=paths[item.path]) for item in observed.readings),
        captures=tuple(replace(item, path=paths[item.path]) for item in observed.captures),
    )


def state(verdict: str | None = "PASS", requirements: Sequence[RequirementOutcome] = ()) -> RunState:
    """What `run.json` of the small run says."""
    return RunState(
        scope="whole",
        complete=True,
        simulated=True,
        verdict=verdict,
        device="foreo-bear-2",
        unit="SIM-1",
        bench="simulated",
        seed=1,
        started="2026-01-01T00:00:00+00:00",
        ended="2026-01-01T00:01:00+00:00",
        numeric_platform=numeric_platform(),
        requirements=tuple(
            {"id": result.id, "outcome": result.outcome.value, "worst_margin": result.worst_margin}
            for result in requirements
        ),
        extra={"operator": "nobody"},
    )


def judged_values(observed: Observation, attempt: int = 1) -> list[Judged]:
    """Every value that the suites judge at a d.c. point."""
    profile, _ = load_device("foreo-bear-2")
    requirements = {requirement.id: requirement for requirement in load_requirements(REQUIREMENTS)[0]}
    phase = observed.point.setpoint.polarity
    values = (
        ("current.accuracy", f"current.{phase.value}-plateau", plateau_magnitude(observed, phase)),
        ("polarity.sign", f"polarity.{phase.value}-phase", plateau_along_setting(observed, phase)),
        ("off.residual", "off.residual-current", residual_current(observed)),
    )
    return [
        judge_value(
            requirements[requirement],
            quantity,
            value,
            observation=observed,
            profile=profile,
            test=f"suites/{requirement}[{observed.key}]",
            sequence=1,
            attempt=attempt,
        )
        for requirement, quantity, value in values
    ]


def unchecked(judged: Judged, **changes: object) -> Judged:
    """A judged value that cannot be made in an honest way: what it says of itself need not follow from its numbers."""
    found = copy(judged)
    for name, value in changes.items():
        object.__setattr__(found, name, value)
    return found


def plan_of(values: Sequence[Judged]) -> Plan:
    """A plan of just these values, each with T/U to spare."""
    rows = tuple(PlannedRow(v.requirement, v.quantity, v.point, v.limit, 1e-9, 68.0) for v in values)
    return Plan(tuple(dict.fromkeys(value.point for value in values)), rows, ())


SMALL = Path(__file__).parent / "data" / "devices" / "small.toml"
"""A device with one point that three requirements have a value at."""


def small_requirements(folder: Path) -> Path:
    """The requirements of the small run: of each row only the top level, read thoroughly."""
    text = (REQUIREMENTS / "output.toml").read_text(encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "output.toml"
    path.write_text(text.replace("\narguments = ", '\nlevels = "top"\nvariants = [""]\narguments = '), encoding="utf-8")
    return path


def keep_bench(run: RunDirectory) -> None:
    """Keep the files of the checkout's bench."""
    run.keep_input("benches", LIBRARY / "benches" / "simulated.toml")
    for name in ("keysight-34465a", "keysight-dsox1204g"):
        run.keep_input("instruments", LIBRARY / "instruments" / f"{name}.toml")


def record_plan(run: RunDirectory) -> Plan:
    """Record the plan that follows from the inputs of a run."""
    plan = kept_inputs(run.path).plan
    run.record("plan", {"rows": plan.rows, "not_tested": plan.not_tested, "not_applicable": plan.not_applicable})
    return plan


def record_identity(run: RunDirectory) -> None:
    """Record that everybody answered whom the bench file names, with a simulated unit."""
    instruments = bench_data().definition.instruments
    run.record(
        "identity",
        {
            "unit": {"maker": "FOREO", "model": "BEAR 2", "serial_number": "SIM-1", "firmware": "1.0"},
            "instruments": {
                role: {
                    "manufacturer": "Maker",
                    "model": item.model,
                    "serial_number": item.serial_number,
                    "firmware": "1",
                }
                for role, item in instruments.items()
            },
            "simulated": True,
            "seed": 1,
        },
    )


def observe(run: RunDirectory, observed: Observation, attempt: int = 1) -> None:
    """Keep an observation with what the cross-check says of it."""
    run.observe(observed, attempt)
    for check in cross_check(observed):
        run.record("cross-check", check)


def make_run(path: Path, currents_a: Sequence[float] = (680e-6,), claimed: str | None = None) -> Path:
    """A sealed run over one d.c. point, one attempt for each current; what the last one gave is judged.

    In the attempts before it the two instruments disagree.

    Args:
        path: of the run.
        currents_a: one for each attempt.
        claimed: verdict that run.json claims; None: the one that follows.
    """
    run = RunDirectory(path)
    run.keep_input("devices", SMALL)
    rows = small_requirements(path.parent / f"{path.name}.requirements")
    run.keep_input("requirements", rows)
    keep_bench(run)
    run.record("run-started", {"device": "foreo-bear-2"})
    planned = record_plan(run)
    record_identity(run)
    observed = on_bench(observation())
    for attempt, current in enumerate(currents_a, start=1):
        shown = current if attempt == len(currents_a) else current / 2
        observed = on_bench(observation(current, scope_current_a=shown))
        observe(run, observed, attempt)
    values = judged_values(observed, attempt=len(currents_a))
    for value in values:
        run.judged(value)
    requirements, _ = load_requirements(rows.parent)
    results = outcomes(requirements, planned, values, {}, planned.in_scope("whole"))
    verdict = run_verdict(results, faults=False)
    run.record("run-ended", {"verdict": verdict, "scope": "whole", "complete": True, "errors": []})
    run.write_table(values)
    run.close()
    run.write_state(state(claimed or verdict, results))
    seal(path)
    return path


def checkout() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parents[1]


def toned_device(folder: Path) -> Path:
    """A profile of `pantheon-clinical` with a probe tone and without a session, as a file."""
    text = (LIBRARY / "devices/pantheon-clinical.toml").read_text(encoding="utf-8")
    session, battery = text.index("[session]"), text.index("[battery]")
    path = folder / "toned.toml"
    path.write_text(text[:session] + TONE + text[battery:], encoding="utf-8")
    return path
