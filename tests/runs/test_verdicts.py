"""Healthy units of both devices pass, and what was measured is what flowed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.runs.support import ONE_POINT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runs.support import Examiner, Run

ALL = frozenset(
    {
        "anti-shock.rise", "anti-shock.restart", "anti-shock.short-gap", "anti-shock.restart-share",
        "anti-shock.off-after-loss", "bench.contact-gap", "characterisation.output", "current.accuracy",
        "current.accuracy-60601-2-10", "polarity.sign", "polarity.indicator", "polarity.opposite",
        "polarity.net-direct-current", "polarity.alternation", "off.residual", "off.pulses", "overload.ceiling",
        "overload.touch", "overload.cycles", "overload.trip", "overload.trip-restart",
        "shape.frequency", "shape.divider", "shape.duty", "shape.edges", "shape.droop", "shape.amplitude",
    }
)  # fmt: skip
NOT_JUDGED = {
    "anti-shock.restart-share": "DISCLOSED",
    "characterisation.output": "DISCLOSED",
    "current.accuracy-60601-2-10": "MET (UNVERIFIED TEXT)",
}
NOT_OF = {
    # No square wave with a single polarity; no mode whose frequency is set.
    "foreo-bear-2": {"polarity.opposite"},
    # No sensing of contact, no trip, no steady current.
    "pantheon-clinical": {name for name in ALL if name.startswith("anti-shock")}
    | {"bench.contact-gap", "overload.trip", "overload.trip-restart", "polarity.alternation"},
}


OF_ALL = {
    # What holds of every microcurrent device; an article's round thousand does not.
    "class.microcurrent-current": "PASS",
    "class.microcurrent-polarity": "PASS",
    "claim.p1": "PASS",
    "claim.p2": "NOT SUPPORTED",
    "claim.p-energy": "OUT OF SCOPE",
    "fda.leakage": "DOCUMENT DUE",
}
SPOILT = {"FAIL", "ERROR", "CONDITIONAL PASS", "CONDITIONAL FAIL", "SUSPECT"}
"""What no requirement of a healthy unit comes to, whether it decides or not."""


def expected(device: str) -> dict[str, str]:
    """The outcomes for a healthy unit that are known one by one; whatever else is required is in the exit code."""
    return {
        name: "NOT APPLICABLE" if name in NOT_OF[device] else NOT_JUDGED.get(name, "PASS") for name in ALL
    }  # fmt: skip


def certify_healthy(certify: Callable[..., Run], device: str, seed: int) -> None:
    """Certify the healthy unit of a device over its whole plan."""
    run = certify(f"--device={device}", f"--seed={seed}")
    assert run.code == 0, run.output
    assert {row["verdict"] for row in run.rows} == {"PASS", "DISCLOSED"}
    assert run.outcomes.items() >= expected(device).items()
    assert run.outcomes.items() >= OF_ALL.items()
    assert not SPOILT & set(run.outcomes.values()), run.output
    state = run.state
    assert (state["verdict"], state["complete"], state["scope"], state["seed"]) == ("PASS", True, "whole", seed)
    planned = re.search(r"^plan: (\d+) operating points", run.output, re.MULTILINE)
    assert planned is not None
    assert run.kinds.count("observation") == int(planned.group(1))
    assert re.search(r"^bench time: \d+ s \(simulated, [\d.]+ s running\)$", run.output, re.MULTILINE)


@pytest.mark.parametrize("device", sorted(NOT_OF))
def test_a_healthy_unit_passes(certify: Callable[..., Run], device: str) -> None:
    """A healthy unit of each device passes every requirement that applies to it, and exits 0."""
    certify_healthy(certify, device, 1)


@pytest.mark.parametrize("seed", [2])
def test_a_healthy_unit_passes_on_another_bench(certify: Callable[..., Run], seed: int) -> None:
    """A healthy unit on a bench of any seed gets no verdict but PASS, and exit code 0."""
    run = certify(f"--seed={seed}")
    assert run.code == 0, run.output
    assert not SPOILT & set(run.outcomes.values()), run.output
    assert run.state["verdict"] == "PASS"
    assert run.state["seed"] == seed


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 22))
@pytest.mark.parametrize("device", sorted(NOT_OF))
def test_a_healthy_unit_passes_on_twenty_benches(certify: Callable[..., Run], device: str, seed: int) -> None:
    """Twenty more benches give a healthy unit of each device no verdict but PASS."""
    certify_healthy(certify, device, seed)


def test_the_truth_lies_within_the_uncertainty(certify: Callable[..., Run], examine: Callable[..., Examiner]) -> None:
    """What the multimeter says of a positive level agrees with what really flowed, within 1.5 U."""
    bench = examine("--seed", "11")
    run = certify(f"--bench={bench.bench_file}", "-k", ONE_POINT)
    assert run.code == 16, run.output
    row = next(row for row in run.rows if row["quantity"] == "current.positive-plateau")
    now = bench.ask("time")["time"]
    truth = bench.ask("truth", quantity="current", channel=1, **{"from": 0.0}, to=now, statistic="maximum")["value"]
    # The maximum holds half a microampere of mains pickup at most; the mean of the plateau lies that much below.
    assert float(row["value"]) == pytest.approx(truth, abs=1.5 * float(row["expanded_uncertainty"]) + 0.5e-6)


def test_the_smallest_level_is_well_decided(certify: Callable[..., Run]) -> None:
    """Of 10 µA into 500 Ω the plan prints a T/U of 6 or more, in every polarity and phase."""
    run = certify("--plan", "--device=pantheon-clinical")
    assert run.code == 0, run.output
    line = re.compile(
        r"^ +(current\.\S+) +(ch1-square-L01-\S+-500R) +\S+ (?:s|min) +(\S+ µA) +\S+ \S+ +([\d.]+)  ", re.MULTILINE
    )
    found = line.findall(run.output)
    assert {(quantity, tolerance) for quantity, _, tolerance, _ in found} == {
        ("current.positive-plateau", "2.000 µA"),
        ("current.negative-plateau", "2.000 µA"),
    }
    assert len(found) == 4
    assert all(float(ratio) >= 6 for *_, ratio in found), found
