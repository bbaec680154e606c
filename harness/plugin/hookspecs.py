"""Hooks that report pages implement. The harness calls them and imports no report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from harness.capture import Observation
    from harness.evidence import Value


def pytest_stimcert_started(config: pytest.Config, run: Path) -> Sequence[tuple[str, Path]] | None:
    """A run directory was made; reports of other tools go beside it: return their names and places."""


def pytest_stimcert_identified(config: pytest.Config, facts: Sequence[tuple[str, str]]) -> None:
    """Bench and unit said who they are: names and values for people."""


def pytest_stimcert_judged(item: pytest.Item, observation: Observation, judged: Sequence[Value]) -> None:
    """A test ended having judged or disclosed these values, before its verdict is raised."""


def pytest_stimcert_concluded(config: pytest.Config, run: Path) -> None:
    """All records are written; pages inside the run directory are made now, before it is sealed."""
