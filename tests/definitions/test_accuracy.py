"""Accuracy data, against the figures of the data sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.definitions.accuracy import load_accuracy
from harness.definitions.document import LIBRARY
from harness.errors import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (LIBRARY / "instruments" / "keysight-34465a.toml").read_text(encoding="utf-8")

# Keysight 5991-1983EN, 34461A, d.c. voltage, 1 year, 23 ± 5 °C: % of reading, % of range.
PUBLISHED = {0.1: (0.0050, 0.0035), 1.0: (0.0040, 0.0007), 10.0: (0.0035, 0.0005)}


@pytest.mark.parametrize("range_v", PUBLISHED)
def test_rows_of_the_multimeter(range_v: float) -> None:
    """Percent becomes a fraction, the document's coverage factor stays, and the row names document and mark."""
    data, _ = load_accuracy("keysight-34465a")
    row = data.at("dc-volts", range_v, "file")
    reading, full = PUBLISHED[range_v]
    assert (row.gain_of_reading, row.gain_of_range) == pytest.approx((reading / 100, full / 100), rel=1e-12)
    assert (row.coverage, row.range, row.mark) == (2.0, range_v, "a")
    assert "5991-1983EN" in row.document


@pytest.mark.parametrize("reading", [0.68, -0.68])
def test_the_bound_of_a_row(reading: float) -> None:
    """The bound is % of the reading's magnitude plus % of range: 1 V range, 0.68 V gives 34.2 µV."""
    row = load_accuracy("keysight-34465a")[0].at("dc-volts", 1.0, "file")
    assert row.bound(reading) == pytest.approx(0.68 * 40e-6 + 7e-6, rel=1e-12)


@pytest.mark.parametrize(
    ("full_scale", "percent"), [(4e-3, 4.5), (79.9e-3, 4.5), (80e-3, 3.5), (1.6, 3.5), (80.0, 3.5)]
)
def test_rows_of_the_oscilloscope(full_scale: float, percent: float) -> None:
    """Gain is 4 % of full scale below 10 mV a division and 3 % above, each plus 0.5 % for two cursors."""
    row = load_accuracy("keysight-dsox1204g")[0].at("dc-difference", full_scale, "file")
    assert row.bound(0.0) == pytest.approx(percent / 100 * full_scale, rel=1e-12)
    assert row.coverage is None


@pytest.mark.parametrize(("function", "range_v"), [("dc-volts", 100.0), ("dc-volts", 0.5), ("ac-volts", 1.0)])
def test_a_setting_without_a_row_is_refused(function: str, range_v: float) -> None:
    """Where no row covers a setting no other row is taken for it."""
    with pytest.raises(DefinitionError, match=f"rows: no row for {function} on the range of {range_v:g} V"):
        load_accuracy("keysight-34465a")[0].at(function, range_v, "file.toml")


def test_ranges_with_their_over_range() -> None:
    """Ranges come smallest first, each with 20 % over-range."""
    ranges = load_accuracy("keysight-34465a")[0].ranges("dc-volts")
    assert ranges == ((0.1, pytest.approx(0.12)), (1.0, pytest.approx(1.2)), (10.0, pytest.approx(12.0)))


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("percent_of_reading = 0.0050", "percent_of_reading = nan", "rows.0.percent_of_reading", "finite number"),
        (
            "percent_of_reading = 0.0050",
            "percent_of_reading = -0.1",
            "rows.0.percent_of_reading",
            "greater than or equal",
        ),
        ("coverage = 2.0", "coverage = 0.0", "rows.0.coverage", "greater than or equal to 1"),
        ("coverage = 2.0", "coverage = inf", "rows.0.coverage", "finite number"),
        ("tolerance = 1.0 ", "tolerence = 1.0 ", "inputs.0", "tolerance"),
        ('mark = "M"', 'mark = "X"', "inputs.0.mark", "not 'X'"),
        ("range_from = 0.1", "range_from = 0.0", "rows.0.range_from", "greater than 0"),
    ],
)
def test_wrong_accuracy_data_are_one_sentence(tmp_path: Path, old: str, new: str, key: str, words: str) -> None:
    """Each kind of wrong accuracy file is refused with file and dotted key."""
    assert old in TEXT
    path = tmp_path / "accuracy.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_accuracy(str(path))
    assert str(caught.value).startswith(f"{path}: {key}")
    assert words in str(caught.value)
