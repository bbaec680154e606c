"""Answers of SCPI instruments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadAnswer, Overload, Refused, StimcertError
from harness.instruments import Identity, VisaLink, identify, scpi

if TYPE_CHECKING:
    from tests.instruments.scripted import Plug

NOWHERE = VisaLink("multimeter", "TCPIP::127.0.0.1::1::SOCKET")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("+6.80000012E-01", 0.680000012),
        ("-1", -1.0),
        ("0", 0.0),
        (".5", 0.5),
        ("5.", 5.0),
        (" 1E3 ", 1000.0),
        ("1e-07", 1e-7),
    ],
)
def test_numbers(text: str, value: float) -> None:
    """Numbers in the forms of IEEE 488.2 are read as they stand."""
    assert scpi.number(NOWHERE, "FETC?", text) == value


@pytest.mark.parametrize("text", ["+9.90000000E+37", "-9.90000000E+37", "9.9E37", "9.91E37", "1E38", "1E400", "-1E999"])
def test_an_overload_answer_is_no_number(text: str) -> None:
    """9.9E37 and everything above says "beyond my range", also where it overflows a float."""
    with pytest.raises(Overload, match="overload, its input is beyond the range"):
        scpi.number(NOWHERE, "FETC?", text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "NAN",
        "nan",
        "INF",
        "-INF",
        "Infinity",
        "1,0",
        "1;0",
        "0x10",
        "1_000",
        "1.0V",
        "--1",
        "1e",
        "e5",
        "ON",
        "+",
        ".",
        "1 0",
    ],
)
def test_a_word_is_no_number(text: str) -> None:
    """Words, NaN, other number systems and two numbers never become one."""
    with pytest.raises(BadAnswer, match="which is not a number"):
        scpi.number(NOWHERE, "FETC?", text)


@settings(deadline=None)
@given(
    st.text(st.characters(max_codepoint=0x7F), max_size=12) | st.floats().map(str) | st.floats().map("{:+.8E}".format)
)
def test_no_text_becomes_anything_but_a_finite_number(text: str) -> None:
    """Whatever an instrument sends becomes a number below the overload answer, or an error of ours."""
    try:
        value = scpi.number(NOWHERE, "FETC?", text)
    except StimcertError:
        return
    assert abs(value) < 9.9e37


@pytest.mark.parametrize("answer", ["1,2", "1,2,3,4", "", "1;2;3", "1,2,"])
def test_too_few_and_too_many_values(answer: str) -> None:
    """Exactly as many values as were due, or none."""
    with pytest.raises(BadAnswer):
        scpi.numbers(NOWHERE, "FETC?", answer, 3)


@pytest.mark.parametrize("bad", ["NAN", "+9.90000000E+37", ""])
@pytest.mark.parametrize("place", range(3))
def test_one_bad_value_spoils_all(bad: str, place: int) -> None:
    """A reading with one value that is none is no reading."""
    parts = ["1", "2", "3"]
    parts[place] = bad
    with pytest.raises((BadAnswer, Overload)):
        scpi.numbers(NOWHERE, "FETC?", ",".join(parts), 3)


def test_a_refused_command_is_an_error(plug: Plug) -> None:
    """An entry in the error queue after a configuration names command, number and text."""
    link, _ = plug({"CONF:VOLT:DC 1000;:SYSTem:ERRor?": b'-222,"Data out of range"\n'})
    with pytest.raises(Refused, match=r"multimeter refused 'CONF:VOLT:DC 1000.*': error -222, Data out of range"):
        scpi.configure(link, "CONF:VOLT:DC 1000")


@pytest.mark.parametrize("answer", [b'+0,"No error"\n', b'0,"No error"\n', b'+0, "No error"\n', b'-0,"No error"\n'])
def test_no_error_is_no_error(plug: Plug, answer: bytes) -> None:
    """Zero with any text means that the queue was empty."""
    link, instrument = plug({"*CLS;:SYSTem:ERRor?": answer})
    scpi.configure(link, "*CLS")
    assert instrument.heard == ["*CLS;:SYSTem:ERRor?"]


@pytest.mark.parametrize("answer", [b"\n", b"0\n", b"No error\n", b"+1.2\n", b'"No error",0\n', b'0.0,"No error"\n'])
def test_what_is_no_entry_of_an_error_queue(plug: Plug, answer: bytes) -> None:
    """An answer of another form is not taken for "no error"."""
    link, _ = plug({"*CLS;:SYSTem:ERRor?": answer})
    with pytest.raises(BadAnswer, match="is not an entry of an error queue"):
        scpi.configure(link, "*CLS")


def test_an_identity(plug: Plug) -> None:
    """Four fields say who an instrument is."""
    link, _ = plug({"*IDN?": b"Keysight Technologies,34465A, SIM00344651 ,A.03.02\n"})
    assert identify(link) == Identity("Keysight Technologies", "34465A", "SIM00344651", "A.03.02")


@pytest.mark.parametrize("answer", [b"\n", b"34465A\n", b"A,B,C\n", b"A,B,,D\n", b",,,\n", b"A,B,C,D,E\n"])
def test_what_is_no_identity(plug: Plug, answer: bytes) -> None:
    """An instrument that does not give maker, model and serial number has not said who it is."""
    link, _ = plug({"*IDN?": answer})
    with pytest.raises(BadAnswer, match="which is not four fields"):
        identify(link)


@pytest.mark.parametrize("answer", [b"16.5\n", b"NAN\n", b"BUSY\n", b"\n"])
def test_a_status_is_a_whole_number(plug: Plug, answer: bytes) -> None:
    """A status that is no whole number is not read as "done"."""
    link, _ = plug({"STAT?": answer})
    with pytest.raises(BadAnswer):
        scpi.whole(link, "STAT?")


def test_a_refused_block_is_an_error(plug: Plug) -> None:
    """An entry in the error queue behind a block names the command, number and text."""
    link, _ = plug({"DATA:ARB:DAC name,#12\x7f\xff;:SYSTem:ERRor?": b'+786,"Specified arb waveform already exists"\n'})
    with pytest.raises(Refused, match=r"refused 'DATA:ARB:DAC name,': error \+786, Specified arb"):
        scpi.configure_block(link, "DATA:ARB:DAC name,", b"\x7f\xff")


def test_several_answers(plug: Plug) -> None:
    """Questions in one message are answered in their order, without blanks around."""
    link, _ = plug({"A?;B?": b"1; DC\n"})
    assert scpi.answers(link, "A?;B?", 2) == ["1", "DC"]


@pytest.mark.parametrize("answer", [b"1\n", b"1;2;3\n", b"\n", b"1,2\n"])
def test_several_answers_are_exactly_as_many(plug: Plug, answer: bytes) -> None:
    """Too few and too many answers are none."""
    link, _ = plug({"A?;B?": answer})
    with pytest.raises(BadAnswer, match="is not 2 answers"):
        scpi.answers(link, "A?;B?", 2)


@pytest.mark.parametrize(("answer", "state"), [(b"0\n", False), (b"1\n", True), (b"+0\n", False), (b"+1\n", True)])
def test_a_state_is_0_or_1(plug: Plug, answer: bytes, *, state: bool) -> None:
    """A state is read from one digit."""
    link, _ = plug({"OUTP?": answer})
    assert scpi.flag(link, "OUTP?") is state


@pytest.mark.parametrize("answer", [b"\n", b"2\n", b"-1\n", b"10\n", b"1.0\n", b"OFF\n", b"NAN\n", b"9.9E37\n"])
def test_what_is_no_state(plug: Plug, answer: bytes) -> None:
    """Anything but 0 or 1 is neither on nor off."""
    link, _ = plug({"OUTP?": answer})
    with pytest.raises(BadAnswer, match="neither 0 nor 1"):
        scpi.flag(link, "OUTP?")
