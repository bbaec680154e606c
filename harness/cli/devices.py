"""The verb `stimcert devices`: what is known of each device, and whether its maker says so."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.cli.answers import YES, as_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from harness.definitions.devices import DeviceProfile
    from harness.definitions.document import Document

_WIDTH = 100
_NAME_WIDTH, _VALUE_WIDTH, _BASIS_WIDTH = 26, 22, 8


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a profile.

    Attributes:
        name: dotted, as the requirement rows have it; a mode's values below the mode's name.
        value: as the file has it.
        basis: `stated` or `assumed`.
        source: where it is from.
    """

    name: str
    value: object
    basis: str
    source: str


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    verb = verbs.add_parser("devices", help="list the device profiles: what makers state, and what is assumed")
    verb.add_argument("device", metavar="NAME|FILE", nargs="?", help="all values of one device, with their sources")
    verb.add_argument("--json", action="store_true", help="answer as JSON")
    verb.set_defaults(verb=_devices)


def _devices(arguments: argparse.Namespace) -> int:
    from harness.definitions.devices import load_device  # noqa: PLC0415 - each verb pays for its imports
    from harness.definitions.document import LIBRARY  # noqa: PLC0415

    names = [arguments.device] if arguments.device else sorted(p.stem for p in (LIBRARY / "devices").glob("*.toml"))
    profiles = [load_device(name)[0] for name in names]
    if arguments.json:
        print(as_json([_answer(profile, values=arguments.device is not None) for profile in profiles]))
        return YES
    for line in _details(profiles[0]) if arguments.device else _table(profiles):
        print(line)
    return YES


def values_of(profile: DeviceProfile) -> tuple[Value, ...]:
    """Every value of a profile that says where it is from, in the order of the form."""
    return tuple(_values(profile, ""))


def _values(document: Document, prefix: str) -> Iterator[Value]:
    from harness.definitions.document import Document, Stated  # noqa: PLC0415 - each verb pays for its imports

    for name in type(document).model_fields:
        found = getattr(document, name)
        if isinstance(found, Stated):
            yield Value(prefix + name, found.value, found.basis, found.source)
        elif isinstance(found, Document):
            yield from _values(found, f"{prefix}{name}.")
        elif isinstance(found, tuple):
            for each in found:
                if isinstance(each, Document):
                    yield from _values(each, f"{prefix}{name}.{getattr(each, 'name', '')}.")


def _table(profiles: list[DeviceProfile]) -> Iterator[str]:
    yield f"{'device':30}{'class':19}{'largest':>9}{'channels':>9}{'stated':>8}{'assumed':>8}  modes"
    for profile in profiles:
        bases = [value.basis for value in values_of(profile)]
        modes = ", ".join(mode.name for mode in profile.modes)
        yield (
            f"{profile.name:30}{_class_of(profile):19}{_largest(profile):>9}{profile.channels.value:>9}"
            f"{bases.count('stated'):>8}{bases.count('assumed'):>8}  {_cut(modes, 15)}"
        )
    yield "stated: by the maker or in a published summary; assumed: by us. `stimcert devices NAME` says which."


def _details(profile: DeviceProfile) -> Iterator[str]:
    values = values_of(profile)
    bases = [value.basis for value in values]
    yield f"{profile.title} ({profile.name})"
    yield f"{len(values)} values: {bases.count('stated')} stated, {bases.count('assumed')} assumed"
    group = ""
    for value in values:
        *path, name = value.name.split(".")
        if ".".join(path) != group:
            group = ".".join(path)
            yield f"{group}:"
        yield from _value_lines(value, name)


def _value_lines(value: Value, name: str) -> Iterator[str]:
    shown = textwrap.wrap(_text(value.value), _VALUE_WIDTH) or [""]
    indent = 2 + _NAME_WIDTH + _VALUE_WIDTH + _BASIS_WIDTH + 2
    source = textwrap.wrap(value.source, _WIDTH - indent)
    for number in range(max(len(shown), len(source))):
        first = number == 0
        left = shown[number] if number < len(shown) else ""
        right = source[number] if number < len(source) else ""
        head = f"  {name if first else '':{_NAME_WIDTH}}{left:{_VALUE_WIDTH}} {value.basis if first else '':8} "
        yield f"{head}{right}".rstrip()


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(_text(each) for each in value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(getattr(value, "value", value))


def _class_of(profile: DeviceProfile) -> str:
    return "-" if profile.device_class is None else profile.device_class.value


def _largest(profile: DeviceProfile) -> str:
    from harness.quantity import si  # noqa: PLC0415 - each verb pays for its imports

    return si(max(mode.levels_a.value[-1] for mode in profile.modes), "A", 3)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _answer(profile: DeviceProfile, *, values: bool) -> dict[str, object]:
    found = values_of(profile)
    bases = [value.basis for value in found]
    answer: dict[str, object] = {
        "name": profile.name,
        "title": profile.title,
        "class": None if profile.device_class is None else profile.device_class.value,
        "channels": profile.channels.value,
        "largest_a": max(mode.levels_a.value[-1] for mode in profile.modes),
        "modes": [mode.name for mode in profile.modes],
        "stated": bases.count("stated"),
        "assumed": bases.count("assumed"),
    }
    if values:
        answer["values"] = [
            {"name": each.name, "value": _plain(each.value), "basis": each.basis, "source": each.source}
            for each in found
        ]
    return answer


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return getattr(value, "value", value)
