"""The fifteen ways in which test tools turn nothing, or something bad, into green: none of them leads to PASS here.

By number, as `docs/verdicts.md` tells them. Those of pytest itself (11 to 14) are whole runs in
`tests/runs/test_green_traps.py`, and an output that stays on (10) is one in `tests/runs/test_faults.py`. What is drawn
at random stands in `tests/test_no_false_pass.py`.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from harness.bench import BenchIdentity, OrderlyStop, expected_observation
from harness.certification import cross_check, outcomes, recompute, run_verdict
from harness.certification.basis import SET_ASIDE, Attempts
from harness.certification.plan import Plan, PlannedRow
from harness.definitions.devices import load_device
from harness.definitions.requirements import load_requirements
from harness.errors import (
    BadAnswer,
    BenchFault,
    CalibrationExpired,
    ConnectionFault,
    EvidenceError,
    IdentityMismatch,
    NoAnswer,
    NotFinite,
    NotMeasurable,
    Overload,
    RequestError,
    StimcertError,
)
from harness.evidence import Judged, RunDirectory, StoredRun
from harness.evidence.earlier import EARLIER
from harness.instruments import Identity, VisaLink, scpi
from harness.metrology import decide
from harness.plugin import CERTIFICATION
from harness.plugin.certification import REFUSED, Certification
from harness.plugin.definitions import Definitions
from harness.plugin.judge import judge_of, pytest_pyfunc_call
from harness.plugin.options import Options
from harness.stimulators import UnitIdentity
from harness.verdict import Decision, Limit, Outcome, Verdict
from tests.examples import REQUIREMENTS, bench_data, judged_values, make_run, measurement, observation, plan_of, point
from tests.instruments.scripted import ScriptedInstrument

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.capture import Observation

NOWHERE = VisaLink("multimeter", "TCPIP::127.0.0.1::1::SOCKET", timeout_s=0.2)
AT_LEAST_ONE = Limit("A", 1.0, None, 2.0)


# A run in this process, up to the point where the bench would be touched


@pytest.fixture
def certification(tmp_path: Path) -> Iterator[Certification]:
    """A certification that has begun and knows three requirements; nobody has checked in."""
    found = Certification(
        Definitions(
            options=Options("foreo-bear-2", "simulated", None, None, None, None, tmp_path / "run", None),
            profile=load_device("foreo-bear-2")[0],
            data=bench_data(),
            bench_file=tmp_path,
            unit_file=None,
            requirements=load_requirements(REQUIREMENTS)[0],
            plan=plan_of(judged_values(observation())),
            files=(),
        ),
        OrderlyStop(),
    )
    found.start(tmp_path)
    yield found
    found.directory.close()


def checked_in(certification: Certification) -> Certification:
    """The same after its instruments said who they are: those of the bench file."""
    instruments = certification.definitions.data.definition.instruments
    who = {role: Identity("Maker", item.model, item.serial_number, "1.0") for role, item in instruments.items()}
    certification.identified(BenchIdentity(UnitIdentity("FOREO", "BEAR 2", "SIM-1", "1.0"), who, True, 1))
    return certification


def nominal(certification: Certification, *, scale: float = 1.0) -> Observation:
    """What a nominal unit shows at the top level, the multimeter's readings times a factor."""
    definitions = certification.definitions
    taken = expected_observation(definitions.data, definitions.profile, point())
    readings = tuple(replace(each, values_v=tuple(v * scale for v in each.values_v)) for each in taken.readings)
    return replace(taken, readings=readings)


def suite_test(certification: Certification, requirement: str) -> pytest.Function:
    """A stand-in for a suite's test of this requirement, with what our hooks look at; real ones are whole runs."""
    mark = pytest.mark.requirement(requirement).mark
    stash = pytest.Stash()
    stash[CERTIFICATION] = certification
    item: Any = SimpleNamespace(
        name="test_it",
        nodeid="suites/test_x.py::test_it",
        stash=pytest.Stash(),
        config=SimpleNamespace(stash=stash, hook=SimpleNamespace(pytest_stimcert_judged=lambda **_: None)),
        get_closest_marker=lambda _name: mark,
        add_report_section=lambda *_: None,
    )
    return item  # type: ignore[no-any-return]


def end(item: pytest.Function, stopped_by: BaseException | None = None) -> None:
    """Let the test function return without a word of its own, or end by an exception; what comes of it is raised."""
    around = pytest_pyfunc_call(item)
    next(around)
    with suppress(StopIteration):
        if stopped_by is None:
            next(around)
        else:
            around.throw(stopped_by)


# The ways


