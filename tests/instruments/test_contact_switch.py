"""The gates of the contact switch against a scripted peer."""

from __future__ import annotations

import itertools
import math
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadAnswer, NotFinite, Refused
from harness.instruments import Stretch, Trueform33500
from harness.instruments.contact_switch import _sample_rate
from tests.examples import CountingClock

if TYPE_CHECKING:
    from tests.instruments.scripted import Plug, ScriptedInstrument

SHAPES = ":SOURce1:FUNCtion?;:SOURce2:FUNCtion?"
BLOCK = re.compile(r"^:SOURce1:DATA:(\w+:?\w*) (?:(\w+),)?#(\d)(.*);:SYSTem:ERRor\?$", re.DOTALL)
GAP = [Stretch(closed=False, duration_s=0.02)]


def held(channel: int) -> str:
    """The question for what a channel holds."""
    return f":OUTPut{channel}?;:SOURce{channel}:FUNCtion?;:SOURce{channel}:VOLTage:OFFSet?"


def ready(channel: int) -> str:
    """The question for what a channel is ready to play."""
    source = f":SOURce{channel}"
    return (
        f"{source}:FUNCtion?;{source}:FUNCtion:ARBitrary?;:TRIGger{channel}:SOURce?;"
        f"{source}:FUNCtion:ARBitrary:SRATe?;{source}:VOLTage:HIGH?;{source}:VOLTage:LOW?"
    )


def generator(plug: Plug, **answers: bytes) -> tuple[Trueform33500, ScriptedInstrument]:
    """A generator that holds both closed and is ready to play at 1 MHz, but for what is given."""
    names = {"shapes": SHAPES, "other": ":SOURce2:FUNCtion?", "held1": held(1), "held2": held(2), "ready": ready(1)}
    good: dict[str, bytes] = {
        "shapes": b"DC;DC\n",
        "other": b"DC\n",
        "held1": b"1;DC;+5.0000000000000E+00\n",
        "held2": b"1;DC;+5.0000000000000E+00\n",
        "ready": b'ARB;"play";BUS;+1.0000000000000E+06;+5.0000000000000E+00;+0.0000000000000E+00\n',
    }
    link, instrument = plug({names[name]: answer for name, answer in (good | answers).items()}, "contact_switch", 1.0)
    return Trueform33500(link, CountingClock(), 50.0), instrument


def sent(instrument: ScriptedInstrument) -> list[str]:
    """All commands and questions but the blocks', one by one."""
    return [part for message in instrument.heard if "#" not in message for part in message.split(";")]


def blocks(instrument: ScriptedInstrument) -> dict[str, bytes]:
    """Data of the blocks that were sent, by the name before them."""
    found = {}
    for match in filter(None, map(BLOCK.match, instrument.heard)):
        digits = int(match[3])
        assert int(match[4][:digits]) == len(match[4]) - digits
        found[match[2] or match[1]] = match[4][digits:].encode("latin-1")
    return found


def levels(data: bytes) -> list[int]:
    """Samples as the instrument reads them: 16 bits, signed, most significant byte first."""
    return [int.from_bytes(data[place : place + 2], "big", signed=True) for place in range(0, len(data), 2)]


def runs(data: bytes) -> list[tuple[int, int]]:
    """Level and length of each stretch of equal samples."""
    return [(level, len(list(same))) for level, same in itertools.groupby(levels(data))]


@pytest.mark.parametrize(("closed", "volts"), [(True, "5"), (False, "0")])
def test_both_electrodes_are_held(plug: Plug, volts: str, *, closed: bool) -> None:
    """Both levels change in one message, into an open circuit, with the outputs on, and are read back."""
    said = f"1;DC;{volts}\n".encode()
    driver, instrument = generator(plug, held1=said, held2=said)
    driver.hold(closed=closed)
    message = (
        ":OUTPut1:LOAD INFinity;:OUTPut2:LOAD INFinity;"
        f":SOURce1:VOLTage:OFFSet {volts};:SOURce2:VOLTage:OFFSet {volts};"
        ":OUTPut1 ON;:OUTPut2 ON;:SYSTem:ERRor?"
    )
    assert instrument.heard == [SHAPES, message, held(1), held(2)]


