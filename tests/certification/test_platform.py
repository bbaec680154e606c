"""What equality bit for bit depends on."""

from __future__ import annotations

from importlib import metadata

import numpy as np
import scipy

from harness.certification.platform import numeric_platform


def test_the_libraries_that_numbers_come_from_are_named() -> None:
    """Another numpy, scipy or GTC may compute another last bit, and a run says with which ones it was made."""
    found = numeric_platform()
    versions = (found["numpy"], found["scipy"], found["GTC"])
    assert versions == (np.__version__, scipy.__version__, metadata.version("GTC"))
