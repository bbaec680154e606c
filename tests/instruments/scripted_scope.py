"""An oscilloscope that answers as it should, but for what a test gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.instruments import InfiniiVision, Input
from tests.examples import CountingClock

if TYPE_CHECKING:
    from tests.instruments.scripted import Plug, ScriptedInstrument

IDENTITY = "*IDN?"
SETTINGS = ":CHANnel1:SCALe?;OFFSet?;PROBe?;COUPling?"
SECOND = ":CHANnel2:SCALe?;OFFSet?;PROBe?;COUPling?"
SHARED = ":TIMebase:SCALe?;POSition?;:ACQuire:TYPE?"
ARMED, STATUS = ":AER?", ":OPERegister:CONDition?"
PREAMBLE, DATA = ":WAVeform:PREamble?", ":WAVeform:DATA?"
CODES = bytes([128, 10, 35, 0, 255])
INPUT, MONITOR = Input(1, 0.2), Input(2, 1.0, probe_ratio=10.0, offset_v=1.5)
GOOD = {
    IDENTITY: b"KEYSIGHT TECHNOLOGIES,DSOX1204G,SIM00120401,02.11\n",
    SETTINGS: b"+2.0E-01;+0.0E+00;+1.0E+00;DC\n",
    SECOND: b"+1.0E+00;+1.5E+00;+1.0E+01;DC\n",
    SHARED: b"+2.0E-02;+2.0E-02;NORM\n",
    ARMED: [b"+0\n", b"+1\n"],
    STATUS: [b"+8\n", b"+0\n"],
    PREAMBLE: b"+0,+0,+5,+1,+4.0E-05,-1.0E-03,+0,+6.25E-03,+1.0E-01,+128\n",
    DATA: b"#15" + CODES + b"\n",
}
NAMES = {
    "identity": IDENTITY,
    "settings": SETTINGS,
    "second": SECOND,
    "shared": SHARED,
    "armed": ARMED,
    "status": STATUS,
    "preamble": PREAMBLE,
    "data": DATA,
}


def scope(
    plug: Plug, timeout_s: float = 5.0, clock: CountingClock | None = None, **answers: object
) -> tuple[InfiniiVision, ScriptedInstrument]:
    """An oscilloscope that answers as it should, but for what is given."""
    script = {key: list(value) if isinstance(value, list) else value for key, value in GOOD.items()}
    script |= {NAMES[name]: answer for name, answer in answers.items()}
    link, instrument = plug(script, "oscilloscope", timeout_s)
    return InfiniiVision(link, clock or CountingClock(), 50.0), instrument


def sent(instrument: ScriptedInstrument) -> list[str]:
    """All commands and questions so far, one by one."""
    return [part for message in instrument.heard for part in message.split(";")]