@pytest.mark.parametrize("shapes", [b"ARB;DC\n", b"DC;ARB\n", b"PULS;SIN\n"])
def test_after_a_waveform_both_open_before_they_are_held(plug: Plug, shapes: bytes) -> None:
    """Levels of a waveform and a direct level share settings, so both outputs are off while they change."""
    driver, instrument = generator(plug, shapes=shapes)
    driver.hold(closed=True)
    assert instrument.heard[1] == (":OUTPut1 OFF;:OUTPut2 OFF;:SOURce1:FUNCtion DC;:SOURce2:FUNCtion DC;:SYSTem:ERRor?")


@pytest.mark.parametrize("name", ["held1", "held2"])
@pytest.mark.parametrize("answer", [b"0;DC;5\n", b"1;DC;0\n", b"1;DC;2.5\n", b"1;ARB;5\n"])
def test_an_electrode_that_is_not_held(plug: Plug, name: str, answer: bytes) -> None:
    """An output that is off, at another level or of another shape is refused, for each electrode."""
    driver, _ = generator(plug, **{name: answer})
    with pytest.raises(Refused, match=rf"contact switch channel {name[-1]} was set to 5 V, output on, but says"):
        driver.hold(closed=True)


@pytest.mark.parametrize("answer", [b"1;DC\n", b"1;DC;NAN\n", b"ON;DC;5\n", b"\n", b"1;DC;5;5\n"])
def test_a_level_that_is_none(plug: Plug, answer: bytes) -> None:
    """Answers that are no numbers, too few or too many, are none."""
    driver, _ = generator(plug, held1=answer)
    with pytest.raises(BadAnswer):
        driver.hold(closed=True)


@pytest.mark.parametrize("idle", [True, False])
@pytest.mark.parametrize("end", [True, False])
def test_a_pattern_is_loaded(plug: Plug, *, idle: bool, end: bool) -> None:
    """Idle until the trigger, the pattern once, the end for ever; closed is the largest code, open the smallest."""
    driver, instrument = generator(plug)
    pattern = [Stretch(closed=False, duration_s=50e-6), Stretch(closed=True, duration_s=20e-6)]
    assert driver.prepare(idle=idle, pattern=pattern, end=end, channel=1) == 1e-6
    data = blocks(instrument)
    assert runs(data["idle"]) == [(32767 if idle else -32767, 8)]
    assert runs(data["pattern"]) == [(-32767, 50), (32767, 20)]
    assert runs(data["end"]) == [(32767 if end else -32767, 8)]
    assert data["SEQuence"] == (
        b'"play","idle",1,repeatTilTrig,maintain,4,"pattern",1,once,maintain,4,"end",1,repeatInf,maintain,4'
    )


def test_the_order_of_loading(plug: Plug) -> None:
    """The electrode that plays is off while its memory is cleared and filled, and on last; the other one is closed."""
    driver, instrument = generator(plug)
    driver.prepare(idle=True, pattern=GAP, end=True, channel=1)
    parts = sent(instrument)
    order = [
        ":OUTPut1 OFF",
        ":SOURce2:VOLTage:OFFSet 5",
        ":OUTPut2 ON",
        held(2).split(";")[0],
        ":FORMat:BORDer NORMal",
        ":SOURce1:DATA:VOLatile:CLEar",
        ':SOURce1:FUNCtion:ARBitrary "play"',
        ":SOURce1:FUNCtion ARB",
        ":SOURce1:FUNCtion:ARBitrary:SRATe 1e+06",
        ":SOURce1:FUNCtion:ARBitrary:FILTer OFF",
        ":SOURce1:VOLTage:HIGH 5",
        ":SOURce1:VOLTage:LOW 0",
        ":TRIGger1:SOURce BUS",
        ":SOURce1:FUNCtion?",
        ":OUTPut1 ON",
    ]
    places = [parts.index(part) for part in order]
    assert places == sorted(places)
    assert ":OUTPut2 OFF" not in parts
    assert {":OUTPut1:LOAD INFinity", ":OUTPut2:LOAD INFinity", ":SOURce1:BURSt:STATe OFF"} <= set(parts)


