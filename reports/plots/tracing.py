"""A tracing of the output: current against time, with its baseline, half as wide as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.plots.chart import Chart, Key, Panel
from reports.plots.waveform import Trace
from reports.text import Scale

if TYPE_CHECKING:
    from harness.capture import Observation

_WIDTH, _HEIGHT = 390.0, 222.0
_AIR = 0.08
_ZERO = "zero"


def tracing_chart(observation: Observation, name: str, title: str, *, simulated: bool) -> Chart:
    """Draw one capture of an observation, less its zero record."""
    captures = {capture.name: capture for capture in observation.captures}
    trace = Trace(captures[name], captures.get(_ZERO))
    x, low, high = trace.envelope()
    marks = (0.0, float(low.min()), float(high.max()))
    current = Scale.of(max(map(abs, marks)), "A")
    time = Scale.of(float(np.abs(trace.time_s).max()), "s")
    air = _AIR * ((max(marks) - min(marks)) or 1.0)
    y_range = ((min(marks) - air) / current.divisor, (max(marks) + air) / current.divisor)
    x_range = (float(x[0]) / time.divisor, trace.end_s / time.divisor)
    panel = Panel(x_range, y_range, x_label=f"time, {time.unit}")
    panel.line(x_range, (0, 0), "zero")
    band = ((low / current.divisor).tolist(), (high / current.divisor).tolist())
    panel.shape((x / time.divisor).tolist(), *band, "record", title)
    panel.label(x_range[1], 0.0, "baseline")
    keys = [Key("oscilloscope", "record", "area"), Key("baseline", "zero", "line")]
    return Chart(title, f"current, {current.unit}", _HEIGHT, [panel], keys, simulated, _WIDTH)
