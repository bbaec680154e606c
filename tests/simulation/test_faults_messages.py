"""Faults of the conversation: answers that are not to the question, not whole, or not alone."""

from __future__ import annotations

import pytest

from tests.simulation.desk import PLAIN, Desk, desk


@pytest.fixture(name="table")
def _table() -> Desk:
    return desk(PLAIN)


def test_the_previous_answer_comes_instead(table: Desk) -> None:
    """While it lasts every question gets the answer to the one before; then each its own again."""
    assert table.query("multimeter", "TRIG:COUN 7;COUN?") == "+7.00000000E+00"
    table.fault("multimeter", "previous", count=2)
    assert table.query("multimeter", "SAMP:COUN?") == "+7.00000000E+00"
    assert table.query("multimeter", "*OPC?") == "+1"
    assert table.query("multimeter", "*OPC?") == "1"


def test_there_is_no_answer_before_the_first(table: Desk) -> None:
    """An instrument that was asked nothing before has no previous answer; the question after gets the first one's."""
    table.fault("switch", "previous", count=0)
    assert table.tell("switch", "ROUT:CLOS? (@101)") == b""
    assert table.query("switch", "*OPC?") == "0"


def test_the_stimulator_may_answer_the_previous_request(table: Desk) -> None:
    """The reply carries the old tag."""
    table.say("HELLO")
    table.fault("stimulator", "previous")
    assert table.say("KEEP").startswith(b"0001 OK stim1")


def test_an_answer_may_break_off(table: Desk) -> None:
    """The stated share of its bytes comes, without an end, or with one where that is asked for."""
    whole = table.tell("switch", "*IDN?")
    table.fault("switch", "truncate", share=0.25)
    assert table.tell("switch", "*IDN?") == whole[: (len(whole) - 1) // 4]
    table.fault("switch", "truncate", share=0.25, terminated=True)
    assert table.tell("switch", "*IDN?") == whole[: (len(whole) - 1) // 4] + b"\n"
    table.fault("switch", "truncate", share=0)
    assert table.tell("switch", "*IDN?") == b""


def test_a_block_is_cut_behind_a_header_that_promises_all(table: Desk) -> None:
    """The header counts the bytes that should come; half of them do."""
    table.tell("oscilloscope", ":DIG;:WAV:POIN:MODE RAW;POIN 1000;FORM BYTE;*OPC?")
    table.fault("oscilloscope", "truncate")
    cut = table.tell("oscilloscope", ":WAV:DATA?")
    assert cut[:10] == b"#800001000"
    assert len(cut) == (10 + 1000) // 2


@pytest.mark.parametrize("place", ["before", "after"])
def test_noise_stands_beside_a_right_answer(table: Desk, place: str) -> None:
    """So many bytes, none of them an end of line, before the answer or after its end."""
    table.fault("multimeter", "noise", bytes=1000, place=place)
    heard = table.tell("multimeter", "*OPC?")
    noise = heard.removesuffix(b"1\n") if place == "before" else heard.removeprefix(b"1\n")
    assert len(noise) == 1000
    assert b"\n" not in noise


def test_noise_belongs_to_the_seed_and_the_stretch_of_work() -> None:
    """The same seed and key give the same bytes, another key others."""

    def heard(key: str) -> bytes:
        table = desk(PLAIN)
        table.control("begin", key=key)
        table.fault("multimeter", "noise", count=2)
        return table.tell("multimeter", "*OPC?") + table.tell("multimeter", "*OPC?")

    assert heard("a") == heard("a")
    assert heard("a") != heard("b")


def test_a_message_without_a_question_counts_for_nothing(table: Desk) -> None:
    """The fault waits for an answer that it can spoil."""
    table.fault("multimeter", "truncate", share=0, terminated=True)
    assert table.tell("multimeter", "*CLS") == b""
    assert table.tell("multimeter", "*OPC?") == b"\n"
