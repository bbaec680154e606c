"""Accuracy data, against the figures of the data sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.definitions.accuracy import Conditions, InstrumentAccuracy, TimeBase, load_accuracy
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
    ("full_scale", "percent"), [(4e-3, 4.5), (79.9e-3, 4.5), (79.95e-3, 4.5), (80e-3, 3.5), (1.6, 3.5), (80.0, 3.5)]
)
def test_rows_of_the_oscilloscope(full_scale: float, percent: float) -> None:
    """Gain is 4 % of full scale below 10 mV a division and 3 % above, each plus 0.5 % for two cursors."""
    row = load_accuracy("keysight-dsox1204g")[0].at("dc-difference", full_scale, "file")
    assert row.bound(0.0) == pytest.approx(percent / 100 * full_scale, rel=1e-12)
    assert row.coverage is None


@pytest.mark.parametrize(
    ("name", "meeting", "below", "at", "above"),
    [
        ("keysight-dsox1204g", 80e-3, 4.5, 3.5, 3.5),
        ("rigol-ds1054z", 80e-3, 4.0, 3.0, 3.0),
        ("rohde-schwarz-rtb2004", 40e-3, 2.0, 2.0, 1.5),
    ],
)
def test_no_gap_between_rows(name: str, meeting: float, below: float, at: float, above: float) -> None:
    """Rows meet: "below 10 mV/div" leaves 80 mV to the better row, "up to 5 mV/div" 40 mV to the worse."""
    data, _ = load_accuracy(name)
    found = [data.at("dc-difference", meeting * share, "file").gain_of_range for share in (0.9999, 1.0, 1.0001)]
    assert found == pytest.approx([below / 100, at / 100, above / 100], rel=1e-12)


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


FILES = sorted(path.stem for path in (LIBRARY / "instruments").glob("*.toml"))

# % of reading and % of range as published: Keysight 5991-1983EN (34461A), Keithley SPEC-DMM6500 and data sheet.
ROWS = [
    ("keysight-34461a", "dc-volts", 0.1, "24 h", 0.0030, 0.0030, "a"),
    ("keysight-34461a", "dc-volts", 1.0, "90 days", 0.0030, 0.0007, "a"),
    ("keysight-34461a", "dc-volts", 10.0, "1 year", 0.0035, 0.0005, "a"),
    ("keysight-34461a", "dc-volts", 1000.0, "2 years", 0.0060, 0.0010, "a"),
    ("keysight-34461a", "dc-current", 1e-3, "90 days", 0.030, 0.006, "S"),
    ("keysight-34461a", "dc-current", 100e-6, "1 year", 0.050, 0.025, "M"),
    ("keithley-dmm6500", "dc-volts", 10.0, "1 year", 0.0025, 0.0005, "a"),
    ("keithley-dmm6500", "resistance", 1e3, "1 year", 0.0075, 0.0006, "a"),
    ("keithley-dmm6500", "resistance", 100e6, "24 h", 0.0800, 0.0030, "a"),
    ("agilent-34410a", "dc-current", 3.0, "90 days", 0.120, 0.020, "S"),
    ("keysight-34465a", "dc-volts", 1.0, "2 years", 0.0055, 0.0007, "a"),
]


@pytest.mark.parametrize(("name", "function", "range_", "interval", "reading", "full", "mark"), ROWS)
def test_rows_by_interval_since_calibration(  # noqa: PLR0917 - a row of the table above
    name: str, function: str, range_: float, interval: str, reading: float, full: float, mark: str
) -> None:
    """The interval since calibration chooses the columns of the data sheet; the mark is that of the weakest part."""
    row = load_accuracy(name)[0].at(function, range_, "file", Conditions(interval, 23.0, 23.0))
    assert (row.gain_of_reading, row.gain_of_range) == pytest.approx((reading / 100, full / 100), rel=1e-12)
    assert row.mark == mark
    assert row.bound(range_) == pytest.approx((reading + full) / 100 * range_)


@pytest.mark.parametrize("name", FILES)
def test_every_file_cites_its_figures(name: str) -> None:
    """Each row names a document; a remembered one says so, and is never called read."""
    data, _ = load_accuracy(name)
    for entry in (*data.every_row, *data.inputs, *([data.time_base] if data.time_base else [])):
        assert len(entry.document) > 10
        assert entry.document.startswith("remembered") <= (entry.mark == "M")


@pytest.mark.parametrize("interval", ["90 days", "2 years"])
def test_an_interval_that_nobody_read_is_absent(interval: str) -> None:
    """A column without an entry is refused by its interval, and no other is taken for it."""
    with pytest.raises(DefinitionError, match=f"no row for dc-difference .*{interval} after its calibration"):
        load_accuracy("keysight-dsox1204g")[0].at("dc-difference", 1.6, "file.toml", Conditions(interval=interval))
    with pytest.raises(DefinitionError, match=r"no row for dc-current on the range of 0\.001 A, 2 years"):
        load_accuracy("keysight-34461a")[0].at("dc-current", 1e-3, "file.toml", Conditions(interval="2 years"))


@pytest.mark.parametrize(
    ("coldest", "hottest", "beyond"), [(18.0, 28.0, 0.0), (15.0, 25.0, 3.0), (20.0, 35.0, 7.0), (13.0, 31.0, 5.0)]
)
def test_outside_its_band_the_temperature_coefficient_is_added(coldest: float, hottest: float, beyond: float) -> None:
    """34461A, 1 V, one year: 0.0005 % of reading and 0.0001 % of range for each kelvin below 18 or above 28 °C."""
    row = load_accuracy("keysight-34461a")[0].at("dc-volts", 1.0, "file", Conditions("1 year", coldest, hottest))
    assert row.gain_of_reading == pytest.approx((0.0040 + 0.0005 * beyond) / 100, rel=1e-12)
    assert row.gain_of_range == pytest.approx((0.0007 + 0.0001 * beyond) / 100, rel=1e-12)
    assert ("beyond its band" in row.document) is bool(beyond)


def test_24_hours_hold_for_one_kelvin() -> None:
    """The columns of 24 hours hold within 1 K of the calibration: in a room of ± 5 K four kelvin are added."""
    row = load_accuracy("keysight-34461a")[0].at("dc-volts", 1.0, "file", Conditions("24 h"))
    assert row.gain_of_reading == pytest.approx((0.0020 + 4 * 0.0005) / 100, rel=1e-12)


def test_without_a_coefficient_a_room_outside_the_band_is_refused() -> None:
    """An oscilloscope that states no temperature coefficient does not serve in a room of 35 °C."""
    with pytest.raises(
        DefinitionError, match="rows: dc-difference, 1 year, holds for 13 to 33 °C and has no per_kelvin"
    ):
        load_accuracy("keysight-dsox1204g")[0].at("dc-difference", 1.6, "file.toml", Conditions("1 year", 20.0, 35.0))


@pytest.mark.parametrize(
    ("cycles", "added"), [(100.0, 0.0), (10.0, 0.0005), (2.0, 0.0010), (1.0, 0.0010), (0.02, 0.0300), (None, 0.0)]
)
def test_a_short_aperture_adds_its_noise(cycles: float | None, added: float) -> None:
    """34410A, 100 mV: what fewer cycles of the mains add to the % of range, between two entries that of the shorter."""
    row = load_accuracy("agilent-34410a")[0].at("dc-volts", 0.1, "file", Conditions(cycles=cycles))
    assert row.gain_of_range == pytest.approx((0.0035 + added) / 100, rel=1e-12)


def test_an_aperture_that_nobody_stated_is_refused() -> None:
    """Shorter than the shortest entry there is no figure, and none is made up."""
    with pytest.raises(DefinitionError, match=r"apertures: dc-volts has no aperture of 0\.001 mains cycles"):
        load_accuracy("agilent-34410a")[0].at("dc-volts", 0.1, "file.toml", Conditions(cycles=0.001))


@pytest.mark.parametrize("name", ["keysight-34461a", "keysight-34465a"])
@pytest.mark.parametrize(
    ("range_v", "cycles", "added"),
    [
        (0.1, 100.0, 0.0),
        (0.1, 10.0, 0.0),
        (0.1, 9.0, 0.0010),
        (1.0, 1.0, 0.0001),
        (1.0, 0.2, 0.0015),
        (10.0, 0.02, 0.0006),
    ],
)
def test_a_row_holds_for_its_least_cycles(name: str, range_v: float, cycles: float, added: float) -> None:
    """Truevolt rows hold at 10 and 100 cycles as they stand; below, what the 34410A adds is assumed, and marked so."""
    data, _ = load_accuracy(name)
    whole, row = (data.at("dc-volts", range_v, "file", Conditions(cycles=each)) for each in (None, cycles))
    assert row.gain_of_range - whole.gain_of_range == pytest.approx(added / 100, abs=1e-15)
    assert ("34410A" in row.document) is (cycles < 10.0)
    assert row.mark == "a"


@pytest.mark.parametrize("function", ["dc-volts", "resistance"])
def test_a_row_without_apertures_takes_no_short_one(function: str) -> None:
    """DMM6500: nobody read what fewer than 10 cycles add, so no reading of 9 is budgeted."""
    data, _ = load_accuracy("keithley-dmm6500")
    data.at(function, 10.0, "file", Conditions(cycles=10.0))
    with pytest.raises(
        DefinitionError, match=f"{function} has no aperture of 9 mains cycles or fewer, .* holds from 10 on"
    ):
        data.at(function, 10.0, "file", Conditions(cycles=9.0))


def test_a_row_that_says_nothing_of_cycles_takes_none(tmp_path: Path) -> None:
    """Neither least_cycles nor an aperture: an integrated reading has no bound."""
    text = (LIBRARY / "instruments" / "keithley-dmm6500.toml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("least_cycles")]
    path = tmp_path / "accuracy.toml"
    path.write_text("".join(lines), encoding="utf-8")
    with pytest.raises(DefinitionError, match="its row says not from where on; add least_cycles or the aperture"):
        load_accuracy(str(path))[0].at("dc-volts", 1.0, "file", Conditions(cycles=100.0))


@pytest.mark.parametrize(("cycles", "added"), [(100.0, 0.0), (10.0, 0.0005), (0.2, 0.0150), (0.006, 0.0600)])
def test_a_short_aperture_of_a_current(cycles: float, added: float) -> None:
    """34410A, d.c. current: every range adds what the row of 0.1 V does."""
    data, _ = load_accuracy("agilent-34410a")
    for range_a, full in ((100e-6, 0.025), (1e-3, 0.006), (3.0, 0.020)):
        row = data.at("dc-current", range_a, "file", Conditions("90 days", cycles=cycles))
        assert row.gain_of_range == pytest.approx((full + added) / 100, rel=1e-12)


def test_figures_of_the_sister_are_rectangular() -> None:
    """34461A, d.c. current: the driver's figures of 90 days state no coverage, so none is taken for them."""
    data, _ = load_accuracy("keysight-34461a")
    assert data.at("dc-current", 1e-3, "file", Conditions("90 days")).coverage is None
    assert data.at("dc-current", 1e-3, "file", Conditions("1 year")).coverage == 2.0


