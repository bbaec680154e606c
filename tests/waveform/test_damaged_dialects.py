"""The same damage done to every maker's file: one sentence with the place, never a number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from harness.errors import RequestError
from harness.waveform import File, read_csv, read_record
from tests.waveform.dialects import FILES, RTO_HEADER, RTO_SAMPLES, five_columns, joined

if TYPE_CHECKING:
    from collections.abc import Callable

SCOPES = {**FILES, "tektronix five columns": five_columns()}
NO_TIMES = {"rigol memory"}
"""Values alone without a record length: lost or doubled rows leave no trace."""

BY_NUMBER = {"rigol numbered", *NO_TIMES}


def separator(name: str) -> str:
    """What separates the fields of a file."""
    return ";" if name in {"rohde & schwarz rth", "rohde & schwarz rtb, german"} else ","


def parts(name: str) -> tuple[list[str], list[str]]:
    """Lines of the header and of the ten rows."""
    lines = SCOPES[name].replace("\r\n", "\n").splitlines()
    return lines[:-10], lines[-10:]


def place(name: str) -> int:
    """Index of the field of CH1."""
    return {"rigol memory": 0, "tektronix five columns": 4}.get(name, 1)


def changed(name: str, row: str, put: str) -> str:
    """A row with another content in the field of CH1."""
    cells = row.split(separator(name))
    cells[place(name)] = put
    return separator(name).join(cells)


def cut(name: str, rows: list[str]) -> list[str]:
    """Break a row off in the field of CH1."""
    shorter = rows[5].split(separator(name))[: place(name)]
    return [*rows[:5], separator(name).join(shorter) or "0", *rows[6:]]


def swap(name: str, rows: list[str]) -> list[str]:
    """Exchange the column of times with that of CH1."""
    at = place(name)
    cells = [row.split(separator(name)) for row in rows]
    return [separator(name).join([*row[: at - 1], row[at], row[at - 1], *row[at + 1 :]]) for row in cells]


def put(text: str) -> Callable[[str, list[str]], list[str]]:
    """Damage that puts something else into one field of CH1."""
    return lambda name, rows: [*rows[:5], changed(name, rows[5], text), *rows[6:]]


DAMAGE: dict[str, tuple[Callable[[str, list[str]], list[str]], set[str], str]] = {
    "truncated row": (cut, NO_TIMES, "line .*(cut off|empty|fields)"),
    "lost row": (lambda _, rows: [*rows[:5], *rows[6:]], NO_TIMES, "line .*missing"),
    "doubled block": (lambda _, rows: [*rows, *rows], NO_TIMES, "line .*(doubled|repeated|does not increase|even)"),
    "reversed": (lambda _, rows: rows[::-1], NO_TIMES, "line .*(does not increase|begins at|fields)"),
    "swapped columns": (swap, BY_NUMBER, "line .*(does not increase|even|fields|step)"),
    "NaN": (put("NaN"), set(), "line .*NaN"),
    "minus infinity": (put("-inf"), set(), "line .*infinite"),
    "overload": (put("9.9E37"), {"rohde & schwarz rtb, german"}, "line .*overload"),
    "empty": (put(""), set(), "line .*empty"),
    "asterisks": (put("****"), set(), "line .*not a number"),
    "underscore": (put("1_0"), set(), "line .*not a number"),
    "other digits": (put("١"), set(), "line .*not a number"),
}  # fmt: skip
CASES = [(name, damage) for name in SCOPES for damage, (_, but, _) in DAMAGE.items() if name not in but]


def refusal(text: str, column: str | None) -> str:
    """The sentence that a file gets."""
    with pytest.raises(RequestError) as caught:
        read_csv(text, source="scope.csv", column=column)
    sentence = str(caught.value)
    assert sentence.startswith("scope.csv: ")
    assert "\n" not in sentence
    return sentence


def column_of(name: str) -> str | None:
    """How CH1 is called in a file."""
    return "C1" if "rtb" in name else "CH1"


@pytest.mark.parametrize(("name", "damage"), CASES)
def test_damaged_rows_get_one_sentence(name: str, damage: str) -> None:
    """What happened to the rows is said with the line."""
    header, rows = parts(name)
    damaged = joined(*header, *DAMAGE[damage][0](name, rows))
    assert re.search(DAMAGE[damage][2], refusal(damaged, column_of(name)))


HEADERS = {
    "record length too long": ("tektronix", "Record Length,10", "Record Length,12", "line 9: .*states 12 samples.* 10"),
    "record length of five columns": (
        "tektronix five columns", "Length,1.000000e+01", "Length,2.500000e+03", "line 1: .*states 2500 samples"
    ),
    "record length of Siglent": ("siglent", "Analog:10,", "Analog:11,", "line 1: .*states 11 samples"),
    "segments": ("keysight segmented", "= 10", "= 5", "line 1: .*states 5 samples, the file holds 10"),
    "sample interval": ("tektronix", "Interval,1e-06", "Interval,2e-06", "line 8: .*2e-06 s, the times step by 1e-06"),
    "sample interval, a little": ("tektronix", "Interval,1e-06", "Interval,1.01e-06", "line 8: .*1.01e-06 s"),
    "sample interval of five columns": (
        "tektronix five columns", "Interval,1.000000e-06", "Interval,1.001000e-06", "line 2: .*1.001e-06 s"
    ),
    "sample rate": ("siglent, rate", "Rate,1000000.0", "Rate,500000.0", "line 2: .*2e-06 s"),
    "sample interval a word": ("tektronix", "Interval,1e-06", "Interval,fast", "line 8: .*'fast', not a positive"),
    "sample interval of each channel": (
        "siglent", "Analog:1.000000E-06,", "CH1:1.0E-06 CH2:2.0E-06,", "line 2: .*not one number"
    ),
    "volts are seconds": ("keysight", "second,Volt,Volt", "second,second,Volt", "column CH1 is in 'second'"),
    "times are volts": ("keysight", "second,Volt,Volt", "Volt,second,Volt", "line 2: .*must be time.*'Volt'"),
    "vertical unit": ("tektronix", "Vertical Units,V", "Vertical Units,s", "column CH1 is in 's'"),
    "horizontal unit": ("tektronix", "Horizontal Units,s", "Horizontal Units,Hz", "line 6: .*must be time.*'Hz'"),
    "power": ("rohde & schwarz rtb", "C1 in V", "C1 in W", "column C1 is in 'W'"),
    "no line of units": ("keysight", "second,Volt,Volt\r\n", "", "line 1: the line of units"),
    "no line of names": ("keysight", "x-axis,1,2\r\n", "", "line 1: two columns are called 'Volt'"),
    "no header": ("rigol numbered", "X,CH1,CH2,Start,Increment,\n", "", "line 1: the header X,CH1.* missing"),
    "header without increment": ("rigol memory", ", tInc = 1e-06s", "", "line 1: .*t0 = .* and tInc"),
    "increment without exponent": (
        "rigol numbered", "1.000000e-06", "1.000000", "line 2: the start, -2e-06 s, and the increment, 1 s"
    ),
    "increment zero": ("rigol memory", "1e-06s", "0s", "line 1: .*tInc 0; tInc must be positive"),
    "time not first": ("tektronix", "TIME,CH1,CH2", "CH1,TIME,CH2", "line .*"),
    "no time": ("tektronix", "TIME,CH1,CH2\n", "", "line 1: no header"),
    "one name too many": ("rigol times", "CH2(V)", "CH2(V),CH3(V)", "line 2: 3 fields where the header has 4"),
    "two names": ("rohde & schwarz rtb", "C2 in V", "C1 in V", "two columns are called 'C1'"),
    "unit twice": ("rigol early", "X(CH2)", "I2 (A)", "line 2: column I2 is in 'A' by its name and in 'Volt'"),
    "second file in the middle": ("plain", "0.000000e+00,5", "time,CH1,CH2\n0.000000e+00,5", "line 4: .*'time'"),
    "points and commas": (
        "rohde & schwarz rtb, german", "-1,0000000E-06", "-1.0000000E-06", "line 3: some numbers .*comma .line 2.*point"
    ),
    "frequency": ("plain", "time,", "frequency (Hz),", "line 1: .*must be time.*'Hz'"),
    "index": ("plain", "time,", "index,", "line 1: the first column must be time, but it is called 'index'"),
}  # fmt: skip


@pytest.mark.parametrize("case", HEADERS)
def test_a_header_that_does_not_fit_gets_one_sentence(case: str) -> None:
    """A header that disagrees with the rows, or calls things what they are not, is said with its line."""
    name, old, new, expected = HEADERS[case]
    assert old in SCOPES[name]
    assert re.search(expected, refusal(SCOPES[name].replace(old, new), column_of(name)))


def test_a_numbered_file_without_any_header_is_no_record_of_seconds() -> None:
    """Rows that begin 0, 1, 2 count themselves; taken for times, every figure would be wrong."""
    rows = parts("rigol numbered")[1]
    assert "line 1: the first column counts 0, 1, 2" in refusal(joined(*rows), "2")


@pytest.mark.parametrize("place", [2, 7, 10])
def test_one_digit_of_one_time_does_not_change_the_time_base(place: int) -> None:
    """A tenth of a step at the end of ten rows would be a percent of every time and frequency."""
    lines = SCOPES["keysight"].replace("\r\n", "\n").splitlines()
    time, _, rest = lines[place].partition(",")
    lines[place] = f"{float(time) + 0.1e-6:+.6E},{rest}"
    assert f"line {place + 1}: time" in refusal(joined(*lines), "CH1")


def test_commas_before_three_digits_may_be_thousands() -> None:
    """1,250 is 1.25 or 1250: nobody can tell, so nobody guesses."""
    text = joined("time;CH1", *(f"{index + 1},000;1,250" for index in range(10)))
    assert "line 2: each comma stands before three digits" in refusal(text, None)


RTO_DAMAGE = {
    "too few samples": (RTO_HEADER, RTO_SAMPLES.rpartition("0.25")[0], r"Wfm.csv: line 9: .*holds 9.*10 .*14"),
    "two channels": (RTO_HEADER, RTO_SAMPLES.replace("\n", ",1\n"), r"Wfm.csv: line 1: 2 columns"),
    "no resolution": (RTO_HEADER.replace("Resolution", "Res"), RTO_SAMPLES, r"one.csv: line 1: .*no Resolution"),
    "resolution zero": (RTO_HEADER.replace("1e-06", "0", 1), RTO_SAMPLES, r"one.csv: line 1: Resolution is 0"),
    "NaN in the header": (RTO_HEADER.replace("XStart:-2e-06", "XStart:nan"), RTO_SAMPLES, "one.csv: line 3: .*'nan'"),
    "a word": (RTO_HEADER.replace("XStart:-2e-06", "XStart:soon"), RTO_SAMPLES, r"one.csv: line 3: XStart is 'soon'"),
    "time stamps": (RTO_HEADER.replace("Off", "On"), RTO_SAMPLES, r"one.csv: line 7: .*time stamps"),
    "NaN": (RTO_HEADER, RTO_SAMPLES.replace("0.7500", "NaN", 1), r"Wfm.csv: line 4: .*NaN"),
}


@pytest.mark.parametrize("case", RTO_DAMAGE)
def test_a_damaged_rto_record_gets_one_sentence(case: str) -> None:
    """The sentence names the one of the two files that is wrong."""
    header, samples, expected = RTO_DAMAGE[case]
    with pytest.raises(RequestError, match=expected):
        read_record(File(header, "one.csv"), second=File(samples, "one.Wfm.csv"))
