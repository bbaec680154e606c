"""Reports for pytest to load: the page inside the run directory, and Allure's results beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from harness.capture import Observation
    from harness.evidence import Value
    from harness.setpoint import OperatingPoint, Setpoint
    from reports.allure_results import AllureResults

_ALLURE: pytest.StashKey[AllureResults] = pytest.StashKey()


def pytest_stimcert_started(config: pytest.Config, run: Path) -> Sequence[tuple[str, Path]]:
    """Choose where Allure's results go, before allure-pytest reads its own option."""
    if not config.pluginmanager.has_plugin("allure_pytest"):
        return []
    from reports import allure_results  # noqa: PLC0415 - allure takes its time to load, and no test of ours needs it

    if not config.option.allure_report_dir:
        config.option.allure_report_dir = str(run.with_name(f"{run.name}.allure-results"))
    results = allure_results.AllureResults(run, allure_results.folder(config.option.allure_report_dir))
    config.stash[_ALLURE] = results
    return [("allure", results.folder)]


def pytest_stimcert_identified(config: pytest.Config, facts: Sequence[tuple[str, str]]) -> None:
    """Write Allure's environment and categories."""
    results = config.stash.get(_ALLURE, None)
    if results is not None:
        results.identified(facts)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Name a suite's test for people, also one that never gets to judge."""
    results = item.config.stash.get(_ALLURE, None)
    if results is None:
        return (yield)
    point, requirement = _point_of(item), _requirement_of(item)
    results.before_setup(requirement, point)
    try:
        return (yield)
    finally:
        # After allure-pytest has set a name of its own.
        results.after_setup(item.name.partition("[")[0], _sentence_of(item), requirement, point)


def pytest_stimcert_judged(item: pytest.Item, observation: Observation, judged: Sequence[Value]) -> None:
    """Add a step for each judged value, and a plot."""
    results = item.config.stash.get(_ALLURE, None)
    if results is not None:
        results.judged(observation, judged)


def pytest_stimcert_concluded(config: pytest.Config, run: Path) -> None:
    """Write `report.html`."""
    from reports.html import write_report  # noqa: PLC0415 - only a session that ran a certification needs it

    write_report(run)
    results = config.stash.get(_ALLURE, None)
    if results is not None:
        results.concluded()


def _point_of(item: pytest.Item) -> OperatingPoint | Setpoint | None:
    """Operating point or setpoint that a test is parametrised by."""
    from harness.setpoint import OperatingPoint, Setpoint  # noqa: PLC0415 - only a test of a certification has one

    callspec = getattr(item, "callspec", None)
    values = callspec.params.values() if callspec is not None else ()
    return next((value for value in values if isinstance(value, (OperatingPoint, Setpoint))), None)


def _requirement_of(item: pytest.Item) -> str:
    marker = item.get_closest_marker("requirement")
    return str(marker.args[0]) if marker is not None and marker.args else ""


def _sentence_of(item: pytest.Item) -> str:
    function = getattr(item, "function", None)
    return (getattr(function, "__doc__", None) or "").strip()
