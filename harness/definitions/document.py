"""A TOML file becomes a typed object, or one sentence with file and key."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LIBRARY = Path(__file__).resolve().parents[2] / "fixtures"
"""Where the definitions that come with the checkout stand."""

_UNION_MEMBERS = frozenset({"float", "str", "FromProfile", "FromSetpoint", "Published"})

ValueT = TypeVar("ValueT")
ModelT = TypeVar("ModelT", bound=BaseModel)


class Document(BaseModel):
    """Base of all definitions: frozen, no unknown keys, no NaN or infinity, no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True, protected_namespaces=())


class Stated(Document, Generic[ValueT]):
    """A value of a device profile with where it is from: the maker's statement, or our assumption."""

    value: ValueT
    basis: Literal["stated", "assumed"]
    source: str = Field(min_length=1)


def check_positive(what: str, section: Document, *, but: tuple[str, ...] = ()) -> None:
    """Refuse a section of a profile in which a stated number, but for some, is not above 0.

    Raises:
        ValueError: names the section, the key and the number.
    """
    for name in type(section).model_fields:
        stated = getattr(section, name)
        value = stated.value if name not in but and isinstance(stated, Stated) else None
        if isinstance(value, float) and not value > 0:
            raise ValueError(f"{what}.{name} is {value:g}, must be above 0")


def repeated(names: Iterable[object]) -> list[object]:
    """Those that stand more than once."""
    return [name for name, count in Counter(names).items() if count > 1]


def find(kind: str, name_or_file: str) -> Path:
    """Find a definition by the name it has in the checkout, or by its file.

    Args:
        kind: folder of the library: `devices`, `benches`, `units`, `instruments`, `requirements`.
        name_or_file: `foreo-bear-2`, or a path.

    Raises:
        DefinitionError: neither exists.
    """
    looks_like_file = name_or_file.endswith(".toml") or "/" in name_or_file or "\\" in name_or_file
    path = Path(name_or_file) if looks_like_file else LIBRARY / kind / f"{name_or_file}.toml"
    if path.is_file():
        return path
    if looks_like_file:
        raise DefinitionError(name_or_file, "", "no such file; check the path")
    known = ", ".join(sorted(p.stem for p in (LIBRARY / kind).glob("*.toml"))) or "none"
    raise DefinitionError(f"{kind}/{name_or_file}", "", f"unknown name; known are {known}, or give a .toml file")


def find_unit(name_or_file: str, device: str = "*") -> Path:
    """Find a simulated unit by name or file; `D01` alone means that defect of the device."""
    of_device = sorted((LIBRARY / "units").glob(f"{device}-{name_or_file}.toml")) if "/" not in name_or_file else []
    return of_device[0] if len(of_device) == 1 else find("units", name_or_file)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        DefinitionError: the file cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DefinitionError(path, "", f"cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DefinitionError(path, "", f"is not UTF-8 text: {error.reason} at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(path, "", f"is not valid TOML: {error}") from error


def validate(model: type[ModelT], data: dict[str, Any], path: Path) -> ModelT:
    """Turn plain data into a typed object.

    Raises:
        DefinitionError: names the first wrong key, what was seen and what was expected.
    """
    # By way of JSON: strict there still lets an array be a tuple and a string an enumeration, and nothing else.
    try:
        text = json.dumps(data, default=_date_text)
    except TypeError as error:
        raise DefinitionError(path, "", str(error)) from error
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        first, *others = error.errors(include_url=False)
        more = f" ({len(others)} more problem{'s' if len(others) > 1 else ''} in this file)" if others else ""
        raise DefinitionError(path, _dotted(first["loc"]), _sentence(first) + more) from error


def load(model: type[ModelT], path: Path) -> ModelT:
    """Read and validate a definition file."""
    return validate(model, read_toml(path), path)


def _date_text(value: object) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"holds {value}, a time of day; a definition holds text, numbers and dates")


def _dotted(location: Sequence[int | str]) -> str:
    # Names of union members, which pydantic adds in words of its own, are no keys of the file.
    return ".".join(str(part) for part in location if part not in _UNION_MEMBERS)


def _sentence(problem: Any) -> str:  # noqa: ANN401 - pydantic's own dictionary
    if problem["type"] == "missing":
        return "is missing"
    if problem["type"] == "extra_forbidden":
        return "is not a known key; remove it or check its spelling"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "value_error":
        return str(message)  # of our own rules between keys: they say themselves what they saw
    seen = repr(problem["input"])
    return f"{message[:1].lower()}{message[1:]}, not {seen[:80]}"
