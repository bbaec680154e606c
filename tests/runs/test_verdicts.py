"""Healthy units pass, defective ones fail for the requirement that a person would name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runs.support import Run

ALL_PASS = {"current.accuracy": "PASS", "polarity.sign": "PASS", "off.residual": "PASS"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_healthy_unit_passes(certify: Callable[..., Run], seed: int) -> None:
    """A healthy unit on a bench of any seed gets no verdict but PASS, and exit code 0."""
    run = certify(f"--seed={seed}")
    assert run.code == 0, run.output
    assert {row["verdict"] for row in run.rows} == {"PASS"}
    assert run.outcomes == ALL_PASS
    assert run.state["verdict"] == "PASS"
    assert run.state["complete"] is True
    assert run.state["scope"] == "whole"
    assert run.state["seed"] == seed
    assert len(run.rows) == 330


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4, 24))
def test_a_healthy_unit_passes_on_twenty_benches(certify: Callable[..., Run], seed: int) -> None:
    """Twenty more benches give a healthy unit no verdict but PASS."""
    test_a_healthy_unit_passes(certify, seed)


@pytest.mark.parametrize(
    ("defect", "failing"),
    [
        ("D01", {"current.accuracy"}),
        ("D02", {"current.accuracy"}),
        ("D15", {"current.accuracy", "polarity.sign"}),
        ("D31", {"polarity.sign"}),
    ],
)
def test_a_defect_fails_what_a_person_would_name(certify: Callable[..., Run], defect: str, failing: set[str]) -> None:
    """A defective unit fails exactly the requirements that its defect touches, and exits 1."""
    run = certify(f"--simulated-unit={defect}")
    assert run.code == 1, run.output
    assert run.outcomes == {name: "FAIL" if name in failing else "PASS" for name in ALL_PASS}
    assert run.state["verdict"] == "FAIL"


def test_an_offset_shows_at_the_lowest_level_only(certify: Callable[..., Run]) -> None:
    """An offset of 8 µA leaves the tolerance at 68 µA and nowhere else."""
    run = certify("--simulated-unit=D02")
    assert {row["level"] for row in run.rows if row["verdict"] == "FAIL"} == {"1"}


def test_an_open_leg_shows_in_the_negative_phase_only(certify: Callable[..., Run]) -> None:
    """A dead negative direction fails negative phases, also of the bipolar setting, and no positive one."""
    run = certify("--simulated-unit=D15")
    failed = {(row["quantity"], row["polarity"]) for row in run.rows if row["verdict"] == "FAIL"}
    assert failed == {
        (f"{name}", polarity)
        for name in ("current.negative-plateau", "polarity.negative-phase")
        for polarity in ("negative", "bipolar")
    }


def test_the_truth_lies_within_the_uncertainty(certify: Callable[..., Run], examine: Callable[..., object]) -> None:
    """What the multimeter says of a positive level agrees with what really flowed, within 1.5 U."""
    bench = examine("--seed", "11")
    key = "ch1-steady-L07-positive-10k"
    run = certify(f"--bench={bench.bench_file}", "-k", key)  # type: ignore[attr-defined]
    assert run.code == 16, run.output
    row = next(row for row in run.rows if row["quantity"] == "current.positive-plateau")
    now = bench.ask("time")["time"]  # type: ignore[attr-defined]
    truth = bench.ask("truth", quantity="current", channel=1, **{"from": 0.0}, to=now, statistic="maximum")["value"]  # type: ignore[attr-defined]
    # The maximum holds half a microampere of mains pickup at most; the mean of the plateau lies that much below.
    assert float(row["value"]) == pytest.approx(truth, abs=1.5 * float(row["expanded_uncertainty"]) + 0.5e-6)
