# ruff: noqa: INP001 - a script, not a package
"""Write the JSON Schemas of device, requirement, bench, accuracy, fault and signatories files from what reads them.

Run `python docs/schemas/generate.py` after a change of harness/definitions, or of the kinds of faults. Editors that
know JSON Schema (Even Better TOML, taplo) then check and complete a file while it is written. The harness itself checks
more: no schema says what two keys mean together.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from harness.definitions.accuracy import InstrumentAccuracy
from harness.definitions.benches import BenchDefinition
from harness.definitions.devices import DeviceProfile
from harness.definitions.requirements import RequirementFile
from harness.definitions.signatories import Signatories
from harness.evidence.export import SCHEMA, columns, fields_of
from harness.evidence.index_rows import InstrumentRow, MeasurementRow, OutcomeRow, RunRow

if TYPE_CHECKING:
    from pydantic import BaseModel

FOLDER = Path(__file__).resolve().parent
FAULTS = FOLDER.parents[1] / "harness" / "simulation" / "models" / "faults.toml"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(model: type[BaseModel], title: str) -> dict[str, Any]:
    """The schema of a whole file."""
    return {"$schema": DIALECT, **model.model_json_schema(mode="validation", by_alias=True), "title": title}


def bench_schema() -> dict[str, Any]:
    """A bench file is whole, or changes another one, or joins a running simulation."""
    whole = schema_of(BenchDefinition, "Bench")
    definitions = whole.pop("$defs")
    dialect, title = whole.pop("$schema"), whole.pop("title")
    changes = {
        "type": "object",
        "description": "Changes of another bench; its tables are laid over the other's key by key.",
        "properties": {"extends": {"type": "string"}},
        "required": ["extends"],
        "propertyNames": {"enum": ["extends", *whole["properties"]]},
    }
    joins = {
        "type": "object",
        "description": "Joins a simulation that runs already.",
        "properties": {"control": {"type": "string"}},
        "required": ["control"],
        "additionalProperties": False,
    }
    return {"$schema": dialect, "title": title, "anyOf": [whole, changes, joins], "$defs": definitions}


def fault_schema() -> dict[str, Any]:
    """A fault file: one of the kinds for each row."""
    kinds = tomllib.loads(FAULTS.read_text(encoding="utf-8"))
    rows = [_fault_row(name, kind) for name, kind in kinds.items()]
    return {
        "$schema": DIALECT,
        "title": "Faults of the simulated bench",
        "type": "object",
        "properties": {
            "schema": {"const": 1},
            "faults": {"type": "array", "minItems": 1, "items": {"oneOf": rows}},
        },
        "required": ["faults"],
        "additionalProperties": False,
    }


def _fault_row(name: str, kind: dict[str, Any]) -> dict[str, Any]:
    parameters = kind.get("parameters", {})
    properties: dict[str, Any] = {
        "target": {"type": "string", "description": f"One of: {', '.join(kind['targets'])}."},
        "kind": {"const": name},
        "at_s": {"type": "number", "minimum": 0},
        "for_s": {"type": "number", "exclusiveMinimum": 0},
        **{key: _fault_value(row) for key, row in parameters.items()},
    }
    if not kind.get("standing", False):
        properties |= {key: {"type": "integer", "minimum": 0} for key in ("after", "count")}
    given = [key for key, row in parameters.items() if "default" not in row and "of" not in row]
    return {
        "type": "object",
        "properties": properties,
        "required": ["target", "kind", *given],
        "additionalProperties": False,
    }


def _fault_value(row: dict[str, Any]) -> dict[str, Any]:
    types = {"number": "number", "integer": "integer", "flag": "boolean", "text": "string"}
    names = {"least": "minimum", "most": "maximum", "above": "exclusiveMinimum", "among": "enum", "default": "default"}
    return {"type": types[row["type"]], **{names[key]: value for key, value in row.items() if key in names}}


def _export_type(hint: Any) -> dict[str, Any]:  # noqa: ANN401 - a type
    names = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
    kinds = [names[kind] for kind in (get_args(hint) or (hint,))]
    return {"type": kinds[0] if len(kinds) == 1 else kinds}


def _export_object(fields: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    properties = {name: _export_type(hint) for name, hint in fields.items()} | more
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def export_schema() -> dict[str, Any]:
    """What `stimcert export --format json` writes."""
    parts = {
        name: {"type": "array", "items": _export_object(fields_of(row))}
        for name, row in (("outcomes", OutcomeRow), ("instruments", InstrumentRow), ("measurements", MeasurementRow))
    }
    return {
        "$schema": DIALECT,
        "title": "All runs of an index with their values; SI units",
        "type": "object",
        "properties": {
            "schema": {"const": SCHEMA},
            "runs": {"type": "array", "items": _export_object(fields_of(RunRow), **parts)},
        },
        "required": ["schema", "runs"],
        "additionalProperties": False,
    }


def table_schema() -> dict[str, Any]:
    """The columns of `stimcert export --format csv`, as a Table Schema (Frictionless Data, version 1)."""
    fields = []
    for name, hint in columns().items():
        said = _export_type(hint)["type"]
        kinds = said if isinstance(said, list) else [said]
        fields.append({"name": name, "type": kinds[0], "constraints": {"required": "null" not in kinds}})
    return {"fields": fields, "missingValues": [""], "title": "All values of all runs of an index; SI units"}


def schemas() -> dict[str, str]:
    """The text of every schema file, by its name."""
    found = {
        "device.schema.json": schema_of(DeviceProfile, "Device profile"),
        "requirement.schema.json": schema_of(RequirementFile, "Requirements"),
        "bench.schema.json": bench_schema(),
        "instrument.schema.json": schema_of(InstrumentAccuracy, "Accuracy data of an instrument"),
        "faults.schema.json": fault_schema(),
        "signatories.schema.json": schema_of(Signatories, "Who may sign what, with which key"),
        "export.schema.json": export_schema(),
        "export-csv.schema.json": table_schema(),
    }
    return {name: json.dumps(schema, indent=2, sort_keys=True) + "\n" for name, schema in found.items()}


if __name__ == "__main__":
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
