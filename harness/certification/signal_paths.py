"""The signal path of everything that was taken, held field by field against what bench file and accuracy data give.

A value rests on its path as it rests on its readings: a resistor, an accuracy row or a room that the bench has not
changes the result or its uncertainty, and nothing in the readings shows it. So the path is built again, from the bench
only, for what was taken: by which instrument, at which load, on which range, over which aperture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Literal

from harness.capture import Capture
from harness.errors import DefinitionError
from harness.instruments import DIVISIONS_HIGH
from harness.setpoint import Method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.bench import BenchData
    from harness.bench.paths import Meter
    from harness.capture import Observation, Reading, SignalPath
    from harness.definitions.benches import Load

    _Way = tuple[Meter | Literal["supply"] | None, str, float, float]

_AS_SAID = 1e-5
"""Relative: instruments' settings are kept as text of six digits or more."""

_VOLTS = {"monitor": "contact monitor", "voltage": "electrode voltage", "buzzer": "buzzer"}
"""What a capture shows in volts, without a resistor, by a word of its name."""


@dataclass(frozen=True, slots=True)
class PathDifference:
    """A field of a signal path that the bench does not have so.

    Attributes:
        taken: name of the reading or capture.
        field: of the path, with a dot where it is one of a part.
        recorded: as it stands with what was taken.
        due: as bench file and accuracy data, or the instrument's settings, give it.
    """

    taken: str
    field: str
    recorded: str
    due: str


def path_differences(observation: Observation, data: BenchData) -> Iterator[PathDifference]:
    """What of the signal paths of an observation is otherwise than the bench gives it; nothing where all is right.

    Not compared is the aperture of a record: it is that of the screen, which a shorter record may share.
    """
    everything: tuple[Reading | Capture, ...] = (*observation.readings, *observation.captures)
    # Most of what is taken at a point came the same way: it is built once.
    built: dict[_Way, SignalPath] = {}
    for taken in everything:
        path, way = taken.path, _way(observation, taken, data)
        try:
            due = built.get(way) or built.setdefault(way, _built(way, data))
        except DefinitionError as error:
            yield PathDifference(taken.name, "range", repr(path.range), str(error))
            continue
        if path != due:
            yield from (PathDifference(taken.name, *found) for found in _fields("", path, due))
        yield from _against_settings(taken, data)


def _way(observation: Observation, taken: Reading | Capture, data: BenchData) -> _Way:
    """Role, resistor or what is shown in volts, range and aperture: what a path is built from."""
    range_, aperture = taken.path.range, taken.path.aperture_s
    if taken.path.role == "supply":
        return "supply", taken.path.accuracy.function, range_, aperture
    if not isinstance(taken, Capture):
        return "multimeter", _load(observation, taken.name, data).multimeter_resistor, range_, aperture
    shown = next((what for word, what in _VOLTS.items() if word in taken.name), None)
    if shown is not None:
        return None, shown, range_, aperture
    return "oscilloscope", _load(observation, taken.name, data).oscilloscope_resistor, range_, aperture


def _built(way: _Way, data: BenchData) -> SignalPath:
    role, across, range_, aperture = way
    if role == "supply":
        return data.supply_path("volts" if across == "volts" else "amperes")
    if role is None:
        return data.volts_path_of(across, range_, aperture)
    return data.path_of(role, across, range_, aperture)


def _load(observation: Observation, name: str, data: BenchData) -> Load:
    """The load whose resistors were in the loop."""
    point = observation.point
    if name == "residual" and point.method is not Method.OFF:
        return data.safe_load
    if point.method is Method.CYCLES and "short" in name:
        short = data.short(point.setpoint.current_a)
        if short is not None:
            return short
    return data.load(point.load)


def _fields(prefix: str, recorded: object, due: object) -> Iterator[tuple[str, str, str]]:
    for field in fields(recorded):  # type: ignore[arg-type]  # of a path and its parts only
        one, other = getattr(recorded, field.name), getattr(due, field.name)
        if one == other:
            continue
        if is_dataclass(one):
            yield from _fields(f"{prefix}{field.name}.", one, other)
        else:
            yield f"{prefix}{field.name}", repr(one), repr(other)


def _against_settings(taken: Reading | Capture, data: BenchData) -> Iterator[PathDifference]:
    """Range and aperture against what the instrument said that it was set to."""
    said, path = dict(taken.settings), taken.path
    scales: tuple[tuple[str, float, str, float], ...]
    if isinstance(taken, Capture):
        scales = (("range", path.range, "volts_per_division", float(DIVISIONS_HIGH)),)
    else:
        scales = (
            ("range", path.range, "range_v", 1.0),
            ("aperture_s", path.aperture_s, "aperture_s", 1.0),
            ("aperture_s", path.aperture_s, "nplc", 1 / data.definition.mains_frequency_hz),
        )
    for field, recorded, name, factor in scales:
        if name in said and not math.isclose(recorded, due := float(said[name]) * factor, rel_tol=_AS_SAID):
            yield PathDifference(taken.name, field, repr(recorded), f"{due:g}, by the instrument's {name}")
