"""A recorded waveform as it was analysed: the samples, the states and reference levels, the instants and periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.plots.chart import Chart, Key, Panel
from reports.text import Scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.sheet import Channel

_HEIGHT = 380.0
_AIR = 0.08
_COLUMNS = 840
"""Columns of the envelope: one for each pixel of a plot."""

_MOST_MARKS = 60
"""More instants than that would cover the waveform; the detail shows the first."""

_WHOLE_UP_TO = 4
"""A record of more periods than that gets a detail beside it."""

_DETAIL = 2.25
"""Periods that the detail shows."""

_BEFORE = 0.15
_EDGE_DURATIONS, _EDGE_SAMPLES = 2.5, 60
"""Durations, and samples at least, on either side of a transition that show where it comes from and what follows."""

_SMALL = 0.25
"""Of the record: a longer stretch would show nothing that the record does not."""


def sheet_chart(channel: Channel) -> Chart:
    """Draw one column; beside a record of many periods its first two, beside a long one a transition."""
    y_scale = Scale.of(float(np.abs(channel.samples).max()), channel.unit)
    y_range = _y_range(channel, y_scale)
    ends = (channel.start_s, channel.start_s + channel.samples.size * channel.interval_s)
    spans = [("the record", ends)]
    if len(channel.intervals) > _WHOLE_UP_TO:
        first = channel.intervals[0]
        period = first.to_s - first.from_s
        begin = max(ends[0], first.from_s - _BEFORE * period)
        spans.append(("its first periods", (begin, min(ends[1], begin + _DETAIL * period))))
    edge = _transition(channel)
    if edge is not None:
        spans.append(("a transition", edge))
    panels = [_panel(channel, heading, span, y_range, y_scale) for heading, span in spans]
    quantity = "current" if channel.unit == "A" else "voltage"
    return Chart(f"column {channel.name}", f"{quantity}, {y_scale.unit}", _HEIGHT, panels, _keys(channel), False)


def _transition(channel: Channel) -> tuple[float, float] | None:
    """The stretch about a transition that a plot of the whole record does not show."""
    if channel.transition is None:
        return None
    lasts = channel.transition.to_s - channel.transition.from_s
    middle = (channel.transition.from_s + channel.transition.to_s) / 2
    half = lasts / 2 + max(_EDGE_DURATIONS * lasts, _EDGE_SAMPLES * channel.interval_s)
    begin, end = middle - half, middle + half
    end_s = channel.start_s + channel.samples.size * channel.interval_s
    span = max(begin, channel.start_s), min(end, end_s)
    return span if span[1] - span[0] < _SMALL * (end_s - channel.start_s) else None


def _y_range(channel: Channel, scale: Scale) -> tuple[float, float]:
    marks = [0.0, float(channel.samples.min()), float(channel.samples.max()), *(line.value for line in channel.lines)]
    air = _AIR * ((max(marks) - min(marks)) or 1.0)
    return (min(marks) - air) / scale.divisor, (max(marks) + air) / scale.divisor


def _panel(
    channel: Channel, heading: str, span: tuple[float, float], y_range: tuple[float, float], y_scale: Scale
) -> Panel:
    x_scale = Scale.of(max(map(abs, span)), "s")
    x_range = (span[0] / x_scale.divisor, span[1] / x_scale.divisor)
    panel = Panel(x_range, y_range, heading, f"time, {x_scale.unit}")
    _draw_intervals(panel, channel, span, x_scale)
    panel.line(x_range, (0, 0), "zero")
    x, low, high = _envelope(channel, span)
    panel.shape(
        (x / x_scale.divisor).tolist(), (low / y_scale.divisor).tolist(), (high / y_scale.divisor).tolist(),
        "record", f"samples of {channel.name}",
    )  # fmt: skip
    for line in channel.lines:
        y = line.value / y_scale.divisor
        panel.line(x_range, (y, y), "state" if line.is_state else "reference", f"{line.label}: {y:.4g} {y_scale.unit}")
        panel.label(x_range[1] if line.is_state else x_range[0], y, line.label, before=line.is_state)
    _draw_points(panel, channel, span, (x_scale, y_scale))
    return panel


def _draw_intervals(panel: Panel, channel: Channel, span: tuple[float, float], x_scale: Scale) -> None:
    """Shade every other period, so that each can be told from the next."""
    inside = [each for each in channel.intervals if each.from_s >= span[0] and each.to_s <= span[1]]
    if len(inside) <= _MOST_MARKS:
        for each in inside[::2]:
            panel.area((each.from_s / x_scale.divisor, each.to_s / x_scale.divisor), panel.y_range, "period")


def _draw_points(panel: Panel, channel: Channel, span: tuple[float, float], scales: tuple[Scale, Scale]) -> None:
    x_scale, y_scale = scales
    inside = [point for point in channel.points if span[0] <= point.time_s <= span[1]]
    instants = [point for point in inside if not point.is_extreme]
    extremes = [point for point in inside if point.is_extreme]
    if len(extremes) > _MOST_MARKS:
        extremes = [max(extremes, key=lambda point: abs(point.value))]
    for point in [*(instants if len(instants) <= _MOST_MARKS else ()), *extremes]:
        x, y = point.time_s / x_scale.divisor, point.value / y_scale.divisor
        says = f"{point.label}: {x:.6g} {x_scale.unit}, {y:.4g} {y_scale.unit}"
        panel.mark(
            x, y, "diamond" if point.is_extreme else "circle", "extreme" if point.is_extreme else "instant", says
        )


def _envelope(
    channel: Channel, span: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Time, least and greatest value of each column of the plot: thinning out hides nothing of the record."""
    first = max(0, round((span[0] - channel.start_s) / channel.interval_s))
    last = min(channel.samples.size, round((span[1] - channel.start_s) / channel.interval_s) + 1)
    samples = channel.samples[first:last]
    edges = np.unique(np.linspace(0, samples.size, min(_COLUMNS, samples.size) + 1).astype(int))[:-1]
    low, high = np.minimum.reduceat(samples, edges), np.maximum.reduceat(samples, edges)
    return channel.start_s + (first + edges) * channel.interval_s, low, high


def _keys(channel: Channel) -> list[Key]:
    keys = [Key("samples", "record", "area")]
    if any(line.is_state for line in channel.lines):
        keys.append(Key("state", "state", "line"))
    if any(not line.is_state for line in channel.lines):
        keys.append(Key("reference levels", "reference", "line"))
    if any(not point.is_extreme for point in channel.points):
        keys.append(Key("10, 50, 90 % instants", "instant", "circle"))
    if any(point.is_extreme for point in channel.points):
        keys.append(Key("farthest beyond a state", "extreme", "diamond"))
    if channel.intervals:
        keys.append(Key("every other period", "period", "area"))
    return keys
