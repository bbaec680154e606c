"""The verb `stimcert report RUN [-o FILE]`, and the option `--html FILE` of `stimcert analyze`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import RequestError

if TYPE_CHECKING:
    import argparse

    from harness.lots.comparison import Comparison
    from harness.lots.lot import Lot
    from harness.sheet import Sheet


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb and the option; called by the command line's entry point group `stimcert.commands`."""
    analyze = verbs.choices.get("analyze")
    if analyze is not None:
        analyze.add_argument("--html", metavar="FILE", type=Path, help="write a page with a plot of what was found")
        analyze.set_defaults(page=_page)
    _add_pages(verbs)
    report = verbs.add_parser("report", help="write the page of a run, also of one that was killed")
    report.add_argument("run", metavar="RUN", type=Path)
    report.add_argument("-o", "--output", metavar="FILE", type=Path, help="default: RUN.report.html, beside the run")
    report.set_defaults(verb=_report)


def _add_pages(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Pages of verbs that are not ours."""
    for name, page, what in (
        ("lot", _lot_page, "write a page with tables and control charts"),
        ("compare", _comparison_page, "write a page with all values beside each other"),
    ):
        verb = verbs.choices.get(name)
        if verb is not None:
            verb.add_argument("--html", metavar="FILE", type=Path, help=what)
            verb.set_defaults(page=page)


def _lot_page(lot: Lot, target: Path) -> None:
    from reports.lot_page import write_lot  # noqa: PLC0415 - each verb pays for its own imports

    write_lot(lot, target)


def _comparison_page(comparison: Comparison, target: Path) -> None:
    from reports.comparison_page import write_comparison  # noqa: PLC0415 - each verb pays for its own imports

    write_comparison(comparison, target)


def _report(arguments: argparse.Namespace) -> int:
    from reports.html import write_report  # noqa: PLC0415 - each verb pays for its own imports

    run: Path = arguments.run.resolve()
    target: Path = (arguments.output or run.with_name(f"{run.name}.report.html")).resolve()
    if run in target.parents and (run / "manifest.json").exists():
        raise RequestError(f"{target}: lies in a sealed run, where nothing may change; choose a place beside it")
    sys.stdout.write(f"{write_report(run, target)}\n")
    return 0


def _page(sheet: Sheet, target: Path) -> None:
    from reports.analysis_page import write_analysis  # noqa: PLC0415 - each verb pays for its own imports

    write_analysis(sheet, target)
