"""Capture files."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capture import Capture
from harness.errors import EvidenceError
from harness.evidence.captures import encode, file_name, read_codes
from harness.evidence.codec import typed
from tests.examples import capture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCALES = st.floats(1e-12, 1e12)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a capture stands."""
    return tmp_path_factory.mktemp("captures") / "x.capture"


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=300), SCALES, SCALES, st.floats(-1e6, 1e6))
def test_a_capture_comes_back(file: Path, codes: bytes, increment: float, interval: float, start: float) -> None:
    """Any codes, line feeds and quotes among them, come back with their scale bit for bit."""
    taken = replace(capture("output", codes), increment_v=increment, interval_s=interval, start_s=start)
    file.write_bytes(encode("a-key", taken))
    header, stored, _ = read_codes(file)
    assert stored == codes
    fields = {name: value for name, value in header.items() if name not in {"schema", "observation", "samples"}}
    assert typed(Capture, {**fields, "codes": stored}, "here") == taken


def test_python_alone_reads_a_capture(file: Path) -> None:
    """As the documentation says: a line of JSON, then one unsigned byte a sample, and volts by three numbers."""
    file.write_bytes(encode("a-key", capture("output", bytes([128, 138, 118]))))
    with file.open("rb") as stream:
        header = json.loads(stream.readline())
        codes = stream.read()
    volts = [(code - header["reference_code"]) * header["increment_v"] + header["origin_v"] for code in codes]
    assert volts == pytest.approx([0.0, 0.1, -0.1])
    assert (header["schema"], header["observation"], header["samples"]) == (1, "a-key", 3)


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[:-1], lambda raw: raw + b"\x80", lambda raw: raw[:20], lambda raw: raw[:0]]
)
def test_a_damaged_capture_is_an_error(file: Path, damage: Callable[[bytes], bytes]) -> None:
    """A file that is cut off or longer than its header says gives no codes."""
    file.write_bytes(damage(encode("a-key", capture("output", b"\x80\x0a\x80"))))
    with pytest.raises(EvidenceError, match=r"x\.capture: "):
        read_codes(file)


@pytest.mark.parametrize("head", [b"no json", b"[]", b"{}", b'{"samples":"3"}', b"\xff", b"7"])
def test_what_is_no_capture_is_an_error(file: Path, head: bytes) -> None:
    """A file without the header of a capture gives no codes."""
    file.write_bytes(head + b"\n\x80\x80\x80")
    with pytest.raises(EvidenceError, match=r"x\.capture: "):
        read_codes(file)


def test_a_missing_capture_is_an_error(tmp_path: Path) -> None:
    """A capture that is not there is named."""
    with pytest.raises(EvidenceError, match="cannot be read: No such file"):
        read_codes(tmp_path / "gone.capture")


def test_a_files_name_depends_on_what_was_captured() -> None:
    """Operating point, capture and attempt make the name; no date and no counter of the run."""
    assert file_name("ch1-steady-L01-positive-2k", "output", 1) == "ch1-steady-L01-positive-2k-output.capture"
    assert file_name("ch1-steady-L01-positive-2k", "output", 2) == "ch1-steady-L01-positive-2k-output-attempt2.capture"
