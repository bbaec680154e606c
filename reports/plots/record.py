"""Records of one event as current or voltage against time, with the contact, the baseline and a limit in amperes.

Captures whose names share an ending after a dot were started by one trigger and are drawn together. A record of peak
detection holds smallest and largest of each interval in turn: its band is drawn, as that of every other record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.setpoint import Polarity
from reports.plots.chart import Chart, Key, Panel
from reports.plots.deviation import phase_of
from reports.plots.waveform import Trace
from reports.text import Scale, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from harness.capture import Capture, Observation
    from harness.evidence import Judged

_MONITOR, _VOLTAGE = "monitor", "voltage"
_PEAK = frozenset({"peak", "after-off"})
_AUXILIARY = ("zero", "reference")
"""Captures that others are held against begin or end so; they are no record of what happened."""

_HEIGHT = 260.0
_AIR = 0.06
_FARTHEST_LIMIT = 4.0
"""A limit more than so many times beyond the record is not drawn: the record would shrink to a line."""


@dataclass(frozen=True, slots=True)
class _Event:
    """Captures of one trigger: the current or the electrodes' voltage, and the contact monitor."""

    record: Capture
    monitor: Capture | None
    is_voltage: bool


def record_charts(
    observation: Observation, judged: Judged, title: str, *, simulated: bool, most: int = 2
) -> tuple[Chart, ...]:
    """Draw what a value rests on: of repeats the one with the largest current or voltage.

    Args:
        observation: with its captures.
        judged: of this observation.
        title: what is shown.
        simulated: mark the charts.
        most: so many charts at most.
    """
    captures = {capture.name: capture for capture in observation.captures}
    largest: dict[str, _Event] = {}
    for event in _events(captures, _named(observation, judged)):
        stem = event.record.name.partition(".")[0]
        known = largest.get(stem)
        if known is None or _peak(event, captures) > _peak(known, captures):
            largest[stem] = event
    return tuple(_chart(event, captures, judged, title, simulated=simulated) for event in list(largest.values())[:most])


def _named(observation: Observation, judged: Judged) -> set[str]:
    """Names of the captures of this observation that the value rests on; where it names none, of all."""
    prefix = f"{observation.key}-"
    named = {name.removeprefix(prefix) for name in judged.measurement.captures if name.startswith(prefix)}
    return named or {capture.name for capture in observation.captures}


def _events(captures: dict[str, Capture], named: set[str]) -> Iterator[_Event]:
    """Those of the named captures that are records of what happened, each with its contact monitor."""
    for name, capture in captures.items():
        stem, _, ending = name.partition(".")
        kind = stem.partition("-")[0]
        if name not in named or kind == _MONITOR or kind in _AUXILIARY or stem.endswith(_AUXILIARY):
            continue
        # Of `open.03` the monitor is `monitor-open.03`, of `gap.3` it is `monitor.3`.
        names = (f"{_MONITOR}-{stem}.{ending}", f"{_MONITOR}.{ending}")
        monitor = next((captures[each] for each in names if each in captures), None)
        yield _Event(capture, monitor, kind == _VOLTAGE)


def _zero_of(capture: Capture, captures: dict[str, Capture]) -> Capture | None:
    stem = capture.name.partition(".")[0]
    names = (f"{stem}-zero", f"zero-{stem}", "zero")
    return next((captures[name] for name in names if name in captures), None)


def _trace(event: _Event, captures: dict[str, Capture]) -> Trace:
    # Volts between the electrodes have no zero record: the probe hangs there only while it records.
    return Trace(event.record, None if event.is_voltage else _zero_of(event.record, captures))


def _peak(event: _Event, captures: dict[str, Capture]) -> float:
    return float(np.abs(_trace(event, captures).current_a).max(initial=0.0))


def _chart(event: _Event, captures: dict[str, Capture], judged: Judged, title: str, *, simulated: bool) -> Chart:
    trace = _trace(event, captures)
    what, unit = ("voltage", "V") if event.is_voltage else ("current", "A")
    lines = _limits(judged, unit, float(np.abs(trace.current_a).max(initial=0.0)))
    panel, scaled = _panel(event, trace, unit, lines)
    keys = [Key("band of the record", "record", "area"), Key("baseline", "zero", "line")]
    if event.monitor is not None:
        keys.append(Key("contact closed", "contact", "area"))
    if lines:
        keys.append(Key("limit", "limit", "line"))
    text = written(judged.measurement, judged.limit, judged.decision)
    how = ", peak detection" if event.record.name.partition(".")[0] in _PEAK else ""
    panel.heading = f"record {event.record.name}{how}; {judged.quantity} {text.result}, limit {text.limits}"
    return Chart(title, f"{what}, {scaled}", _HEIGHT, [panel], keys, simulated)


def _limits(judged: Judged, unit: str, peak: float) -> list[float]:
    """Limits that lie where the record is: those of a phase on its side, an upper one of a magnitude on both."""
    limit = judged.limit
    if limit.unit != unit:
        return []
    bounds = [bound for bound in (limit.lower, limit.upper) if bound is not None]
    phase = phase_of(judged)
    if phase:
        bounds = [Polarity(phase).sign * bound for bound in bounds]
    elif limit.lower is None and limit.upper is not None:
        bounds.append(-limit.upper)
    return [bound for bound in bounds if abs(bound) <= _FARTHEST_LIMIT * peak]


def _panel(event: _Event, trace: Trace, unit: str, lines: Sequence[float]) -> tuple[Panel, str]:
    x, low, high = trace.envelope()
    marks = [0.0, float(low.min()), float(high.max()), *lines]
    y_scale = Scale.of(max(map(abs, marks)), unit)
    x_scale = Scale.of(float(np.abs(trace.time_s).max()), "s")
    air = _AIR * ((max(marks) - min(marks)) or 1.0) / y_scale.divisor
    y_range = (min(marks) / y_scale.divisor - air, max(marks) / y_scale.divisor + air)
    x_range = (float(x[0]) / x_scale.divisor, trace.end_s / x_scale.divisor)
    panel = Panel(x_range, y_range, x_label=f"time after the trigger, {x_scale.unit}")
    if event.monitor is not None:
        for start, end in _closed(event.monitor):
            panel.area((start / x_scale.divisor, end / x_scale.divisor), y_range, "contact")
    panel.line(x_range, (0, 0), "zero")
    panel.shape(
        (x / x_scale.divisor).tolist(), (low / y_scale.divisor).tolist(), (high / y_scale.divisor).tolist(),
        "record", "record of the oscilloscope",
    )  # fmt: skip
    for line in lines:
        panel.line(x_range, (line / y_scale.divisor,) * 2, "limit")
    return panel, y_scale.unit


def _closed(monitor: Capture) -> Iterator[tuple[float, float]]:
    """Stretches in which the contact monitor says closed: above half of its highest value."""
    trace = Trace(monitor, None)
    volts: NDArray[np.float64] = trace.current_a
    closed = np.concatenate(([False], volts > float(volts.max(initial=0.0)) / 2, [False]))
    if volts.max(initial=0.0) <= 0:
        return
    changes = np.flatnonzero(closed[1:] != closed[:-1])
    for first, last in zip(changes[::2], changes[1::2], strict=True):
        yield (monitor.start_s + float(first) * monitor.interval_s, monitor.start_s + float(last) * monitor.interval_s)
