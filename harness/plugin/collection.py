"""What pytest collects: nothing may turn nothing into green, and a part is not the whole."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from harness.plugin.certification import CHARACTERIZATION, PARTIAL, PRODUCTION, WHOLE
from harness.plugin.options import SUITES, names_all_suites
from harness.plugin.session import CERTIFICATION
from harness.setpoint import OperatingPoint

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_REFUSED = ("skip", "skipif", "xfail")
_NARROWER = (PRODUCTION, CHARACTERIZATION)
_ALL: pytest.StashKey[list[pytest.Item]] = pytest.StashKey()
_TESTS: pytest.StashKey[defaultdict[str, list[str]]] = pytest.StashKey()
"""Every test function of the suites that were looked at, by the requirement that it is about."""
_LEFT_OUT: pytest.StashKey[set[Path]] = pytest.StashKey()
"""Files with tests whose requirement is not applicable or cannot be tested here: they were looked at all the same."""


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str, obj: object
) -> list[pytest.Item] | None:
    """Leave out a test whose requirement this device or this bench has nothing for; the outcome says why."""
    certification = collector.config.stash.get(CERTIFICATION, None)
    if certification is None or not collector.funcnamefilter(name) or not callable(obj):
        return None
    requirement = _requirement_of(collector, obj)
    if requirement:
        tests = collector.session.stash.setdefault(_TESTS, defaultdict[str, list[str]](list))
        tests[requirement].append(f"{collector.path.parent.name}/{collector.path.name}::{name}")
    if not certification.definitions.plan.left_out(requirement):
        return None
    collector.session.stash.setdefault(_LEFT_OUT, set()).add(collector.path)
    return []


def _requirement_of(collector: pytest.Collector, function: object) -> str:
    """Id that the marker of a function, its class or its module names; empty where there is none."""
    own = [mark for mark in getattr(function, "pytestmark", ()) if mark.name == "requirement"]
    marker = own[-1] if own else collector.get_closest_marker("requirement")
    return str(marker.args[0]) if marker is not None and marker.args else ""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Refuse a suite module that skips itself."""
    report = yield
    if CERTIFICATION in collector.config.stash and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid}: a suite is never skipped; remove the skip or the suite"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> Generator[None]:
    """Refuse skip, xfail and what is no test function, and remember all there is before anything is deselected.

    What is left is run in the order of the plan: loads and ranges move little, and its first point comes first.
    """
    certification = config.stash.get(CERTIFICATION, None)
    if certification is None:
        return (yield)
    _refuse_what_is_no_test(items)
    session.stash[_ALL] = list(items)
    yield
    order = {point.key: number for number, point in enumerate(certification.definitions.plan.points)}
    items.sort(key=lambda item: order.get(point_of(item), len(order)))
    return None


def point_of(item: pytest.Item) -> str:
    """Key of the operating point whose observation a test judges; empty where it asks for none."""
    callspec = getattr(item, "callspec", None)
    point = None if callspec is None else callspec.params.get("observation")
    return point.key if isinstance(point, OperatingPoint) else ""


def _refuse_what_is_no_test(items: list[pytest.Item]) -> None:
    for item in items:
        if type(item) is not pytest.Function:
            # Methods of unittest.TestCase, doctests and others never come by where a test has to have judged.
            what = f"{item.nodeid}: a test of a suite is a plain test function, not a {type(item).__name__}"
            raise pytest.UsageError(f"{what}: write it as one that calls judge")
        for name in _REFUSED:
            if item.get_closest_marker(name) is not None:
                raise pytest.UsageError(f"{item.nodeid}: a test of a suite is never marked {name}; remove the mark")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Find the scope of the run from what was left."""
    certification = session.config.stash.get(CERTIFICATION, None)
    if certification is None:
        return
    tests: defaultdict[str, list[str]] = session.stash.get(_TESTS, defaultdict(list))
    certification.found_tests(tests)
    everything = session.stash.get(_ALL, [])
    left = set(session.items)
    left_out: set[Path] = session.stash.get(_LEFT_OUT, set())
    certification.scope = _scope(session.config, everything, left, {item.path for item in everything} | left_out)
    certification.in_scope = certification.definitions.plan.in_scope(certification.scope)
    certification.selected = frozenset(filter(None, map(point_of, session.items)))


def _all_files(config: pytest.Config) -> set[Path]:
    """Every suite file there is, whatever pytest was told to look for."""
    return {path for path in (config.rootpath / SUITES).rglob("*.py") if path.name.startswith("test_")}


def _scope(config: pytest.Config, everything: list[pytest.Item], left: set[pytest.Item], looked_at: set[Path]) -> str:
    if not names_all_suites(config) or not _all_files(config) <= looked_at:
        return PARTIAL
    if left == set(everything):
        return CHARACTERIZATION if config.getoption("markexpr", "") == CHARACTERIZATION else WHOLE
    for name in _NARROWER:
        marked = {item for item in everything if item.get_closest_marker(name) is not None}
        if marked and left == marked:
            return name
    return PARTIAL