@pytest.mark.parametrize("value", [9.9e37, -9.9e37, math.inf])
def test_way_01_infinity_or_overload_against_a_one_sided_limit(value: float) -> None:
    """`at least 1` is met by infinity and by 9.9E37 elsewhere; here no reading and no measurement comes of either."""
    with pytest.raises((Overload, BadAnswer)):
        scpi.number(NOWHERE, "FETC?", f"{value:+.8E}")
    with pytest.raises(NotFinite):
        decide(measurement(value, 0.1), AT_LEAST_ONE)


def test_way_02_a_failed_attempt_followed_by_a_good_one(certification: Certification) -> None:
    """Elsewhere the good one is the result; here the FAIL stands, and no second attempt is let in without a cause."""
    requirement = load_requirements(REQUIREMENTS)[0][0]
    passed = judged_values(observation())[0]
    failed = judged_values(observation(850e-6))[0]
    row = PlannedRow(requirement.id, passed.quantity, passed.point, passed.limit, 1e-6, 68.0)
    plan = Plan((passed.point,), (row,), ())
    results = outcomes([requirement], plan, [failed, replace(passed, attempt=2)], {}, {passed.point.key})
    assert results[0].outcome is Outcome.FAIL
    assert run_verdict(results, faults=False) == "FAIL"
    checked_in(certification).observed(nominal(certification), 1)
    with pytest.raises(RequestError, match="the first complete attempt decides"):
        certification.observed(nominal(certification), 2)


def test_way_03_a_failing_measurement_that_nobody_asserted(certification: Certification) -> None:
    """Elsewhere a test has to assert each result; here `judge` is enough, and the test fails when it has ended."""
    taken = nominal(certification)
    low = replace(taken, readings=tuple(replace(r, values_v=tuple(v / 2 for v in r.values_v)) for r in taken.readings))
    certification.observations[low.key] = (low, 1)
    item = suite_test(certification, "current.accuracy")
    judge_of(item, certification).rows(low)  # and not a word more
    with pytest.raises(pytest.fail.Exception, match=r"^FAIL: current\.positive-plateau"):
        end(item)
    assert [value.decision.verdict for value in StoredRun(certification.directory.path).judged()] == [Verdict.FAIL]


@pytest.mark.parametrize("value", [math.nan, math.inf, 9.9e37])
@pytest.mark.parametrize("limit", [AT_LEAST_ONE, Limit("A", None, 1.0, 0.0), Limit("A", 0.0, 1.0, 0.5)])
def test_way_04_nan(value: float, limit: Limit) -> None:
    """Comparisons with NaN answer "not outside" elsewhere; here it is no measurement, whatever the limit."""
    with pytest.raises(NotFinite):
        decide(measurement(value, 0.1), limit)


@pytest.mark.parametrize(("lower", "upper"), [(2.0, 1.0), (1.0, 1.0), (math.nan, 2.0), (1.0, math.nan)])
def test_way_04_inverted_limits(lower: float, upper: float) -> None:
    """Accepted silently elsewhere; here such limits cannot be made."""
    with pytest.raises(NotFinite, match=r"inverted|NaN"):
        Limit("A", lower, upper, 1.5)


def test_way_05_a_retry_that_erases_the_first_attempt(tmp_path: Path, certification: Certification) -> None:
    """Cleared elsewhere; here both attempts are in the record, and between them stands the cause."""
    assert checked_in(certification).observed(nominal(certification, scale=1.3), 1) is not None
    assert certification.observed(nominal(certification), 2) is None
    stored = StoredRun(certification.directory.path)
    assert [attempt for attempt, _ in stored.observations()] == [1, 2]
    kinds = [record.kind for record in stored.records() if record.kind in {"observation", "event"}]
    assert kinds == ["event", "observation", "event", "observation"]
    assert [event.kind for event in stored.events()] == [EARLIER, SET_ASIDE]
    run = RunDirectory(tmp_path / "values")
    for attempt, current in enumerate((850e-6, 680e-6), start=1):
        for value in judged_values(observation(current), attempt):
            run.judged(value)
    run.close()
    found = [(judged.attempt, judged.decision.verdict) for judged in StoredRun(run.path).judged()]
    assert found[0] == (1, Verdict.FAIL)
    assert found[3] == (2, Verdict.PASS)


@pytest.mark.parametrize("value", [None, "0.5", True, [0.5]])
def test_way_06_a_type_mismatch(value: float) -> None:
    """A value of another type is "not set" elsewhere, and passes; here it is no measurement."""
    with pytest.raises(StimcertError):
        decide(replace(measurement(1.0, 0.1), value=value), AT_LEAST_ONE)


