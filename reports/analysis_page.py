"""The page of a recorded waveform: one file, nothing from elsewhere; the same bytes for the same record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from harness.errors import RequestError
from reports.environment import template
from reports.plots.chart import style_sheet
from reports.plots.sheet import sheet_chart

if TYPE_CHECKING:
    from pathlib import Path

    from harness.sheet import Sheet


def write_analysis(sheet: Sheet, target: Path) -> Path:
    """Write the page.

    Raises:
        RequestError: it cannot be written there.
    """
    content = render(sheet).encode("utf-8")
    try:
        target.write_bytes(content)
    except OSError as error:
        raise RequestError(f"{target}: cannot be written: {error.strerror or error}") from error
    return target


def render(sheet: Sheet) -> str:
    """The page as text."""
    channels = [
        {"channel": channel, "chart": Markup(sheet_chart(channel).svg(f"c{number}"))}  # noqa: S704 - escapes its texts
        for number, channel in enumerate(sheet.channels)
    ]
    return template("analysis.html.j2").render(sheet=sheet, channels=channels, chart_style=Markup(style_sheet()))  # noqa: S704 - ours