def test_the_other_electrode_may_have_played_before(plug: Plug) -> None:
    """Where the other electrode is at the end of a pattern of its own it is off until its level is set."""
    driver, instrument = generator(plug, other=b"ARB\n")
    driver.prepare(idle=True, pattern=GAP, end=True, channel=1)
    assert instrument.heard[1].startswith(":OUTPut1 OFF;:OUTPut2 OFF;:SOURce2:FUNCtion DC;")


def test_either_electrode_can_play(plug: Plug) -> None:
    """Channel 2 plays while channel 1 is held closed."""
    driver, instrument = generator(plug)
    instrument.answers |= {":SOURce1:FUNCtion?": b"DC\n", ready(2): instrument.answers[ready(1)]}
    driver.prepare(idle=True, pattern=GAP, end=True, channel=2)
    parts = sent(instrument)
    assert (parts[-2], ":SOURce1:VOLTage:OFFSet 5" in parts) == (":OUTPut2 ON", True)
    assert ":TRIGger1:SOURce BUS" not in parts


def test_both_electrodes_play(plug: Plug) -> None:
    """Both are off before either is loaded, get the same pattern, and wait for the same trigger."""
    driver, instrument = generator(plug)
    instrument.answers |= {ready(2): instrument.answers[ready(1)]}
    assert driver.prepare(idle=True, pattern=GAP, end=True, channel=None) == 1e-6
    parts = sent(instrument)
    assert parts[:2] == [":OUTPut1 OFF", ":OUTPut2 OFF"]
    assert {":TRIGger1:SOURce BUS", ":TRIGger2:SOURce BUS"} <= set(parts)
    assert [part for part in parts if part.startswith(":OUTPut") and part.endswith(" ON")] == [
        ":OUTPut1 ON",
        ":OUTPut2 ON",
    ]


@pytest.mark.parametrize("channel", [0, 3])
def test_there_are_two_channels(plug: Plug, channel: int) -> None:
    """Another channel is refused before anything is sent."""
    driver, instrument = generator(plug)
    with pytest.raises(ValueError, match="channels 1 and 2"):
        driver.prepare(idle=True, pattern=GAP, end=True, channel=channel)
    assert instrument.heard == []


@pytest.mark.parametrize(
    "answer",
    [
        b'DC;"play";BUS;1E6;5;0\n',
        b'ARB;"EXP_RISE";BUS;1E6;5;0\n',
        b'ARB;"play";IMM;1E6;5;0\n',
        b'ARB;"play";BUS;4E4;5;0\n',
        b'ARB;"play";BUS;1E6;4;0\n',
        b'ARB;"play";BUS;1E6;5;1\n',
    ],
    ids=["shape", "waveform", "trigger", "sample rate", "high", "low"],
)
def test_a_pattern_that_is_not_as_asked(plug: Plug, answer: bytes) -> None:
    """A generator that would play something else is refused, and the electrode stays open."""
    driver, instrument = generator(plug, ready=answer)
    with pytest.raises(Refused, match="contact switch channel 1 was set to play 'play' at 1e\\+06 Hz"):
        driver.prepare(idle=True, pattern=GAP, end=True, channel=1)
    assert ":OUTPut1 ON" not in sent(instrument)


