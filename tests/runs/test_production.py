"""The selection of an end-of-line station: short, and shorter for a unit that is not worth it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.support import Run

BEAR, PANTHEON = "foreo-bear-2", "pantheon-clinical"
MOST_S = 60.0
REFUSED_WITHIN_S = 5.0
DEAD = 'schema = 1\nextends = "foreo-bear-2"\ndefect = "D23"\n[electronics]\nseries_ohm = 1e12\n'
SILENT = (
    'schema = 1\nextends = "foreo-bear-2"\ndefect = "no power"\n[electronics]\nbattery_v = 2.0\nbattery_empty_v = 1.0\n'
)


@pytest.mark.parametrize("device", [BEAR, PANTHEON])
def test_a_healthy_unit_is_done_within_a_minute(certify: Callable[..., Run], device: str) -> None:
    """Both ends of the range in both directions, contact and the off state are judged in a minute of bench time."""
    run = certify(f"--device={device}", "-m", "production")
    assert run.code == 0, run.output
    assert (run.state["scope"], run.state["verdict"], run.state["refused_at"]) == ("production", "PASS", "")
    assert 0 < run.state["bench_time_s"] <= MOST_S
    judged = {"current.accuracy", "polarity.sign", "off.residual", "overload.ceiling"}
    assert {run.outcomes[name] for name in judged} == {"PASS"}


@pytest.mark.parametrize(("device", "defect"), [(BEAR, DEAD), (BEAR, "D31"), (PANTHEON, "D23")])
def test_a_dead_or_swapped_unit_is_refused_at_once(
    certify: Callable[..., Run], tmp_path: Path, device: str, defect: str
) -> None:
    """It fails the first point, and no other point is taken: FAIL within five seconds of bench time."""
    unit = tmp_path / "unit.toml"
    unit.write_text(defect, encoding="utf-8")
    run = certify(f"--device={device}", f"--simulated-unit={unit if defect is DEAD else defect}", "-m", "production")
    assert run.code == 1, run.output
    first = run.state["refused_at"]
    assert first.endswith("-line")
    assert {row["test"].rpartition("[")[2].rstrip("]") for row in run.rows} == {first}
    assert (run.state["scope"], run.state["verdict"], run.state["complete"]) == ("production", "FAIL", False)
    assert run.state["bench_time_s"] <= REFUSED_WITHIN_S
    assert run.last_line.endswith(f"refused at {first}")


def test_a_silent_unit_is_refused_before_anything_is_measured(certify: Callable[..., Run], tmp_path: Path) -> None:
    """One that does not answer is an ERROR in one sentence, and no bench time is spent on it."""
    unit = tmp_path / "unit.toml"
    unit.write_text(SILENT, encoding="utf-8")
    run = certify(f"--device={BEAR}", f"--simulated-unit={unit}", "-m", "production")
    assert run.code == 1, run.output
    assert run.state["verdict"] == "ERROR"
    assert "check that it is on and connected" in run.output
    assert run.rows == []
    assert run.state["bench_time_s"] <= REFUSED_WITHIN_S


def test_a_later_run_tells_of_the_earlier_ones(certify: Callable[..., Run]) -> None:
    """The second run of a serial number says so, with the verdict of the first, in the terminal and on the page."""
    options = (f"--device={BEAR}", "--simulated-unit=D31", "-m", "production")
    certify(*options)
    run = certify(*options)
    sentence = "run 2 of SIM-BEAR2-0001; earlier: FAIL (production) on "
    assert run.state["run_of_unit"].startswith(sentence)
    assert sentence in run.output
    assert sentence in (run.path / "report.html").read_text(encoding="utf-8")
