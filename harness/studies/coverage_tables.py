"""Results of a coverage study for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.codec import plain
from harness.studies.coverage_figures import CONFIDENCE, DOMINATES, FULL, MUCH, dominating

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.studies.coverage_figures import CoverageStudy, Covered, QuantityFigures, Without
    from harness.studies.coverage_results import Header


def data(header: Header, study: CoverageStudy, left_out: Sequence[Without]) -> object:
    """The whole result, for JSON."""
    return {
        "study": "coverage",
        "of": plain(header),
        "sound": study.sound,
        "benches": study.benches,
        "confidence_of_intervals": CONFIDENCE,
        "pooled": _count(study.pooled),
        "quantities": [{**plain(each), "count": _count(each.count), "much": each.much} for each in study.quantities],
        "absences": [{"quantity": name, "why": why, "benches": count} for name, why, count in study.absences],
        "dominating": list(dominating(study)),
        "without": [
            {
                "influence": each.influence,
                "turns_red": each.turns_red,
                "dominated": list(each.dominated),
                "red": list(each.red),
                "pooled": _count(each.pooled),
                "quantities": {name: _count(count) for name, count in each.counts},
            }
            for each in left_out
        ],
    }


def lines(study: CoverageStudy) -> Iterator[str]:
    """The result for people: each quantity, all together, and the answer."""
    yield f"covered: value ± U holds the truth, with its {CONFIDENCE:.0%} interval; errors in multiples of U"
    yield ""
    yield f"{'quantity':32} {'n':>5} {'covered':>8} {'interval':>16} {'mean':>7} {'s':>6} {'k':>5}  largest influence"
    for each in study.quantities:
        yield _line(each)
    yield ""
    low, high = study.pooled.interval
    yield (
        f"all values: {study.pooled.covered} of {study.pooled.of} covered, {study.pooled.share:.2%} "
        f"({low:.2%} to {high:.2%}); at least {study.pooled.least:.2%}"
    )
    much = [each.quantity for each in study.quantities if each.much]
    if much:
        yield f"covered in more than {MUCH:.0%}: {len(much)} quantities; bounds in their budgets that no bench reached"
    for quantity, why, count in study.absences:
        yield f"no value of {quantity} on {count} benches: {why}"
    yield from _answer(study)


def _answer(study: CoverageStudy) -> Iterator[str]:
    short = [each for each in study.quantities if not each.count.enough]
    for each in short:
        yield f"NOT covered often enough: {each.quantity}, {each.count.share:.2%}, at least {each.count.least:.2%}"
    few = "" if study.benches >= FULL else f"; limits are those of so few benches, a full study has {FULL}"
    said = "every quantity is covered as often as it has to be" if study.sound else "NOT every quantity is covered"
    yield f"{study.benches} benches: {said}{few}"


def _line(each: QuantityFigures) -> str:
    low, high = each.count.interval
    mark = "" if each.count.enough else "  <- too seldom"
    return (
        f"{each.quantity:32} {each.count.of:5} {each.count.share:8.2%} {low:7.2%}..{high:7.2%} "
        f"{each.mean:+7.3f} {each.deviation:6.3f} {each.factor:5.2f}  "
        f"{each.largest.name} ({each.largest.share:.0%}, {each.largest.distribution}){mark}"
    )


def without_lines(study: CoverageStudy, left_out: Sequence[Without]) -> Iterator[str]:
    """What becomes of the study without each of some influences."""
    before = {each.quantity: each.count for each in study.quantities}
    for each in left_out:
        yield f"without {each.influence}: {'red' if each.turns_red else 'NOT RED: nothing rests on it here'}"
        shown = each.dominated or tuple(name for name, _ in each.counts)
        for name, count in each.counts:
            if name in shown:
                least = f"at least {count.least:.2%}"
                yield f"  {name:32} {before[name].share:8.2%} -> {count.share:8.2%}, {least}"
    red = sum(each.turns_red for each in left_out)
    yield f"{red} of {len(left_out)} turn the study red (share of the variance of {DOMINATES:.0%} and more dominates)"


def _count(count: Covered) -> dict[str, object]:
    low, high = count.interval
    return {**plain(count), "share": count.share, "low": low, "high": high, "enough": count.enough}
