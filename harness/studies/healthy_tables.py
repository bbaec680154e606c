"""What a study of healthy units says: whether few enough were refused, and as many doubtful as predicted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.evidence.codec import plain
from harness.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.studies.healthy import Study

MOST_NOT_PASS = 1
"""Of 200 units inside their certifiable band; and that one may be CONDITIONAL only."""

RISK = 0.01
"""That all counts of a right study lie within their bands, but for this."""

_PASS = Verdict.PASS.label
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Share:
    """How many values of a quantity were CONDITIONAL.

    Attributes:
        quantity: `requirement/row`.
        point: where.
        predicted: share, U/T as planned.
        found: how many.
        least: of the band.
        most: of the band.
        of: how many were judged.
    """

    quantity: str
    point: str
    predicted: float
    found: int
    least: int
    most: int
    of: int

    @property
    def as_predicted(self) -> bool:
        """Whether the count lies within its band."""
        return self.least <= self.found <= self.most


def shares(study: Study) -> tuple[Share, ...]:
    """Each quantity with its binomial band at 1 - 0.01 / (number of quantities)."""
    from scipy.stats import binom  # noqa: PLC0415 - takes half a second

    conditional = Counter(
        odd.quantity for unit in study.units for odd in unit.odd if odd.verdict.startswith("CONDITIONAL")
    )
    units = len(study.units)
    tail = RISK / max(1, len(study.expected)) / 2
    return tuple(
        Share(
            quantity=each.quantity,
            point=each.point,
            predicted=each.share,
            found=conditional[each.quantity],
            least=int(binom.ppf(tail, units, each.share)),
            most=int(binom.isf(tail, units, each.share)),
            of=units,
        )
        for each in study.expected
    )


def sound(study: Study) -> bool:
    """Whether the study shows what it has to."""
    if study.within == "tolerance":
        odd = {odd.verdict for unit in study.units for odd in unit.odd}
        wrong = odd & {Verdict.FAIL.label, Verdict.ERROR.label}
        return bool(study.expected) and not wrong and all(share.as_predicted for share in shares(study))
    not_pass = [unit for unit in study.units if unit.verdict != _PASS]
    return len(not_pass) <= MOST_NOT_PASS and all(unit.verdict.startswith("CONDITIONAL") for unit in not_pass)


def data(study: Study) -> dict[str, Any]:
    """All of it as JSON has it."""
    return {**plain(study), "shares": plain(shares(study)), "sound": sound(study)}


def lines(study: Study) -> Iterator[str]:
    """All of it in words."""
    counted = Counter(unit.verdict for unit in study.units)
    judged = sum(unit.judged for unit in study.units)
    visited, planned = study.points
    yield f"{study.device}: {len(study.units)} healthy units, each on a bench of its own, {_of(study)}"
    yield f"{visited} of {planned} operating points of the plan were visited, {judged} values judged"
    yield "; ".join(f"{verdict or 'nothing judged'}: {count}" for verdict, count in sorted(counted.items()))
    if study.within == "tolerance":
        yield ""
        yield f"{'quantity':50} {'U/T':>7} {'found':>6}  band"
        for share in shares(study):
            mark = "" if share.as_predicted else "  NOT AS PREDICTED"
            band = f"{share.least} to {share.most} of {share.of}"
            yield f"{share.quantity:50} {share.predicted:7.4f} {share.found:6}  {band}{mark}  at {share.point}"
    yield from _odd(study)
    yield "as it has to be" if sound(study) else "NOT AS IT HAS TO BE"


def _odd(study: Study) -> Iterator[str]:
    """Values that no healthy unit should have had."""
    allowed = "CONDITIONAL" if study.within == "tolerance" else _PASS
    odd = [odd for unit in study.units for odd in unit.odd if not odd.verdict.startswith(allowed)]
    for each in odd[:_SHOWN]:
        margin = "" if each.margin is None else f", margin {each.margin:+.3f} T"
        yield f"seed {each.seed}: {each.verdict} {each.quantity} at {each.point}{margin} {each.why}".rstrip()
    if len(odd) > _SHOWN:
        yield f"and {len(odd) - _SHOWN} more"


def _of(study: Study) -> str:
    band = study.band
    off = f"gain ± {band.gain:.2%}, clock ± {band.clock * 1e6:.4g} ppm"
    leak = "leakage as it is" if band.leak_a is None else f"leakage up to {band.leak_a * 1e6:.3g} µA"
    off = f"{off}, duty ± {band.duty:.2%}, {leak}"
    if study.within == "tolerance":
        return f"spread over the whole tolerance: {off}"
    return f"inside the certifiable band: {off}, offset ± {band.offset_a * 1e6:.3g} µA"
