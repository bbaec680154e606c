"""What lies above the plateau that a unit has, against closed forms."""

from __future__ import annotations

import pytest

from harness.measurands.excess import above_plateau
from harness.metrology import Budget
from harness.quantity import Derivation
from harness.setpoint import Method
from tests.measurands.events import LEVEL_A, observed

POSITIVE, NEGATIVE, REVERSED = "positive", "negative", "reverse-negative"


@pytest.mark.parametrize(
    ("read", "largest", "excess"),
    [
        # An error of the level is no overshoot,
        ({POSITIVE: 1.12}, 1.12, 0.0),
        ({POSITIVE: 0.85}, 1.12, 0.27),
        ({POSITIVE: 0.85, NEGATIVE: -1.15}, 1.2, 0.05),
        ({POSITIVE: 0.85, REVERSED: -1.15}, 1.2, 0.05),
        # and one beyond its tolerance excuses no more than the tolerance does.
        ({POSITIVE: 1.35}, 1.35, 0.15),
        ({POSITIVE: 0.0}, 1.0, 1.0),
        ({}, 1.15, 0.15),
        # What was read elsewhere says nothing.
        ({POSITIVE: 1.0, "after-positive": 1.2, "short-positive": 1.2}, 1.2, 0.2),
    ],
)
def test_overshoot_counts_from_the_plateau_within_its_tolerance(
    read: dict[str, float], largest: float, excess: float
) -> None:
    """The larger plateau of all directions, at most the level and 20 %, is taken off; its U counts."""
    taken = observed(Method.TOUCH, (), readings_a=tuple((name, share * LEVEL_A) for name, share in read.items()))
    derivation = Derivation("level-after-contact", 2, taken.key, (("tolerance", "0.2"),))
    budget = Budget()
    found = above_plateau(budget, taken, derivation, budget.normal("largest", largest * LEVEL_A, 1e-6))
    assert float(found.x) == pytest.approx(excess * LEVEL_A, abs=1e-8)
    assert (float(found.u) > 1e-6) is bool(read)
