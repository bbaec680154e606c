"""Between typed objects and canonical JSON. A float goes out and comes back bit for bit."""

from __future__ import annotations

import dataclasses
import json
import math
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from harness.errors import EvidenceError

T = TypeVar("T")


def plain(value: object) -> Any:  # noqa: ANN401 - JSON
    """Turn dataclasses, enumerations and tuples into what JSON knows; infinity becomes a word."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value) if field.repr}
    if isinstance(value, Enum):
        return value.name if isinstance(value.value, int) else value.value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def typed(kind: type[T], data: object, where: str) -> T:
    """Turn plain data back into a typed object.

    Raises:
        EvidenceError: the data are not such an object.
    """
    try:
        value: T = _adapter(kind).validate_python(data)  # type: ignore[arg-type]  # types are hashable
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        raise EvidenceError(f"{where}: {path}: {first['msg']}") from error
    return value


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - a type, which mypy does not take for hashable
    return TypeAdapter(kind)


def canonical(data: object) -> bytes:
    """One line of JSON, always the same bytes for the same data: sorted keys, no blanks, shortest floats, ASCII."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def readable(data: object) -> bytes:
    """JSON for people who open the file, always the same bytes for the same data."""
    return (json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False) + "\n").encode("ascii")
