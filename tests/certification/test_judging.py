"""One measurement held against one row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.certification import judge_value
from harness.definitions.devices import load_device
from harness.definitions.requirements import load_requirements
from harness.errors import RequestError
from harness.evidence import Disclosed
from harness.measurands import plateau_along_setting, plateau_magnitude
from harness.setpoint import Method, Polarity
from harness.verdict import Verdict
from tests.examples import REQUIREMENTS, observation, point

if TYPE_CHECKING:
    from harness.evidence import Judged

ACCURACY = next(item for item in load_requirements(REQUIREMENTS)[0] if item.id == "current.accuracy")
PROFILE = load_device("foreo-bear-2")[0]


def judged(current_a: float, quantity: str = "current.positive-plateau", **changes: object) -> Judged:
    """A plateau of this current, judged."""
    observed = observation(current_a)
    arguments: dict[str, Any] = {
        "measurement": plateau_magnitude(observed, Polarity.POSITIVE),
        "observation": observed,
        "profile": PROFILE,
        "test": "suites/x.py::test",
        "sequence": 1,
        "attempt": 1,
    } | changes
    measurement = arguments.pop("measurement")
    return judge_value(arguments.pop("requirement", ACCURACY), quantity, measurement, **arguments)


@pytest.mark.parametrize(
    ("current_a", "verdict"),
    [
        (680e-6, Verdict.PASS),
        (747.8e-6, Verdict.PASS),
        (612.2e-6, Verdict.PASS),
        (850e-6, Verdict.FAIL),
        (0.0, Verdict.FAIL),
        (600e-6, Verdict.FAIL),
        (748.5e-6, Verdict.FAIL),
    ],
)
def test_a_level_and_its_ten_percent(current_a: float, verdict: Verdict) -> None:
    """680 µA ± 10 %: clearly inside is PASS, clearly outside FAIL."""
    found = judged(current_a)
    assert found.decision.verdict is verdict
    assert (found.limit.lower, found.limit.upper) == pytest.approx((612e-6, 748e-6), rel=1e-12)


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [("guard-band-U", Verdict.CONDITIONAL_PASS), ("simple", Verdict.PASS), ("method-6", Verdict.PASS)],
)
def test_a_row_is_judged_by_its_own_rule(rule: str, verdict: Verdict) -> None:
    """The rule that a row names decides, and stands beside the verdict; here T/U is far above 4.6."""
    rows = tuple(row.model_copy(update={"decision_rule": rule}) for row in ACCURACY.rows)
    edge = judged(680e-6).limit.upper
    assert edge is not None
    found = judged(edge - 1e-9, requirement=ACCURACY.model_copy(update={"rows": rows}))
    assert (found.decision.verdict, found.decision.rule) == (verdict, rule)


def test_a_judged_value_says_everything_of_itself() -> None:
    """Test, requirement, row, point and attempt stand beside value and verdict."""
    found = judged(680e-6, attempt=2, sequence=3)
    assert (found.test, found.requirement, found.quantity) == (
        "suites/x.py::test",
        "current.accuracy",
        "current.positive-plateau",
    )
    assert (found.attempt, found.sequence, found.point) == (2, 3, point())


def test_an_unknown_row_is_refused() -> None:
    """A quantity that the requirement does not have is an error that names those it has."""
    with pytest.raises(RequestError, match=r"no row 'current\.rms'; it has current\.positive-plateau, current\.neg"):
        judged(680e-6, "current.rms")


def test_another_measurand_is_refused() -> None:
    """A row is judged by the measurand that it names, not by any that has the same unit."""
    along = plateau_along_setting(observation(), Polarity.POSITIVE)
    with pytest.raises(RequestError, match=r"is judged by plateau-magnitude .* but was given plateau-along-setting"):
        judged(680e-6, measurement=along)


def test_another_phase_is_refused() -> None:
    """The positive phase is not judged by a row of the negative one."""
    with pytest.raises(RequestError, match="negative"):
        judged(680e-6, "current.negative-plateau")


def test_another_observation_is_refused() -> None:
    """A value that was taken at another operating point is not judged at this one."""
    other = observation(612e-6, point_=point(level=9, current_a=612e-6))
    with pytest.raises(RequestError, match="was derived from ch1-steady-L09-positive-10k, not from ch1-steady-L10"):
        judged(680e-6, measurement=plateau_magnitude(other, Polarity.POSITIVE))


@pytest.mark.parametrize(
    "change",
    [
        {"unit": "V"},
        {"value": 680.0001e-6},
        {"standard_uncertainty": 1e-12},
        {"coverage_factor": 1.0},
        {"captures": ()},
    ],
    ids=["unit", "value", "uncertainty", "coverage factor", "captures"],
)
def test_what_its_measurand_does_not_derive_is_refused(change: dict[str, Any]) -> None:
    """A measurement that somebody changed after it was derived is not judged."""
    other = replace(plateau_magnitude(observation(), Polarity.POSITIVE), **change)
    with pytest.raises(RequestError, match=r"is not what plateau-magnitude derives from ch1-steady-L10"):
        judged(680e-6, measurement=other)


def test_a_value_without_a_limit_is_disclosed() -> None:
    """A row of a disclosure gives a record with value and place, and neither limit nor verdict."""
    open_row = ACCURACY.rows[0].model_copy(update={"nominal": None, "tolerance": None})
    disclosure = ACCURACY.model_copy(update={"kind": "disclosure", "rows": (open_row,)})
    observed = observation()
    value = plateau_magnitude(observed, Polarity.POSITIVE)
    found = judge_value(
        disclosure, open_row.quantity, value, observation=observed, profile=PROFILE, test="t", sequence=1, attempt=2
    )
    assert found == Disclosed(1, "t", "current.accuracy", open_row.quantity, value, point(), 2)


def test_a_row_does_not_judge_where_it_does_not_apply() -> None:
    """A row of steady points judges nothing that was taken in another way."""
    observed = observation(point_=replace(point(), method=Method.SHAPE))
    with pytest.raises(RequestError, match=r"row current\.positive-plateau does not apply at .*-shape"):
        judged(680e-6, observation=observed, measurement=plateau_magnitude(observed, Polarity.POSITIVE))


def test_a_value_of_a_series_that_rests_on_other_points_is_refused() -> None:
    """Further observations belong to a derivation only where the row is a series."""
    value = plateau_magnitude(observation(), Polarity.POSITIVE)
    with pytest.raises(RequestError, match=r"was derived from \('elsewhere',\) besides, not from \(\)"):
        judged(680e-6, measurement=replace(value, derivation=replace(value.derivation, others=("elsewhere",))))


def test_a_row_in_another_unit_is_refused() -> None:
    """A disclosure has no limit whose unit would refuse it: the row's unit does."""
    open_row = ACCURACY.rows[0].model_copy(update={"nominal": None, "tolerance": None, "unit": "V"})
    disclosure = ACCURACY.model_copy(update={"kind": "disclosure", "rows": (open_row,)})
    observed = observation()
    value = plateau_magnitude(observed, Polarity.POSITIVE)
    with pytest.raises(RequestError, match="is in V, its measurand gives A"):
        judge_value(
            disclosure, open_row.quantity, value, observation=observed, profile=PROFILE, test="t", sequence=1, attempt=1
        )
