"""What pytest sees in a certification, and in no other session: collection, verdicts, the run and the terminal."""

from harness.plugin.collection import (
    pytest_collection_finish,
    pytest_collection_modifyitems,
    pytest_make_collect_report,
    pytest_pycollect_makeitem,
)
from harness.plugin.judge import pytest_pyfunc_call, pytest_runtest_makereport
from harness.plugin.run import pytest_runtest_protocol, pytest_sessionfinish, pytest_unconfigure
from harness.plugin.terminal import pytest_report_header, pytest_report_teststatus

__all__ = [
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
    "pytest_make_collect_report",
    "pytest_pycollect_makeitem",
    "pytest_pyfunc_call",
    "pytest_report_header",
    "pytest_report_teststatus",
    "pytest_runtest_makereport",
    "pytest_runtest_protocol",
    "pytest_sessionfinish",
    "pytest_unconfigure",
]
