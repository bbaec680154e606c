"""What is run for each defect of a device: its unit file, and the operating points that ought to show it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.plugin.definitions import load_definitions
from harness.plugin.options import Options
from harness.studies.defects_devices import Subject
from harness.studies.defects_results import NO_VERDICT, NOT_APPLICABLE, SURVIVED, Result
from harness.studies.defects_units import missing, unit_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from harness.plugin.definitions import Definitions
    from harness.setpoint import OperatingPoint
    from harness.studies.defects_catalogue import Defect, Variant

CONTROL = "healthy"
"""Stands for the number of a defect where the unit has none."""

_OF_A_KIND = 8
_MOST = 24


@dataclass(frozen=True, slots=True)
class Task:
    """A unit to certify.

    Attributes:
        device: profile, by name or file.
        unit: the text of its file.
        healthy: the file that it extends.
        looks: operating points of a first run, and of a second one where the first saw nothing; an empty look is the
            whole plan.
        blank: what is known of the result before.
    """

    device: str
    unit: str
    healthy: Path
    looks: tuple[tuple[str, ...], ...]
    blank: Result


def plan_device(
    device: str, bench: str, unit: str | None, defects: Sequence[tuple[Defect, Variant]], *, whole: bool
) -> tuple[list[Task], list[Result]]:
    """What there is to run for a device, and what needs no run: where a defect cannot be, or nothing looks for it.

    The last tasks are the healthy units that the defects were made from, at all their points: they have to pass.

    Raises:
        DefinitionError: a file is wrong.
    """
    definitions = _definitions(device, bench, unit)
    tasks: list[Task] = []
    results: list[Result] = []
    healthy: dict[Path, dict[str, None]] = defaultdict(dict)
    for defect, variant in defects:
        subject = Subject(definitions.profile, variant.extends, definitions.unit_file)
        label = defect.label(variant)
        blank = Result(definitions.profile.name, label, defect.title, variant.what, variant.expected, NO_VERDICT)
        status, why = _without_run(definitions, variant, subject)
        if status:
            results.append(replace(blank, status=status, why=why))
            continue
        looks = ((),) if whole else _looks(_points(definitions, variant.expected))
        healthy[subject.file].update(dict.fromkeys(looks[0]))
        tasks.append(Task(device, unit_file(label, variant, subject), subject.file, looks, blank))
    return [*tasks, *(_control(definitions, file, tuple(keys)) for file, keys in healthy.items())], results


def _control(definitions: Definitions, file: Path, keys: tuple[str, ...]) -> Task:
    """A healthy unit at all points that its defects are looked for at."""
    blank = Result(definitions.profile.name, CONTROL, "none", f"the unit {file.stem} as it is", (), NO_VERDICT)
    return Task(definitions.options.device, f'schema = 1\nextends = "{file.stem}"\n', file, (keys,), blank)


def _definitions(device: str, bench: str, unit: str | None) -> Definitions:
    return load_definitions(
        Options(
            device=device, bench=bench, simulated_unit=unit, serial_number=None, lot=None, operator=None,
            run_dir=None, seed=None,
        )
    )  # fmt: skip


def _without_run(definitions: Definitions, variant: Variant, subject: Subject) -> tuple[str, str]:
    """Status and reason of a defect that no run could decide; empty where one can."""
    reason = missing(variant, subject) or variant.beyond
    if reason:
        return NOT_APPLICABLE, reason
    known = {requirement.id: requirement for requirement in definitions.requirements}
    claims = [known[name].not_applicable(definitions.profile) for name in variant.expected if name in known]
    if len(claims) == len(variant.expected) and all(claims):
        return NOT_APPLICABLE, claims[0]
    if _points(definitions, variant.expected):
        return "", ""
    reasons = [
        f"{name}: {definitions.plan.left_out(name) or 'nothing is planned'}" if name in known else f"{name}: unknown"
        for name in variant.expected
    ]
    return SURVIVED, f"nothing looks for it: {'; '.join(reasons)}"


def _points(definitions: Definitions, requirements: Iterable[str]) -> tuple[OperatingPoint, ...]:
    wanted = {point.key for name in requirements for point in definitions.plan.points_of(name)}
    return tuple(point for point in definitions.plan.points if point.key in wanted)


def _looks(points: Sequence[OperatingPoint]) -> tuple[tuple[str, ...], ...]:
    few, every = (tuple(point.key for point in some) for some in (narrowed(points), points))
    return (few,) if len(few) == len(every) else (few, every)


def narrowed(points: Sequence[OperatingPoint]) -> tuple[OperatingPoint, ...]:
    """A few of the points, among them every kind of work at the ends of levels, loads and frequencies."""
    kinds: dict[tuple[object, ...], list[OperatingPoint]] = defaultdict(list)
    for point in points:
        kinds[point.setpoint.mode, point.method, point.variant].append(point)
    kept = {point.key for kind in kinds.values() for point in _spread(_corners(kind), _OF_A_KIND)}
    return tuple(_spread([point for point in points if point.key in kept], _MOST))


def _corners(points: Sequence[OperatingPoint]) -> list[OperatingPoint]:
    sides: tuple[Callable[[OperatingPoint], float], ...] = (
        lambda point: point.setpoint.level,
        lambda point: point.load_ohm,
        lambda point: point.setpoint.frequency_hz or 0.0,
    )
    ends = [(side, {min(map(side, points)), max(map(side, points))}) for side in sides]
    return [point for point in points if all(side(point) in end for side, end in ends)]


def _spread(points: Sequence[OperatingPoint], most: int) -> list[OperatingPoint]:
    """So many of them at most, evenly, the first and the last among them."""
    if len(points) <= most:
        return list(points)
    return [points[round(number * (len(points) - 1) / (most - 1))] for number in range(most)]
