"""Files as oscilloscopes and spreadsheets write them."""

from __future__ import annotations

import pytest

from harness.errors import RequestError
from harness.waveform import decode, read_csv

VALUES = [0.0, 0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25, 0.0, 0.25]


def plain(separator: str = ",", head: str = "time,CH1", end: str = "\n", scale: float = 1e-6) -> str:
    """Write the values under a header with a time column."""
    rows = [f"{index * scale:.6e}{separator}{value:.3f}" for index, value in enumerate(VALUES)]
    return end.join([head.replace(",", separator), *rows, ""])


def rigol(
    head: str = "X,CH1,CH2,Start,Increment,", units: str = "Sequence,Volt,Volt,-1e-3,2e-6", tail: str = ","
) -> str:
    """Write the values as CH1, and their negatives as CH2, in Rigol's dialect."""
    rows = [f"{index},{value:.3e},{-value:.3e}{tail}" for index, value in enumerate(VALUES)]
    return "\r\n".join([head, units, *rows, ""])


@pytest.mark.parametrize("tail", ["", ",", ",,", ",,,"])
def test_rigol_rows_may_end_in_empty_fields(tail: str) -> None:
    """Start and increment belong to the second line; below it their fields are empty or missing."""
    trace = read_csv(rigol(tail=tail), source="scope.csv", column="CH2")
    assert trace.samples.tolist() == [-value for value in VALUES]
    assert (trace.interval_s, trace.start_s, trace.unit, trace.column) == (2e-6, -1e-3, "V", "CH2")


@pytest.mark.parametrize(
    "text",
    [
        plain(),
        plain(";"),
        plain("\t"),
        plain(end="\r\n"),
        plain(end="\r"),
        "\ufeff" + plain(),
        "# taken by hand\n\n" + plain(),
        plain().rstrip("\n"),
        plain(head="Time (s),CH1 (V)"),
        plain(head="Time (us),CH1", scale=1.0),
        plain(head="time_ms,CH1", scale=1e-3),
        plain(head='"time","CH1"'),
        plain(head="x-axis,CH1\nsecond,Volt"),
        plain(head="X,CH1\nSecond,Volt"),
        plain(head="Time,CH1\n(us),(V)\n", scale=1.0),
        plain(head="Model,MSO64\nSample Interval,1e-6\nFirmware 1.2\n\nTIME,CH1"),
        plain(head="time,CH1,").replace("\n", ",\n").replace(",,", ","),
    ],
    ids=[
        "comma", "semicolon", "tab", "crlf", "cr", "byte order mark", "comment", "no last line end",
        "units in brackets", "microseconds", "milliseconds", "quotes", "line of units", "x as time",
        "units in a line of brackets", "settings above", "closing commas",
    ],
)  # fmt: skip
def test_plain_dialects_hold_the_same_record(text: str) -> None:
    """Separators, line ends, marks, comments and units change nothing of the samples."""
    trace = read_csv(text, source="plain.csv")
    assert trace.samples.tolist() == VALUES
    assert trace.interval_s == pytest.approx(1e-6)
    assert (trace.start_s, trace.unit, trace.column) == (0.0, "V", "CH1")


def test_a_file_without_header_names_its_columns_by_number() -> None:
    """The time is column 1, so the first values are column 2."""
    text = plain().split("\n", 1)[1]
    assert read_csv(text, source="plain.csv").column == "2"
    assert read_csv(text, source="plain.csv", column="2").samples.tolist() == VALUES


@pytest.mark.parametrize(
    ("head", "unit", "factor"),
    [("t,I (mA)", "A", 1e-3), ("t,I [µA]", "A", 1e-6), ("t,U (mV)", "V", 1e-3), ("t,I\ns,Ampere", "A", 1.0)],
)
def test_a_stated_unit_is_brought_to_volts_or_amperes(head: str, unit: str, factor: float) -> None:
    """A column in milliamperes is read in amperes, and says so."""
    trace = read_csv(plain(head=head), source="plain.csv")
    assert trace.unit == unit
    assert trace.samples == pytest.approx([value * factor for value in VALUES])


def test_a_single_column_needs_no_name() -> None:
    """One column of values is the one that is meant."""
    assert read_csv(plain(), source="plain.csv").column == "CH1"


@pytest.mark.parametrize("wanted", [None, "CH9", "X", "Increment"])
def test_a_column_that_is_not_there_is_answered_with_those_that_are(wanted: str | None) -> None:
    """The message names the columns to choose from."""
    with pytest.raises(RequestError, match="CH1, CH2"):
        read_csv(rigol(), source="scope.csv", column=wanted)


def test_a_column_is_found_in_any_case_and_without_its_unit() -> None:
    """`ch1` is CH1, and so is `CH1 (V)`."""
    text = plain(head="Time (s),CH1 (V)")
    assert {read_csv(text, source="f", column=name).column for name in ("ch1", "CH1", "CH1 (V)")} == {"CH1"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_bytes_are_read_in_the_encodings_that_scopes_write(encoding: str) -> None:
    """A µ in a header is a µ, whatever the instrument's encoding."""
    text = plain(head="Time (µs),I (µA)", scale=1.0)
    trace = read_csv(decode(text.encode(encoding), source="f"), source="f")
    assert (trace.unit, trace.interval_s) == ("A", pytest.approx(1e-6))


def test_times_rounded_by_the_instrument_still_step_evenly() -> None:
    """Four digits of time leave steps of 0.9 and 1.1; the interval is that of the whole record."""
    rows = [f"{3.0000004e-6 + index * 1.04e-8:.3e},{index % 2}" for index in range(100)]
    trace = read_csv("\n".join(["t,CH1", *rows, ""]), source="f")
    assert trace.interval_s == pytest.approx(1.04e-8, rel=2e-3)


@pytest.mark.parametrize(
    ("title", "unit", "name", "factor"),
    [
        ("I_mA", "A", "I", 1e-3), ("Current mA", "A", "Current", 1e-3), ("I/uA", "A", "I", 1e-6),
        ("I / µA", "A", "I", 1e-6), ("V(mV)", "V", "V", 1e-3), ("I [µA]", "A", "I", 1e-6), ("I/A", "A", "I", 1.0),
        ("I_A", "A", "I", 1.0), ("Current A", "A", "Current", 1.0), ("load_current_nA", "A", "load_current", 1e-9),
        ("mA", "A", "mA", 1e-3), ("Ampere", "A", "Ampere", 1.0), ("U_V", "V", "U", 1.0), ("I amps", "A", "I", 1.0),
        ("Channel A", "V", "Channel A", 1.0), ("CH_A", "V", "CH_A", 1.0), ("A", "V", "A", 1.0),
    ],
)  # fmt: skip
def test_a_unit_in_a_title_is_read(title: str, unit: str, name: str, factor: float) -> None:
    """A unit after a name counts however it is set off; a lone letter after `Channel` is the channel's."""
    trace = read_csv(plain(head=f"time,{title}"), source="scope.csv")
    assert (trace.unit, trace.column) == (unit, name)
    assert trace.samples == pytest.approx([value * factor for value in VALUES])
