"""`judge`: a value is recorded before its verdict is known to anybody, and the verdict is raised in the call phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.certification import derived, held_against, is_undecided, judge_value
from harness.certification.outcomes import BENCH_FAULT
from harness.errors import EvidenceError, NotMeasurable, RequestError, StimcertError
from harness.evidence import Judged
from harness.plugin.session import CERTIFICATION
from harness.quantity import si
from harness.verdict import Outcome, Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Generator

    from harness.capture import Observation
    from harness.definitions.requirements import Requirement
    from harness.evidence import Value
    from harness.plugin.certification import Certification
    from harness.quantity import Measurement

_JUDGES: pytest.StashKey[Judge] = pytest.StashKey()
_VERDICT_RAISED: pytest.StashKey[bool] = pytest.StashKey()
"""Set just before a test's verdict is raised: any other failure of a suite test is an error."""


class Judge:
    """Judges measurements by the rows of one requirement, or discloses them; give it all that the test stands for."""

    def __init__(self, item: pytest.Item, certification: Certification) -> None:
        self._item = item
        self._certification = certification
        self._closed = False
        self.values: list[Value] = []
        self.requirement = _requirement_of(item, certification)

    def __call__(self, quantity: str, measurement: Measurement) -> None:
        """Judge and record one value; the verdict is raised when the test function has ended.

        Args:
            quantity: row of the marker's requirement.
            measurement: value with its uncertainty.

        Raises:
            RequestError: there is no such row, the measurement does not fit it, or the test function has ended.
        """
        observation, attempt = self._observation(measurement.derivation.observation, measurement.derivation.measurand)
        value = judge_value(
            self.requirement,
            quantity,
            measurement,
            observation=observation,
            profile=self._certification.definitions.profile,
            test=self._item.nodeid,
            sequence=len(self.values) + 1,
            attempt=attempt,
            find=self._certification.find,
        )
        self._keep(value)

    def rows(self, observation: Observation) -> None:
        """Derive and judge, or disclose, every row of the marker's requirement that applies at an observation's point.

        In the order of the requirement's file; a value that cannot be measured keeps none of the others back.

        Args:
            observation: taken in this run.

        Raises:
            RequestError: no row applies there, the observation is none of this run, or the test function has ended.
            NotMeasurable: at the end, where the records do not hold a value.
        """
        profile = self._certification.definitions.profile
        found, attempt = self._observation(observation.key, self.requirement.id)
        rows = self.requirement.rows_at(found.point, profile)
        if not rows:
            raise RequestError(f"{self._item.nodeid}: no row of {self.requirement.id} applies at {found.key}")
        unmeasurable = []
        for row in rows:
            try:
                measurement = derived(row, found, profile, self._certification.find)
            except (NotMeasurable, KeyError) as error:
                # A missing capture or reading is a KeyError, whose text is its argument.
                unmeasurable.append(f"{row.quantity}: {error.args[0] if error.args else error}")
                continue
            value = held_against(
                self.requirement,
                row,
                measurement,
                observation=found,
                profile=profile,
                test=self._item.nodeid,
                sequence=len(self.values) + 1,
                attempt=attempt,
            )
            self._keep(value)
        if unmeasurable:
            raise NotMeasurable(f"at {found.key} {'; '.join(unmeasurable)}")

    @property
    def judged(self) -> list[Judged]:
        """Those that have a verdict."""
        return [value for value in self.values if isinstance(value, Judged)]

    def close(self) -> None:
        """The test function has ended and its verdict is about to be raised: nothing is judged from here on."""
        self._closed = True

    def _keep(self, value: Value) -> None:
        self._certification.keep(value)
        self.values.append(value)

    def _observation(self, key: str, what: str) -> tuple[Observation, int]:
        if self._closed:
            raise RequestError(f"{self._item.nodeid}: {what} comes after the test function has ended; judge inside it")
        found = self._certification.observations.get(key)
        if found is None:
            raise RequestError(f"{self._item.nodeid}: {what} rests on {key}, which was never observed here")
        return found


