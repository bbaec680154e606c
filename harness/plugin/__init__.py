"""What pytest sees: options, collection, `judge`, the run and the terminal."""

from harness.plugin.certification import CERTIFICATION, Certification, certification_of
from harness.plugin.collection import (
    pytest_collection_finish,
    pytest_collection_modifyitems,
    pytest_ignore_collect,
    pytest_make_collect_report,
    pytest_pycollect_makeitem,
)
from harness.plugin.judge import Judge, judge, pytest_pyfunc_call, pytest_runtest_makereport
from harness.plugin.options import pytest_addhooks, pytest_addoption
from harness.plugin.run import (
    pytest_cmdline_main,
    pytest_configure,
    pytest_runtest_protocol,
    pytest_sessionfinish,
    pytest_unconfigure,
)
from harness.plugin.terminal import pytest_report_header, pytest_report_teststatus

__all__ = [
    "CERTIFICATION",
    "Certification",
    "Judge",
    "certification_of",
    "judge",
    "pytest_addhooks",
    "pytest_addoption",
    "pytest_cmdline_main",
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_ignore_collect",
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
