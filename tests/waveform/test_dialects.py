"""Each maker's way to write a record, after public exports; the samples are the same ten."""

from __future__ import annotations

import numpy as np
import pytest

from harness.errors import RequestError
from harness.waveform import File, companion, decode, read_csv, read_record
from tests.waveform.dialects import (
    FILES,
    INTERVAL_S,
    ONE,
    RTO_HEADER,
    RTO_SAMPLES,
    START_S,
    TWO,
    five_columns,
    joined,
    siglent,
    tektronix,
)

NAMED = {
    "rigol numbered": "Rigol, numbered",
    "rigol memory": "Rigol, memory",
    "rigol times": "Rigol, times",
    "rigol early": "Rigol, times",
    "rigol x over second": "plain columns",
    "keysight": "Keysight InfiniiVision",
    "keysight segmented": "Keysight InfiniiVision",
    "tektronix": "Tektronix, settings above",
    "tektronix digital": "Tektronix, settings above",
    "rohde & schwarz rtb": "Rohde & Schwarz RTB",
    "rohde & schwarz rtb, german": "Rohde & Schwarz RTB",
    "rohde & schwarz rth": "Rohde & Schwarz, settings above",
    "siglent": "Siglent, settings above",
    "siglent, names over units": "Siglent",
    "siglent, rate": "Siglent",
    "plain": "plain columns",
}
IN_AMPERES = {("rohde & schwarz rth", "CH2"), ("siglent", "CH2")}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("channel", "values"), [("CH1", ONE), ("CH2", TWO)])
def test_every_dialect_holds_the_same_record(name: str, channel: str, values: list[float]) -> None:
    """Samples, start, interval, unit and name of a channel are the same, whoever wrote them."""
    column = channel.replace("H", "") if "rtb" in name else channel
    trace = read_csv(FILES[name], source="scope.csv", column=column)
    assert trace.samples.tolist() == values
    assert trace.interval_s == pytest.approx(INTERVAL_S, rel=1e-9)
    assert trace.start_s == pytest.approx(START_S)
    assert trace.unit == ("A" if (name, channel) in IN_AMPERES else "V")
    assert (trace.column, trace.dialect) == (column, NAMED[name])


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n"])
def test_line_ends_and_encodings_change_nothing(name: str, encoding: str, end: str) -> None:
    """A file that went through an editor or a spreadsheet is the same record."""
    data = FILES[name].replace("\r\n", "\n").replace("\n", end).encode(encoding)
    column = "C1" if "rtb" in name else "CH1"
    assert read_csv(decode(data, source="scope.csv"), source="scope.csv", column=column).samples.tolist() == ONE


def test_settings_beside_the_samples_are_no_samples() -> None:
    """Tektronix TDS and TBS write settings into the first columns and one channel into the last two."""
    trace = read_csv(five_columns(), source="F0000CH1.CSV")
    assert trace.samples.tolist() == ONE
    assert (trace.interval_s, trace.unit, trace.column) == (INTERVAL_S, "V", "CH1")
    assert trace.start_s == pytest.approx(START_S)
    assert trace.dialect == "Tektronix TDS/TBS"


def test_a_keysight_channel_is_found_by_its_number_and_its_name() -> None:
    """The file calls channel 1 `1`, people call it CH1."""
    traces = [read_csv(FILES["keysight"], source="f", column=name) for name in ("1", "CH1", "ch1")]
    assert [trace.column for trace in traces] == ["CH1"] * 3


def test_several_columns_come_in_the_order_in_which_they_were_asked_for() -> None:
    """One reading of a file answers all of its columns, on one time axis."""
    two, one = read_record(File(FILES["tektronix"], "f"), columns=("CH2", "CH1"))
    assert (two.samples.tolist(), one.samples.tolist()) == (TWO, ONE)
    assert (two.start_s, two.interval_s) == (one.start_s, one.interval_s)


@pytest.mark.parametrize("first", ["header", "samples"])
def test_an_rto_record_is_read_from_either_of_its_two_files(first: str) -> None:
    """Header and samples name each other; without settling samples the record begins at XStart."""
    assert companion(RTO_HEADER, "a/one.csv") == "a/one.Wfm.csv"
    assert companion(RTO_SAMPLES, "a/one.Wfm.csv") == "a/one.csv"
    files = [File(RTO_HEADER, "one.csv"), File(RTO_SAMPLES, "one.Wfm.csv")]
    file, second = files if first == "header" else reversed(files)
    (trace,) = read_record(file, second=second)
    assert trace.samples.tolist() == ONE
    assert (trace.start_s, trace.interval_s, trace.column, trace.unit) == (-2e-6, 1e-6, "Ch1", "V")
    assert trace.dialect == "Rohde & Schwarz RTO"


def test_an_rto_record_with_settling_samples_begins_at_the_hardware_start() -> None:
    """Fourteen samples are the hardware's record, not the screen's."""
    samples = File(joined(*["0.1"] * 14), "one.Wfm.csv")
    assert read_record(File(RTO_HEADER, "one.csv"), second=samples)[0].start_s == -4e-6


@pytest.mark.parametrize(("text", "name"), [(RTO_HEADER, "one.csv"), (RTO_SAMPLES, "one.Wfm.csv")])
def test_one_file_of_an_rto_record_asks_for_the_other(text: str, name: str) -> None:
    """The sentence names the file that has to lie beside."""
    with pytest.raises(RequestError, match=r"two files; put one\.(Wfm\.)?csv beside it"):
        read_csv(text, source=name)


