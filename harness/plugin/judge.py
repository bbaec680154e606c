"""`judge`: a value is recorded before its verdict is known to anybody, and the verdict is raised in the call phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.certification import judge_value
from harness.errors import EvidenceError, RequestError, StimcertError
from harness.plugin.certification import CERTIFICATION, certification_of
from harness.quantity import si
from harness.verdict import Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from harness.capture import Observation
    from harness.definitions.requirements import Requirement
    from harness.evidence import Judged
    from harness.plugin.certification import Certification
    from harness.quantity import Measurement

_JUDGES: pytest.StashKey[Judge] = pytest.StashKey()
_VERDICT_RAISED: pytest.StashKey[bool] = pytest.StashKey()
"""Set just before a test's verdict is raised: any other failure of a suite test is an error."""


class Judge:
    """Judges measurements by the rows of one requirement; give it each value that the test stands for."""

    def __init__(self, item: pytest.Item, certification: Certification) -> None:
        self._item = item
        self._certification = certification
        self.judged: list[Judged] = []
        self._requirement = _requirement_of(item, certification)

    def __call__(self, quantity: str, measurement: Measurement) -> None:
        """Judge and record one value; the verdict is raised when the test function has ended.

        Args:
            quantity: row of the marker's requirement.
            measurement: value with its uncertainty.

        Raises:
            RequestError: there is no such row, or the measurement does not fit it.
        """
        observation, attempt = self._observation(measurement)
        judged = judge_value(
            self._requirement,
            quantity,
            measurement,
            observation=observation,
            profile=self._certification.definitions.profile,
            test=self._item.nodeid,
            sequence=len(self.judged) + 1,
            attempt=attempt,
        )
        self._certification.judge(judged)
        self.judged.append(judged)

    def _observation(self, measurement: Measurement) -> tuple[Observation, int]:
        key = measurement.derivation.observation
        found = self._certification.observations.get(key)
        if found is None:
            name = measurement.derivation.measurand
            raise RequestError(f"{self._item.nodeid}: {name} rests on {key}, which was never observed here")
        return found


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> Judge:
    """Judge measurements by the rows of the test's requirement."""
    found = Judge(request.node, certification_of(request.config))
    request.node.stash[_JUDGES] = found
    return found


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Raise the verdict of a suite test after its function has ended."""
    certification = pyfuncitem.config.stash.get(CERTIFICATION, None)
    if certification is None:
        return (yield)
    found = pyfuncitem.stash.get(_JUDGES, None)
    judged = found.judged if found is not None else []
    try:
        result = yield
    except (pytest.skip.Exception, pytest.xfail.Exception) as error:
        pytest.fail(f"ERROR: a test of a suite is never skipped or expected to fail ({error})", pytrace=False)
    finally:
        if judged:
            pyfuncitem.add_report_section("call", "judged", "\n".join(map(line_of, judged)))
            observation, _ = certification.observations[judged[0].measurement.derivation.observation]
            hook = pyfuncitem.config.hook
            hook.pytest_stimcert_judged(item=pyfuncitem, observation=observation, judged=judged)
    if not judged:
        pytest.fail(f"ERROR: {pyfuncitem.name} judged nothing; a suite's test calls judge at least once", pytrace=False)
    verdict = worst([value.decision.verdict for value in judged])
    if verdict is not Verdict.PASS:
        pyfuncitem.stash[_VERDICT_RAISED] = True
        pytest.fail(_message(judged), pytrace=False)
    return result


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


def line_of(judged: Judged) -> str:
    """One judged value in one line."""
    measurement, limit = judged.measurement, judged.limit
    unit = measurement.unit
    bounds = [si(bound, unit) for bound in (limit.lower, limit.upper) if bound is not None]
    within = (
        " to ".join(bounds)
        if len(bounds) > 1
        else f"{'at least' if limit.lower is not None else 'at most'} {bounds[0]}"
    )
    return (
        f"{judged.decision.verdict.label}: {judged.quantity} = {si(measurement.value, unit)} ± "
        f"{si(measurement.expanded_uncertainty, unit, 2)}, limit {within} ({judged.decision.reason})"
    )


def _message(judged: Sequence[Judged]) -> str:
    by_badness = sorted(judged, key=lambda value: value.decision.verdict, reverse=True)
    return "\n".join(map(line_of, by_badness))


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
