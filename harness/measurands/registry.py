"""Measurands by name and version, so that a record can be derived again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import EvidenceError
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.capture import Observation
    from harness.quantity import Derivation, Measurement

    Measurand = Callable[[Observation, Derivation], Measurement]

_KNOWN: dict[tuple[str, int], Measurand] = {}
_ARGUMENTS: dict[str, dict[str, frozenset[str]]] = {}

PHASE = {"phase": frozenset({Polarity.POSITIVE.value, Polarity.NEGATIVE.value})}
"""Arguments of a measurand that is about one phase: names, and the values allowed."""


def register(
    name: str, version: int, arguments: dict[str, frozenset[str]] | None = None
) -> Callable[[Measurand], Measurand]:
    """Enter a function under a name and a version; a change of result is a new version.

    Args:
        name: of the measurand.
        version: from 1.
        arguments: names of its arguments with the values allowed; none by default.
    """

    def enter(function: Measurand) -> Measurand:
        if (name, version) in _KNOWN:
            raise ValueError(f"measurand {name} version {version} stands twice")
        _KNOWN[name, version] = function
        _ARGUMENTS[name] = arguments or {}
        return function

    return enter


def known() -> frozenset[str]:
    """Names of all measurands."""
    return frozenset(name for name, _ in _KNOWN)


def wrong_arguments(name: str, arguments: dict[str, str]) -> str:
    """What is wrong with the arguments for a measurand, in words; empty where nothing is."""
    allowed = _ARGUMENTS[name]
    if allowed.keys() != arguments.keys():
        return f"{name} takes {sorted(allowed) or 'no arguments'}, not {sorted(arguments)}"
    for key, value in arguments.items():
        if value not in allowed[key]:
            return f"{key} of {name} is one of {sorted(allowed[key])}, not {value!r}"
    return ""


def newest(name: str) -> int:
    """Newest version of a measurand."""
    return max(version for known_name, version in _KNOWN if known_name == name)


def derive(derivation: Derivation, observation: Observation) -> Measurement:
    """Derive a measurement from an observation.

    Raises:
        EvidenceError: this program does not know the measurand in that version.
    """
    function = _KNOWN.get((derivation.measurand, derivation.version))
    if function is None:
        raise EvidenceError(f"measurand {derivation.measurand} version {derivation.version} is not known here")
    return function(observation, derivation)


def phase_of(derivation: Derivation) -> Polarity:
    """The phase that a derivation is about."""
    return Polarity(dict(derivation.arguments)["phase"])
