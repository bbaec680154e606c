"""Results of studies for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.codec import plain
from harness.studies.risk import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.studies.comparison import Comparison
    from harness.studies.risk import Cell, Risks, RiskStudy

_FIGURES = ("specific", "global", "posterior", "false fail", "conditional")


def risk_data(result: RiskStudy) -> object:
    """The whole result, for JSON."""
    return {
        "study": "risk",
        "sound": result.sound,
        "seed": result.seed,
        "decisions_per_cell": result.decisions,
        "comparisons": result.comparisons,
        "confidence_of_all_bands": CONFIDENCE,
        "outside_their_band": plain(result.outside),
        "outside_a_band_of_their_own": result.outside_alone,
        "decided_otherwise_one_by_one": result.disagreements,
        "bounds": [{**plain(bound), "kept": bound.kept} for bound in result.bounds],
        "pooled": [{"rule": rule, "figure": name, **_figure(figure)} for rule, name, figure in result.pooled],
        "cells": [
            {**plain(risks.cell), "figures": {name: _figure(figure) for name, figure in risks.figures}}
            for risks in result.cells
        ],
    }


def risk_lines(result: RiskStudy) -> Iterator[str]:
    """The result for people: cells, what they sum up to, and the answer."""
    yield "predicted / measured in per cent; TUR = half the tolerance / 2 u; lot: mean in halves of the tolerance"
    for rule in dict.fromkeys(risks.cell.rule for risks in result.cells):
        yield ""
        yield f"{rule:18} {'error':11} {'TUR':>4} {'mean':>4} {'in tol.':>7}" + "".join(
            f"{name:>20}" for name in _FIGURES
        )
        for risks in result.cells:
            if risks.cell.rule == rule:
                yield _line(risks.cell, dict(risks.figures))
    yield ""
    yield from _summary(result)


def _summary(result: RiskStudy) -> Iterator[str]:
    yield f"{'all cells of a rule':46}" + "".join(f"{name:>20}" for name in _FIGURES)
    for rule in dict.fromkeys(rule for rule, _, _ in result.pooled):
        figures = {name: figure for of, name, figure in result.pooled if of == rule}
        yield f"{rule:46}" + _columns(figures)
    yield ""
    yield f"{'largest predicted':46}{'specific':>20}{'global, centred':>20}{'global, off centre':>20}"
    for rule, error in dict.fromkeys((risks.cell.rule, risks.cell.error) for risks in result.cells):
        yield _largest(rule, error, result.cells)
    yield ""
    for bound in result.bounds:
        says = f"{bound.rule}, {bound.figure} risk, normal errors, centred lots: at most {bound.predicted:.2%}"
        yield f"{says}, allowed {bound.allowed:.1%}: {'kept' if bound.kept else 'NOT KEPT'}"
    for where, name, figure in result.outside:
        yield f"outside its band: {where}, {name}: predicted {figure.predicted:.4%}, measured {figure.measured:.4%}"
    if result.disagreements:
        yield f"{result.disagreements} draws were decided otherwise in bulk than one by one"
    yield (
        f"{len(result.cells)} cells of {result.decisions} decisions, seed {result.seed}; "
        f"{result.comparisons} comparisons: {len(result.outside)} outside bands of {CONFIDENCE:.1%} together, "
        f"{result.outside_alone} outside bands of {CONFIDENCE:.1%} each"
    )
    yield "measured as predicted, and within bounds" if result.sound else "NOT as predicted, or not within bounds"


def _largest(rule: str, error: str, cells: Sequence[Risks]) -> str:
    own = [risks for risks in cells if (risks.cell.rule, risks.cell.error) == (rule, error)]
    specific = max(risks.specific.predicted for risks in own if risks.specific is not None)
    lots = [(risks.cell.mean == 0, risks.false_accept.predicted) for risks in own if risks.false_accept is not None]
    centred, off_centre = (max(risk for is_centred, risk in lots if is_centred is side) for side in (True, False))
    figures = "".join(f"{100 * risk:20.4f}" for risk in (specific, centred, off_centre))
    return f"{rule:18} {error:27}{figures}"


def _line(cell: Cell, figures: dict[str, Comparison]) -> str:
    lot = f"{'at a limit':>12}" if cell.mean is None else f"{cell.mean:4g} {cell.in_tolerance or 0.0:7.0%}"
    return (f"{'':18} {cell.error:11} {cell.tur:4g} {lot}" + _columns(figures)).rstrip()


def _columns(figures: dict[str, Comparison]) -> str:
    return "".join(
        f"{'':20}"
        if name not in figures
        else f"{100 * figures[name].predicted:11.4f}/{100 * figures[name].measured:8.4f}"
        for name in _FIGURES
    )


def _figure(figure: Comparison) -> dict[str, float]:
    return {**plain(figure), "measured": figure.measured}