def test_way_06_a_missing_value(certification: Certification) -> None:
    """A value that was never taken passes elsewhere; here the test ends in an error, and nothing is judged."""
    taken = replace(nominal(certification), readings=())
    certification.observations[taken.key] = (taken, 1)
    judge = judge_of(suite_test(certification, "current.accuracy"), certification)
    with pytest.raises(NotMeasurable, match="holds no reading"):
        judge.rows(taken)
    assert judge.values == []


def test_way_07_a_missing_bound() -> None:
    """Without its bounds a criterion counts as met elsewhere; here a limit has at least one, or is none."""
    with pytest.raises(NotFinite, match="without any bound"):
        Limit("A", None, None, 1.0)


@pytest.mark.parametrize("answer", ["", "OK", "0;0", "#800000001x"])
def test_way_08_an_answer_to_something_else(answer: str) -> None:
    """A replay that has run out answers "0" elsewhere; here an answer of another form is no number, and no zero."""
    with pytest.raises(BadAnswer):
        scpi.number(NOWHERE, "FETC?", answer)


def test_way_08_a_replay_of_something_else(tmp_path: Path) -> None:
    """A stored run is derived again from its own captures only: another one in its place is refused by its hash."""
    run = make_run(tmp_path / "run")
    zero, output = sorted((run / "captures").iterdir(), key=lambda path: "zero" not in path.name)
    output.write_bytes(zero.read_bytes())
    with pytest.raises(EvidenceError, match="is not the capture that record"):
        recompute(run)


def test_way_09_an_instrument_that_is_not_there() -> None:
    """Elsewhere the handle is an error code that nobody looks at; here the first question is a fault of the bench."""
    with pytest.raises(ConnectionFault):
        NOWHERE.query("*IDN?")
    NOWHERE.close()


def test_way_09_an_instrument_that_never_said_who_it_is(certification: Certification) -> None:
    """What somebody measured who did not answer at check-in is recorded with the reason, and nothing rests on it."""
    with pytest.raises(IdentityMismatch, match="nobody answered there"):
        certification.observed(nominal(certification), 1)
    assert_refused(certification, "nobody answered there")


def test_way_11_a_test_that_judged_nothing(certification: Certification) -> None:
    """A test function that returns is a pass to pytest; here it has judged something, or it fails."""
    item = suite_test(certification, "current.accuracy")
    judge_of(item, certification)
    with pytest.raises(pytest.fail.Exception, match="judged nothing"):
        end(item)


@pytest.mark.parametrize("way", [pytest.skip.Exception, pytest.xfail.Exception])
def test_way_13_skip_and_xfail(certification: Certification, way: type[Exception]) -> None:
    """Both leave pytest's exit code at 0; here they are an error of the requirement."""
    with pytest.raises(pytest.fail.Exception, match="never skipped or expected to fail"):
        end(suite_test(certification, "current.accuracy"), way("later"))


def test_way_15_an_answer_read_after_a_time_out() -> None:
    """A small reading that arrives after its time-out is taken for the next one elsewhere; here it is nobody's."""
    instrument = ScriptedInstrument({"FETC?": [None, b"+6.8E-01\n"]})
    link = VisaLink("multimeter", instrument.resource, timeout_s=0.2)
    try:
        with pytest.raises(NoAnswer):
            link.query("FETC?")
        instrument.send_to_first(b"+1.0E-09\n")
        assert scpi.number(link, "FETC?", link.query("FETC?")) == 0.68
    finally:
        link.close()
        instrument.stop()


# What a PASS needs besides


def assert_refused(certification: Certification, why: str) -> None:
    """The one observation stands in the record with its cross-check and the reason; no other point is driven."""
    stored = StoredRun(certification.directory.path)
    kinds = [record.kind for record in stored.records()]
    assert kinds[kinds.index("observation") :] == ["observation", "cross-check", "event"]
    *_, event = stored.events()  # once checked in, that of the earlier runs stands before the observation
    assert event.kind == REFUSED
    assert why in event.text
    assert certification.observations == {}
    assert certification.bench_is_lost


def test_a_calibration_that_expires_in_mid_run_ends_it(certification: Certification) -> None:
    """What was taken after a due date is recorded, and the bench is lost: nothing that it takes could count."""
    taken, data = nominal(checked_in(certification)), certification.definitions.data
    instruments = dict(data.definition.instruments)
    due = {"calibration_due": date(2020, 1, 1), "calibration_due_in_days": None}
    instruments["multimeter"] = instruments["multimeter"].model_copy(update=due)
    expired = replace(data, definition=data.definition.model_copy(update={"instruments": instruments}))
    certification.definitions = replace(certification.definitions, data=expired)
    with pytest.raises(CalibrationExpired):
        certification.observed(taken, 1)
    assert_refused(certification, "calibration of 34465A")


