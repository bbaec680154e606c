"""The oscilloscope against a scripted peer: arming, triggers and records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.errors import BadAnswer, NoAnswer, Refused, StimcertError, TimeLimitExceeded
from harness.instruments import Edge, Input
from tests.examples import CountingClock
from tests.instruments.scripted_scope import ARMED, CODES, DATA, GOOD, INPUT, MONITOR, PREAMBLE, scope, sent

if TYPE_CHECKING:
    from harness.instruments import InfiniiVision, RawRecord
    from tests.instruments.scripted import Plug, ScriptedInstrument

PAIRS = bytes([120, 130, 0, 255, 128, 128])


def taken(driver: InfiniiVision) -> RawRecord:
    """One record of one channel without a trigger."""
    driver.set_up([INPUT], 0.2)
    driver.arm(None)
    (record,) = driver.finish(1.0)
    return record


def test_a_record(plug: Plug) -> None:
    """Codes come as they were, a line feed among them, with the preamble's scale."""
    record = taken(scope(plug)[0])
    assert record.codes == CODES
    assert (record.increment_v, record.origin_v, record.reference_code) == (6.25e-3, 0.1, 128.0)
    assert (record.interval_s, record.start_s) == (4e-5, -1e-3)
    assert dict(record.settings)["coupling"] == "DC"


def test_the_start_of_a_record_follows_its_preamble(plug: Plug) -> None:
    """The first sample lies at x origin less x reference times x increment."""
    driver, _ = scope(plug, preamble=b"+0,+0,+5,+1,+4.0E-05,+2.0E-03,+25,+6.25E-03,+1.0E-01,+128\n")
    assert taken(driver).start_s == pytest.approx(1e-3)


def test_it_is_armed_before_it_is_forced(plug: Plug) -> None:
    """Arming returns when the oscilloscope says that it is armed; only then is a record forced."""
    driver, instrument = scope(plug, armed=[b"+0\n", b"+0\n", b"+0\n", b"+1\n"])
    taken(driver)
    forced = next(number for number, message in enumerate(instrument.heard) if ":TRIGger:FORCe" in message)
    assert instrument.heard[forced - 3 : forced] == [ARMED] * 3


def test_an_old_armed_event_is_not_this_one(plug: Plug) -> None:
    """What is latched from an earlier acquisition is read and dropped before the new one begins."""
    driver, instrument = scope(plug, armed=[b"+1\n", b"+0\n", b"+1\n"])
    driver.set_up([INPUT], 0.2)
    driver.arm(Edge(0.34, rising=True))
    started = next(number for number, message in enumerate(instrument.heard) if ":SINGle" in message)
    assert instrument.heard[started - 1] == ARMED
    assert instrument.heard[started + 1 :] == [ARMED] * 2


def test_a_record_that_is_over_at_once_is_not_missed(plug: Plug) -> None:
    """An acquisition that ended before the first question for its state counts as armed, and is read."""
    driver, _ = scope(plug, armed=[b"+0\n", b"+1\n"], status=b"+0\n")
    driver.set_up([INPUT], 0.2)
    driver.arm(Edge(0.34, rising=True))
    assert driver.finish(1.0)[0].codes == CODES


def test_arming_waits_for_what_lies_before_the_trigger(plug: Plug) -> None:
    """The time before the trigger has to pass before a trigger is accepted, and arming takes it."""
    clock = CountingClock()
    shared = b"+4.0E-01;-2.6E+00;NORM\n"
    driver, _ = scope(plug, clock=clock, shared=shared, armed=lambda _: b"+1\n" if clock.time >= 3.0 else b"+0\n")
    driver.set_up([INPUT], 4.0, before_s=3.0)
    driver.arm(Edge(0.34, rising=True))
    assert 3.0 <= clock.time < 3.5


def test_records_of_one_acquisition_come_in_the_order_of_the_inputs(plug: Plug) -> None:
    """Each input is set and read with its own scale and settings, and one acquisition serves all."""
    other = b"+0,+0,+3,+1,+4.0E-05,-1.0E-03,+0,+3.0E-02,+1.5E+00,+128\n"
    driver, instrument = scope(plug, preamble=[other, GOOD[PREAMBLE]], data=[b"#13\x01\x02\x03\n", GOOD[DATA]])
    driver.set_up([MONITOR, INPUT], 0.2)
    driver.arm(Edge(1.0, rising=True))
    monitor, current = driver.finish(1.0)
    assert (monitor.codes, monitor.increment_v) == (bytes([1, 2, 3]), 3e-2)
    assert (current.codes, current.increment_v) == (CODES, 6.25e-3)
    assert dict(monitor.settings)["probe_ratio"] == "10"
    assert dict(current.settings)["probe_ratio"] == "1"
    parts = sent(instrument)
    assert [part[-1] for part in parts if part.startswith(":WAVeform:SOURce")] == ["2", "1"]
    assert {":CHANnel2:PROBe 10", ":CHANnel2:SCALe 1", ":CHANnel2:OFFSet 1.5"} <= set(parts)
    assert parts.count(":SINGle") == 1


