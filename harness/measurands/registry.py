"""Measurands by name and version, so that a record can be derived again."""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar, cast
from weakref import ref

from harness.errors import EvidenceError, NotFinite
from harness.quantity import Derivation, Influence, Measurement, finite
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.capture import Observation

    Measurand = Callable[[Observation, Derivation], Measurement]
    MeasurandOfSeveral = Callable[[tuple[Observation, ...], Derivation], Measurement]
    Find = Callable[[str], Observation]

PHASE = {"phase": frozenset({Polarity.POSITIVE.value, Polarity.NEGATIVE.value})}
"""Arguments of a measurand that is about one phase: names, and the values allowed."""

NUMBER = None
"""In place of the values allowed: an argument that is any finite number, written as text."""

Function = TypeVar("Function", bound="Measurand | MeasurandOfSeveral")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A registered function."""

    function: Measurand | MeasurandOfSeveral
    several: bool


_KNOWN: dict[tuple[str, int], _Entry] = {}
_ARGUMENTS: dict[str, Mapping[str, frozenset[str] | None]] = {}


def register(
    name: str, version: int, arguments: Mapping[str, frozenset[str] | None] | None = None, *, several: bool = False
) -> Callable[[Function], Function]:
    """Enter a function under a name and a version; a change of result is a new version.

    Args:
        name: of the measurand.
        version: from 1.
        arguments: names of its arguments with the values allowed, or `NUMBER`; none by default.
        several: it takes a tuple of observations, that of the derivation first and then its others in their order,
            instead of one observation.
    """

    def enter(function: Function) -> Function:
        if (name, version) in _KNOWN:
            raise ValueError(f"measurand {name} version {version} stands twice")
        _KNOWN[name, version] = _Entry(function, several)
        _ARGUMENTS[name] = arguments or {}
        return function

    return enter


def known() -> frozenset[str]:
    """Names of all measurands."""
    return frozenset(name for name, _ in _KNOWN)


def is_known(name: str, version: int) -> bool:
    """Whether a measurand is kept in this version."""
    return (name, version) in _KNOWN


def wrong_arguments(name: str, arguments: Mapping[str, str | None]) -> str:
    """What is wrong with the arguments for a measurand, in words; empty where nothing is.

    Args:
        name: of a known measurand.
        arguments: as text; None for a number that is known later only, such as one of a device profile.
    """
    allowed = _ARGUMENTS[name]
    if allowed.keys() != arguments.keys():
        return f"{name} takes {sorted(allowed) or 'no arguments'}, not {sorted(arguments)}"
    for key, value in arguments.items():
        choice = allowed[key]
        if choice is not None:
            if value not in choice:
                return f"{key} of {name} is one of {sorted(choice)}, not {'a number' if value is None else repr(value)}"
        elif value is not None and not _is_number(value):
            return f"{key} of {name} is a number, not {value!r}"
    return ""


def takes_several(name: str) -> bool:
    """True where the newest version of a measurand is derived from several observations."""
    return _KNOWN[name, newest(name)].several


def newest(name: str) -> int:
    """Newest version of a measurand."""
    return max(version for known_name, version in _KNOWN if known_name == name)


def derive(derivation: Derivation, find: Find) -> Measurement:
    """Derive a measurement.

    Args:
        derivation: of which measurand, from which observations.
        find: gives the observation of a key, or raises.

    Raises:
        EvidenceError: this program does not know the measurand in that version, or it takes another number of
            observations.
    """
    entry = _KNOWN.get((derivation.measurand, derivation.version))
    if entry is None:
        raise EvidenceError(f"measurand {derivation.measurand} version {derivation.version} is not known here")
    if derivation.others and not entry.several:
        raise EvidenceError(f"measurand {derivation.measurand} takes one observation, not {derivation.others} besides")
    taken = _observations(derivation, find)
    if entry.several:
        measurement = cast("MeasurandOfSeveral", entry.function)(taken, derivation)
    else:
        measurement = cast("Measurand", entry.function)(taken[0], derivation)
    _remember(measurement, taken)
    return measurement


def is_derived(measurement: Measurement, find: Find) -> bool:
    """True where a measurement is what its derivation gives from the observations that `find` gives.

    The very object that `derive` handed out, from these very observations, needs no second derivation: none of them
    changes. Anything else, an equal copy too, is derived again and compared.
    """
    entry = _HANDED_OUT.get(id(measurement))
    derivation = measurement.derivation
    if entry is not None and entry.reference() is measurement and entry.numbers == _numbers(measurement):
        taken = _observations(derivation, find)
        if len(taken) == len(entry.taken) and all(one is other for one, other in zip(taken, entry.taken, strict=True)):
            return True
    return derive(derivation, find) == measurement


@dataclass(frozen=True, slots=True)
class _HandedOut:
    """A measurement that `derive` gave, and what it was derived from; it is forgotten when nobody holds it."""

    reference: ref[Measurement]
    taken: tuple[Observation, ...]
    numbers: tuple[object, ...]


_HANDED_OUT: dict[int, _HandedOut] = {}


def _remember(measurement: Measurement, taken: tuple[Observation, ...]) -> None:
    number = id(measurement)

    def forget(gone: ref[Measurement]) -> None:
        # The number may be another one's by now.
        if (entry := _HANDED_OUT.get(number)) is not None and entry.reference is gone:
            del _HANDED_OUT[number]

    _HANDED_OUT[number] = _HandedOut(ref(measurement, forget), taken, _numbers(measurement))


_FIELDS, _LINE, _WAY = (
    attrgetter(*(field.name for field in fields(kind))) for kind in (Measurement, Influence, Derivation)
)


def _numbers(measurement: Measurement) -> tuple[object, ...]:
    """Every field, down to each line of the budget: seen again, also where somebody reached into a frozen object."""
    derivation = measurement.derivation
    return (*_FIELDS(measurement), *_WAY(derivation), *map(_LINE, measurement.budget))


def _observations(derivation: Derivation, find: Find) -> tuple[Observation, ...]:
    return (find(derivation.observation), *(find(key) for key in derivation.others))


def only(observation: Observation) -> Find:
    """To derive from one observation: it is found by its key, and no other one is.

    Raises:
        EvidenceError: when asked for another.
    """

    def find(key: str) -> Observation:
        if key != observation.key:
            raise EvidenceError(f"observation {key} was asked for where only {observation.key} is")
        return observation

    return find


def phase_of(derivation: Derivation) -> Polarity:
    """The phase that a derivation is about."""
    return Polarity(dict(derivation.arguments)["phase"])


def _is_number(text: str) -> bool:
    try:
        finite("argument", float(text))
    except (ValueError, NotFinite):
        return False
    return True