def test_a_time_base_ages() -> None:
    """Rigol DS1000Z-E, p. 26: 25 ppm, and 5 ppm for each year in use."""
    base = load_accuracy("rigol-ds1054z")[0].time_base
    assert isinstance(base, TimeBase)
    assert [base.bound(years) for years in (0, 2, 10)] == pytest.approx([25e-6, 35e-6, 75e-6])


def changed(text: str, old: str, new: str, folder: Path) -> Path:
    """An accuracy file with one change."""
    assert old in text
    path = folder / "accuracy.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("ranges = [0.1, 1.0,", "ranges = [1.0,", "over_range holds 5 entries for 4 ranges"),
        ('"1 year" = [[0.0050, 0.0035], ', '"1 year" = [', "accuracy.1 year holds 4 entries for 5 ranges"),
        (', "2 years" = 5.0 }', " }", "band_k says nothing of 2 years"),
        ("[0.0050, 0.0035], [0.0040", "[0.0050, -0.0035], [0.0040", "greater than or equal to 0"),
        ("[0.0050, 0.0035], [0.0040", "[0.0050], [0.0040", "accuracy.1 year.0"),
        ('accuracy."1 year"', 'accuracy."1 month"', "1 month"),
        ('"1 year" = 5.0', '"1 year" = 0.0', "band_k.1 year"),
        ("ranges = [0.1, 1.0,", "ranges = [1.0, 1.0,", "dc-volts on the range 1, 24 h, stands twice"),
    ],
)
def test_wrong_tables_are_one_sentence(tmp_path: Path, old: str, new: str, words: str) -> None:
    """A table whose columns do not match, or that contradicts itself, is refused with file and key."""
    text = (LIBRARY / "instruments" / "keysight-34461a.toml").read_text(encoding="utf-8")
    path = changed(text, old, new, tmp_path)
    with pytest.raises(DefinitionError) as caught:
        load_accuracy(str(path))
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("range_to = 0.1", "range_to = 0.01", "range_to is 0.01, below range_from, 0.1"),
        ("band_k = 5.0\n", "", "per_kelvin is given without band_k"),
        ('interval = "1 year"', 'interval = "1 decade"', "rows.0.interval"),
    ],
)
def test_wrong_rows_are_one_sentence(tmp_path: Path, old: str, new: str, words: str) -> None:
    """So is a row that contradicts itself."""
    with pytest.raises(DefinitionError, match=words):
        load_accuracy(str(changed(TEXT, old, new, tmp_path)))


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    """Accuracy data that hold no figure are none."""
    path = tmp_path / "accuracy.toml"
    path.write_text('schema = 1\nmodel = "X"\ninputs = []\n', encoding="utf-8")
    with pytest.raises(DefinitionError, match="holds neither rows nor tables"):
        load_accuracy(str(path))