@pytest.mark.parametrize(("channel", "source"), [(None, 2), (2, 2), (1, 1), (4, 4)])
def test_a_trigger_has_its_channel(plug: Plug, channel: int | None, source: int) -> None:
    """The trigger looks at the channel that is named, else at the first input."""
    driver, instrument = scope(plug)
    driver.set_up([MONITOR, INPUT], 0.2)
    driver.arm(Edge(1.0, rising=True, channel=channel))
    assert [part for part in sent(instrument) if "SOURce" in part] == [f":TRIGger:EDGE:SOURce CHANnel{source}"]


def peaks(plug: Plug, **answers: object) -> tuple[InfiniiVision, ScriptedInstrument]:
    """An oscilloscope that is set to peak detection."""
    good = {
        "shared": b"+2.0E-02;+2.0E-02;PEAK\n",
        "preamble": b"+0,+1,+6,+1,+4.0E-05,+0.0E+00,+0,+6.25E-03,+1.0E-01,+128\n",
        "data": b"#16" + PAIRS + b"\n",
    }
    driver, instrument = scope(plug, **(good | answers))
    driver.set_up([INPUT], 0.2, points=200, peak=True)
    driver.arm(None)
    return driver, instrument


def test_peak_detection(plug: Plug) -> None:
    """Smallest and largest come in turn as they were sent, and the interval is the time per code."""
    driver, instrument = peaks(plug)
    (record,) = driver.finish(1.0)
    assert (record.peak, record.codes, record.interval_s) == (True, PAIRS, 4e-5)
    assert dict(record.settings)["acquisition"] == "PEAK"
    assert {":ACQuire:TYPE PEAK", ":WAVeform:POINts 200"} <= set(sent(instrument))


def test_without_peak_detection_every_code_is_a_sample(plug: Plug) -> None:
    """A normal record says that it is none of peak detection."""
    driver, instrument = scope(plug)
    assert not taken(driver).peak
    assert {":ACQuire:TYPE NORMal", ":WAVeform:POINts 5000"} <= set(sent(instrument))


@pytest.mark.parametrize(
    "preamble",
    [
        b"+0,+0,+6,+1,+4.0E-05,+0.0E+00,+0,+6.25E-03,+1.0E-01,+128\n",
        b"+0,+2,+6,+1,+4.0E-05,+0.0E+00,+0,+6.25E-03,+1.0E-01,+128\n",
        b"+0,+1,+5,+1,+4.0E-05,+0.0E+00,+0,+6.25E-03,+1.0E-01,+128\n",
    ],
    ids=["normal", "average", "an odd number"],
)
def test_a_record_that_is_none_of_peak_detection(plug: Plug, preamble: bytes) -> None:
    """Samples are not taken for pairs, nor a record whose last pair is half."""
    driver, _ = peaks(plug, preamble=preamble)
    with pytest.raises(BadAnswer, match="no record of type PEAK"):
        driver.finish(1.0)


def test_pairs_are_not_taken_for_samples(plug: Plug) -> None:
    """A record of peak detection is refused where samples were asked for."""
    driver, _ = scope(plug, preamble=b"+0,+1,+5,+1,+4.0E-05,-1.0E-03,+0,+6.25E-03,+1.0E-01,+128\n")
    with pytest.raises(BadAnswer, match="no record of type NORMal"):
        taken(driver)


def test_more_points_than_asked_for(plug: Plug) -> None:
    """A record longer than was asked for is refused."""
    driver, _ = scope(plug)
    driver.set_up([INPUT], 0.2, points=4)
    driver.arm(None)
    with pytest.raises(BadAnswer, match="4 points at most and sent 5"):
        driver.finish(1.0)


