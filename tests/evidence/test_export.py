"""The index as CSV and JSON: every value, to the last bit, as the schemas in docs/ say."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from harness.cli import main
from harness.evidence.export import columns
from tests.reports.support import Story, accuracy, disclosed, residual, sealed

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"
VALUES = [accuracy(1.02), residual(1e-9), disclosed(3e-7)]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Two runs, one of them simulated."""
    sealed(tmp_path / "a", Story(values=VALUES, outcomes=[("current.accuracy", "PASS")]))
    sealed(tmp_path / "b", Story(values=VALUES, simulated=True, unit="SIM-2", verdict=None, scope="partial"))
    return tmp_path


def test_csv_has_every_value_with_its_run(runs: Path, tmp_path: Path) -> None:
    """One line for each value, with the columns of the table schema, and numbers that come back bit for bit."""
    file = tmp_path / "out.csv"
    assert main(["export", str(runs), "-o", str(file)]) == 0
    schema = json.loads((SCHEMAS / "export-csv.schema.json").read_text(encoding="utf-8"))
    with file.open(newline="", encoding="utf-8") as text:
        reader = csv.DictReader(text)
        rows = list(reader)
    assert reader.fieldnames == [field["name"] for field in schema["fields"]]
    assert len(set(columns())) == len(schema["fields"]) == 42
    said = [(row["serial_number"], row["run_verdict"], row["simulated"], row["unit"]) for row in rows[::3]]
    assert said == [("B2-0001", "PASS", "false", "A"), ("SIM-2", "", "true", "A")]
    assert [float(row["value"]) for row in rows] == [value.measurement.value for value in VALUES] * 2
    uncertainties = [value.measurement.expanded_uncertainty for value in VALUES] * 2
    assert [float(row["expanded_uncertainty"]) for row in rows] == uncertainties
    assert [row["verdict"] for row in rows] == ["PASS", "PASS", "DISCLOSED"] * 2


def test_json_is_as_its_schema_says(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each run is an object with outcomes, instruments and values; the schema lets nothing else through."""
    assert main(["export", str(runs), "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    validator = Draft202012Validator(json.loads((SCHEMAS / "export.schema.json").read_text(encoding="utf-8")))
    validator.validate(answer)
    assert [len(run["measurements"]) for run in answer["runs"]] == [3, 3]
    assert answer["runs"][0]["outcomes"][0]["outcome"] == "PASS"
    answer["runs"][0]["more"] = 1
    assert not validator.is_valid(answer)


def test_an_unwritable_place_is_refused(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A place that cannot be written is one sentence and exit code 2, and nothing half-written is left."""
    assert main(["export", str(runs), "-o", str(tmp_path / "none" / "x.csv")]) == 2
    assert "cannot be written" in capsys.readouterr().err
