"""Whether a session is a certification; what a certification needs is imported then, and not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.plugin.options import SUITES, is_certification

if TYPE_CHECKING:
    from pathlib import Path

    from harness.plugin.certification import Certification
    from harness.plugin.judge import Judge

CERTIFICATION: pytest.StashKey[Certification] = pytest.StashKey()


def certification_of(config: pytest.Config) -> Certification:
    """The certification of this session.

    Raises:
        pytest.UsageError: there is none, because suites were not started as such.
    """
    found = config.stash.get(CERTIFICATION, None)
    if found is None:
        raise pytest.UsageError("suites need the checkout they stand in: run `pytest suites` there")
    return found


@pytest.fixture(name="judge")
def judge_fixture(request: pytest.FixtureRequest) -> Judge:
    """Judge measurements by the rows of the test's requirement."""
    certification = certification_of(request.config)
    from harness.plugin.judge import judge_of  # noqa: PLC0415 - only a certification judges

    return judge_of(request.node, certification)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Print the plan alone, where that was asked; the bench is not touched."""
    if not config.getoption("plan"):
        return None
    from harness.plugin.run import print_plan  # noqa: PLC0415 - only a plan needs the definition files

    print_plan(config)
    return 0


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin a certification where suites were named."""
    if not is_certification(config) or config.getoption("help") or config.getoption("plan"):
        return
    from harness.plugin import certifying, run  # noqa: PLC0415 - a third of a second that other sessions do not pay

    run.begin(config)
    config.pluginmanager.register(certifying, certifying.__name__)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave suites out where they were not named: `pytest` alone must not start a certification."""
    suites = config.rootpath / SUITES
    inside = collection_path == suites or suites in collection_path.parents
    return True if inside and not is_certification(config) else None