def test_a_record_of_four_channels_takes_far_less_than_a_second(plug: Plug) -> None:
    """Between two sleeps, when nobody beats, there are at most 20 messages: 20 ms of an instrument of 1 ms each."""
    settings = {f":CHANnel{number}:SCALe?;OFFSet?;PROBe?;COUPling?": b"1;0;1;DC\n" for number in (1, 2, 3, 4)}
    driver, instrument = scope(plug, status=b"+0\n")
    instrument.answers.update(settings)
    driver.set_up([Input(number, 1.0) for number in (1, 2, 3, 4)], 0.2)
    assert len(instrument.heard) <= 20
    driver.arm(None)
    instrument.heard.clear()
    assert len(driver.finish(1.0)) == 4
    assert len(instrument.heard) <= 20


def test_a_trigger_is_set_as_it_was_asked(plug: Plug) -> None:
    """Level and slope are those of the edge, and nothing is forced."""
    driver, instrument = scope(plug)
    driver.set_up([INPUT], 0.2)
    driver.arm(Edge(-0.34, rising=False))
    assert any(":TRIGger:EDGE:LEVel -0.34;:TRIGger:EDGE:SLOPe NEGative" in message for message in instrument.heard)
    assert not any("FORCe" in message for message in instrument.heard)


@pytest.mark.parametrize(
    "answer",
    [
        b"+0,+0,+5,+1,+4.0E-05,-1.0E-03,+0,NAN,+1.0E-01,+128\n",
        b"+0,+0,+5,+1,+4.0E-05,-1.0E-03,+0,+9.9E+37,+1.0E-01,+128\n",
        b"+0,+0,+5,+1,+4.0E-05,-1.0E-03,+0,+6.25E-03,+1.0E-01\n",
        b"+0,+0,+4,+1,+4.0E-05,-1.0E-03,+0,+6.25E-03,+1.0E-01,+128\n",
        b"+0,+0,+6,+1,+4.0E-05,-1.0E-03,+0,+6.25E-03,+1.0E-01,+128\n",
        b"\n",
        b"garbage\n",
    ],
    ids=["NaN", "overload", "nine fields", "a sample too many", "a sample too few", "nothing", "garbage"],
)
def test_a_preamble_that_does_not_fit_its_record(plug: Plug, answer: bytes) -> None:
    """Without ten numbers that fit the codes there is no record."""
    driver, _ = scope(plug, preamble=answer)
    with pytest.raises(StimcertError):
        taken(driver)


def test_codes_that_stop_short(plug: Plug) -> None:
    """A block that ends early is a time-out, not a shorter record."""
    driver, _ = scope(plug, 0.2, data=b"#15" + CODES[:3])
    with pytest.raises(NoAnswer):
        taken(driver)


def test_a_trigger_that_never_comes(plug: Plug) -> None:
    """Without a trigger the wait ends, and no old record is read."""
    driver, instrument = scope(plug, status=b"+8\n")
    driver.set_up([INPUT], 0.2)
    driver.arm(Edge(0.34, rising=True))
    with pytest.raises(TimeLimitExceeded, match="the oscilloscope's trigger did not come within"):
        driver.finish(1.0)
    assert DATA not in instrument.heard


def test_an_oscilloscope_that_does_not_arm(plug: Plug) -> None:
    """An oscilloscope that never says that it is armed is a bench fault."""
    driver, _ = scope(plug, armed=b"+0\n")
    driver.set_up([INPUT], 0.2)
    with pytest.raises(TimeLimitExceeded, match="arming"):
        driver.arm(Edge(0.34, rising=True))


def test_a_refused_command_is_an_error(plug: Plug) -> None:
    """An entry in the error queue is an error, whatever was asked."""
    driver, instrument = scope(plug)
    instrument.answers[":STOP;:SYSTem:ERRor?"] = b'-113,"Undefined header"\n'
    with pytest.raises(Refused, match=r"oscilloscope refused ':STOP.*': error -113"):
        driver.stop()


@pytest.mark.parametrize(
    "preamble",
    [
        b"+0,+0,+5,+1,+0.0,0,0,+6.25E-03,0,128\n",
        b"+0,+0,+5,+1,+1E-3,0,0,-6.25E-03,0,128\n",
        b"+1,+0,+5,+1,+1E-3,0,0,+6.25E-03,0,128\n",
        b"+0,+0,+0,+1,+1E-3,0,0,+6.25E-03,0,128\n",
    ],
    ids=["no interval", "a negative step", "words", "no point"],
)
def test_a_preamble_that_is_no_scale_of_bytes(plug: Plug, preamble: bytes) -> None:
    """A record without a scale, or of words instead of bytes, is refused where it is read."""
    driver, _ = scope(plug, preamble=preamble)
    with pytest.raises(BadAnswer, match="no scale of a record of bytes"):
        taken(driver)
