"""Plots for people: accuracy, linearity, load regulation, ramps, restart, sweeps; limits and guard bands visible."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.setpoint import Method
from reports.dossier.blocks import Block, Figure, Heading, Text, breakable
from reports.figures import requirement_charts
from reports.plots.course import course_chart
from reports.plots.deviation import Axis, deviation_chart, phase_of
from reports.plots.linearity import linearity_chart, lines_of
from reports.plots.record import record_charts
from reports.text import frequency_text, point_text, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.evidence import Judged
    from reports.contents import Contents
    from reports.dossier.case import Case
    from reports.plots.chart import Chart
    from reports.plots.linearity import Line

_WIDTH, _HEIGHT = 760.0, 212.0
_RECORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Ramps", ("anti-shock.rise",)),
    ("Restart", ("anti-shock.restart", "anti-shock.short-gap", "overload.trip-restart", "battery.restart")),
    ("Overload and switching", ("overload.ceiling", "overload.touch", "overload.cycles", "mode-change.events")),
)
"""Groups of requirements of which the record of the value nearest to its limit is drawn."""

_BY_POINT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Linearity", ("levels.linearity", "levels.steps")),
    ("Load regulation", ("load.regulation", "load.compliance")),
    ("Sweeps", ("sweep.course", "sweep.amplitude")),
)
_LETTERS = 9
_FEWEST_PLACES, _MOST_PLACES = 2, 40


def wanted(contents: Contents) -> set[str]:
    """Keys of the observations whose records are drawn."""
    found = {value.point.key for _, names in _RECORDS for name in names for value in _hardest(contents, name)}
    return found | {value.point.key for value in contents.recorded.values if value.point.method is Method.SWEEP}


def chapter(case: Case) -> Iterator[Block]:
    """All plots, in groups."""
    yield Heading(1, "Plots")
    yield Text(
        "Thick lines are limits, hatched bands inside them guard bands, and what lies between is accepted. Bars "
        "are ± U. A "
        "cross is FAIL, a square CONDITIONAL FAIL, a diamond CONDITIONAL PASS. Records are drawn as the band between "
        "their smallest and largest samples.",
        "soft",
    )
    yield from _group("Accuracy", _accuracy(case))
    for title, names in _BY_POINT[:2]:
        straight = _straight(case) if title == _BY_POINT[0][0] else ()
        yield from _group(title, [*straight, *(figure for name in names for figure in _by_point(case, name))])
    for title, names in _RECORDS:
        yield from _group(title, (figure for name in names for figure in _records(case, name)))
    title, names = _BY_POINT[2]
    yield from _group(title, [*_courses(case), *(figure for name in names for figure in _by_point(case, name))])


def _group(title: str, figures: Iterator[Figure] | Sequence[Figure]) -> Iterator[Block]:
    yield Heading(2, title)
    number = 0
    for number, figure in enumerate(figures, start=1):  # noqa: B007 - whether there was any
        yield figure
    if not number:
        yield Text("Nothing of this kind was judged in this run: not applicable, or not in its scope.", "soft")


def _accuracy(case: Case) -> Iterator[Figure]:
    charts = requirement_charts(case.judged("current.accuracy"), simulated=case.contents.simulated)
    for number, chart in enumerate(charts):
        yield _figure(chart, f"a{number}", f"Accuracy of the current, {chart.title}.")


def _straight(case: Case) -> Iterator[Figure]:
    """How far each level lies from its line, both phases of a point in one plot."""
    points: dict[str, list[Line]] = {}
    for line in lines_of(case.judged("levels.linearity"), case.judged("current.accuracy")):
        points.setdefault(line.key, []).append(line)
    for number, lines in enumerate(points.values()):
        chart = linearity_chart(lines, simulated=case.contents.simulated)
        texts = (written(one.distance.measurement, one.distance.limit, one.distance.decision) for one in lines)
        told = "; ".join(f"{line.phase} {text.result}" for line, text in zip(lines, texts, strict=True))
        setpoint, load = lines[0].distance.point.setpoint, lines[0].distance.point.load
        parts = (f"channel {setpoint.channel}", setpoint.mode, setpoint.polarity.value, frequency_text(setpoint))
        where = f"{', '.join(part for part in parts if part)}, into {load}"
        yield _figure(
            chart,
            f"straight-{number}",
            f"Distance of each level from the straight line of its point, over the largest nominal level: {where}. "
            f"Judged, the largest as a share: {told}.",
        )


def _by_point(case: Case, name: str) -> Iterator[Figure]:
    """Each quantity of a requirement, by operating point; both phases of one quantity in one plot."""
    groups: dict[str, list[Judged]] = {}
    for value in case.judged(name):
        stem = value.quantity.replace("positive-", "").replace("negative-", "")
        groups.setdefault(f"{stem} in {value.measurement.unit}", []).append(value)
    title = next((one.text.title for one in case.page.requirements if one.text.id == name), name)
    for number, (stem, values) in enumerate(groups.items()):
        axis = _axis(values)
        if not _FEWEST_PLACES <= len({axis.place(value) for value in values}) <= _MOST_PLACES:
            continue  # one value needs no plot, and a hundred make none: both stand in the tables
        chart = deviation_chart([("", values)], "", simulated=case.contents.simulated, by=axis)
        worst = min(values, key=lambda value: value.decision.margin)
        text = written(worst.measurement, worst.limit, worst.decision)
        what = f"{title}: {stem.partition(' in ')[0]}"
        told = f"{what}. Least margin: {text.result}, limit {text.limits}, {point_text(worst.point)}."
        yield _figure(chart, f"{name}-{number}", told)


def _axis(values: Sequence[Judged]) -> Axis:
    """Places by load, then by level; named by what is not the same for all of them."""
    named = {name: _parts(name, values) for name in ("channel", "mode", "polarity", "level", "load")}
    varied = [name for name, texts in named.items() if len(set(texts.values())) > 1] or ["load"]

    def place(value: Judged) -> tuple[float, str]:
        point, setpoint = value.point, value.point.setpoint
        order = point.load_ohm * 1000 + setpoint.level + 100 * setpoint.channel
        return order, " ".join(text for name in varied if (text := named[name][point.key]))

    return Axis(", ".join(varied), place)


def _parts(name: str, values: Sequence[Judged]) -> dict[str, str]:
    """One part of the operating points in a few letters, by their keys."""
    found = {}
    for value in values:
        setpoint = value.point.setpoint
        found[value.point.key] = {
            "channel": f"ch{setpoint.channel}",
            "mode": setpoint.mode[:_LETTERS],
            "polarity": {"positive": "+", "negative": "−", "bipolar": "±"}[setpoint.polarity.value],
            "level": f"L{setpoint.level}",
            "load": value.point.load,
        }[name]
    return found


def _records(case: Case, name: str) -> Iterator[Figure]:
    """The record that the value nearest to its limit rests on."""
    for value in _hardest(case.contents, name):
        observation = case.observations.get(value.point.key)
        if observation is None:
            continue
        for number, chart in enumerate(
            record_charts(observation, value, "", simulated=case.contents.simulated, most=1)
        ):
            told = f"{name}: {point_text(value.point)}; {chart.panels[0].heading}."
            yield _figure(chart, f"{name}-record-{number}", told)


def _courses(case: Case) -> Iterator[Figure]:
    for key, observation in case.observations.items():
        if observation.point.method is Method.SWEEP:
            for number, capture in enumerate(observation.captures):
                chart = course_chart(capture, observation, simulated=case.contents.simulated)
                if chart is not None:
                    told = (
                        "Sweep: frequency against time, one mark for each cycle of the record "
                        f"{breakable(f'{key}-{capture.name}')}, found "
                        "where the current crosses zero upwards; drawn from the record. Judged values stand below."
                    )
                    yield _figure(chart, f"course-{number}", told)


def _hardest(contents: Contents, name: str) -> tuple[Judged, ...]:
    """Of one requirement the value nearest to its limit that rests on a record."""
    found = [v for v in contents.recorded.judged if v.requirement == name and (v.measurement.captures or phase_of(v))]
    return (min(found, key=lambda value: value.decision.margin),) if found else ()


def _figure(chart: Chart, name: str, told: str) -> Figure:
    """A chart as wide as a page; what it says in words stands below it, where it can be broken into lines."""
    for panel in chart.panels if len(chart.panels) == 1 else ():
        panel.heading = ""
    drawn = replace(chart, title="", width=_WIDTH, height=min(chart.height, _HEIGHT))
    return Figure(drawn.svg(name.replace(".", "-"), standalone=True), f"Plot. {told}", told)
