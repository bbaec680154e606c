"""Between typed objects and canonical JSON. A float goes out and comes back bit for bit."""

from __future__ import annotations

import dataclasses
import json
import math
from enum import Enum
from functools import cache
from json.encoder import encode_basestring_ascii
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from harness.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

_SEVERAL = 2
"""`attrgetter` gives a tuple from so many names on."""


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
        words = (where, path, first["msg"].removeprefix("Value error, "))
        raise EvidenceError(": ".join(word for word in words if word)) from error
    return value


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - a type, which mypy does not take for hashable
    return TypeAdapter(kind)


def canonical(data: object) -> bytes:
    """One line of JSON, always the same bytes for the same data: sorted keys, no blanks, shortest floats, ASCII."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def text(value: object) -> str:
    """The same as `canonical(plain(value))`, in one pass: for what is written with every judged value.

    Raises:
        ValueError: NaN, which no record may hold.
    """
    return _WRITERS[type(value)](value)


def _writer_of(kind: type) -> Callable[[Any], str]:
    if dataclasses.is_dataclass(kind):
        return _writer_of_fields(kind)
    if issubclass(kind, Enum):
        return {member: canonical(plain(member)).decode("ascii") for member in kind}.__getitem__
    # Dictionaries, and what this module has never seen: by the long way.
    return lambda value: canonical(plain(value)).decode("ascii")


def _writer_of_fields(kind: type) -> Callable[[Any], str]:
    names = sorted(field.name for field in dataclasses.fields(kind) if field.repr)
    if len(names) < _SEVERAL:
        return lambda value: canonical(plain(value)).decode("ascii")
    fields = attrgetter(*names)
    forms: dict[tuple[type, ...], Callable[..., str]] = {}

    def write(value: object) -> str:
        found = fields(value)
        kinds = tuple(map(type, found))
        form = forms.get(kinds)
        if form is None:
            form = forms[kinds] = _form(names, kinds)
        return form(*found)

    return write


def _form(names: Sequence[str], kinds: Sequence[type]) -> Callable[..., str]:
    """One expression that writes fields of these names and types; `dataclasses` makes `__init__` in the same way.

    A budget of 50 numbers is written with every value: a call for each would cost more than its digits.
    """
    known: dict[str, object] = {"of_float": _float, "of_str": encode_basestring_ascii}
    parts = []
    for number, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        field = f"v{number}"
        if kind is float:
            # Of a float, `str` gives the same digits as `repr`; what is not finite is not equal to itself less itself.
            shown = f"{{{field} if {field} - {field} == 0.0 else of_float({field})}}"
        elif kind is str:
            shown = f"{{of_str({field})}}"
        else:
            known[f"w{number}"] = _WRITERS[kind]
            shown = f"{{w{number}({field})}}"
        parts.append(f'"{name}":{shown}')
    arguments = ",".join(f"v{number}" for number in range(len(names)))
    source = f"lambda {arguments}: f'{{{{{','.join(parts)}}}}}'"
    made: Callable[..., str] = eval(source, known)  # noqa: S307 - of names of fields only, which are identifiers
    return made


def _float(value: float) -> str:
    if value - value == 0.0:  # neither NaN nor infinite
        return float.__repr__(value)
    if value != value:  # noqa: PLR0124 - what NaN alone is
        raise ValueError("NaN is not JSON compliant: no record holds it")
    return '"Infinity"' if value > 0 else '"-Infinity"'


def _list(values: tuple[object, ...] | list[object]) -> str:
    return "[" + ",".join([_WRITERS[type(value)](value) for value in values]) + "]"


class _Writers(dict[type, "Callable[[Any], str]"]):
    """One writer for each type that was met."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        self[kind] = _writer_of(kind)
        return self[kind]


_WRITERS = _Writers(
    {
        str: encode_basestring_ascii,
        float: _float,
        int: int.__repr__,
        bool: lambda value: "true" if value else "false",
        type(None): lambda _: "null",
        tuple: _list,
        list: _list,
    }
)


def readable(data: object) -> bytes:
    """JSON for people who open the file, always the same bytes for the same data."""
    return (json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False) + "\n").encode("ascii")
