"""Uncertain numbers and decision rules. Pure: no instrument, no file."""

from harness.metrology.acceptance import GUARD_BAND_U, RULES, Acceptance, DecisionRule, rule_named
from harness.metrology.budget import Budget
from harness.metrology.decision import CAPABILITY_TO_DECIDE, RATED_CAPABILITY, decide

__all__ = [
    "CAPABILITY_TO_DECIDE",
    "GUARD_BAND_U",
    "RATED_CAPABILITY",
    "RULES",
    "Acceptance",
    "Budget",
    "DecisionRule",
    "decide",
    "rule_named",
]
