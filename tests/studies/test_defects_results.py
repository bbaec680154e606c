"""What is kept of the kill table, and what is said of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.errors import RequestError
from harness.setpoint import Method, OperatingPoint, Polarity, Setpoint
from harness.studies import defects_tables as table
from harness.studies.defects_plan import narrowed
from harness.studies.defects_results import (
    CAUGHT,
    ELSEWHERE,
    NO_VERDICT,
    NOT_APPLICABLE,
    PASSES,
    REFUSED,
    SURVIVED,
    Failing,
    Header,
    Result,
    ResultFile,
    read_results,
)

if TYPE_CHECKING:
    from pathlib import Path

HEADER = Header(1, "simulated", whole=False, program="00")
FAILING = Failing("current.accuracy", "current.positive-plateau", "p", 850e-6, 1e-7, "A", 612e-6, 748e-6, -1.5)
KILLED = Result(
    "bear", "D01", "gain error", "a quarter too high", ("current.accuracy", "levels.linearity"), CAUGHT,
    ("off.residual", "current.accuracy"), FAILING, 12,
)  # fmt: skip
ALIVE = replace(KILLED, label="D02", status=SURVIVED, caught=(), failing=None, why="current.accuracy: PASS")


def test_a_file_is_gone_on_with(tmp_path: Path) -> None:
    """What is whole stays, a torn line is dropped, and what had no verdict is due again."""
    path = tmp_path / "defects.jsonl"
    file = ResultFile(path, HEADER)
    file.append(KILLED)
    file.append(replace(ALIVE, status=NO_VERDICT))
    whole = path.read_bytes()
    file.append(replace(KILLED, label="D03"))
    path.write_bytes(path.read_bytes()[:-9])
    again = ResultFile(path, HEADER)
    assert path.read_bytes() == whole
    assert again.results[KILLED.key] == KILLED
    assert [again.due(each) for each in (KILLED, ALIVE, replace(KILLED, label="D03"))] == [False, True, True]
    again.append(ALIVE)
    assert ResultFile(path, HEADER).results[ALIVE.key] == ALIVE


def test_results_of_two_programs_are_not_mixed(tmp_path: Path) -> None:
    """A file of another program is refused, or begun anew where that was asked for."""
    path = tmp_path / "defects.jsonl"
    ResultFile(path, HEADER).append(KILLED)
    other = replace(HEADER, program="01")
    with pytest.raises(RequestError, match="another program"):
        ResultFile(path, other)
    assert ResultFile(path, other, renew=True).results == {}
    assert read_results(path) == (other, [])


@pytest.mark.parametrize("text", ["", "time,volts\n", '{"schema": 1}\n'])
def test_what_is_no_kill_table_is_refused(tmp_path: Path, text: str) -> None:
    """A file of something else is one sentence, and nothing is written over it."""
    path = tmp_path / "other.jsonl"
    path.write_text(text)
    with pytest.raises(RequestError, match="holds no results of the catalogue"):
        read_results(path)
    if text:
        with pytest.raises(RequestError, match="holds no results of the catalogue"):
            ResultFile(path, HEADER, renew=True)
        assert path.read_text() == text


@pytest.mark.parametrize(
    ("status", "proved"),
    [(CAUGHT, True), (NOT_APPLICABLE, True), (PASSES, True), (ELSEWHERE, False), (SURVIVED, False),
     (NO_VERDICT, False), (REFUSED, False)],
)  # fmt: skip
def test_what_proves_nothing_is_loud(status: str, proved: bool) -> None:  # noqa: FBT001
    """A survivor, a kill by what nobody would name, an error of the bench and a healthy unit refused are said apart."""
    result = replace(KILLED, status=status)
    said = "\n".join(table.lines([result]))
    assert (not table.bad([result])) is proved
    assert (f"!!! {status.upper()}: D01 on bear" in said) is not proved


def test_the_table_holds_what_is_asked_of_it() -> None:
    """Defect, device, expected, caught by, first failing measurement with U and limits, margin; then the count."""
    head, row, *_, last = table.lines([KILLED, ALIVE, replace(ALIVE, label="D62", status=NOT_APPLICABLE, why="one")])
    assert head.split("  ")[0] == "defect"
    for words in (
        "D01", "bear", "current.accuracy, levels.linearity", "current.accuracy, off.residual", "-1.500 T",
        "current.positive-plateau = 850.0 µA ± 100 nA, limits 612.0 µA to 748.0 µA, at p",
    ):  # fmt: skip
        assert words in row
    assert last.startswith("1 of 2 defects caught")
    answer = json.loads(json.dumps(table.data([KILLED, ALIVE])))
    assert answer["survivors"] == ["bear D02"]
    assert answer["results"][0]["failing"]["margin"] == -1.5


def test_the_page_shows_survivors_too() -> None:
    """In the Markdown table a defect that nobody caught stands with its status, and one that does not apply not."""
    rows = list(table.markdown([KILLED, ALIVE, replace(ALIVE, label="D62", status=NOT_APPLICABLE)]))
    assert "`current.accuracy`, `off.residual`" in rows[2]
    assert "**SURVIVED**" in rows[3]
    assert not any("D62" in row for row in rows)


def test_a_first_look_keeps_the_ends() -> None:
    """Of many points a few are looked at first: lowest and top level, smallest and largest load, every kind of work."""
    points = [
        OperatingPoint(Setpoint(1, "steady", level, 1e-6, polarity), f"{load:g}R", load, method=method)
        for level in range(1, 11)
        for polarity in Polarity
        for load in (500.0, 2e3, 10e3)
        for method in (Method.STEADY, Method.OFF)
    ]
    few = narrowed(points)
    assert len(few) <= 24
    assert {point.setpoint.level for point in few} == {1, 10}
    assert {point.load_ohm for point in few} == {500.0, 10e3}
    assert {point.method for point in few} == {Method.STEADY, Method.OFF}
    assert narrowed(points[:3]) == tuple(points[:3])
