"""A record of the oscilloscope as current against time, with what was judged drawn into it.

The record, less the mean of its zero, is divided by its resistor: it shows the shape. The number that was judged is the
multimeter's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.plots.chart import Chart, Key, Panel
from reports.plots.deviation import phase_of
from reports.text import Scale, guard_band_text, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.capture import Capture, Observation, Plateau
    from harness.evidence import Judged

_COLUMNS = 420
"""Columns of the envelope: one for each two pixels of the plot."""

OUTPUT = "output"
"""Name of the capture that is drawn."""

_ZERO = "zero"
_HEIGHT = 300.0
_AIR = 0.06
_SIGNED = "plateau-along-setting"
"""Measurand whose sign says whether the current flows as set; others of a phase are magnitudes."""


class Trace:
    """A record as times and currents."""

    def __init__(self, capture: Capture, zero: Capture | None) -> None:
        volts = _volts(capture)
        if zero is not None:
            volts = volts - np.mean(_volts(zero))
        self.current_a: NDArray[np.float64] = volts / capture.path.resistor.resistance_ohm
        self.time_s: NDArray[np.float64] = np.arange(len(volts), dtype=np.float64) * capture.interval_s
        self.time_s += capture.start_s
        self._interval_s = capture.interval_s

    def mean(self, plateau: Plateau) -> float:
        """Mean over a plateau; 0 where the record does not reach it."""
        inside = self.current_a[(self.time_s >= plateau.from_s) & (self.time_s <= plateau.to_s)]
        return float(np.mean(inside)) if inside.size else 0.0

    @property
    def end_s(self) -> float:
        """Where the last sample ends."""
        return float(self.time_s[-1]) + self._interval_s

    def envelope(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Time, least and greatest current of each column: thinning it out hides nothing that the record holds."""
        samples = len(self.current_a)
        edges = np.unique(np.linspace(0, samples, min(_COLUMNS, samples) + 1).astype(int))[:-1]
        low, high = np.minimum.reduceat(self.current_a, edges), np.maximum.reduceat(self.current_a, edges)
        return self.time_s[edges], low, high


def waveform_chart(observation: Observation, judged: Sequence[Judged], title: str, *, simulated: bool) -> Chart:
    """Draw the output of an observation with the judged values of its plateaus.

    Args:
        observation: with a capture of the output.
        judged: values of the same observation; those without a phase are left out.
        title: the operating point in words.
        simulated: mark the chart.
    """
    captures = {capture.name: capture for capture in observation.captures}
    capture = captures[OUTPUT]
    trace = Trace(capture, captures.get(_ZERO))
    pairs = [
        (value, plateau, _side(value, plateau, trace))
        for value in judged
        for plateau in capture.plateaus
        if phase_of(value) == plateau.phase.value and value.measurement.unit == "A"
    ]
    x, low, high = trace.envelope()
    marks = [0.0, float(low.min()), float(high.max())]
    marks += [side * number for value, _, side in pairs for number in _numbers(value)]
    current = Scale.of(max(map(abs, marks)), "A")
    time = Scale.of(float(np.abs(trace.time_s).max()), "s")
    air = _AIR * ((max(marks) - min(marks)) or 1.0) / current.divisor
    y_range = (min(marks) / current.divisor - air, max(marks) / current.divisor + air)
    x_range = (float(x[0]) / time.divisor, trace.end_s / time.divisor)
    heading = f"record {OUTPUT}, method {observation.point.method.value}"
    panel = Panel(x_range, y_range, heading, f"time, {time.unit}")
    panel.line(x_range, (0, 0), "zero")
    panel.shape(
        (x / time.divisor).tolist(), (low / current.divisor).tolist(), (high / current.divisor).tolist(),
        "record", f"record of the {capture.path.role}",
    )  # fmt: skip
    for value, plateau, side in pairs:
        span = (plateau.from_s / time.divisor, plateau.to_s / time.divisor)
        _draw(panel, value, span, side / current.divisor)
    keys = [Key("oscilloscope", "record", "area"), Key("baseline", "zero", "line")]
    if pairs:
        keys += [Key("judged (multimeter)", "judged", "line"), Key("accepted", "accepted", "area")]
        rules = {value.decision.rule for value, _, _ in pairs}
        keys += [Key(guard_band_text(rules), "guard-band", "area"), Key("limit", "limit", "line")]
    return Chart(title, f"current, {current.unit}", _HEIGHT, [panel], keys, simulated)


def _volts(capture: Capture) -> NDArray[np.float64]:
    codes = np.frombuffer(capture.codes, dtype=np.uint8).astype(np.float64)
    volts: NDArray[np.float64] = (codes - capture.reference_code) * capture.increment_v + capture.origin_v
    return volts


def _numbers(judged: Judged) -> list[float]:
    limit = judged.limit
    return [number for number in (judged.measurement.value, limit.lower, limit.upper) if number is not None]


def _side(judged: Judged, plateau: Plateau, trace: Trace) -> int:
    """Direction in which a value is drawn; a magnitude has none and goes to where the record lies, if that is clear."""
    if judged.measurement.derivation.measurand == _SIGNED:
        return plateau.phase.sign
    mean = trace.mean(plateau)
    if abs(mean) < abs(judged.limit.nominal) / 2:
        return plateau.phase.sign
    return -1 if mean < 0 else 1


def _draw(panel: Panel, judged: Judged, span: tuple[float, float], factor: float) -> None:
    limit, guard = judged.limit, judged.decision.guard_band
    below, above = panel.y_range if factor > 0 else panel.y_range[::-1]
    low = None if limit.lower is None else limit.lower + guard
    high = None if limit.upper is None else limit.upper - guard
    if low is None or high is None or low < high:
        ends = (below if low is None else factor * low, above if high is None else factor * high)
        panel.area(span, ends, "accepted")
    for bound, inward in ((limit.lower, 1), (limit.upper, -1)):
        if bound is not None:
            panel.area(span, (factor * bound, factor * (bound + inward * guard)), "guard-band")
            panel.line(span, (factor * bound, factor * bound), "limit")
    text = written(judged.measurement, limit, judged.decision)
    says = f"{judged.quantity}: {text.result}, limit {text.limits}: {judged.decision.verdict.label}"
    panel.line(span, (factor * judged.measurement.value,) * 2, "judged", says)
