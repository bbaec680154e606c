"""Tests whose requirement has nothing here are left out, and no file counts as forgotten for it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.certification.plan import Plan
from harness.plugin import CERTIFICATION
from harness.plugin.collection import pytest_pycollect_makeitem
from tests.examples import judged_values, observation, plan_of

PLANNED = plan_of(judged_values(observation()))
PLAN = Plan(
    PLANNED.points,
    PLANNED.rows,
    (("anti-shock.rise", "this bench lacks contact-timing"), ("current.accuracy", "this bench has no load 1M")),
    (("overload.trip", "the profile declares no trip"),),
)


def collected(requirement: str, *, own: bool = True, name: str = "test_it") -> object:
    """What becomes of a suite's test of this requirement, marked itself or by its module."""
    stash = pytest.Stash()
    stash[CERTIFICATION] = SimpleNamespace(definitions=SimpleNamespace(plan=PLAN))  # type: ignore[misc]
    mark = pytest.mark.requirement(requirement)

    def test() -> None:
        pass

    if own:
        mark(test)
    collector: Any = SimpleNamespace(
        config=SimpleNamespace(stash=stash),
        session=SimpleNamespace(stash=pytest.Stash()),
        path=Path("suites/test_x.py"),
        funcnamefilter=lambda name: name.startswith("test"),
        get_closest_marker=lambda _name: None if own else mark.mark,
    )
    return pytest_pycollect_makeitem(collector, name, test)


@pytest.mark.parametrize("own", [True, False], ids=["own mark", "mark of the module"])
@pytest.mark.parametrize(
    ("requirement", "kept"),
    [("overload.trip", False), ("anti-shock.rise", False), ("current.accuracy", True), ("nobody", True)],
)
def test_a_test_without_a_point_is_left_out(requirement: str, *, own: bool, kept: bool) -> None:
    """Not applicable and not testable at all is left out; what is tested in part, or is unknown, is collected."""
    assert (collected(requirement, own=own) is None) is kept


def test_what_is_no_test_is_left_to_pytest() -> None:
    """Helpers and fixtures of a suite are none of this."""
    assert collected("overload.trip", name="helper") is None
