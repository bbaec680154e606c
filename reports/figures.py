"""Which charts the page of a run shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from harness.errors import EvidenceError
from harness.evidence import Judged
from harness.setpoint import Method, Polarity
from reports.plots.cross_check import cross_check_chart
from reports.plots.deviation import deviation_chart, phase_of
from reports.plots.record import record_charts
from reports.plots.waveform import OUTPUT, waveform_chart
from reports.text import point_text

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from harness.capture import Observation
    from harness.evidence import Value
    from reports.contents import Contents
    from reports.plots.chart import Chart

Group = TypeVar("Group", bound="Hashable")


@dataclass(frozen=True, slots=True)
class Waveforms:
    """Records of the values nearest to their limits, by requirement, or why there are none."""

    charts: dict[str, tuple[Chart, ...]]
    problem: str = ""


def requirement_charts(judged: Sequence[Judged], *, simulated: bool) -> tuple[Chart, ...]:
    """Charts of the values of one requirement that have a level to be drawn by: steady points, limits on both sides.

    Values of a phase: for each channel, mode and load one chart with a panel for each polarity. Others: for each
    quantity, channel and mode one chart with a panel for each load.
    """
    drawn = [
        value
        for value in judged
        if value.point.method is Method.STEADY and value.limit.lower is not None and value.limit.upper is not None
    ]
    return tuple(_charts(drawn, simulated=simulated))


def cross_check_charts(contents: Contents) -> tuple[Chart, ...]:
    """The chart of the cross-check, where there was any."""
    if not contents.recorded.comparisons:
        return ()
    return (cross_check_chart(contents.recorded.comparisons, simulated=contents.simulated),)


def waveform_charts(contents: Contents) -> Waveforms:
    """For each requirement the record that the value nearest to its limit rests on, where the oscilloscope took one."""
    hardest: dict[str, Judged] = {}
    for requirement, values in _grouped(contents.recorded.judged, lambda value: value.requirement).items():
        recorded = [value for value in values if value.measurement.captures or phase_of(value)]
        if recorded:
            hardest[requirement] = min(recorded, key=lambda value: value.decision.margin)
    try:
        found = contents.observations({value.point.key for value in hardest.values()})
    except EvidenceError as error:
        return Waveforms({}, str(error))
    charts = {
        requirement: _records(found[value.point.key], value, contents.recorded.judged, simulated=contents.simulated)
        for requirement, value in hardest.items()
        if value.point.key in found
    }
    return Waveforms(charts)


def observation_chart(observation: Observation, values: Sequence[Value], *, simulated: bool) -> Chart | None:
    """The record of one observation with what was judged of it, None where there is nothing to show."""
    judged = [value for value in values if isinstance(value, Judged)]
    if not judged:
        return None
    hardest = min(judged, key=lambda value: value.decision.margin)
    charts = _records(observation, hardest, judged, simulated=simulated)
    return charts[0] if charts else None


def _records(
    observation: Observation, value: Judged, judged: Sequence[Judged], *, simulated: bool
) -> tuple[Chart, ...]:
    """The plateaus with all that was judged of them, or the event that a value rests on."""
    title = f"{value.requirement}: {point_text(observation.point)}"
    if phase_of(value) and has_output(observation):
        same = (value.point.key, value.requirement)
        values = [other for other in judged if phase_of(other) and (other.point.key, other.requirement) == same]
        return (waveform_chart(observation, values, title, simulated=simulated),)
    return record_charts(observation, value, title, simulated=simulated)


def has_output(observation: Observation) -> bool:
    """True where the oscilloscope took a record of the output with its plateaus."""
    return any(capture.name == OUTPUT and capture.plateaus for capture in observation.captures)


def _charts(judged: Sequence[Judged], *, simulated: bool) -> Iterator[Chart]:
    by_unit = _grouped(judged, lambda value: value.measurement.unit)
    for values in by_unit.values():
        phased = [value for value in values if phase_of(value)]
        for (channel, mode, load), group in _grouped(phased, _place).items():
            panels = _grouped(group, lambda value: value.point.setpoint.polarity.value)
            ordered = [(p.value, panels[p.value]) for p in Polarity if p.value in panels]
            title = f"into {load} ({_ohm(group[0])}), channel {channel}, mode {mode}"
            yield deviation_chart(ordered, title, simulated=simulated)
        others = [value for value in values if not phase_of(value)]
        for (quantity, channel, mode), group in _grouped(others, _quantity_and_mode).items():
            by_load = list(_grouped(group, lambda value: value.point.load).items())
            yield deviation_chart(by_load, f"{quantity}, by load, channel {channel}, mode {mode}", simulated=simulated)


def _grouped(judged: Sequence[Judged], by: Callable[[Judged], Group]) -> dict[Group, list[Judged]]:
    found: dict[Group, list[Judged]] = {}
    for value in judged:
        found.setdefault(by(value), []).append(value)
    return found


def _place(judged: Judged) -> tuple[int, str, str]:
    setpoint = judged.point.setpoint
    return setpoint.channel, setpoint.mode, judged.point.load


def _quantity_and_mode(judged: Judged) -> tuple[str, int, str]:
    setpoint = judged.point.setpoint
    return judged.quantity, setpoint.channel, setpoint.mode


def _ohm(judged: Judged) -> str:
    ohm = judged.point.load_ohm
    return f"{ohm / 1000:g} kΩ" if ohm >= 1000 else f"{ohm:g} Ω"  # noqa: PLR2004 - the prefix