def rounded(form: str, count: int, head: tuple[str, ...], *, interval: float, start: float) -> list[str]:
    """Write a long record with times in few digits."""
    return [*head, *(f"{form.format(start + index * interval)},{index % 5}" for index in range(count))]


DPO = ("Model,DPO2002B", "Sample Interval,3.2e-07,", "Record Length,20000,", "Vertical Units,V,", "TIME,CH1")


def test_the_headers_interval_replaces_one_from_rounded_times() -> None:
    """Times of 3.2e-7 in six digits step by 3e-7 and 4e-7; the record's interval is the header's 3.2e-7."""
    lines = rounded("{:.5e}", 20_000, DPO, interval=3.2e-7, start=-1.351334e-2)
    trace = read_csv(joined(*lines), source="T0000.CSV")
    assert (trace.interval_s, trace.samples.size) == (3.2e-7, 20_000)


@pytest.mark.parametrize("place", [6, 5_000, 10_005, 19_990])
def test_a_lost_row_shows_among_rounded_times(place: int) -> None:
    """Also without a record length a row that is missing leaves the band of the rounded times."""
    lines = rounded("{:.5e}", 20_000, DPO[:2] + DPO[3:], interval=3.2e-7, start=-1.35133e-2)
    with pytest.raises(RequestError, match="even"):
        read_csv(joined(*lines[:place], *lines[place + 1 :]), source="T0000.CSV")


def test_times_that_stand_still_are_read_where_the_header_counts_the_samples() -> None:
    """With steps below the last digit only interval and number of samples in the header make a time base."""
    lines = rounded("{:.2e}", 3_000, (DPO[0], "Sample Interval,1e-09", "Record Length,3000", "TIME,CH1"),
                    interval=1e-9, start=-2.5e-6)  # fmt: skip
    assert read_csv(joined(*lines), source="f").interval_s == 1e-9
    without = joined(*lines[:2], *lines[3:])
    with pytest.raises(RequestError, match="too coarse for samples every 1e-09 s: lost rows would not show"):
        read_csv(without, source="f")
    with pytest.raises(RequestError, match="states 3000 samples, the file holds 2999"):
        read_csv(joined(*lines[:1500], *lines[1501:]), source="f")


def test_times_in_single_precision_are_even() -> None:
    """Siglent print the digits of a 32-bit float: -0.01999600045 for -0.019996."""
    times = np.float32(-0.02) + np.arange(5_000, dtype=np.float64) * 4e-6
    lines = [f"{np.float32(time):.11f},{index % 5}.00" for index, time in enumerate(times)]
    trace = read_csv(joined("Source,CH1", "Second,Volt", *lines), source="SDS00001.CSV")
    assert trace.interval_s == pytest.approx(4e-6, rel=1e-5)


def test_a_part_between_cursors_holds_its_share_of_the_record() -> None:
    """Tektronix state the whole record length and the gate in percent."""
    gated = tektronix().replace("Record Length,10,", "Record Length,20,").replace("0.0% to 100.0%", "25.0% to 75.0%")
    assert read_csv(gated, source="f", column="CH1").samples.tolist() == ONE


@pytest.mark.parametrize(
    ("rows", "values"),
    [
        (["0,0;1,5", "0,1;2,5"], [1.5, 2.5]),
        (["0,000;1,250", "0,001;2,250"], [1.25, 2.25]),
        (["0;1,50E+00", "1;2,5E-03"], [1.5, 2.5e-3]),
    ],
)
def test_a_decimal_comma_is_read_where_it_can_be_nothing_else(rows: list[str], values: list[float]) -> None:
    """Between semicolons or tabs, where every number uses it and some comma cannot separate thousands."""
    first, second = (row.split(";") for row in rows)
    step = float(second[0].replace(",", ".")) - float(first[0].replace(",", "."))
    decimals = len(first[0].partition(",")[2])
    lines = [
        f"{index * step:.{decimals}f}".replace(".", ",") + f";{rows[index % 2].split(';')[1]}" for index in range(10)
    ]
    for separator in (";", "\t"):
        text = joined("time;CH1", *lines).replace(";", separator)
        assert read_csv(text, source="f").samples.tolist() == values * 5


def test_vertical_units_say_which_columns_are_currents() -> None:
    """Siglent name each channel's unit; without a unit a column is in volts."""
    assert read_csv(siglent(), source="f", column="CH2").unit == "A"
    assert read_csv(siglent().replace("CH1:V CH2:A", "CH1:V CH2:mA"), source="f", column="CH2").samples[1] == -0.25e-3


def test_a_time_of_day_among_the_settings_is_no_header() -> None:
    """The header is the line that stands above the numbers."""
    text = tektronix().replace("Label,,\n", "Date,2026-03-01\nTime,12:30:00\n")
    assert read_csv(text, source="f", column="CH1").samples.tolist() == ONE


@pytest.mark.parametrize("unit", ["mV", "uV", "µV", "mA", "uA", "µA", "A"])
def test_units_in_titles_are_brought_to_volts_and_amperes(unit: str) -> None:
    """`C1 in mV` and `CH1 (mV)` are volts divided by a thousand."""
    factor = {"m": 1e-3, "u": 1e-6, "µ": 1e-6}.get(unit[:-1], 1.0)
    for title in (f"C1 in {unit}", f"CH1({unit})", f"CH1 [{unit}]"):
        trace = read_csv(
            joined(f"in s,{title}", *(f"{index}E-6,{value}" for index, value in enumerate(ONE))), source="f"
        )
        assert trace.unit == unit[-1]
        assert trace.samples == pytest.approx(np.array(ONE) * factor)
