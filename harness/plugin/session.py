"""Whether a session is a certification; what a certification needs is imported then, and not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.plugin.options import SUITES, is_certification

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.plugin.certification import Certification
    from harness.plugin.judge import Judge

CERTIFICATION: pytest.StashKey[Certification] = pytest.StashKey()
_GUARDS = "harness.plugin.certifying"
"""Name of the plug-in with all that keeps a certification from being green by accident."""


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
    if not request.config.pluginmanager.has_plugin(_GUARDS):
        raise pytest.UsageError(f"{_GUARDS} is not at work: nothing is judged without what guards a verdict")
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
    """Begin a certification where suites were named.

    Raises:
        pytest.UsageError: a file is wrong, or a plug-in of a certification was switched off.
    """
    if not is_certification(config) or config.getoption("help") or config.getoption("plan"):
        return
    for name in _wanted(config):
        if config.pluginmanager.is_blocked(name):
            raise pytest.UsageError(f"{name} is part of every certification: leave out -p no:{name}")
    from harness.plugin import certifying, run  # noqa: PLC0415 - a third of a second that other sessions do not pay

    run.begin(config)
    if config.pluginmanager.get_plugin(_GUARDS) is not certifying:
        config.pluginmanager.register(certifying, _GUARDS)


def _wanted(config: pytest.Config) -> Iterator[str]:
    """Names of the plug-ins without which there is no certification: the guards, and all that `conftest.py` names."""
    yield _GUARDS
    for plugin in config.pluginmanager.get_plugins():
        named = getattr(plugin, "pytest_plugins", None) or ()
        yield from (named,) if isinstance(named, str) else named


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave suites out where they were not named: `pytest` alone must not start a certification."""
    suites = config.rootpath / SUITES
    inside = collection_path == suites or suites in collection_path.parents
    return True if inside and not is_certification(config) else None
