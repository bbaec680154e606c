"""Gaps are what they are called, and no contact switch that does not work makes anything pass."""

from __future__ import annotations

import subprocess
import time
from itertools import groupby
from typing import TYPE_CHECKING

import pytest

from tests.runs.support import BENCH, BETWEEN_LOOKS_S, ROOT, RUN_LIMIT_S, arguments, at, without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.runs.support import Examiner, Run

BEAR = "--device=foreo-bear-2"
GAPS_MS = (1, 2, 5, 10, 15, 20, 50, 100, 500)
REPEATS = 5
HEALTHY = str(ROOT / "fixtures/units/foreo-bear-2.toml")
JITTER_S = 20e-6
MONITOR_HIGH_V = 3.3
FINEST_S = 0.2e-3
NOTHING_S = 1e-9
TOP = "ch1-steady-L10-positive-10k-"
NEEDS_CONTACT = {
    "anti-shock.rise", "anti-shock.restart", "anti-shock.short-gap", "anti-shock.restart-share",
    "anti-shock.off-after-loss", "bench.contact-gap", "overload.touch", "overload.cycles",
    "anti-shock.bounce", "anti-shock.glide", "contact.latency",
}  # fmt: skip


UNSWITCHED = without(BENCH, "instruments.contact_switch", "contact_switch")
"""The bench without its contact switch; its two contacts, 50 Ω, are made up for in the loads, or were never there."""
for _wired, _bare in {
    "resistance_ohm = 250.0": "resistance_ohm = 300.0",
    "resistance_ohm = 750.0": "resistance_ohm = 800.0",
    "resistance_ohm = 1750.0": "resistance_ohm = 1800.0",
    "stated_ohm = 250.0": "stated_ohm = 200.0",
    "stated_ohm = 2050.0": "stated_ohm = 2000.0",
}.items():
    UNSWITCHED = UNSWITCHED.replace(f"\n{_wired}", f"\n{_bare}")


def open_times(bench: Examiner) -> list[float]:
    """How long the contact monitor was open, each time, by the truth: its mean over slices, whose share is exact."""
    end = bench.ask("time")["time"]
    groups = groupby(open_shares(bench, 0.0, end), key=lambda share: share > NOTHING_S)
    return [sum(group) for is_open, group in groups if is_open]


def open_shares(bench: Examiner, start: float, end: float) -> Iterator[float]:
    """Time open within slices from start to end, fine where something changes."""
    key = {"from": start, "to": end, "statistic": "mean"}
    share = (1 - bench.ask("truth", quantity="monitor-voltage", **key)["value"] / MONITOR_HIGH_V) * (end - start)
    if NOTHING_S < share < end - start - NOTHING_S and end - start > FINEST_S:
        middle = (start + end) / 2
        yield from open_shares(bench, start, middle)
        yield from open_shares(bench, middle, end)
    else:
        yield share


def test_every_gap_is_the_one_requested(certify: Callable[..., Run], examine: Callable[..., Examiner]) -> None:
    """All nine gaps pass the bench's own row and were, in truth, within the switch's jitter of what was asked."""
    bench = examine("--simulated-unit", HEALTHY)
    run = certify(f"--bench={bench.bench_file}", BEAR, *at(TOP, *(f"gap-{gap}ms" for gap in GAPS_MS)))
    assert run.code == 16, run.output
    rows = run.verdicts("bench.gap-deviation") | run.verdicts("bench.long-gap-deviation")
    assert rows == {f"{TOP}gap-{gap}ms": "PASS" for gap in GAPS_MS}
    seen = open_times(bench)
    for gap in GAPS_MS:
        same = [real for real in seen if abs(real - gap * 1e-3) <= JITTER_S]
        assert len(same) == REPEATS, (gap, seen)


def test_the_share_of_restarts_is_disclosed(certify: Callable[..., Run]) -> None:
    """A gap shorter than the debouncing hardly ever restarts the rise, one that has to be recognised always does."""
    run = certify(BEAR, *at(TOP, "gap-1ms", "gap-5ms", "gap-15ms", "gap-20ms"))
    assert run.code == 16, run.output
    rows = [row for row in run.rows if row["quantity"] == "anti-shock.restart-share"]
    assert {row["verdict"] for row in rows} == {"DISCLOSED"}
    share = {row["test"].rpartition("gap-")[2].rstrip("]"): float(row["value"]) for row in rows}
    assert set(share) == {"1ms", "5ms", "15ms", "20ms"}
    assert share["1ms"] <= 0.2
    assert share["1ms"] <= share["5ms"] <= 1
    assert share["15ms"] == share["20ms"] == 1