def multimeter(mark: str, of: str, folder: Path) -> InstrumentAccuracy:
    """The 34461A with another mark of its d.c. volts or of their input."""
    text = (LIBRARY / "instruments" / "keysight-34461a.toml").read_text(encoding="utf-8")
    head, tail = text.split("[[tables]]", 1)
    if of == "input":
        head = head.replace('mark = "M"', f'mark = "{mark}"')
    else:
        head, tail = head.replace('mark = "M"', 'mark = "P"'), tail.replace('mark = "P*"', f'mark = "{mark}"', 1)
    path = folder / "accuracy.toml"
    path.write_text(f"{head}[[tables]]{tail}", encoding="utf-8")
    return load_accuracy(str(path))[0]


@pytest.mark.parametrize(("mark", "of", "found"), [
    ("P", "input", None), ("S", "input", None), ("M", "input", "dc-volts"),
    ("a", "rows", None), ("M", "rows", "dc-volts"),
])  # fmt: skip
def test_what_is_remembered_of_a_function(mark: str, of: str, found: str | None, tmp_path: Path) -> None:
    """Rows and inputs of the functions asked for count; that d.c. current is remembered hinders no d.c. volts."""
    assert multimeter(mark, of, tmp_path).remembered(["dc-volts"]) == found


def test_a_remembered_time_base_is_remembered() -> None:
    """Whatever function is asked for, time is read by the time base."""
    assert load_accuracy("rohde-schwarz-rtb2004")[0].remembered([]) == "time base"


@pytest.mark.parametrize(
    ("parts", "mark", "found"),
    [
        ('{ noise = "S", mains_rejection = "a" }', "a", None),
        ('{ noise = "S" }', "S", None),
        ('{ over_range = "M" }', "P*", None),
        ('{ noise = "M" }', "M", "dc-volts"),
        ('{ offset = "M", noise = "S" }', "M", "dc-volts"),
    ],
)
def test_the_weakest_part_marks_a_row(tmp_path: Path, parts: str, mark: str, found: str | None) -> None:
    """A row read in the document rests on its weakest part; no verdict rests on an over-range."""
    text = (LIBRARY / "instruments" / "keysight-34461a.toml").read_text(encoding="utf-8")
    old = 'parts = { noise = "S", mains_rejection = "a" }'
    text = text.replace('mark = "M"', 'mark = "P"', 1)
    data, _ = load_accuracy(str(changed(text, old, f"parts = {parts}", tmp_path)))
    assert data.at("dc-volts", 1.0, "file").mark == mark
    assert data.remembered(["dc-volts"]) == found
