"""The examples of docs/uncertainty.md run, and say what they claim."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "uncertainty.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_examples_hold(number: int) -> None:
    """Each example runs by itself, after the first one's import, and its assertions hold."""
    exec(f"from harness.metrology import Budget\n{EXAMPLES[number]}", {})  # noqa: S102 - our own page


def test_there_are_examples() -> None:
    """The page shows GUM H.1, correlation, a stated factor and Monte Carlo."""
    assert len(EXAMPLES) == 4
