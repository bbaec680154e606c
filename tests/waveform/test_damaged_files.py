"""Damaged and mislabelled files, each a named case: one sentence with the place, never a number."""

from __future__ import annotations

import pytest

from harness.errors import RequestError
from harness.waveform import decode, read_csv

HEAD = "X,CH1,CH2,Start,Increment,"
UNITS = "Sequence,Volt,Volt,-1.2e-03,2.0e-06"
ROWS = [f"{index},{index % 4:.5e},{index % 3:.5e}," for index in range(20)]
PLAIN = ["time,CH1", *(f"{index * 1e-6:.6e},{index % 4:.5e}" for index in range(20))]


def scope(head: str = HEAD, units: str = UNITS, rows: list[str] = ROWS, end: str = "\n") -> str:
    """Join a Rigol file."""
    return "\n".join([head, units, *rows]) + end


def swapped(rows: list[str], index: int, row: str) -> list[str]:
    """Put another row in the place of one."""
    return [*rows[:index], row, *rows[index + 1 :]]


def lines(rows: list[str], end: str = "\n") -> str:
    """Join a plain file."""
    return "\n".join(rows) + end


DAMAGED = {
    "empty": ("", "empty"),
    "blank": (" \n\n\t\n", "empty"),
    "comments only": ("# nothing\n", "comments only"),
    "binary": ("RIFF\x00\x01\x02\x00data", "line 1: .*binary"),
    "binary after a good start": (scope() + "\x00\x00\x00", "line 23: .*binary"),
    "png read as latin-1": ("\x89PNG\r\n\x1a\n\x00\x00", "binary"),
    "header only": (HEAD + "\n", "ends after the header"),
    "no rows": (scope(rows=[]), "no samples"),
    "too few samples": (scope(rows=ROWS[:7]), "7 samples are too few"),
    "truncated row": (scope(rows=swapped(ROWS, 5, "5,1.0")), "line 8: 2 fields"),
    "last row cut in a field": (scope(rows=swapped(ROWS, 19, "19,3.0000e0,1.0"), end=""), "line 22: 3 fields"),
    "last row cut before its field": (scope(rows=swapped(ROWS, 19, "19,"), end=""), "line 22: 2 fields"),
    "last number cut in its exponent": (lines(swapped(PLAIN, 20, "1.900000e-05,3.00000e"), end=""), "line 21.*cut off"),
    "last number cut in its digits": (lines(swapped(PLAIN, 20, "1.900000e-05,3.0"), end=""), "line 21.*cut off"),
    "last exponent cut short": (lines(swapped(PLAIN, 20, "1.900000e-05,3.00000e+0"), end=""), "line 21.*cut off"),
    "word for a number": (scope(rows=swapped(ROWS, 4, "4,abc,1.0,")), r"line 7: column CH1 \(field 2\) is 'abc'"),
    "empty field": (scope(rows=swapped(ROWS, 4, "4,,1.0,")), r"line 7: column CH1 \(field 2\) is empty"),
    "dashes": (scope(rows=swapped(ROWS, 4, "4,----,1.0,")), "line 7.*not a number"),
    "underscore digits": (scope(rows=swapped(ROWS, 4, "4,1_0,1.0,")), "line 7.*not a number"),
    "hexadecimal": (scope(rows=swapped(ROWS, 4, "4,0x10,1.0,")), "line 7.*not a number"),
    "NaN": (scope(rows=swapped(ROWS, 4, "4,NaN,1.0,")), "line 7.*NaN"),
    "infinity": (scope(rows=swapped(ROWS, 4, "4,-inf,1.0,")), "line 7.*infinite"),
    "overload": (scope(rows=swapped(ROWS, 4, "4,9.9E37,1.0,")), "line 7.*overload"),
    "negative overload": (scope(rows=swapped(ROWS, 4, "4,-9.90000E+37,1.0,")), "line 7.*overload"),
    "number beyond floats": (scope(rows=swapped(ROWS, 4, "4,1e999,1.0,")), "line 7.*infinite"),
    "lost row": (scope(rows=[*ROWS[:9], *ROWS[10:]]), "line 12: sequence number 10 where 9 was due: rows are missing"),
    "lost first rows": (scope(rows=ROWS[5:]), "line 3: the sequence begins at 5"),
    "repeated row": (scope(rows=[*ROWS[:9], ROWS[8], *ROWS[9:]]), "line 12: sequence number 8 .*repeated"),
    "rows in reverse": (scope(rows=ROWS[::-1]), "line 3: the sequence begins at 19"),
    "sequence restarts": (scope(rows=ROWS + ROWS), "line 23: sequence number 0 where 20"),
    "sequence of fractions": (scope(rows=swapped(ROWS, 4, "4.5,1.0,1.0,")), "line 7: sequence number 4.5"),
    "sequence of words": (scope(rows=swapped(ROWS, 4, "four,1.0,1.0,")), "line 7: the sequence number"),
    "increment zero": (scope(units="Sequence,Volt,Volt,-1.2e-3,0"), "line 2: the increment is 0"),
    "increment negative": (scope(units="Sequence,Volt,Volt,-1.2e-3,-2e-6"), "line 2: the increment is -2e-6"),
    "increment missing": (scope(units="Sequence,Volt,Volt,-1.2e-3,"), "line 2: .*fields under a header"),
    "increment a word": (scope(units="Sequence,Volt,Volt,-1.2e-3,fast"), "line 2: the increment .*'fast'"),
    "increment infinite": (scope(units="Sequence,Volt,Volt,-1.2e-3,inf"), "line 2: .*infinite"),
    "start NaN": (scope(units="Sequence,Volt,Volt,nan,2e-6"), "line 2: .*NaN"),
    "no increment in the header": (scope(head="X,CH1,CH2,Start"), "line 1: the header must be"),
    "header alone without increment": (scope(head="X,CH1,CH2"), "line 1: the header must be"),
    "start and increment exchanged": (scope(head="X,CH1,CH2,Increment,Start"), "line 1: the header must be"),
    "units line missing": ("\n".join([HEAD, *ROWS]), "line 2: the line of units .* is missing"),
    "unit is a number": (scope(units="Sequence,1.0,Volt,-1.2e-3,2e-6"), "line 2: column CH1 has '1.0' for a unit"),
    "unit of power": (scope(units="Sequence,Watt,Volt,-1.2e-3,2e-6"), "column CH1 is in 'Watt'"),
    "header names one channel too many": (scope(head="X,CH1,CH2,CH3,Start,Increment"), "line 2: 5 fields under"),
    "rows hold a channel more": (scope(rows=[f"{row}1.0" for row in ROWS]), "line 3: 4 fields where the header has 3"),
    "rows hold one channel less": (scope(rows=[row[:-13] for row in ROWS]), "line 3: 2 fields where the header has 3"),
    "two columns of one name": (scope(head="X,CH1,CH1,Start,Increment"), "line 1: two columns are called 'CH1'"),
    "column without a name": (scope(head="X,CH1,,Start,Increment"), "line 1: column 3 has no name"),
    "no channels": ("X,Start,Increment\nSequence,0,1e-6\n" + "\n".join(map(str, range(20))), "no column of values"),
    "lost line of a plain file": (lines([*PLAIN[:9], *PLAIN[10:]]), "line 10: time .*rows are missing"),
    "repeated line of a plain file": (lines([*PLAIN[:9], PLAIN[8], *PLAIN[9:]]), "line 10: .*does not increase"),
    "time in reverse": (lines([PLAIN[0], *PLAIN[:0:-1]]), "line 3: .*does not increase"),
    "time stands still": (lines(["t,CH1", *("0,1" for _ in range(20))]), "line 3: .*does not increase"),
    "time doubles its step": (
        lines(["t,CH1", *(f"{index + max(0, index - 10)},1" for index in range(20))]), "line 13: .*not evenly sampled"
    ),
    "step drifts": (lines(["t,CH1", *(f"{index + index * index / 400},1" for index in range(40))]), "evenly|even grid"),
    "time NaN": (lines(swapped(PLAIN, 3, "nan,1")), "line 4: the time .*NaN"),
    "decimal commas between commas": (lines(["t,CH1", *(f"{index},0,1,5" for index in range(20))]), "line 2: 4 fields"),
    "decimal commas between blanks": (lines(["t CH1", *(f"{index} 1,5" for index in range(20))]), "line "),
    "one column": (lines(["CH1", *("1" for _ in range(20))]), "one column only"),
    "time column last": (lines(["CH1,time", *(f"1,{index}" for index in range(20))]), "line 1: the time column must"),
    "first column in volts": (lines(["A (V),B (V)", *(f"{index},1" for index in range(20))]), "line 1: .*must be time"),
    "header with one name too few": (lines(["time", *PLAIN[1:]]), "line 1: one column only"),
    "header with one name too many": (lines(["time,CH1,CH2", *PLAIN[1:]]), "line 2: 2 fields where the header has 3"),
    "second header in the middle": (lines([*PLAIN[:9], PLAIN[0], *PLAIN[9:]]), "line 10: the time .*'time'"),
    "prose": ("Dear all,\nplease find the record enclosed.\n", "line "),
    "html": ("<html><body>404</body></html>\n", "line 1: "),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_file_gets_one_sentence_and_no_number(case: str) -> None:
    """The sentence names the file and, where there is one, the line; nothing is analysed."""
    text, expected = DAMAGED[case]
    with pytest.raises(RequestError, match=expected) as caught:
        read_csv(text, source="scope.csv", column=None if text.startswith(("time", "t,", "t;")) else "CH1")
    message = str(caught.value)
    assert message.startswith("scope.csv: ")
    assert "\n" not in message


def test_damage_in_another_channel_does_not_stop_this_one() -> None:
    """An overload on CH1 says nothing about CH2."""
    text = scope(rows=swapped(ROWS, 4, "4,9.9E37,1.0,"))
    assert read_csv(text, source="scope.csv", column="CH2").samples.size == 20


def test_bytes_that_break_off_in_their_encoding_are_refused() -> None:
    """Half a UTF-16 character is damage, not text."""
    with pytest.raises(RequestError, match="damaged at byte"):
        decode("time,CH1\n".encode("utf-16") + b"\x00", source="scope.csv")


def test_every_prefix_of_a_good_file_is_the_shorter_record_or_a_sentence() -> None:
    """A transfer that broke off anywhere never changes a sample that is returned."""
    text = scope()
    whole = read_csv(text, source="scope.csv", column="CH2").samples.tolist()
    for length in range(len(text)):
        try:
            part = read_csv(text[:length], source="scope.csv", column="CH2").samples.tolist()
        except RequestError:
            continue
        assert part == whole[: len(part)]


@pytest.mark.parametrize("time", ["0.000000e+00", "1.5", "-2e-3"])
def test_a_time_that_stands_still_is_refused_with_its_line(time: str) -> None:
    """Rows that all carry one time have no sampling interval; the sentence says in which line that shows."""
    rows = ["time,CH1", *(f"{time},{index % 4:.5e}" for index in range(20))]
    with pytest.raises(RequestError, match=r"scope\.csv: line 3: time .* does not increase"):
        read_csv(lines(rows), source="scope.csv")


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("written", ["{}", "{}.0", "{}.", "{:.3e}"])
def test_rows_that_count_themselves_are_no_times(start: int, written: str) -> None:
    """Without a header a running number, however it is written, is refused: every time would be wrong."""
    rows = [f"{written.format(index + start)},{index % 4:.5e}" for index in range(20)]
    with pytest.raises(RequestError, match="line 1: the first column counts"):
        read_csv(lines(rows), source="scope.csv")
