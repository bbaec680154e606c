"""The ways in which other harnesses turned nothing, or something bad, into green: none of them leads to PASS here."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.certification import outcomes, run_verdict
from harness.certification.plan import Plan, PlannedRow
from harness.definitions.requirements import load_requirements
from harness.errors import BadAnswer, ConnectionFault, NotFinite, Overload, StimcertError
from harness.evidence import RunDirectory, StoredRun
from harness.instruments import VisaLink, scpi
from harness.metrology import decide
from harness.verdict import Decision, Limit, Outcome, Verdict
from tests.examples import REQUIREMENTS, judged_values, measurement, observation

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = VisaLink("multimeter", "TCPIP::127.0.0.1::1::SOCKET", timeout_s=0.2)
AT_LEAST_ONE = Limit("A", 1.0, None, 2.0)


@pytest.mark.parametrize("value", [9.9e37, math.inf])
def test_openhtf_one_sided_limit_accepts_an_overload(value: float) -> None:
    """`in_range(minimum=1)(9.9e37)` is True in OpenHTF; here neither answer, reading nor measurement comes of it."""
    with pytest.raises((Overload, BadAnswer)):
        scpi.number(NOWHERE, "FETC?", f"{value:+.8E}")
    with pytest.raises(NotFinite):
        decide(measurement(value, 0.1), AT_LEAST_ONE)


def test_openhtf_failed_attempt_that_later_passes() -> None:
    """SKIP and PASS in OpenHTF; here the FAIL stands, for the requirement and for the run."""
    requirement = load_requirements(REQUIREMENTS)[0][0]
    passed = judged_values(observation())[0]
    failed = replace(passed, decision=replace(passed.decision, verdict=Verdict.FAIL, margin=-1.0))
    row = PlannedRow(requirement.id, passed.quantity, passed.point, passed.limit, 1e-6, 68.0)
    plan = Plan((passed.point,), (row,), ())
    results = outcomes([requirement], plan, [failed, replace(passed, attempt=2)], {}, {passed.point.key})
    assert results[0].outcome is Outcome.FAIL
    assert run_verdict(results, faults=False) == "FAIL"


@pytest.mark.parametrize("value", [math.nan, math.inf, 9.9e37])
@pytest.mark.parametrize("limit", [AT_LEAST_ONE, Limit("A", None, 1.0, 0.0), Limit("A", 0.0, 1.0, 0.5)])
def test_hardpy_comparisons_that_nan_passes(value: float, limit: Limit) -> None:
    """`NaN != limit` passes in HardPy, and so do inf and 9.9E37 above a limit; here they are no measurement."""
    with pytest.raises(NotFinite):
        decide(measurement(value, 0.1), limit)


def test_hardpy_inverted_limits() -> None:
    """Accepted silently in HardPy; here they cannot be made."""
    with pytest.raises(NotFinite, match="inverted"):
        Limit("A", 2.0, 1.0, 1.5)


def test_hardpy_retries_erase_the_attempt_before(tmp_path: Path) -> None:
    """Cleared in HardPy; here both attempts, with their values, are in the record."""
    run = RunDirectory(tmp_path / "run")
    for attempt, current in enumerate((850e-6, 680e-6), start=1):
        run.observe(observation(current), attempt)
        for value in judged_values(observation(current), attempt):
            run.judged(value)
    run.close()
    stored = [(judged.attempt, judged.decision.verdict) for judged in StoredRun(tmp_path / "run").judged()]
    assert stored[0] == (1, Verdict.FAIL)
    assert stored[3] == (2, Verdict.PASS)


@pytest.mark.parametrize("value", [None, "0.5", True, [0.5]])
def test_tofupilot_type_mismatch_is_unset_and_passes(value: float) -> None:
    """A null or mismatched value is `Unset` and passes in TofuPilot; here it is no measurement."""
    with pytest.raises(StimcertError):
        decide(
            measurement(1.0, 0.1).__class__(value, "A", 0.1, math.inf, 2.0, (), measurement().derivation), AT_LEAST_ONE
        )


def test_scpi_instrument_control_missing_bound_passes() -> None:
    """`passed = True` without a bound in SCPI-Instrument-Control; here a limit has at least one."""
    with pytest.raises(NotFinite, match="without any bound"):
        Limit("A", None, None, 1.0)


@pytest.mark.parametrize("answer", ["", "OK", "0;0"])
def test_instrumation_answers_zero_where_nothing_was_recorded(answer: str) -> None:
    """A replay that answers "0" for want of better passes; here an answer that is no number is no zero."""
    with pytest.raises(BadAnswer):
        scpi.number(NOWHERE, "FETC?", answer)


def test_qcodes_wrong_address_fails_silently() -> None:
    """The session object is an error code in QCoDeS; here the first question to a wrong address is a fault."""
    with pytest.raises(ConnectionFault):
        NOWHERE.query("*IDN?")
    NOWHERE.close()


def test_a_missing_unit_or_another_one() -> None:
    """Without a unit there is no measurement, and with another than the limit's no verdict."""
    with pytest.raises(NotFinite):
        measurement(2.0, 0.1, "")
    with pytest.raises(ValueError, match="cannot be judged"):
        decide(measurement(2.0, 0.1, "V"), AT_LEAST_ONE)


def test_a_verdict_cannot_be_taken_for_true() -> None:
    """All of these verdicts are green where a verdict is a truth value; here asking so is an error."""
    decision: Decision = decide(measurement(2.0, 0.1), AT_LEAST_ONE)
    with pytest.raises(TypeError):
        assert decision.verdict
