"""The one adapter to Allure: what a QA engineer sees of a run there.

Titles in words, parameters, a step for each judged value, requirement labels, environment, categories, and the record
of each operating point with what was judged drawn into it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import allure
import allure_commons

from harness.evidence import Judged, StoredRun
from harness.setpoint import OperatingPoint, Setpoint
from harness.verdict import Outcome, Verdict
from reports import inputs
from reports.figures import observation_chart
from reports.text import Scale, frequency_text, method_text, point_text, result_of, setpoint_text, signed, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.capture import Observation
    from harness.evidence import Disclosed, Value

Point = OperatingPoint | Setpoint

_CATEGORIES = (
    ("FAIL: outside the limit", ("failed",), r"(Failed: )?FAIL:[\s\S]*"),
    ("CONDITIONAL FAIL: outside the limit by less than U", ("failed",), r"(Failed: )?CONDITIONAL FAIL:[\s\S]*"),
    ("CONDITIONAL PASS: inside the limit by less than U", ("failed",), r"(Failed: )?CONDITIONAL PASS:[\s\S]*"),
    ("NOT TESTED: this bench cannot decide", ("failed",), r"(Failed: )?NOT TESTED:[\s\S]*"),
    ("ERROR: nothing could be judged", ("failed",), r"(Failed: )?ERROR:[\s\S]*"),
    ("ERROR: fault of the bench", ("broken",), r"[\s\S]*"),
)
"""Name, statuses, and what the message begins with: messages begin with the verdict."""

SIMULATED = "SIMULATED"


_TEST: Any = allure.dynamic
"""The running test, to Allure; its functions have no types."""


class _Words:
    """A text that Allure shows as it is: it puts strings in quotation marks."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


class AllureResults:
    """Writes what Allure shows of one run.

    Args:
        run: run directory, with its inputs.
        folder: where allure-pytest writes.
    """

    def __init__(self, run: Path, folder: Path) -> None:
        self.folder = folder
        self._run = run
        self._requirements = {text.id: text for text in inputs.requirement_texts(run)}
        self._device = inputs.profile_title(run)
        self._simulated = False
        self._described = False
        self._plotted: set[str] = set()

    def identified(self, facts: Sequence[tuple[str, str]]) -> None:
        """Write environment and categories; remember whether anything is simulated."""
        self._simulated = ("simulated", "yes") in facts
        self._describe(facts)

    def concluded(self) -> None:
        """Write them now where nobody ever answered."""
        if not self._described:
            self._describe(())

    def before_setup(self, requirement: str, point: Point | None) -> None:
        """Label a test and show its parameters in words, instead of the object that pytest was given."""
        text = self._text(requirement)
        _TEST.label("requirement", requirement)
        _TEST.label("tag", requirement)
        _TEST.label("severity", "critical" if text.decides else "minor")
        _TEST.label("feature", f"{requirement}: {text.title}")
        _TEST.label("suite", f"{requirement}: {text.title}")
        for name, value in _parameters(point):
            _TEST.parameter(name, _Words(value))
        if point is not None:
            _TEST.label("story", _group(point))
            _TEST.label("subSuite", _group(point))

    def after_setup(self, test: str, sentence: str, requirement: str, point: Point | None) -> None:
        """Give a test its title and its description; by now it is known whether anything is simulated."""
        name = test.removeprefix("test_").replace("_", " ")
        title = name[:1].upper() + name[1:]
        _TEST.title(f"{title}: {_point_text(point)}" if point is not None else title)
        text = self._text(requirement)
        source = f"{text.source}; certainty of the text: {text.certainty}"
        described = [sentence, f"Requirement **{requirement}**: {text.text} ({source})"]
        device = self._device or self._run.name
        if self._simulated:
            described.insert(0, f"**{SIMULATED}**: emulated instruments or an emulated unit took part.")
            device = f"{SIMULATED}: {device}"
            _TEST.label("tag", SIMULATED)
        _TEST.description("\n\n".join(described))
        _TEST.label("epic", device)
        _TEST.label("parentSuite", device)

    def judged(self, observation: Observation, values: Sequence[Value]) -> None:
        """Add a step for each value; draw an observation once, and again where a value of it did not pass."""
        for value in values:
            if isinstance(value, Judged):
                _step(value)
            else:
                _disclosure(value)
        passed = all(value.decision.verdict is Verdict.PASS for value in values if isinstance(value, Judged))
        if passed and observation.key in self._plotted:
            return
        chart = observation_chart(observation, values, simulated=self._simulated)
        if chart is not None:
            self._plotted.add(observation.key)
            svg = chart.svg("record", standalone=True)
            allure.attach(svg, name="what was judged", attachment_type=allure.attachment_type.SVG)

    def _text(self, requirement: str) -> inputs.RequirementText:
        return self._requirements.get(requirement, inputs.RequirementText(requirement))

    def _describe(self, facts: Sequence[tuple[str, str]]) -> None:
        self._described = True
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [f"{_property(name)}={_property(value, key=False)}\n" for name, value in [*facts, *_further(self._run)]]
        (self.folder / "environment.properties").write_text("".join(lines), encoding="ascii")
        categories = [
            {"name": name, "matchedStatuses": list(statuses), "messageRegex": pattern}
            for name, statuses, pattern in _CATEGORIES
        ]
        (self.folder / "categories.json").write_text(json.dumps(categories, indent=2) + "\n", encoding="utf-8")


