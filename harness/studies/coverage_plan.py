"""Which quantities a coverage study measures on each bench, and at which operating points.

One value of each quantity from each bench. Operating points rotate over the benches, so that every level, polarity,
frequency and load that has a quantity is met; few points on each bench give all of its quantities.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar

from harness.certification.plan import derivation_of
from harness.errors import RequestError
from harness.studies.coverage_truths import has_truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.definitions.devices import DeviceProfile
    from harness.definitions.requirements import Requirement
    from harness.quantity import Derivation
    from harness.setpoint import OperatingPoint

Each = TypeVar("Each")
_OF_THE_NAME = "event"
_FURTHER_POINTS = 3


@dataclass(frozen=True, slots=True)
class Visit:
    """One operating point on one bench, with the values that are taken there.

    Attributes:
        point: what is done.
        values: how each quantity, by its name, is derived.
    """

    point: OperatingPoint
    values: tuple[tuple[str, Derivation], ...]


class CoveragePlan:
    """All quantities of a device, and the points at which each of them has a value.

    Args:
        profile: of the device.
        points: of a whole run.
        requirements: all; their rows say which quantity exists where.
        only: quantities to keep, by name, measurand or `@method`; empty: all.

    Raises:
        RequestError: no quantity has such a name.
    """

    def __init__(
        self,
        profile: DeviceProfile,
        points: Sequence[OperatingPoint],
        requirements: Sequence[Requirement],
        only: Sequence[str] = (),
    ) -> None:
        found: dict[str, dict[str, list[Derivation]]] = defaultdict(lambda: defaultdict(list))
        self._points = {point.key: point for point in points}
        for point in points:
            for derivation in _derivations(point, requirements, profile):
                found[_name(derivation, point)][point.key].append(derivation)
        self._values = {name: dict(points_of) for name, points_of in found.items()}
        unknown = [asked for asked in only if not any(_is(name, asked) for name in self._values)]
        if unknown:
            raise RequestError(f"{unknown[0]!r} is no quantity of {profile.name}; it has {', '.join(self.quantities)}")
        if only:
            kept = [name for name in self._values if any(_is(name, asked) for asked in only)]
            self._values = {name: self._values[name] for name in kept}

    @property
    def quantities(self) -> tuple[str, ...]:
        """Names of all quantities, `measurand@method`."""
        return tuple(sorted(self._values))

    def visits(self, seed: int) -> tuple[Visit, ...]:
        """What is measured on one bench: each quantity once, in the order of a run."""
        chosen: dict[str, list[tuple[str, Derivation]]] = defaultdict(list)
        # Those that few points have come first; who has a value there as well need not be taken elsewhere.
        by_method: dict[str, list[str]] = defaultdict(list)
        for name in self.quantities:
            by_method[name.partition("@")[2]].append(name)
        for method, names in by_method.items():
            every = list(dict.fromkeys(key for name in names for key in self._values[name]))
            visited = [_drawn(every, seed, method)]
            for name in names:
                having = self._values[name]
                at = next((key for key in visited if key in having), None)
                if at is None:
                    at = _drawn(list(having), seed, name)
                    visited.append(at)
                derivation = _few_others(_drawn(having[at], seed, f"{name} of {at}"), seed)
                chosen[at].append((name, derivation))
                # What a value is derived from besides is taken as well, though nothing else may come of it.
                visited += [other for other in derivation.others if other not in visited]
            for at in visited:
                chosen.setdefault(at, [])
        return tuple(Visit(point, tuple(chosen[key])) for key, point in self._points.items() if key in chosen)


def _drawn(among: Sequence[Each], seed: int, *words: object) -> Each:
    """One of several, evenly and the same for the same seed and words."""
    text = "\x1f".join(str(word) for word in ("coverage", seed, *words))
    return among[int.from_bytes(sha256(text.encode()).digest()[:8], "big") % len(among)]


def _derivations(
    point: OperatingPoint, requirements: Iterable[Requirement], profile: DeviceProfile
) -> Iterable[Derivation]:
    found = {}
    for requirement in requirements:
        for row in requirement.rows_at(point, profile):
            if has_truth(row.measurand):
                derivation = derivation_of(row, point, profile)
                found[derivation.measurand, derivation.arguments] = derivation
    return found.values()


def _few_others(derivation: Derivation, seed: int) -> Derivation:
    """The same of a series from few of its points, its own among them: twelve on each bench would take too long."""
    others = list(derivation.others)
    while len(others) > _FURTHER_POINTS:
        others.remove(_drawn(others, seed, derivation.measurand, len(others)))
    return replace(derivation, others=tuple(others))


def _is(name: str, asked: str) -> bool:
    measurand, _, method = name.partition("@")
    return asked in {name, measurand, f"@{method}"}


def _name(derivation: Derivation, point: OperatingPoint) -> str:
    """Name of a quantity: phases are drawn, numbers are those of the profile, and what else differs is in the name."""
    event = dict(derivation.arguments).get(_OF_THE_NAME)
    return f"{derivation.measurand}{f'.{event}' if event else ''}@{point.method.value}"
