"""The verb `stimcert gauge`: repeatability and reproducibility by two methods, or a type-1 study."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from harness.cli.answers import YES, as_json
from harness.cli.arguments import number, share
from harness.cli.columns import read_columns
from harness.errors import RequestError

if TYPE_CHECKING:
    import argparse

    from harness.metrology.statistics.gauge import Gauge
    from harness.metrology.statistics.type_1 import Type1

_COLUMNS = ("appraiser", "part", "trial", "value")


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    verb = verbs.add_parser("gauge", help="repeatability and reproducibility of a gauge, or a type-1 study")
    verb.add_argument("file", metavar="FILE.csv", help="columns appraiser, part, trial, value; type 1: value")
    verb.add_argument("--tolerance", metavar="T", type=number, help="width of the tolerance, in the values' unit")
    verb.add_argument("--confidence", metavar="C", type=share, default=0.95, help="of the limits; default 0.95")
    verb.add_argument("--type-1", action="store_true", help="one part of known value, measured many times")
    verb.add_argument("--reference", metavar="R", type=number, help="type 1: known value of the part")
    verb.add_argument("--json", action="store_true", help="answer as JSON")
    verb.set_defaults(verb=_gauge)


def _gauge(arguments: argparse.Namespace) -> int:
    if arguments.type_1:
        return _type_1(arguments)
    if arguments.reference is not None:
        raise RequestError("--reference belongs to a type-1 study: add --type-1, or leave it out")
    from harness.metrology.statistics.gauge import gauge  # noqa: PLC0415 - each verb pays for its own imports
    from harness.metrology.statistics.gauge_study import Reading, cross  # noqa: PLC0415
    from harness.metrology.statistics.type_1 import positive_tolerance  # noqa: PLC0415

    if arguments.tolerance is not None:
        positive_tolerance(arguments.tolerance)
    table = read_columns(arguments.file, _COLUMNS)
    appraisers, parts, trials = (table.texts(name) for name in _COLUMNS[:3])
    rows = zip(appraisers, parts, trials, table.numbers("value"), table.lines, strict=True)
    try:
        study = cross(Reading(who, part, trial, value, f"line {line}") for who, part, trial, value, line in rows)
        result = gauge(study, arguments.tolerance, arguments.confidence)
    except RequestError as error:
        raise RequestError(f"{table.source}: {error}") from error
    whole = as_json(_answer(result, table.ignored))
    if arguments.json:
        print(whole)
    else:
        _print(result, table.ignored)
    return YES


def _answer(result: Gauge, ignored: tuple[str, ...]) -> dict[str, Any]:
    from harness.metrology.statistics.gauge import band  # noqa: PLC0415 - as above

    answer = asdict(result)
    for method in ("average_range", "anova"):
        answer[method]["band"] = band(answer[method]["percent_grr"], answer[method]["ev"])
    return {**answer, "ignored_columns": ignored}


def _print(result: Gauge, ignored: tuple[str, ...]) -> None:
    from harness.metrology.statistics.gauge import band  # noqa: PLC0415 - as above

    ranges, variances = result.average_range, result.anova
    print(f"appraisers {result.appraisers}, parts {result.parts}, trials {result.trials}")
    print(f"{'':24}{'average and range':>18}{'ANOVA':>18}")
    for title, left, right in (
        ("EV repeatability", ranges.ev, variances.ev),
        ("AV reproducibility", ranges.av, variances.av),
        ("interaction", None, variances.interaction),
        ("GRR", ranges.grr, variances.grr),
        ("PV parts", ranges.pv, variances.pv),
        ("TV total", ranges.tv, variances.tv),
        ("% GRR of TV", ranges.percent_grr, variances.percent_grr),
        ("% GRR of tolerance", ranges.percent_grr_of_tolerance, variances.percent_grr_of_tolerance),
    ):
        print(f"{title:24}{_cell(left):>18}{_cell(right):>18}")
    print(f"{'ndc':24}{_cell(ranges.ndc):>18}{_cell(variances.ndc):>18}")
    by_ranges, by_variances = (band(method.percent_grr, method.ev) or "-" for method in (ranges, variances))
    print(f"{'AIAG band':24}{by_ranges:>18}{by_variances:>18}")
    print(f"variances by ANOVA, with {variances.confidence:g} confidence limits (modified large sample)")
    for component in variances.components:
        limits = f"{_cell(component.lower):>18}{_cell(component.upper):>18}"
        print(f"{component.name:24}{component.variance:18.6g}{limits}")
    for note in (*result.notes, *(f"column {name} is not used" for name in ignored)):
        print(note)


def _type_1(arguments: argparse.Namespace) -> int:
    from harness.metrology.statistics.type_1 import positive_tolerance, type_1  # noqa: PLC0415 - as above

    if arguments.reference is None or arguments.tolerance is None:
        raise RequestError("--type-1 needs --reference, the known value of the part, and --tolerance")
    positive_tolerance(arguments.tolerance)
    table = read_columns(arguments.file, ("value",), ("appraiser", "part"))
    for name in ("appraiser", "part"):
        if table.has(name) and len(found := dict.fromkeys(table.texts(name))) > 1:
            raise RequestError(f"{table.source}: {len(found)} {name}s, but a type-1 study is of one {name}")
    values = table.numbers("value")
    try:
        result = type_1(values, arguments.reference, arguments.tolerance, arguments.confidence)
    except RequestError as error:
        raise RequestError(f"{table.source}: {error}") from error
    whole = as_json({**asdict(result), "ignored_columns": table.ignored})
    if arguments.json:
        print(whole)
    else:
        _print_type_1(result, table.ignored)
    return YES


def _print_type_1(result: Type1, ignored: tuple[str, ...]) -> None:
    answer = asdict(result)
    warnings = answer.pop("warnings")
    for name, value in answer.items():
        print(f"{name:24}{_cell(value)}")
    for warning in (*warnings, *(f"column {name} is not used" for name in ignored)):
        print(warning)


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"
