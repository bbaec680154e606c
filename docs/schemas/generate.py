# ruff: noqa: INP001 - a script, not a package
"""Write the JSON Schemas of device, requirement and bench files from the models that read them.

Run `python docs/schemas/generate.py` after a change of harness/definitions. Editors that know JSON Schema (Even Better
TOML, taplo) then check and complete a definition file while it is written. The harness itself checks more: no schema
says what two keys mean together.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.definitions.benches import BenchDefinition
from harness.definitions.devices import DeviceProfile
from harness.definitions.requirements import RequirementFile

if TYPE_CHECKING:
    from pydantic import BaseModel

FOLDER = Path(__file__).resolve().parent
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


def schemas() -> dict[str, str]:
    """The text of every schema file, by its name."""
    found = {
        "device.schema.json": schema_of(DeviceProfile, "Device profile"),
        "requirement.schema.json": schema_of(RequirementFile, "Requirements"),
        "bench.schema.json": bench_schema(),
    }
    return {name: json.dumps(schema, indent=2, sort_keys=True) + "\n" for name, schema in found.items()}


if __name__ == "__main__":
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