def folder(option: str) -> Path:
    """Where allure-pytest writes, from its option."""
    return Path(option).absolute()


def _step(judged: Judged) -> None:
    """One step; it fails where its value did not pass, and the test goes on to its own verdict."""
    text = written(judged.measurement, judged.limit, judged.decision)
    decision = judged.decision
    name = f"{decision.verdict.label}: {judged.quantity} = {text.result}, limit {text.limits}"
    details = {
        "value": text.result,
        "coverage factor": f"{judged.measurement.coverage_factor:.2f}",
        "limit": text.limits,
        "accepted": text.acceptance,
        "margin": f"{signed(decision.margin)} T",
        "rule": decision.rule,
        "reason": decision.reason,
    }
    # The hooks under `allure.step`, which would show the trace of an exception raised only to mark the step.
    uuid, hook = str(uuid4()), allure_commons.plugin_manager.hook
    bad = None if decision.verdict is Verdict.PASS else AssertionError(f"{decision.verdict.label}: {decision.reason}")
    hook.start_step(uuid=uuid, title=name, params=details)
    hook.stop_step(uuid=uuid, exc_type=None if bad is None else type(bad), exc_val=bad, exc_tb=None)


def _disclosure(value: Disclosed) -> None:
    """One step that says a value and holds it against nothing."""
    result = result_of(value.measurement)
    uuid, hook = str(uuid4()), allure_commons.plugin_manager.hook
    details = {"value": result, "coverage factor": f"{value.measurement.coverage_factor:.2f}"}
    hook.start_step(uuid=uuid, title=f"{Outcome.DISCLOSED.value}: {value.quantity} = {result}", params=details)
    hook.stop_step(uuid=uuid, exc_type=None, exc_val=None, exc_tb=None)


def _parameters(point: Point | None) -> list[tuple[str, str]]:
    if point is None:
        return []
    setpoint = point.setpoint if isinstance(point, OperatingPoint) else point
    scale = Scale.of(setpoint.current_a, "A")
    found = [
        # The names that pytest knows them by: their objects' text is for machines.
        ("observation" if isinstance(point, OperatingPoint) else "setpoint", point.key),
        ("channel", str(setpoint.channel)),
        ("mode", setpoint.mode),
        ("level", f"{setpoint.level} ({setpoint.current_a / scale.divisor:.4g} {scale.unit})"),
        ("polarity", setpoint.polarity.value),
    ]
    if setpoint.frequency_hz is not None:
        found.append(("frequency", frequency_text(setpoint)))
    if isinstance(point, OperatingPoint):
        found += [("load", point.load), ("method", method_text(point))]
    return found


def _point_text(point: Point) -> str:
    return point_text(point) if isinstance(point, OperatingPoint) else setpoint_text(point)


def _group(point: Point) -> str:
    if not isinstance(point, OperatingPoint):
        return point.mode
    return f"{method_text(point)}, into {point.load}, {point.setpoint.polarity.value}"


def _further(run: Path) -> list[tuple[str, str]]:
    """Seed, versions and numeric platform, which the run says of itself."""
    state = StoredRun(run).state()
    found = [("seed", str(state["seed"]))] if state.get("seed") is not None else []
    started = next((record.data for record in StoredRun(run).records() if record.kind == "run-started"), {})
    found += [(f"version.{name}", str(version)) for name, version in started.get("software", {}).items()]
    return found + [(f"platform.{name}", str(value)) for name, value in state.get("numeric_platform", {}).items()]


def _property(text: str, *, key: bool = True) -> str:
    """A key or a value of a Java properties file: ASCII, everything else escaped."""
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    if key:
        escaped = escaped.replace(" ", "\\ ").replace("=", "\\=").replace(":", "\\:")
    units = escaped.encode("utf-16-be")
    codes = [int.from_bytes(units[place : place + 2], "big") for place in range(0, len(units), 2)]
    return "".join(chr(code) if code < _ASCII else f"\\u{code:04x}" for code in codes)


_ASCII = 128
