"""The four tracings that FDA's guidance asks for, of each mode: a pulse into three loads, and a series into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.setpoint import Method
from reports.dossier.blocks import Block, Figure, Figures, Heading, Text, breakable
from reports.plots.tracing import tracing_chart
from reports.text import setpoint_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.capture import Observation
    from reports.dossier.case import Case

_WANTED = (
    ("tracing-pulse", "500R", "pulse"),
    ("tracing-pulse", "2k", "pulse"),
    ("tracing-pulse", "10k", "pulse"),
    ("tracing-series", "500R", "series"),
)
_LETTERS = 18
"""Of a mode's name above a tracing; the heading has all of it."""


def chapter(case: Case) -> Iterator[Block]:
    """For each mode four tracings, or which of them are missing."""
    yield Heading(2, "Tracings of each mode")
    yield Text(
        "Each tracing is one record of the oscilloscope across its calibrated resistor, less the mean of its own zero "
        "record, divided by the resistance. The line at 0 is the baseline. Bands are from the smallest to the largest "
        "sample of each column.",
        "lead-soft",
    )
    if case.missing:
        yield Text(f"Records cannot be drawn: {case.missing}", "strong")
    for mode in case.profile.modes:
        yield Heading(3, f"Mode {mode}")
        yield from _mode(case, mode)


def _mode(case: Case, mode: str) -> Iterator[Block]:
    figures, told, missing = [], [], []
    for number, (capture, load, what) in enumerate(_WANTED):
        found = _observation(case, mode, load, capture)
        if found is None:
            missing.append(f"{what} into {load}")
            continue
        letter = "abcd"[number]
        title = f"({letter}) {mode[:_LETTERS]}, {what}, {found.point.load_ohm:g} Ω"
        chart = tracing_chart(found, capture, title, simulated=case.contents.simulated)
        alt = f"Tracing of the current against time: {title}, {setpoint_text(found.point.setpoint)}."
        figures.append(Figure(chart.svg(f"t-{mode}-{number}", standalone=True), alt, ""))
        told.append(
            f"({letter}) {what}, load {found.point.load_ohm:g} Ω, "
            f"{breakable(f'captures/{found.key}-{capture}.capture')}"
        )
    if figures:
        point = next(o.point for o in case.observations.values() if o.point.setpoint.mode == mode
                     and o.point.method is Method.TABLE)  # fmt: skip
        settings = f"Mode {mode}; settings: {setpoint_text(point.setpoint)}; baseline: 0 A. "
        yield Figures(tuple(figures), settings + "; ".join(told))
    if missing:
        yield Text(f"Not recorded in this run: {', '.join(missing)}.", "strong")


def _observation(case: Case, mode: str, load: str, capture: str) -> Observation | None:
    return next(
        (
            one
            for one in case.observations.values()
            if one.point.method is Method.TABLE
            and one.point.setpoint.mode == mode
            and one.point.load == load
            and any(each.name == capture for each in one.captures)
        ),
        None,
    )
