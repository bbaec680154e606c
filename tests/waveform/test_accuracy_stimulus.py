"""The page of stated bounds says what the code does."""

from __future__ import annotations

import re

import numpy as np

from harness.waveform.stimulus import stimulus_parameters
from tests.waveform.accuracy_stimulus import END, PAGE, page

CELLS = 8


def test_the_table_of_the_page_is_current() -> None:
    """docs/waveform-accuracy-stimulus.md is as `python -m tests.waveform.accuracy_stimulus` writes it."""
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text


def test_the_page_defines_every_metric_by_its_name() -> None:
    """A name that `stimcert analyze` prints stands in the first column of a table, in code style."""
    defined = {
        name
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([^`]+)`", line.split("|")[1])
    }
    printed = {found.name for found in stimulus_parameters(np.ones(8), 1.0) if not found.name.startswith("mains_line")}
    assert defined == printed | {"mains_line_50_hz"}


def number(cell: str) -> float:
    """A cell's number; less than 1e-9 counts as zero."""
    return 0.0 if cell.startswith("<") else float(cell.removesuffix(" %"))


def test_every_error_in_the_table_is_within_its_bound() -> None:
    """No line of the page contradicts its own claim."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").split(END)[0].splitlines() if re.match(r"\| .*\d", line)]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    judged = [row for row in rows if len(row) == CELLS]
    assert len(judged) > 50
    assert all(number(row[6]) <= number(row[7]) for row in judged)
