"""Faults of wiring, probes, relays and memories: the bench is blamed, and the unit is neither passed nor failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.runs.support import TWO_POINTS, soak_unless

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.support import Examiner, Run

DISAGREE = "two instruments disagree about one current, twice"
TWINS = {
    ("oscilloscope", "swapped-leads"), ("multimeter", "open-lead"), ("oscilloscope", "ac-coupled"),
    ("oscilloscope", "truncate"), ("multimeter", "noise"),
}  # fmt: skip
"""Faults that the same sentence finds as another one that is tried."""


@pytest.mark.parametrize(
    ("fault", "words"),
    soak_unless(lambda case: (case[0]["target"], case[0]["kind"]) not in TWINS, [
        ({"target": "multimeter", "kind": "swapped-leads"}, DISAGREE),
        ({"target": "oscilloscope", "kind": "swapped-leads"}, DISAGREE),
        ({"target": "multimeter", "kind": "open-lead"}, DISAGREE),
        ({"target": "oscilloscope", "kind": "probe", "ratio": 10}, DISAGREE),
        ({"target": "oscilloscope", "kind": "ac-coupled"}, DISAGREE),
        ({"target": "oscilloscope", "kind": "stale"}, "which is no record of type PEAK"),
        ({"target": "multimeter", "kind": "stale"}, DISAGREE),
        ({"target": "switch", "kind": "stuck-closed", "channel": 112}, DISAGREE),
        ({"target": "multimeter", "kind": "previous", "after": 12, "count": 0}, "multimeter answered"),
        ({"target": "oscilloscope", "kind": "truncate", "after": 20}, "oscilloscope"),
        ({"target": "multimeter", "kind": "noise", "after": 12, "count": 0}, "which is not ASCII text"),
        ({"target": "stimulator", "kind": "previous", "after": 12}, "an answer to another request"),
    ]),
    ids=lambda value: f"{value['target']}-{value['kind']}" if isinstance(value, dict) else "",
)  # fmt: skip
def test_a_fault_of_the_bench_is_the_benchs(
    certify: Callable[..., Run], examine: Callable[..., Examiner], fault: dict[str, Any], words: str
) -> None:
    """A good unit on a bench with one fault: an ERROR that says what was seen, and nothing failed."""
    bench = examine()
    bench.ask("fault", **fault)
    run = certify(f"--bench={bench.bench_file}", "-k", TWO_POINTS)
    assert run.code == 1, run.output
    assert words in run.output
    assert "ERROR" in run.outcomes.values()
    assert not run.failing, run.output
    assert bench.output_is_off()


def test_a_bench_with_small_faults_passes_a_good_unit(
    certify: Callable[..., Run], examine: Callable[..., Examiner], tmp_path: Path
) -> None:
    """Bouncing relays, a leaking electrode relay and load relay, more thermal voltage: all of it is in a fault file."""
    faults = tmp_path / "faults.toml"
    faults.write_text(
        """
        [[faults]]
        target = "switch"
        kind = "bounce"
        [[faults]]
        target = "watchdog"
        kind = "bounce"
        [[faults]]
        target = "watchdog"
        kind = "leakage"
        channel = 1
        [[faults]]
        target = "switch"
        kind = "leakage"
        channel = 101
        [[faults]]
        target = "multimeter"
        kind = "emf"
        """,
        encoding="utf-8",
    )
    bench = examine("--faults", str(faults))
    run = certify(f"--bench={bench.bench_file}", "-k", TWO_POINTS)
    assert not run.failing, run.output
    assert "ERROR" not in run.outcomes.values(), run.output
    assert set(run.verdicts("current.positive-plateau").values()) == {"PASS"}
