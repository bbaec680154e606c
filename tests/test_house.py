"""The house itself: its walls hold, its modules say what they are, its schemas are current."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from tests.examples import checkout

ROOT = checkout()
SCHEMAS = ROOT / "docs" / "schemas"
FOLDERS = {
    "devices": "device",
    "requirements": "requirement",
    "benches": "bench",
    "instruments": "instrument",
    "units": "unit",
}
FILES = [(folder, path) for folder in FOLDERS for path in sorted((ROOT / "fixtures" / folder).glob("*.toml"))]
MODULES = [
    path
    for path in sorted((ROOT / "harness").rglob("*.py"))
    if path.read_bytes().strip() and not (path.name.startswith("_") and path.name not in {"__init__.py", "__main__.py"})
]


def test_the_walls_hold() -> None:
    """Every import contract of pyproject.toml is kept."""
    program = Path(sys.executable).with_name("lint-imports")
    # At the root of the checkout, whose pyproject.toml holds the contracts, and without a cache of another checkout.
    done = subprocess.run(
        [program, "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert " 0 broken." in done.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_module_says_what_it_is(path: Path) -> None:
    """A public module that holds anything begins with a docstring of whole sentences."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert text, f"{path} has no docstring"
    assert text.splitlines()[0].strip()


def generated() -> dict[str, str]:
    """What docs/schemas/generate.py would write."""
    specification = importlib.util.spec_from_file_location("generate", SCHEMAS / "generate.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    texts: dict[str, str] = module.schemas()
    return texts


@pytest.mark.parametrize(
    "name", ["device", "requirement", "bench", "instrument", "faults", "signatories", "export", "export-csv"]
)
def test_schemas_are_current(name: str) -> None:
    """The JSON Schemas in docs/ are those of the models; `python docs/schemas/generate.py` makes them so."""
    file = f"{name}.schema.json"
    assert (SCHEMAS / file).read_text(encoding="utf-8") == generated()[file]


def plain(value: object) -> object:
    """TOML's dates as JSON has them."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def validator(name: str) -> Draft202012Validator:
    """A checked schema."""
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize(("folder", "path"), FILES, ids=[f"{folder}/{path.name}" for folder, path in FILES])
def test_every_definition_of_the_checkout_fits_its_schema(folder: str, path: Path) -> None:
    """What comes with the checkout validates against the schema that its documentation shows."""
    validator(FOLDERS[folder]).validate(plain(tomllib.loads(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize(
    ("folder", "file", "key"),
    [
        ("devices", "foreo-bear-2", "protocol"),
        ("benches", "simulated", "instruments"),
        ("benches", "simulated", "mains_frequency_hz"),
        ("instruments", "keysight-34461a", "inputs"),
        ("requirements", "output", "requirements"),
    ],
)
def test_a_schema_refuses_what_the_harness_refuses(folder: str, file: str, key: str) -> None:
    """A missing key and an unknown one do not fit the schema."""
    path = ROOT / "fixtures" / folder / f"{file}.toml"
    data = plain(tomllib.loads(path.read_text(encoding="utf-8")))
    check = validator(FOLDERS[folder])
    with pytest.raises(ValidationError):
        check.validate({name: value for name, value in data.items() if name != key})
    with pytest.raises(ValidationError):
        check.validate({**data, "no-such-key": 1})


@pytest.mark.parametrize(
    ("data", "fits"),
    [
        ({"control": "127.0.0.1:41001"}, True),
        ({"extends": "simulated", "influences": {"thermal_emf_v": 1e-6}}, True),
        ({"extends": "simulated", "influence": {}}, False),
        ({"extends": 7}, False),
        ({"control": "127.0.0.1:41001", "name": "x"}, False),
        ({}, False),
    ],
)
def test_a_bench_file_may_be_a_change_or_a_control_port(data: dict[str, Any], *, fits: bool) -> None:
    """Besides a whole bench a file may change another one, or join a running simulation."""
    assert validator("bench").is_valid(data) is fits