def test_a_welded_contact_switch_passes_nothing(certify: Callable[..., Run], examine: Callable[..., Examiner]) -> None:
    """Where the contacts at the electrodes are welded, no requirement that needs them to move passes."""
    bench = examine("--simulated-unit", HEALTHY)
    bench.ask("fault", target="contact_switch", kind="stuck-closed")
    run = certify(
        f"--bench={bench.bench_file}",
        BEAR,
        *at(
            TOP, "gap-5ms", "gap-20ms", "first-contact-touch", "loss-15ms", "latency", "glide-bounces", "electrode-both"
        ),
    )
    assert run.code == 1, run.output
    judged = {
        name: outcome for name, outcome in run.outcomes.items() if name.startswith(("anti-shock", "bench", "contact"))
    }
    assert "PASS" not in judged.values(), judged
    assert "DISCLOSED" not in judged.values(), judged


@pytest.mark.parametrize("point", ["touch", "gap-20ms"])
def test_a_unit_that_stays_live_behind_an_open_contact(
    examine: Callable[..., Examiner], tmp_path: Path, point: str
) -> None:
    """It fails, the run says that it is live, and the bench leaves electrodes and loads open."""
    bench = examine("--simulated-unit", HEALTHY)
    line = arguments(tmp_path / "run", f"--bench={bench.bench_file}", BEAR, *at(TOP, point))
    process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while bench.ask("state")["output"][0]["state"] != "RUN":
        assert process.poll() is None
        time.sleep(BETWEEN_LOOKS_S)
    bench.ask("fault", target="stimulator", kind="stays-live")
    output, _ = process.communicate(timeout=RUN_LIMIT_S)
    assert process.returncode == 1, output
    assert "the unit is live with its output off" in output
    assert "safe state NOT confirmed: with the output off" in output
    assert any(line.startswith("off.residual ") and " FAIL " in line for line in output.splitlines()), output
    assert bench.electrode_relay() == 0
    assert bench.relays() == []


def test_a_bench_without_contact_switch_is_incomplete(certify: Callable[..., Run], tmp_path: Path) -> None:
    """Without the contact switch the rows that need it are NOT TESTED with the reason, and the run is INCOMPLETE."""
    file = tmp_path / "bench.toml"
    file.write_text(UNSWITCHED, encoding="utf-8")
    run = certify(f"--bench={file}")
    assert run.code == 1, run.output
    assert run.state["verdict"] == "INCOMPLETE"
    lacking = {"overload.touch", "overload.cycles"}
    assert {name: run.outcomes[name] for name in lacking} == dict.fromkeys(lacking, "NOT TESTED")
    assert all("this bench lacks contact-timing" in run.state["notes"][name] for name in lacking)


@pytest.mark.parametrize(
    ("text", "needing", "said"),
    [
        (UNSWITCHED, NEEDS_CONTACT, "contact-timing"),
        (without(BENCH, "electrode_voltage"), {"anti-shock.off-after-loss"}, "electrode-voltage"),
        (
            without(BENCH, "instruments.auxiliary_supply", "auxiliary_source"),
            {"overload.trip"},
            "auxiliary-source",
        ),
    ],
    ids=["contact-switch", "electrode-voltage", "auxiliary-source"],
)
def test_what_a_bench_lacks_is_never_not_applicable(
    certify: Callable[..., Run], tmp_path: Path, text: str, needing: set[str], said: str
) -> None:
    """A bench file without a section makes the plan say NOT TESTED, and what is lacking, for each row that needs it."""
    file = tmp_path / "bench.toml"
    file.write_text(text, encoding="utf-8")
    run = certify(f"--bench={file}", BEAR, "--plan")
    assert run.code == 0, run.output
    lines = {line.split()[0]: line for line in run.output.splitlines() if "NOT TESTED: this bench lacks" in line}
    assert needing <= set(lines)
    assert all(said in line for line in lines.values())
