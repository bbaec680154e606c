"""The fault file: faults that come and go by themselves."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import jsonschema
import pytest

from harness.errors import DefinitionError
from harness.simulation.fault_kinds import kinds
from harness.simulation.fault_requests import parse
from harness.simulation.files.faultfile import read_faults
from tests.simulation.client import BENCH, PLAIN, ROOT, UNIT, Simulation
from tests.simulation.desk import Desk, desk
from tests.simulation.test_command_line import refused

if TYPE_CHECKING:
    from pathlib import Path


def planned(tmp_path: Path, text: str) -> Desk:
    """Put a bench together with a fault file."""
    path = tmp_path / "faults.toml"
    path.write_text(text, encoding="utf-8")
    table = desk()
    table.bench.plan_faults(read_faults(path, lambda request: parse(request, table.bench)))
    return table


def on(table: Desk) -> list[str]:
    """Answer the kinds that are on."""
    return [fault["kind"] for fault in table.control("state")["faults"]]


def test_faults_come_and_go_at_their_times(tmp_path: Path) -> None:
    """Without times from the first message until cleared; else from `at_s` on, for `for_s`."""
    table = planned(
        tmp_path,
        """
        schema = 1
        [[faults]]
        target = "RM100"
        kind = "resistance"
        factor = 1.1
        [[faults]]
        target = "electrodes"
        kind = "swapped-leads"
        at_s = 2.0
        for_s = 0.5
        [[faults]]
        target = "multimeter"
        kind = "silent"
        at_s = 3.0
        count = 0
        """,
    )
    assert on(table) == ["resistance"]
    assert table.control("state")["errors"]["resistors"]["RM100"] == pytest.approx(110.0, rel=1e-9)
    table.control("advance", seconds=1.9999)
    assert on(table) == ["resistance"]
    table.control("advance", seconds=0.0001)
    assert on(table) == ["resistance", "swapped-leads"]
    table.control("advance", seconds=0.5)
    assert on(table) == ["resistance"]
    table.control("advance", seconds=0.5)
    assert table.tell("multimeter", "*OPC?") == b""


def test_clear_takes_back_what_is_still_to_come(tmp_path: Path) -> None:
    """After `clear` nothing comes any more."""
    table = planned(tmp_path, "[[faults]]\ntarget = 'load'\nkind = 'open-lead'\nat_s = 1.0\n")
    table.control("fault", clear=True)
    table.control("advance", seconds=2.0)
    assert on(table) == []


def test_a_drift_of_the_file_begins_when_it_is_switched_on(tmp_path: Path) -> None:
    """Its time counts from `at_s`."""
    table = planned(
        tmp_path,
        "[[faults]]\ntarget = 'multimeter'\nkind = 'drift'\ngain = 0.1\nover_s = 10.0\nat_s = 5.0\n",
    )
    own = table.control("state")["errors"]["multimeter"]["1"]["gain"]
    table.control("advance", seconds=10.0)
    assert table.control("state")["errors"]["multimeter"]["1"]["gain"] - own == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("", "faults", "is missing"),
        ("faults = []", "faults", "is empty"),
        ("faults = [1]", "faults", "write [[faults]] above each"),
        ("schema = 2\n[[faults]]\n", "schema", "this version reads 1"),
        ("[[faults]]\nkind = 'silent'", "faults[0]", "target is missing"),
        ("[[faults]]\ntarget = 'moon'\nkind = 'silent'", "faults[0]", "is none of oscilloscope"),
        ("[[faults]]\ntarget = 'load'\nkind = 'silent'", "faults[0]", "it takes open-lead, intermittent-lead"),
        ("[[faults]]\ntarget = 'load'\nkind = 'open-lead'\nat_s = -1", "faults[0]", "at_s is -1"),
        ("[[faults]]\ntarget = 'load'\nkind = 'open-lead'\nfor_s = 0", "faults[0]", "for_s is 0"),
        ("[[faults]]\ntarget = 'load'\nkind = 'open-lead'\nfor_s = nan", "faults[0]", "for_s"),
        ("[[faults]]\ntarget = 'load'\nkind = 'open-lead'\ncolour = 'red'", "faults[0]", "unknown key 'colour'"),
        ("[[faults]]\ntarget = 'load'\nkind = 'open-lead'\n[moon]", "moon", "unknown key"),
    ],
)
def test_a_wrong_file_is_refused_with_its_key(tmp_path: Path, text: str, where: str, said: str) -> None:
    """The sentence names the file, the row and what is allowed."""
    with pytest.raises(DefinitionError) as caught:
        planned(tmp_path, text)
    assert said in str(caught.value)
    assert "faults.toml" in str(caught.value)
    assert where in str(caught.value)


def test_the_program_takes_a_fault_file(tmp_path: Path) -> None:
    """`--faults FILE` is on from the start; a wrong one is one sentence and exit code 2."""
    path = tmp_path / "faults.toml"
    path.write_text("[[faults]]\ntarget = 'switch'\nkind = 'stuck-closed'\nchannel = 101\n", encoding="utf-8")
    with Simulation(f"--faults={path}", bench=PLAIN) as simulation:
        state = simulation.control("state")
        assert state["relays"] == []
        assert state["conducting"] == [101]
    path.write_text("[[faults]]\ntarget = 'watchdog'\nkind = 'bounce'\ngaps = 0\n", encoding="utf-8")
    sentence = refused(f"--bench={BENCH}", f"--simulated-unit={UNIT}", f"--faults={path}")
    assert "gaps is 0; it is at least 1" in sentence
    words = [sys.executable, "-m", "harness.cli", "simulate", f"--faults={path}"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (2, sentence)
    assert "none.toml" in refused(f"--bench={BENCH}", f"--simulated-unit={UNIT}", "--faults=none.toml")


def test_the_documents_example_fits_reader_and_schema(tmp_path: Path) -> None:
    """The fault file in docs/control-port.md is accepted by both; a parameter of another kind by neither."""
    text = (ROOT / "docs/control-port.md").read_text(encoding="utf-8")
    found = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert found is not None
    example = found.group(1)
    schema = json.loads((ROOT / "docs/schemas/faults.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(tomllib.loads(example), schema)
    table = planned(tmp_path, example)
    assert on(table) == ["drift"]
    wrong = example.replace("over_s", "open_s", 1)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(wrong), schema)
    with pytest.raises(DefinitionError):
        planned(tmp_path, wrong)


def test_every_kind_and_parameter_is_documented() -> None:
    """docs/control-port.md names each kind in a row of its tables, with each of its parameters in it."""
    rows: dict[str, str] = {}
    for line in (ROOT / "docs/control-port.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            rows.setdefault(line.split("`")[1], "")
            rows[line.split("`")[1]] += line
    for kind in kinds().values():
        assert kind.name in rows, kind.name
        for parameter in kind.parameters:
            assert f'`"{parameter.name}"`' in rows[kind.name], (kind.name, parameter.name)
