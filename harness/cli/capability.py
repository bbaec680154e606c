"""The verb `stimcert capability`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from harness.cli.answers import NO, YES, as_json
from harness.cli.arguments import number, share
from harness.cli.columns import Table, read_columns
from harness.errors import RequestError

if TYPE_CHECKING:
    import argparse

    from harness.metrology.statistics.capability import Capability, Indices
    from harness.metrology.statistics.control_chart import ControlChart
    from harness.metrology.statistics.process import Process

_WITHIN = ("overall", "pooled", "ranges", "moving-range")
_POINTS = 20
"""Points of a rule that are listed; their number is always given."""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    verb = verbs.add_parser("capability", help="Cp, Cpk, Pp, Ppk of values and their limits")
    verb.add_argument("file", metavar="FILE.csv", help="column value, and subgroup where values belong together")
    verb.add_argument("--lower", metavar="L", type=number, help="lower specification limit")
    verb.add_argument("--upper", metavar="U", type=number, help="upper specification limit")
    verb.add_argument("--confidence", metavar="C", type=share, default=0.95, help="of all limits; default 0.95")
    verb.add_argument(
        "--within", choices=_WITHIN, help="sigma of Cp and Cpk; default pooled with subgroups, else overall"
    )
    verb.add_argument(
        "--proportion", metavar="P", type=share, default=0.95, help="of tolerance intervals; default 0.95"
    )
    verb.add_argument(
        "--require", metavar="INDEX", type=number, help="exit 1 unless Cpk and Ppk show it with confidence"
    )
    verb.add_argument("--json", action="store_true", help="answer as JSON")
    verb.set_defaults(verb=_capability)


def _capability(arguments: argparse.Namespace) -> int:
    from harness.metrology.statistics.capability import Limits, capability  # noqa: PLC0415 - each verb pays for its own
    from harness.metrology.statistics.process import process  # noqa: PLC0415

    limits = Limits(arguments.lower, arguments.upper)
    table = read_columns(arguments.file, ("value",), ("subgroup",))
    subgroups = table.texts("subgroup") if table.has("subgroup") else None
    values = table.numbers("value")
    try:
        result = capability(values, limits, subgroups, arguments.within, arguments.confidence)
        company = process(result, arguments.proportion, ordered=subgroups is None)
    except RequestError as error:
        raise RequestError(f"{table.source}: {error}") from error
    meets = None if arguments.require is None else result.shows(arguments.require)
    answer = _answer(result, company, table) | {"required": arguments.require, "meets": meets}
    whole = as_json(answer)
    if arguments.json:
        print(whole)
    else:
        _print(answer)
    return NO if meets is False else YES


def _answer(result: Capability, company: Process, table: Table) -> dict[str, Any]:
    one_sided = result.limits.lower is None or result.limits.upper is None
    return {
        "n": result.taken.n,
        "mean": result.taken.mean,
        "standard_deviation": result.taken.standard_deviation,
        "minimum": min(result.taken.values),
        "maximum": max(result.taken.values),
        "lower_limit": result.limits.lower,
        "upper_limit": result.limits.upper,
        "outside_limits": result.outside,
        "confidence": result.confidence,
        **_indices("c", result.capability),
        **_indices("p", result.performance),
        "absent": dict.fromkeys(("cp", "pp"), "only one limit is given") if one_sided else {},
        "within": asdict(result.capability.sigma),
        "normality": None if company.normality is None else asdict(company.normality),
        "chart": None if company.chart is None else _chart(company.chart),
        "tolerance_interval": asdict(company.tolerance_interval),
        "tolerance_interval_distribution_free": None
        if company.tolerance_interval_distribution_free is None
        else asdict(company.tolerance_interval_distribution_free),
        "warnings": company.warnings,
        "ignored_columns": table.ignored,
    }


def _indices(letter: str, indices: Indices) -> dict[str, float | None]:
    """One family, by the names that everybody uses: cp, cpk, cpl, cpu; pp, ppk, ppl, ppu."""
    both = indices.p
    return {
        f"{letter}p": None if both is None else both.value,
        f"{letter}p_lower": None if both is None else both.lower,
        f"{letter}p_upper": None if both is None else both.upper,
        f"{letter}pk": indices.pk.value,
        f"{letter}pk_lower": indices.pk.lower,
        f"{letter}pk_upper": indices.pk.upper,
        f"{letter}pk_lower_noncentral_t": indices.pk_lower_noncentral_t,
        f"{letter}pl": indices.to_lower,
        f"{letter}pu": indices.to_upper,
    }


def _chart(chart: ControlChart) -> dict[str, Any]:
    answer = asdict(chart)
    answer["violations"] = [
        {
            "rule": violation.rule,
            "pattern": violation.pattern,
            "count": len(violation.points),
            "points": violation.points[:_POINTS],
        }
        for violation in chart.violations
    ]
    return answer


def _print(answer: dict[str, Any]) -> None:
    for name, value in answer.items():
        if name not in {"chart", "warnings", "ignored_columns", "absent"}:
            print(f"{name:38} {_text(value)}")
    for name, reason in answer["absent"].items():
        print(f"{name} does not exist: {reason}")
    for violation in (answer["chart"] or {"violations": ()})["violations"]:
        points = ", ".join(str(point) for point in violation["points"])
        more = "" if violation["count"] <= _POINTS else f" and {violation['count'] - _POINTS} more"
        print(f"{violation['rule']}, {violation['pattern']}: point {points}{more}")
    for warning in (*answer["warnings"], *(f"column {name} is not used" for name in answer["ignored_columns"])):
        print(warning)


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(item)}" for name, item in value.items() if item is not None) or "-"
    if isinstance(value, float):
        return f"{value:.10g}"
    return "-" if value is None else str(value)
