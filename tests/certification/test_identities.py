"""Who took part, by the records of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from harness.certification import recompute
from harness.evidence import seal
from tests.certification.test_comparison import rewritten
from tests.examples import make_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Identity = dict[str, Any]


def on_metal(identity: Identity) -> None:
    """Say that all of it was real."""
    identity["simulated"] = False
    for who in (identity["unit"], *identity["instruments"].values()):
        who["serial_number"] = f"MY{who['serial_number'][3:]}"


CHANGES: dict[str, tuple[Callable[[Identity], object], dict[str, Any], set[str]]] = {
    "another instrument": (
        lambda said: said["instruments"]["multimeter"].update(serial_number="MY1"),
        {},
        {"identity: multimeter", "signal paths: multimeter"},
    ),
    "another model": (lambda said: said["instruments"]["switch"].update(model="X"), {}, {"identity: switch"}),
    "one left out": (lambda said: said["instruments"].pop("supply"), {}, {"identity: supply"}),
    "another kind of unit": (lambda said: said["unit"].update(model="BEAR 3"), {}, {"identity: unit"}),
    "another unit": (lambda said: said["unit"].update(serial_number="SIM-2"), {}, {"unit"}),
    "not simulated": (lambda said: said.update(simulated=False), {}, {"simulated"}),
    "not simulated, by run.json": (lambda _: None, {"simulated": False}, {"simulated"}),
    "of metal": (
        on_metal,
        {"simulated": False, "unit": "MY1"},
        {"simulated", "signal paths: multimeter", "signal paths: oscilloscope", "identity: multimeter"},
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_who_took_part_is_who_should_have(tmp_path: Path, what: str) -> None:
    """Identity record, bench file, profile, signal paths and run.json say the same, and what is emulated is so."""
    change, of_state, due = CHANGES[what]
    run = make_run(tmp_path / "run")
    state = json.loads((run / "run.json").read_bytes())
    (run / "run.json").write_text(json.dumps({**state, **of_state}), encoding="utf-8")

    def changed(kind: str, data: Identity) -> Identity:
        if kind == "identity":
            change(data)
        return data

    found = {item.quantity for item in recompute(rewritten(run, changed)).differences}
    assert due <= found
    assert found == due or what == "of metal"


def test_observations_by_nobody_are_found(tmp_path: Path) -> None:
    """What was taken before anybody said who they are is no evidence."""
    run = rewritten(make_run(tmp_path / "run"), lambda kind, data: None if kind == "identity" else data)
    assert [item.quantity for item in recompute(run).differences] == ["identity"]


def test_a_run_in_which_nobody_answered_claims_nothing_of_them(tmp_path: Path) -> None:
    """A run that ended before check-in is whole, and its run.json does not say whether anything was simulated."""
    run = make_run(tmp_path / "run")
    rewritten(run, lambda kind, data: data if kind in {"run-started", "plan"} else None)
    (run / "measurements.csv").unlink()
    state = json.loads((run / "run.json").read_bytes())
    for simulated, due in ((None, []), (False, ["simulated"])):
        claimed = {**state, "simulated": simulated, "verdict": None, "ended": None}
        (run / "run.json").write_text(json.dumps(claimed), encoding="utf-8")
        seal(run)
        assert [item.quantity for item in recompute(run).differences] == due
