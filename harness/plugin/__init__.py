"""What pytest loads: options, and whether this session is a certification at all.

All else stands in `harness.plugin.certifying`, which is imported in a certification only: a suite that needs no bench
starts without instruments, arrays and definition files.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from harness.plugin.options import pytest_addhooks, pytest_addoption
from harness.plugin.session import (
    CERTIFICATION,
    certification_of,
    judge_fixture,
    pytest_cmdline_main,
    pytest_configure,
    pytest_ignore_collect,
)

if TYPE_CHECKING:
    from harness.plugin.certification import Certification
    from harness.plugin.judge import Judge

__all__ = [
    "CERTIFICATION",
    "Certification",
    "Judge",
    "certification_of",
    "judge_fixture",
    "pytest_addhooks",
    "pytest_addoption",
    "pytest_cmdline_main",
    "pytest_configure",
    "pytest_ignore_collect",
]

_LATE = {"Certification": "harness.plugin.certification", "Judge": "harness.plugin.judge"}


def __getattr__(name: str) -> object:
    """A class that annotations name, imported when somebody asks for it."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LATE[name]), name)
