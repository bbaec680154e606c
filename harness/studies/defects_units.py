"""The unit file of a defect: what differs from the healthy unit, in the size that the device asks for."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from harness.errors import DefinitionError
from harness.studies.defects_devices import CONDITIONS, FIGURES

if TYPE_CHECKING:
    from harness.studies.defects_catalogue import Variant
    from harness.studies.defects_devices import Subject

_SIZE = frozenset({"of", "over", "times", "plus", "at_least"})


def missing(variant: Variant, subject: Subject) -> str:
    """Why a defect cannot be there, in words; empty where it can."""
    return next((said for met, said in (CONDITIONS[name] for name in variant.needs) if not met(subject)), "")


def tables(variant: Variant, subject: Subject) -> dict[str, Any]:
    """What a unit file of the defect holds beside what it extends, every figure in its size.

    Raises:
        DefinitionError: a size follows a figure that is not known, or that the unit does not have.
    """
    return {name: _sized(table, subject, name) for name, table in variant.unit.items()}


def unit_file(label: str, variant: Variant, subject: Subject) -> str:
    """The text of the unit file.

    Args:
        label: number of the defect and name of the variant.
        variant: of the defect.
        subject: device and healthy unit.
    """
    head = f'schema = 1\nextends = "{subject.file.stem}"\ndefect = "{label[:3]}"\n'
    parts = [f"# {label}: {variant.what}.\n{head}"]
    for name, table in tables(variant, subject).items():
        parts.append(f"[{name}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in table.items()))
    return "\n".join(parts)


def _sized(value: Any, subject: Subject, where: str) -> Any:  # noqa: ANN401 - TOML
    if isinstance(value, list):
        return [_sized(each, subject, where) for each in value]
    if not isinstance(value, dict):
        return value
    if value and set(value) <= _SIZE and ("of" in value) != ("over" in value):
        return _figure(value, subject, where)
    return {key: _sized(each, subject, f"{where}.{key}") for key, each in value.items()}


def _figure(size: dict[str, Any], subject: Subject, where: str) -> Any:  # noqa: ANN401 - a number, or words
    name = size.get("of", size.get("over"))
    if name not in FIGURES:
        problem = f"follows {name!r}; known are {', '.join(sorted(FIGURES))}"
        raise DefinitionError("catalogue of defects", where, problem)
    figure = FIGURES[name](subject)
    if not isinstance(figure, float):
        return figure
    scaled = (figure if "of" in size else 1 / figure) * size.get("times", 1.0) + size.get("plus", 0.0)
    return max(scaled, size.get("at_least", -math.inf))


def _toml(value: Any) -> str:  # noqa: ANN401 - whatever TOML has
    """A value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, list):
        return f"[{', '.join(_toml(each) for each in value)}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + " }"
    return repr(value)
