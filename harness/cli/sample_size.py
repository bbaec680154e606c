"""The verb `stimcert sample-size`."""

from __future__ import annotations

import math
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from harness.cli.answers import YES, as_json
from harness.cli.arguments import share, whole

if TYPE_CHECKING:
    import argparse


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    verb = verbs.add_parser("sample-size", help="units to try, to show a reliability with a confidence")
    verb.add_argument("--confidence", metavar="C", type=share, required=True, help="a share, such as 0.95")
    verb.add_argument("--reliability", metavar="R", type=share, required=True, help="a share, such as 0.99")
    verb.add_argument("--failures", metavar="F", type=whole, default=0, help="how many may fail; default 0")
    verb.add_argument("--json", action="store_true", help="answer as JSON")
    verb.set_defaults(verb=_sample_size)


def _sample_size(arguments: argparse.Namespace) -> int:
    from harness.metrology.statistics.sample_size import sample_size  # noqa: PLC0415 - each verb pays for its imports

    plan = sample_size(arguments.confidence, arguments.reliability, arguments.failures)
    if arguments.json:
        answer = {
            "confidence": plan.confidence,
            "reliability": plan.reliability,
            "failures": plan.failures,
            "n": plan.sample_size,
            "sample_size": plan.sample_size,
            "demonstrated_reliability": plan.demonstrated_reliability,
            "method": plan.method,
        }
        print(as_json(answer))
        return YES
    allowed = "none may fail" if plan.failures == 0 else f"at most {plan.failures} may fail"
    print(f"{plan.sample_size} unit{'s' if plan.sample_size > 1 else ''}, of which {allowed}")
    shown = at_least(plan.demonstrated_reliability)
    print(f"then reliability >= {shown} with confidence {at_least(plan.confidence)} ({plan.method})")
    return YES


def at_least(share: float) -> str:
    """A share strictly below 1, rounded down: six digits, and three of what it lacks to 1."""
    places = max(5 - math.floor(math.log10(share)), 2 - math.floor(math.log10(1 - share)))
    # By its first 13 digits: 0.95 is a little less than that in binary, and must not become 0.949999.
    rounded = Decimal(f"{share:.13g}").quantize(Decimal(1).scaleb(-places), ROUND_FLOOR)
    return f"{rounded:f}".rstrip("0")
