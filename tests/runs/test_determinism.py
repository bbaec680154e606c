"""The same seed gives the same bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.runs.support import ONE_POINT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runs.support import Run


def table(run: Run) -> bytes:
    """The bytes of the table."""
    return (run.path / "measurements.csv").read_bytes()


def captures(run: Run) -> dict[str, bytes]:
    """The bytes of every capture by name."""
    return {path.name: path.read_bytes() for path in (run.path / "captures").iterdir()}


@pytest.mark.usefixtures("busy_machine")
def test_the_same_seed_gives_the_same_bytes_on_a_busy_machine(certify: Callable[..., Run]) -> None:
    """Two runs of one seed under four busy processes give identical tables and captures."""
    first, second = (certify("--seed=5", "-m", "production") for _ in range(2))
    assert first.code == second.code == 0, first.output + second.output
    assert table(first) == table(second)
    assert captures(first) == captures(second)


def test_another_seed_gives_other_numbers(certify: Callable[..., Run]) -> None:
    """Two seeds give different values: the test above could fail."""
    first, second = certify("--seed=5", "-k", ONE_POINT), certify("--seed=6", "-k", ONE_POINT)
    assert table(first) != table(second)


def test_one_test_alone_gives_the_rows_of_the_full_run(certify: Callable[..., Run]) -> None:
    """A test selected by -k gives the rows and captures that it gives in the full run, and is PARTIAL, exit 16."""
    full, alone = certify("--seed=5"), certify("--seed=5", "-k", "test_current_is_the_level and L02-bipolar-1Hz-2k")
    assert alone.code == 16, alone.output
    assert re.fullmatch(r"PARTIAL: 1 of \d+ requirements judged", alone.last_line)
    assert alone.state["verdict"] is None
    assert alone.state["scope"] == "partial"
    tests = {row["test"] for row in alone.rows}
    assert len(tests) == 1
    assert alone.rows == [row for row in full.rows if row["test"] in tests]
    whole = captures(full)
    assert captures(alone)
    assert all(whole[name] == data for name, data in captures(alone).items())
