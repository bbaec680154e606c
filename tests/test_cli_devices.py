"""`stimcert devices` and `stimcert unit`."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest

from harness.cli import main
from harness.definitions.document import LIBRARY

if TYPE_CHECKING:
    from pathlib import Path


def test_the_list_of_devices(capsys: pytest.CaptureFixture[str]) -> None:
    """Every profile of the checkout, with how many of its values are stated and assumed, in 100 columns."""
    assert main(["devices"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines[1:-1]} == {path.stem for path in (LIBRARY / "devices").glob("*.toml")}
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("name", ["pantheon-4c-pro", "foreo-bear-2"])
def test_one_device_with_its_sources(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Each value that the file gives a basis is there, with it; no line is longer than 100 columns."""
    assert main(["devices", name]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert max(map(len, shown)) <= 100
    assert main(["devices", name, "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    text = (LIBRARY / "devices" / f"{name}.toml").read_text(encoding="utf-8")
    assert answer["stated"] == text.count('basis = "stated"')
    assert answer["assumed"] == text.count('basis = "assumed"')
    assert len(answer["values"]) == answer["stated"] + answer["assumed"]
    assert shown[1] == f"{len(answer['values'])} values: {answer['stated']} stated, {answer['assumed']} assumed"
    values = {value["name"]: value for value in answer["values"]}
    assert values["device_class"]["value"] == tomllib.loads(text)["device_class"]["value"]


@pytest.mark.parametrize("verb", ["devices", "unit"])
def test_an_unknown_device_is_one_sentence(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    """What is asked for, and what is there; exit code 2."""
    assert main([verb, "nobody"]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.count("\n") == 1
    assert "unknown name; known are " in streams.err


def test_a_unit_is_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is there, and was perhaps changed by hand, is not written over."""
    path = tmp_path / "unit.toml"
    assert main(["unit", "nuface-like", "-o", str(path)]) == 0
    written = path.read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["unit", "nuface-like"]) == 0
    assert capsys.readouterr().out == written
    assert main(["unit", "nuface-like", "-o", str(path)]) == 2
    assert "exists already" in capsys.readouterr().err
