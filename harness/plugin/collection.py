"""What pytest collects: nothing may turn nothing into green, and a part is not the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.plugin.certification import CERTIFICATION, PARTIAL, WHOLE
from harness.plugin.options import SUITES, is_certification, names_all_suites

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_REFUSED = ("skip", "skipif", "xfail")
_NARROWER = ("production", "characterization")
_ALL: pytest.StashKey[list[pytest.Item]] = pytest.StashKey()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave suites out where they were not named: `pytest` alone must not start a certification."""
    suites = config.rootpath / SUITES
    inside = collection_path == suites or suites in collection_path.parents
    return True if inside and not is_certification(config) else None


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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse skip and xfail, and remember everything there is before anything is deselected."""
    if CERTIFICATION not in config.stash:
        return
    for item in items:
        for name in _REFUSED:
            if item.get_closest_marker(name) is not None:
                raise pytest.UsageError(f"{item.nodeid}: a test of a suite is never marked {name}; remove the mark")
    session.stash[_ALL] = list(items)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Find the scope of the run from what was left."""
    certification = session.config.stash.get(CERTIFICATION, None)
    if certification is None:
        return
    everything = session.stash.get(_ALL, [])
    left = set(session.items)
    certification.scope = _scope(session.config, everything, left)
    certification.in_scope = certification.definitions.plan.in_scope(certification.scope)


def _all_files(config: pytest.Config) -> set[Path]:
    """Every suite file there is, whatever pytest was told to look for."""
    return {path for path in (config.rootpath / SUITES).rglob("*.py") if path.name.startswith("test_")}


def _scope(config: pytest.Config, everything: list[pytest.Item], left: set[pytest.Item]) -> str:
    if not names_all_suites(config) or not _all_files(config) <= {item.path for item in everything}:
        return PARTIAL
    if left == set(everything):
        return WHOLE
    for name in _NARROWER:
        marked = {item for item in everything if item.get_closest_marker(name) is not None}
        if marked and left == marked:
            return name
    return PARTIAL
