"""Requirement x measurement -> verdict -> record; the plan of a run; cross-check; recomputation."""

from harness.certification.comparison import Difference
from harness.certification.cross_check import CrossCheck, cross_check
from harness.certification.inputs import bench_data
from harness.certification.judging import derived, held_against, judge_value
from harness.certification.outcomes import RequirementOutcome, is_undecided, outcomes, run_verdict
from harness.certification.plan import Plan, PlannedRow, make_plan
from harness.certification.recompute import recompute

__all__ = [
    "CrossCheck",
    "Difference",
    "Plan",
    "PlannedRow",
    "RequirementOutcome",
    "bench_data",
    "cross_check",
    "derived",
    "held_against",
    "is_undecided",
    "judge_value",
    "make_plan",
    "outcomes",
    "recompute",
    "run_verdict",
]
