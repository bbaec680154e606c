"""`report.html`: one file, nothing from elsewhere, made from a run directory alone; the same bytes for the same run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from harness.errors import EvidenceError
from reports import figures
from reports.contents import read_contents
from reports.environment import template
from reports.page import page_of
from reports.plots.chart import style_sheet
from reports.trace import trace_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from reports.plots.chart import Chart

REPORT = "report.html"


def write_report(run: Path, target: Path | None = None) -> Path:
    """Write the page of a run, whatever state it is in.

    Args:
        run: run directory; it must hold records.
        target: file to write; default: `report.html` inside the run, which only its own session may do.

    Returns:
        The file.

    Raises:
        EvidenceError: it is no run directory, its records are not as they were written, or the page cannot be written.
    """
    path = run / REPORT if target is None else target
    content = render(run).encode("utf-8")
    try:
        path.write_bytes(content)
    except OSError as error:
        raise EvidenceError(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


def render(run: Path) -> str:
    """The page of a run as text."""
    contents = read_contents(run)
    page = page_of(contents)
    charts = {
        requirement.text.id: _svg(
            figures.requirement_charts(
                [value for value in contents.recorded.judged if value.requirement == requirement.text.id],
                simulated=contents.simulated,
            ),
            f"r{number}",
        )
        for number, requirement in enumerate(page.requirements)
    }
    waveforms = figures.waveform_charts(contents)
    records = {
        requirement.text.id: _svg(waveforms.charts.get(requirement.text.id, ()), f"w{number}")
        for number, requirement in enumerate(page.requirements)
    }
    return template("report.html.j2").render(
        page=page,
        trace=trace_of(contents, page),
        contradictions=contents.contradictions,
        simulated=contents.simulated,
        identified=contents.identified,
        run_of_unit=contents.recorded.run_of_unit,
        events=contents.recorded.bench_events,
        comparisons=contents.recorded.comparisons,
        profile=contents.profile,
        run=run.name,
        charts=charts,
        cross_check=_svg(figures.cross_check_charts(contents), "x"),
        records=records,
        waveform_problem=waveforms.problem,
        chart_style=Markup(style_sheet()),  # noqa: S704 - a file of ours
    )


def _svg(charts: Iterable[Chart], name: str) -> list[Markup]:
    """Charts escape every text that they are given."""
    return [Markup(chart.svg(f"{name}-{number}")) for number, chart in enumerate(charts)]  # noqa: S704