def test_nothing_acquired_is_recorded_as_that(certification: Certification) -> None:
    """A point at which nothing was taken leaves the reason in the record; it says nothing of the next point."""
    nothing = replace(nominal(checked_in(certification)), readings=(), captures=())
    with pytest.raises(BenchFault, match="nothing was acquired"):
        certification.observed(nothing, 1)
    assert [event.kind for event in StoredRun(certification.directory.path).events()] == [EARLIER, REFUSED]
    assert not certification.bench_is_lost


def test_a_value_that_is_in_order_passes(certification: Certification) -> None:
    """The doors above are not merely shut: the nominal unit passes through all of them."""
    taken = nominal(certification)
    checked_in(certification).observed(taken, 1)
    item = suite_test(certification, "current.accuracy")
    judge = judge_of(item, certification)
    judge.rows(taken)
    end(item)
    assert [value.decision.verdict for value in judge.judged] == [Verdict.PASS]


def test_what_the_instruments_disagree_about_is_not_judged(certification: Certification) -> None:
    """An observation that the cross-check sets aside is recorded, and no verdict can rest on it."""
    apart = nominal(certification, scale=1.3)
    assert checked_in(certification).observed(apart, 1) is not None
    with pytest.raises(RequestError, match="was never observed here"):
        judge_of(suite_test(certification, "current.accuracy"), certification).rows(apart)


@pytest.mark.parametrize("code", [0, 255])
def test_a_record_at_the_edge_of_the_screen_agrees_with_nothing(code: int) -> None:
    """A record whose codes are all the screen's edge is no second witness of a current on the screen."""
    zero, output = observation().captures
    clipped = replace(observation(), captures=(zero, replace(output, codes=bytes([code]) * 1000)))
    assert [check.agrees for check in cross_check(clipped)] == [False]


def test_a_record_without_samples_cannot_be_made() -> None:
    """A capture without a code, and a reading without a value, are none."""
    with pytest.raises(ValueError, match="holds no sample"):
        replace(observation().captures[0], codes=b"")
    with pytest.raises(ValueError, match="holds no value"):
        replace(observation().readings[0], values_v=())


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


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"measurement": measurement(900e-6, 1e-6)}, "is no PASS"),
        ({"measurement": measurement(680e-6, 1e-6, "V")}, "is not judged by a limit in A"),
        ({"limit": Limit("A", 0.0, 680.01e-6, 500e-6)}, "is no PASS"),
        ({"decision": Decision(Verdict.PASS, "", 1e-9, 0.5, "because")}, "is no PASS"),
        ({"decision": Decision(Verdict.PASS, "guard-band-U", 1e-3, 0.5, "because")}, "is no PASS: its guard band"),
        ({"decision": Decision(Verdict.PASS, "guard-band-U", 0.0, 1.0, "because")}, "is no PASS: its guard band is 0"),
        ({"decision": Decision(Verdict.PASS, "simple", 0.0, -7.0, "because")}, "is no PASS: its margin is -7"),
        ({"decision": Decision(Verdict.PASS, "bogus", 0.0, 1.0, "because")}, "no decision rule 'bogus'"),
        ({"decision": Decision(Verdict.FAIL, "simple", 0.0, 1.0, "because")}, "is no FAIL"),
        ({"decision": Decision(Verdict.CONDITIONAL_PASS, "simple", 0.0, 1.0, "x")}, "is no CONDITIONAL PASS"),
        ({"attempt": 0}, "rests on no attempt"),
    ],
)
def test_a_pass_that_does_not_follow_from_its_numbers_cannot_be_made(changes: dict[str, Any], said: str) -> None:
    """Value, limit, guard band, rule, margin and attempt are looked at again where the judged value is made."""
    passed = judged_values(observation(679.9999e-6))[0]
    assert isinstance(passed, Judged)
    with pytest.raises(ValueError, match=said):
        replace(passed, **changes)


def test_attempts_of_other_points_are_their_own() -> None:
    """What happened at one point is no cause for a repeat at another."""
    attempts = Attempts()
    attempts.enter("here", 1, cross_check(observation(scope_current_a=400e-6)))
    with pytest.raises(RequestError, match="attempt 2 where attempt 1 is due"):
        attempts.admit("there", 2)


def test_there_is_one_repeat_and_no_more() -> None:
    """However often the instruments disagree, a third attempt is not let in, whoever asks for it."""
    attempts = Attempts()
    for number in (1, 2):
        attempts.admit("here", number)
        attempts.enter("here", number, cross_check(observation(scope_current_a=400e-6)))
    with pytest.raises(RequestError, match="attempt 3: there is one repeat"):
        attempts.admit("here", 3)
