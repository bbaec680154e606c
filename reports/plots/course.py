"""The course of a sweep: frequency against time, from where its record crosses zero upwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.plots.chart import Chart, Key, Panel
from reports.plots.waveform import Trace

if TYPE_CHECKING:
    from harness.capture import Capture, Observation

_HEIGHT = 240.0
_AIR = 0.08
_LEAST = 0.3
"""Of the largest current: what a cycle has to reach on both sides."""
_MOST_MARKS = 1500
_FEWEST = 3


def course_chart(capture: Capture, observation: Observation, *, simulated: bool) -> Chart | None:
    """Draw the frequency of each cycle; None where the record has no cycles."""
    zero = next((one for one in observation.captures if one.name == "zero"), None)
    trace = Trace(capture, zero if zero is not capture else None)
    level = _LEAST * float(np.abs(trace.current_a).max(initial=0.0))
    states = np.where(trace.current_a > level, 1, np.where(trace.current_a < -level, -1, 0))
    clear = np.flatnonzero(states)
    rises = clear[1:][(states[clear][1:] > 0) & (states[clear][:-1] < 0)]
    if rises.size < _FEWEST:
        return None
    instants = trace.time_s[rises]
    hertz = 1.0 / np.diff(instants)
    every = 1 + hertz.size // _MOST_MARKS
    low, high = float(hertz.min()), float(hertz.max())
    air = _AIR * ((high - low) or 1.0)
    declared = _declared(capture)
    low, high = min([low, *declared]), max([high, *declared])
    panel = Panel((float(instants[0]), float(instants[-1])), (max(0.0, low - air), high + air), x_label="time, s")
    for start, value in zip(instants[:-1:every].tolist(), hertz[::every].tolist(), strict=True):
        panel.mark(start, value, "bar", "neutral", "")
    for step in declared:
        panel.line(panel.x_range, (step, step), "reference")
    keys = [Key("one cycle", "neutral", "bar"), Key("declared", "reference", "line")]
    return Chart("", "frequency, Hz", _HEIGHT, [panel], keys, simulated)


def _declared(capture: Capture) -> list[float]:
    """Frequencies that the mode is declared to take, as the record's settings name them; of a smooth sweep its ends."""
    said = dict(capture.settings)
    names = ("declared.steps_hz", "declared.start_hz", "declared.stop_hz")
    return [float(word) for name in names for word in said.get(name, "").split()]
