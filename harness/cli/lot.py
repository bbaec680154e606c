"""The verb `stimcert lot`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from harness.cli.answers import NO, YES, as_json
from harness.cli.arguments import share
from harness.cli.index import add_places, current_index
from harness.quantity import si

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from harness.lots.lot import Lot, Quantity, Share

_ALARMS = 3
"""Points of a rule that the text lists; JSON has all."""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    verb = verbs.add_parser("lot", help="yield, first failures and capability of the units of a lot")
    verb.add_argument("lot", metavar="LOT", help="as it was given to the runs with --lot")
    add_places(verb)
    verb.add_argument("--confidence", metavar="C", type=share, default=0.95, help="of all limits; default 0.95")
    verb.add_argument(
        "--proportion", metavar="P", type=share, default=0.95, help="of the units, for tolerance intervals"
    )
    verb.add_argument("--json", action="store_true", help="answer as JSON")
    verb.set_defaults(verb=_lot, page=None, html=None)


def _lot(arguments: argparse.Namespace) -> int:
    with current_index(arguments) as index:
        from harness.lots.lot import lot_of  # noqa: PLC0415 - each verb pays for its own imports

        lot = lot_of(index, arguments.lot, arguments.confidence, arguments.proportion)
        if arguments.html is not None and arguments.page is not None:
            arguments.page(lot, arguments.html)
        print(as_json(_answer(lot)) if arguments.json else "\n".join(_lines(lot)))
    return YES if lot.final.count == lot.final.of else NO


def _answer(lot: Lot) -> dict[str, Any]:
    return {
        "lot": lot.name,
        "device": lot.device,
        "simulated": lot.simulated,
        "confidence": lot.confidence,
        "proportion": lot.proportion,
        "first_pass_yield": _share(lot.first_pass),
        "final_yield": _share(lot.final),
        "first_failing": [{"requirement": name, "units": count} for name, count in lot.failing],
        "runs_left_out": lot.left_out,
        "units": [asdict(unit) for unit in lot.units],
        "quantities": [_quantity(quantity) for quantity in lot.quantities],
    }


def _share(found: Share) -> dict[str, float]:
    return {**asdict(found), "value": found.value}


def _quantity(quantity: Quantity) -> dict[str, Any]:
    answer = asdict(quantity)
    if quantity.capability is not None:
        # The values stand beside it already.
        answer["capability"].pop("taken")
    return answer


def _lines(lot: Lot) -> Iterator[str]:
    from harness.lots.lot import warnings_of  # noqa: PLC0415

    mark = "SIMULATED: " if lot.simulated else ""
    yield f"{mark}lot {lot.name} of {lot.device}: {len(lot.units)} units"
    for name, found in (("first-pass yield", lot.first_pass), ("final yield", lot.final)):
        interval = f"{found.lower:.1%} to {found.upper:.1%} with {lot.confidence:.0%} confidence"
        yield f"{name:17} {found.count} of {found.of}, {found.value:.1%} ({interval})"
    for failing, count in lot.failing:
        yield f"fails first       {failing}: {count} unit{'s' if count > 1 else ''}"
    yield from (f"note: {warning}" for warning in warnings_of(lot))
    for unit in lot.units:
        again = f", {unit.runs} runs, last {unit.last_verdict}" if unit.runs > 1 else ""
        failing = f"; {unit.failing}" if unit.failing else ""
        yield f"{unit.serial_number:20} {unit.started or '':26} {unit.first_verdict}{again}{failing}"
    yield f"{'n':>3} {'Ppk':>7} {'at least':>8} {'Cpk':>7}  {'tolerance interval':34} quantity"
    for quantity in lot.quantities:
        yield from _quantity_lines(quantity)


def _quantity_lines(quantity: Quantity) -> Iterator[str]:
    name = f"{quantity.requirement}: {quantity.quantity} at {quantity.observation}"
    if quantity.capability is None or quantity.process is None:
        yield f"{len(quantity.values):3} {'-':>7} {'-':>8} {'-':>7}  {'-':34} {name}: {quantity.reason}"
        return
    found, interval = quantity.capability, quantity.process.tolerance_interval
    ends = " to ".join(si(end, quantity.unit) for end in (interval.lower, interval.upper) if end is not None)
    side = "at least " if interval.upper is None else "at most " if interval.lower is None else ""
    performance = found.performance
    figures = f"{performance.pk.value:7.2f} {performance.pk_lower_noncentral_t:8.2f} {found.capability.pk.value:7.2f}"
    yield f"{len(quantity.values):3} {figures}  {side + ends:34} {name}"
    violations = () if quantity.process.chart is None else quantity.process.chart.violations
    for violation in violations:
        units = ", ".join(quantity.values[point - 1].serial_number for point in violation.points[:_ALARMS])
        more = f" and {len(violation.points) - _ALARMS} more" if len(violation.points) > _ALARMS else ""
        yield f"{'':31}{violation.rule}, {violation.pattern}: {units}{more}"
