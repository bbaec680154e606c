"""Uncertain numbers and decision rules. Pure: no instrument, no file."""

from harness.metrology.budget import Budget
from harness.metrology.decision import CAPABILITY_TO_DECIDE, RATED_CAPABILITY, decide

__all__ = ["CAPABILITY_TO_DECIDE", "RATED_CAPABILITY", "Budget", "decide"]