def judge_of(item: pytest.Item, certification: Certification) -> Judge:
    """What the fixture `judge` gives a test; what it judges is looked for when the test function has ended."""
    found = Judge(item, certification)
    item.stash[_JUDGES] = found
    return found


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Raise the verdict of a suite test after its function has ended."""
    certification = pyfuncitem.config.stash.get(CERTIFICATION, None)
    if certification is None:
        return (yield)
    try:
        result = yield
    except (pytest.skip.Exception, pytest.xfail.Exception) as error:
        pytest.fail(f"ERROR: a test of a suite is never skipped or expected to fail ({error})", pytrace=False)
    finally:
        # A test may have asked for its judge only inside.
        found = pyfuncitem.stash.get(_JUDGES, None)
        if found is not None:
            found.close()
            if found.values:
                _report(pyfuncitem, found, certification)
    if found is None or not found.values:
        pytest.fail(f"ERROR: {pyfuncitem.name} judged nothing; a suite's test calls judge at least once", pytrace=False)
    message = verdict_of(found)
    if message:
        pyfuncitem.stash[_VERDICT_RAISED] = True
        pytest.fail(message, pytrace=False)
    return result


def _report(item: pytest.Function, found: Judge, certification: Certification) -> None:
    item.add_report_section("call", "judged", "\n".join(line_of(value, found.requirement) for value in found.values))
    observation = certification.find(found.values[0].measurement.derivation.observation)
    item.config.hook.pytest_stimcert_judged(item=item, observation=observation, judged=found.values)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what is no verdict as an error of the requirement, in one sentence."""
    report = yield
    certification = item.config.stash.get(CERTIFICATION, None)
    if certification is None:
        return report
    if report.skipped or hasattr(report, "wasxfail"):
        _refuse(report, item, certification)
    elif call.excinfo is not None and not (call.when == "call" and item.stash.get(_VERDICT_RAISED, False)):
        error = call.excinfo.value
        if isinstance(error, (KeyboardInterrupt, pytest.exit.Exception)):
            return report
        if isinstance(error, EvidenceError):
            certification.lose_evidence(error)
            item.session.shouldstop = "the evidence cannot be kept: the run cannot go on"
        known = isinstance(error, (StimcertError, pytest.fail.Exception))
        sentence = str(error) if known else f"{type(error).__name__}: {error}"
        certification.failed_without_verdict(item, sentence)
        if known:
            report.longrepr = sentence
    if report.failed and certification.bench_is_lost and not item.session.shouldstop:
        certification.stopped_by_fault = True
        item.session.shouldstop = "the bench is lost: the run cannot go on"
    return report


def line_of(value: Value, requirement: Requirement) -> str:
    """One value in one line."""
    measurement = value.measurement
    unit = measurement.unit
    measured = f"{value.quantity} = {si(measurement.value, unit)} ± {si(measurement.expanded_uncertainty, unit, 2)}"
    if not isinstance(value, Judged):
        return f"{Outcome.DISCLOSED.value}: {measured}"
    limit = value.limit
    bounds = [si(bound, unit) for bound in (limit.lower, limit.upper) if bound is not None]
    within = (
        " to ".join(bounds)
        if len(bounds) > 1
        else f"{'at least' if limit.lower is not None else 'at most'} {bounds[0]}"
    )
    row = requirement.row(value.quantity)
    undecided = row is not None and is_undecided(value, requirement)
    label = Outcome.NOT_TESTED.value if undecided else value.decision.verdict.label
    why = row.undecidable if undecided and row is not None else value.decision.reason
    return f"{label}: {measured}, limit {within} ({why})"


def verdict_of(found: Judge) -> str:
    """What the test failed by, the worst first; empty where it passed, or where its requirement decides nothing.

    A value of the bench's own requirements that is no PASS is no verdict on the unit: it is an error.
    """
    if not found.requirement.decides:
        return ""
    undecided: list[Judged] = []
    decided: list[Judged] = []
    for value in found.judged:
        (undecided if is_undecided(value, found.requirement) else decided).append(value)
    verdict = worst([value.decision.verdict for value in decided])
    if not undecided and (verdict is None or verdict is Verdict.PASS):
        return ""
    by_badness = sorted(decided, key=lambda value: value.decision.verdict, reverse=True)
    ordered = [*undecided, *by_badness] if verdict in {None, Verdict.PASS} else [*by_badness, *undecided]
    lines = [line_of(value, found.requirement) for value in ordered]
    if found.requirement.of_bench and verdict is not None and verdict is not Verdict.PASS:
        lines.insert(0, f"{Verdict.ERROR.label}: {BENCH_FAULT}")
    return "\n".join(lines)


def _refuse(report: pytest.TestReport, item: pytest.Item, certification: Certification) -> None:
    sentence = "ERROR: a test of a suite is never skipped or expected to fail"
    report.outcome = "failed"
    report.longrepr = sentence
    if hasattr(report, "wasxfail"):
        del report.wasxfail
    certification.failed_without_verdict(item, sentence)


def _requirement_of(item: pytest.Item, certification: Certification) -> Requirement:
    marker = item.get_closest_marker("requirement")
    if marker is None or len(marker.args) != 1:
        raise RequestError(f"{item.nodeid}: a test of a suite names its requirement: @pytest.mark.requirement('ID')")
    for requirement in certification.definitions.requirements:
        if requirement.id == marker.args[0]:
            return requirement
    known = ", ".join(requirement.id for requirement in certification.definitions.requirements)
    raise RequestError(f"{item.nodeid}: there is no requirement {marker.args[0]!r}; known are {known}")
