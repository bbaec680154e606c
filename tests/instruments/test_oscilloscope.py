"""The oscilloscope against a scripted peer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.errors import BadAnswer, NoAnswer, Refused, StimcertError, TimeLimitExceeded
from harness.instruments import Edge, InfiniiVision
from tests.examples import CountingClock

if TYPE_CHECKING:
    from harness.instruments import RawRecord
    from tests.instruments.scripted import Plug, ScriptedInstrument

SETTINGS = ":CHANnel1:SCALe?;OFFSet?;PROBe?;COUPling?;:TIMebase:SCALe?"
STATUS = ":OPERegister:CONDition?"
PREAMBLE, DATA = ":WAVeform:PREamble?", ":WAVeform:DATA?"
CODES = bytes([128, 10, 35, 0, 255])
GOOD = {
    SETTINGS: b"+2.0E-01;+0.0E+00;+1.0E+00;DC;+2.0E-02\n",
    STATUS: [b"+8\n", b"+0\n"],
    PREAMBLE: b"+0,+0,+5,+1,+4.0E-05,-1.0E-03,+0,+6.25E-03,+1.0E-01,+128\n",
    DATA: b"#15" + CODES + b"\n",
}


def scope(plug: Plug, timeout_s: float = 5.0, **answers: object) -> tuple[InfiniiVision, ScriptedInstrument]:
    """An oscilloscope that answers as it should, but for what is given."""
    names = {"settings": SETTINGS, "status": STATUS, "preamble": PREAMBLE, "data": DATA}
    script = {key: list(value) if isinstance(value, list) else value for key, value in GOOD.items()}
    script |= {names[name]: answer for name, answer in answers.items()}
    link, instrument = plug(script, "oscilloscope", timeout_s)
    return InfiniiVision(link, CountingClock(), 50.0), instrument


def taken(driver: InfiniiVision) -> RawRecord:
    """One record without a trigger."""
    driver.set_up(1, 0.2, 0.2, 1.0)
    driver.arm(None)
    return driver.finish(1.0)


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
    driver, instrument = scope(plug, status=[b"+0\n", b"+0\n", b"+8\n", b"+0\n"])
    taken(driver)
    forced = next(number for number, message in enumerate(instrument.heard) if ":TRIGger:FORCe" in message)
    assert instrument.heard[forced - 3 : forced] == [STATUS] * 3


def test_a_trigger_is_set_as_it_was_asked(plug: Plug) -> None:
    """Level and slope are those of the edge, and nothing is forced."""
    driver, instrument = scope(plug)
    driver.set_up(1, 0.2, 0.2, 1.0)
    driver.arm(Edge(-0.34, rising=False))
    assert any(":TRIGger:EDGE:LEVel -0.34;:TRIGger:EDGE:SLOPe NEGative" in message for message in instrument.heard)
    assert not any("FORCe" in message for message in instrument.heard)


@pytest.mark.parametrize(
    "answer",
    [
        b"+5.0E-01;+0.0E+00;+1.0E+00;DC;+2.0E-02\n",
        b"+2.0E-01;+1.0E-01;+1.0E+00;DC;+2.0E-02\n",
        b"+2.0E-01;+0.0E+00;+1.0E+01;DC;+2.0E-02\n",
        b"+2.0E-01;+0.0E+00;+1.0E+00;AC;+2.0E-02\n",
        b"+2.0E-01;+0.0E+00;+1.0E+00;DC;+5.0E-02\n",
    ],
    ids=["scale", "offset", "probe ratio", "coupling", "time base"],
)
def test_settings_that_are_not_as_asked(plug: Plug, answer: bytes) -> None:
    """An oscilloscope that says another scale, offset, probe ratio, coupling or time base than was set is refused."""
    driver, _ = scope(plug, settings=answer)
    with pytest.raises(Refused, match=r"oscilloscope was set to .* but says"):
        driver.set_up(1, 0.2, 0.2, 1.0)


@pytest.mark.parametrize("answer", [b"+2.0E-01;+0.0E+00;+1.0E+00;DC\n", b"\n", b"a;b;c;d;e\n", b"NAN;0;1;DC;2E-2\n"])
def test_settings_that_are_none(plug: Plug, answer: bytes) -> None:
    """Too few settings, or such as are no numbers, are no settings."""
    driver, _ = scope(plug, settings=answer)
    with pytest.raises(BadAnswer):
        driver.set_up(1, 0.2, 0.2, 1.0)


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
    driver.set_up(1, 0.2, 0.2, 1.0)
    driver.arm(Edge(0.34, rising=True))
    with pytest.raises(TimeLimitExceeded, match="the oscilloscope's trigger did not come within"):
        driver.finish(1.0)
    assert DATA not in instrument.heard


def test_an_oscilloscope_that_does_not_arm(plug: Plug) -> None:
    """An oscilloscope that never says that it is armed is a bench fault."""
    driver, _ = scope(plug, status=b"+0\n")
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
