"""Which charts the page of a run shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from harness.errors import EvidenceError
from harness.setpoint import Polarity
from reports.plots.cross_check import cross_check_chart
from reports.plots.deviation import deviation_chart, phase_of
from reports.plots.waveform import OUTPUT, waveform_chart
from reports.text import point_text, setpoint_text

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from harness.capture import Observation
    from harness.evidence import Judged
    from reports.contents import Contents
    from reports.plots.chart import Chart

Group = TypeVar("Group", bound="Hashable")


@dataclass(frozen=True, slots=True)
class Waveforms:
    """Example records, or why there are none."""

    charts: tuple[Chart, ...]
    problem: str = ""


def requirement_charts(judged: Sequence[Judged], *, simulated: bool) -> tuple[Chart, ...]:
    """Charts of the values of one requirement.

    Values of a phase: for each channel, mode and load one chart with a panel for each polarity. Others: one chart with
    a panel for each load.
    """
    return tuple(_charts(judged, simulated=simulated))


def cross_check_charts(contents: Contents) -> tuple[Chart, ...]:
    """The chart of the cross-check, where there was any."""
    if not contents.recorded.comparisons:
        return ()
    return (cross_check_chart(contents.recorded.comparisons, simulated=contents.simulated),)


def waveform_charts(contents: Contents) -> Waveforms:
    """The record of the hardest point, and that of the hardest alternating one if it is another."""
    judged = [value for value in contents.recorded.judged if phase_of(value)]
    chosen = _hardest(judged), _hardest([v for v in judged if v.point.setpoint.polarity is Polarity.BIPOLAR])
    points: dict[str, str] = {}
    for value in chosen:
        if value is not None:
            points.setdefault(value.point.key, value.requirement)
    try:
        found = contents.observations(set(points))
    except EvidenceError as error:
        return Waveforms((), str(error))
    charts = []
    for key, requirement in points.items():
        observation = found.get(key)
        if observation is not None and has_output(observation):
            values = [value for value in judged if value.point.key == key and value.requirement == requirement]
            title = f"{requirement}: {point_text(observation.point)}"
            charts.append(waveform_chart(observation, values, title, simulated=contents.simulated))
    return Waveforms(tuple(charts))


def observation_chart(observation: Observation, judged: Sequence[Judged], *, simulated: bool) -> Chart | None:
    """The record of one observation with what was judged of it, None where there is nothing to show."""
    values = [value for value in judged if phase_of(value)]
    if not values or not has_output(observation):
        return None
    title = f"{setpoint_text(observation.point.setpoint)}, into {observation.point.load}"
    return waveform_chart(observation, values, title, simulated=simulated)


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
        for quantity, group in _grouped([v for v in values if not phase_of(v)], lambda v: v.quantity).items():
            loads = _grouped(group, lambda value: value.point.load)
            panels_by_load = [(f"after {load}", each) for load, each in loads.items()]
            yield deviation_chart(panels_by_load, f"{quantity}, by the load before", simulated=simulated)


def _grouped(judged: Sequence[Judged], by: Callable[[Judged], Group]) -> dict[Group, list[Judged]]:
    found: dict[Group, list[Judged]] = {}
    for value in judged:
        found.setdefault(by(value), []).append(value)
    return found


def _place(judged: Judged) -> tuple[int, str, str]:
    setpoint = judged.point.setpoint
    return setpoint.channel, setpoint.mode, judged.point.load


def _ohm(judged: Judged) -> str:
    ohm = judged.point.load_ohm
    return f"{ohm / 1000:g} kΩ" if ohm >= 1000 else f"{ohm:g} Ω"  # noqa: PLR2004 - the prefix


def _hardest(judged: Sequence[Judged]) -> Judged | None:
    return min(judged, key=lambda value: value.decision.margin, default=None)
