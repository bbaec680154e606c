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


def register(name: str, version: int) -> Callable[[Measurand], Measurand]:
    """Enter a function under a name and a version; a change of result is a new version."""

    def enter(function: Measurand) -> Measurand:
        if (name, version) in _KNOWN:
            raise ValueError(f"measurand {name} version {version} stands twice")
        _KNOWN[name, version] = function
        return function

    return enter


def known() -> frozenset[str]:
    """Names of all measurands."""
    return frozenset(name for name, _ in _KNOWN)


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
