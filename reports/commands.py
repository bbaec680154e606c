"""The verbs `report` and `dossier`, the option `--html` of `analyze`, and the option `--dossier` of `verify`."""

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
    verify = verbs.choices.get("verify")
    if verify is not None:
        verify.add_argument(
            "--dossier", metavar="FILE.pdf", type=Path, help="and compare it with what the run gives now"
        )
        verify.add_argument("--predicate", metavar="FILE", type=Path, help="that the dossier was made with")
        verify.set_defaults(check_dossier=_check_dossier)
    _add_pages(verbs)
    report = verbs.add_parser("report", help="write the page of a run, also of one that was killed")
    report.add_argument("run", metavar="RUN", type=Path)
    report.add_argument("-o", "--output", metavar="FILE", type=Path, help="default: RUN.report.html, beside the run")
    report.set_defaults(verb=_report)
    dossier = verbs.add_parser("dossier", help="write the dossier of one or several runs as a PDF")
    dossier.add_argument("runs", metavar="RUN", type=Path, nargs="+")
    dossier.add_argument(
        "-o", "--output", metavar="FILE.pdf", type=Path, help="default: RUN.dossier.pdf, beside the run"
    )
    dossier.add_argument(
        "--predicate", metavar="FILE", type=Path, help="TOML file with the predicate's column of FDA's tables"
    )
    dossier.set_defaults(verb=_dossier)


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


def _dossier(arguments: argparse.Namespace) -> int:
    from reports.dossier import write_dossier  # noqa: PLC0415 - each verb pays for its own imports

    runs: list[Path] = [run.resolve() for run in arguments.runs]
    beside = runs[0].with_name(f"{runs[0].name}.dossier.pdf")
    target: Path = (arguments.output or beside).resolve()
    sys.stdout.write(f"{write_dossier(runs, target, arguments.predicate)}\n")
    return 0


def _check_dossier(arguments: argparse.Namespace) -> str:
    """What is wrong with the dossier that `stimcert verify` was given; empty: nothing."""
    from reports.dossier import Sameness, compare_dossier  # noqa: PLC0415 - each verb pays for its own imports

    found = compare_dossier(arguments.run, arguments.dossier, arguments.predicate)
    return "" if found is Sameness.SAME else f"{arguments.dossier}: {found.value}"


def _page(sheet: Sheet, target: Path) -> None:
    from reports.analysis_page import write_analysis  # noqa: PLC0415 - each verb pays for its own imports

    write_analysis(sheet, target)
