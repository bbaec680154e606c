"""The run's records, captures, hash chain and manifest. The run directory is the record; all else can be rebuilt."""

from harness.evidence import table
from harness.evidence.chain import Record, read_records
from harness.evidence.earlier import EARLIER, earlier_runs, told
from harness.evidence.manifest import Finding, seal
from harness.evidence.run_directory import RunDirectory, RunState
from harness.evidence.stored_run import Disclosed, Judged, StoredRun, Value
from harness.evidence.verification import Verification, examine, verify

__all__ = [
    "EARLIER",
    "Disclosed",
    "Finding",
    "Judged",
    "Record",
    "RunDirectory",
    "RunState",
    "StoredRun",
    "Value",
    "Verification",
    "earlier_runs",
    "examine",
    "read_records",
    "seal",
    "table",
    "told",
    "verify",
]
