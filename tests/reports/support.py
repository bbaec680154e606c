"""A run directory with chosen numbers, and the page of a run as a parser sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from harness.capture import Accuracy, Capture, Observation, Plateau, Reading, Resistor, SignalPath, Surroundings
from harness.evidence import Disclosed, Judged, RunDirectory, RunState, seal
from harness.metrology import decide
from harness.quantity import Derivation, Influence, Measurement
from harness.setpoint import OperatingPoint, Polarity, Setpoint
from harness.verdict import Limit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})
SAMPLES = 1000
STARTED = "2026-01-02T03:04:05+00:00"
PATH = SignalPath(
    role="oscilloscope",
    model="DSOX1204G",
    serial_number="CN1",
    resistor=Resistor("S1k", 1000.0, 0.1, 2.0, 5e-6, "CERT-2"),
    input_resistance_ohm=1e6,
    input_resistance_tolerance=0.02,
    range=1.6,
    aperture_s=1.0,
    accuracy=Accuracy("DSOX1204G", "dc-difference", 1.6, 0.0, 0.035, 0.0, None, 0.01, None, "data sheet", "P"),
    surroundings=Surroundings(1e-6, 3e-6, 1e10, 2e-7, 50.0, 23.0, 5.0),
)

REQUIREMENTS = """
schema = 1
[[requirements]]
id = "current.accuracy"
title = "The current is what the level says"
kind = "limit"
owner = "unit"
text = "Every plateau is the current of its level."
document = "device profile"
edition = "1"
clause = "modes"
certainty = "profile"
witness = "instrument"
rows = [{ quantity = "current.positive-plateau", title = "positive phase" }]
[[requirements]]
id = "off.residual"
title = "Output off means no current"
kind = "limit"
owner = "unit"
text = "Nothing flows."
document = "device profile"
edition = "1"
clause = "residual_a"
certainty = "house"
witness = "instrument"
rows = [{ quantity = "off.residual-current", title = "residual" }]
"""
FURTHER = """
[[requirements]]
id = "output.charge"
title = "Charge of a phase"
kind = "disclosure"
owner = "unit"
text = "The charge of each phase is disclosed."
document = "guidance"
edition = "1999"
clause = "output"
certainty = "unverified"
witness = "instrument"
rows = [{ quantity = "output.phase-charge", title = "positive.phase_charge" }]
[[requirements]]
id = "standard.accuracy"
title = "Accuracy of a standard that nobody read"
kind = "limit"
owner = "unit"
text = "Within 20 %."
document = "standard"
edition = "2"
clause = "201.12"
certainty = "unverified"
witness = "instrument"
rows = [{ quantity = "standard.plateau", title = "plateau" }]
[[requirements]]
id = "overload.trip"
title = "The output trips"
kind = "limit"
owner = "unit"
text = "Above 1000 µA the output goes off."
document = "device profile"
edition = "1"
clause = "trip"
certainty = "profile"
witness = "instrument"
rows = [{ quantity = "overload.trip-time", title = "time to off" }]
"""
DEVICE = """
schema = 1
name = "toner"
title = "{title}"
[residual_a]
value = 1e-6
basis = "assumed"
source = "house limit"
"""


def point(level: int = 10, polarity: Polarity = Polarity.POSITIVE, load: str = "10k") -> OperatingPoint:
    """An operating point of 68 µA a level."""
    return OperatingPoint(Setpoint(1, "steady", level, 68e-6 * level, polarity), load, 10e3, production=True)


def accuracy(share: float, u_share: float = 0.01, at: OperatingPoint | None = None, phase: str = "positive") -> Judged:
    """A plateau of so many shares of its level, ± 10 % allowed."""
    where = at or point()
    level_a = where.setpoint.current_a
    limit = Limit("A", 0.9 * level_a, 1.1 * level_a, level_a)
    names = ("current.accuracy", f"current.{phase}-plateau")
    return judged(names, share * level_a, u_share * level_a, limit, where)


def residual(current_a: float, at: OperatingPoint | None = None) -> Judged:
    """A residual current, ± 1 µA allowed."""
    limit = Limit("A", -1e-6, 1e-6, 0.0)
    return judged(("off.residual", "off.residual-current"), current_a, 4e-9, limit, at or point())


def disclosed(value: float, at: OperatingPoint | None = None) -> Disclosed:
    """A charge, disclosed."""
    where = at or point()
    budget = (Influence("accuracy of the meter", 0.01 * value, float("inf"), "normal", "data sheet"),)
    derivation = Derivation("phase-charge", 1, where.key, (("phase", "positive"),))
    measurement = Measurement(value, "C", 0.01 * value, float("inf"), 2.0, budget, derivation)
    test = f"suites/test_it.py::test_disclosed[{where.key}]"
    return Disclosed(1, test, "output.charge", "output.phase-charge", measurement, where, 1)


def judged(names: tuple[str, str], value: float, expanded: float, limit: Limit, at: OperatingPoint) -> Judged:
    """A judged value with two influences; names are those of requirement and quantity."""
    requirement, quantity = names
    phase = quantity.removeprefix("current.").removesuffix("-plateau") if quantity.endswith("-plateau") else ""
    arguments = (("phase", phase),) if phase else ()
    budget = (
        Influence("accuracy of the meter", 0.4 * expanded, float("inf"), "normal", "data sheet"),
        Influence("repeatability", 0.3 * expanded, 9.0, "t", "scatter of 10 readings", value, 0.3 * expanded, 1.0),
    )
    derivation = Derivation("plateau-magnitude" if phase else "residual-current", 1, at.key, arguments)
    measurement = Measurement(value, limit.unit, expanded / 2, float("inf"), 2.0, budget, derivation)
    test = f"suites/test_it.py::test_it[{at.key}]"
    return Judged(1, test, requirement, quantity, measurement, limit, decide(measurement, limit), at, 1)


def observation(at: OperatingPoint, code: int = 196) -> Observation:
    """A record that rests 68 codes above zero: 680 µA at 10 mV a code across 1 kΩ."""
    plateaus = tuple(Plateau(phase, 0.1, 0.9) for phase in at.setpoint.polarity.phases[:1])
    captures = tuple(
        Capture(name, bytes([level]) * SAMPLES, 0.01, 0.0, 128.0, 1.0 / SAMPLES, 0.0, 0, 255, PATH, marked)
        for name, level, marked in (("zero", 128, ()), ("output", code, plateaus))
    )
    return Observation(at, (Reading("zero", (0.0,), "by hand", PATH),), captures)


@dataclass
class Story:
    """What a built run holds."""

    values: Sequence[Judged | Disclosed] = ()
    verdict: str | None = "PASS"
    outcomes: Sequence[tuple[str, str]] = ()
    scope: str = "whole"
    simulated: bool = False
    unit: str = "B2-0001"
    identified: bool = True
    ended: bool = True
    state: bool = True
    errors: Sequence[str] = ()
    disagreements: Sequence[str] = ()
    device_title: str = "Toner"
    operator: str = "A. Operator"
    records: bool = True
    attempts: dict[str, int] = field(default_factory=dict)
    further: bool = False
    not_applicable: Sequence[tuple[str, str]] = ()
    notes: dict[str, str] = field(default_factory=dict)
    observations: Sequence[Observation] = ()


def build(path: Path, story: Story) -> Path:
    """Write a run directory that tells a story."""
    directory = RunDirectory(path)
    for kind, name, text in (
        ("requirements", "output.toml", REQUIREMENTS + (FURTHER if story.further else "")),
        ("devices", "toner.toml", DEVICE.format(title=story.device_title)),
    ):
        source = path.parent / name
        source.write_text(text, encoding="utf-8")
        directory.keep_input(kind, source)
    _begin(directory, story)
    _measure(directory, story)
    if story.ended:
        directory.record("run-ended", {"verdict": story.verdict, "scope": story.scope, "complete": True, "errors": []})
    directory.close()
    if story.state:
        directory.write_state(_state(story))
    return path


def sealed(path: Path, story: Story) -> Path:
    """The same, with a manifest."""
    build(path, story)
    seal(path)
    return path


def _begin(directory: RunDirectory, story: Story) -> None:
    said = {"device": "toner", "bench": "bench-1", "started": STARTED, "command": ["suites"], "lot": "L7"}
    directory.record("run-started", {**said, "operator": story.operator, "software": {"stimcert": "0.1.0"}})
    rows = [
        {"requirement": value.requirement, "quantity": value.quantity, "point": value.point, "capability": 10.0}
        for value in story.values
    ]
    directory.record("plan", {"rows": rows, "not_tested": [], "not_applicable": list(story.not_applicable)})
    if story.identified:
        directory.record("identity", _identity(story))


def _measure(directory: RunDirectory, story: Story) -> None:
    for taken in story.observations:
        directory.observe(taken, 1)
    known = {taken.key for taken in story.observations}
    for at in dict.fromkeys(value.point for value in story.values if story.records and value.point.key not in known):
        for attempt in range(1, story.attempts.get(at.key, 1) + 1):
            directory.observe(observation(at), attempt)
    for text in story.disagreements:
        check = {"observation": point().key, "phase": "positive", "agrees": False, "text": text}
        directory.record("cross-check", {**check, "difference_a": 9e-5, "allowed_a": 4e-5})
    for value in story.values:
        if isinstance(value, Disclosed):
            directory.disclosed(value)
        else:
            directory.judged(value)
    for text in story.errors:
        directory.record("test-error", {"test": "suites/x.py::t", "requirement": "current.accuracy", "error": text})


def _identity(story: Story) -> dict[str, object]:
    meter = {"manufacturer": "Keysight", "model": "34465A", "serial_number": "MY1", "firmware": "A.1"}
    unit = {"maker": "Maker", "model": "Toner", "serial_number": story.unit, "firmware": "1.0"}
    return {"unit": unit, "instruments": {"multimeter": meter}, "simulated": story.simulated, "seed": None}


def _state(story: Story) -> RunState:
    return RunState(
        scope=story.scope,
        complete=True,
        simulated=story.simulated,
        verdict=story.verdict,
        device="toner",
        unit=story.unit,
        bench="bench-1",
        seed=None,
        started=STARTED,
        ended="2026-01-02T03:14:05+00:00" if story.ended else None,
        numeric_platform={"machine": "x86_64"},
        requirements=tuple({"id": name, "outcome": outcome, "worst_margin": None} for name, outcome in story.outcomes),
        extra={
            "operator": story.operator,
            "lot": "L7",
            "bench_time_s": 600.0,
            "errors": list(story.errors),
            "notes": story.notes,
        },
    )


class Seen(HTMLParser):
    """What a parser makes of a page.

    Attributes:
        tags: names with their attributes, in order.
        text: what a reader sees, blanks folded.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.balanced = True
        self._text: list[str] = []
        self.feed(page)
        self.text = " ".join(" ".join(self._text).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.balanced &= bool(self.open) and self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self._text.append(data)

    def classed(self, name: str) -> list[dict[str, str | None]]:
        """Attributes of all elements of one class."""
        return [attributes for _, attributes in self.tags if attributes.get("class") == name]
