"""Another maker's protocol is an entry point; nothing of ours changes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness.errors import RequestError
from harness.stimulators import driver_for
from harness.stimulators.stim1 import Stim1

if TYPE_CHECKING:
    from pathlib import Path

OTHER = '''
class Other:
    """A driver of another maker."""

    def __init__(self, line, envelope):
        self.line = line
'''


def test_our_own_protocol_is_an_entry_point_too() -> None:
    """`stim1` is found the way that any other protocol is."""
    assert driver_for("stim1") is Stim1


def test_a_protocol_that_is_installed_is_found(tmp_path: Path) -> None:
    """A distribution that offers a driver under `stimcert.stimulators` is enough."""
    (tmp_path / "other_maker.py").write_text(OTHER, encoding="utf-8")
    info = tmp_path / "other_maker-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other-maker\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[stimcert.stimulators]\nother = other_maker:Other\n", encoding="utf-8")
    source = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    source += "from harness.stimulators import driver_for\nprint(driver_for('other').__name__)\n"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "Other", done.stderr


def test_a_protocol_that_nobody_offers_is_named() -> None:
    """An unknown protocol is refused with the ones that are installed."""
    with pytest.raises(RequestError, match=r"'stim9'; installed are .*stim1"):
        driver_for("stim9")