def test_a_pattern_that_is_refused(plug: Plug) -> None:
    """An entry in the error queue behind a block ends the loading, and the electrode stays open."""
    driver, instrument = generator(plug)
    refusal = b'+787,"Not enough memory to load waveform"\n'
    idle = (b"\x7f\xff" * 8).decode("latin-1")
    instrument.answers[f":SOURce1:DATA:ARBitrary:DAC idle,#216{idle};:SYSTem:ERRor?"] = refusal
    with pytest.raises(Refused, match=r"refused ':SOURce1:DATA:ARBitrary:DAC idle,': error \+787"):
        driver.prepare(idle=True, pattern=GAP, end=True, channel=1)
    assert ":OUTPut1 ON" not in sent(instrument)


def test_a_trigger(plug: Plug) -> None:
    """The trigger is one message, and whether it was accepted is read in it."""
    driver, instrument = generator(plug)
    driver.trigger()
    assert instrument.heard == ["*TRG;:SYSTem:ERRor?"]
    instrument.answers["*TRG;:SYSTem:ERRor?"] = b'-211,"Trigger ignored"\n'
    with pytest.raises(Refused, match="-211, Trigger ignored"):
        driver.trigger()


@pytest.mark.parametrize(
    ("durations_s", "rate_hz"),
    [
        ([0.001], 1e6),
        ([0.002], 1e6),
        ([0.02], 1e6),
        ([0.05], 1e6),
        ([0.06], 1e6),
        ([0.1], 500e3),
        ([0.5], 100e3),
        ([1.0], 50e3),
        ([60.0], 1e3),
        ([30e-6, 50e-6, 20e-6, 0.1], 500e3),
        ([0.015, 10e-6, 0.3], 100e3),
    ],
)
def test_the_rate_is_the_highest_that_fits(durations_s: list[float], rate_hz: float) -> None:
    """60,000 points at 1 MHz are 60 ms; longer patterns take the next rate below, here worked out by hand."""
    assert _sample_rate([Stretch(closed=False, duration_s=duration) for duration in durations_s]) == rate_hz


@pytest.mark.parametrize(
    "durations_s",
    [[], [1e-6], [61.0], [10.5e-6, 1.0], [3.3e-6, 0.01], [1e-9], [15e-6, 0.3]],
    ids=["nothing", "7 points too few", "too long", "between", "no whole sample", "no sample", "no rate for both"],
)
def test_what_cannot_be_played(plug: Plug, durations_s: list[float]) -> None:
    """A pattern that no rate plays within a thousandth of its shortest stretch is refused, and nothing is sent."""
    driver, instrument = generator(plug)
    pattern = [Stretch(closed=bool(place % 2), duration_s=duration) for place, duration in enumerate(durations_s)]
    with pytest.raises(ValueError, match="cannot be played"):
        driver.prepare(idle=True, pattern=pattern, end=True, channel=1)
    assert instrument.heard == []


@settings(deadline=None)
@given(st.lists(st.integers(8, 200_000), min_size=1, max_size=40))
def test_every_stretch_is_true_to_a_thousandth_of_the_shortest(microseconds: list[int]) -> None:
    """Whatever is accepted has at most 60,000 points, and each stretch is off by no more than that."""
    pattern = [Stretch(closed=True, duration_s=duration * 1e-6) for duration in microseconds]
    try:
        rate_hz = _sample_rate(pattern)
    except ValueError:
        return
    counts = [round(item.duration_s * rate_hz) for item in pattern]
    assert sum(counts) <= 60_000
    assert 1e3 <= rate_hz <= 1e6
    for count, duration in zip(counts, microseconds, strict=True):
        assert abs(count / rate_hz * 1e6 - duration) <= min(microseconds) / 1000 * (1 + 1e-9)


@pytest.mark.parametrize("value", [math.nan, math.inf, 9.9e37])
def test_a_stretch_is_a_time(value: float) -> None:
    """NaN, infinity and overload are no duration, and nothing lasts zero or less."""
    with pytest.raises(NotFinite):
        Stretch(closed=True, duration_s=value)
    for duration in (0.0, -1e-3):
        with pytest.raises(ValueError, match="cannot be closed or open for"):
            Stretch(closed=True, duration_s=duration)
