"""The language of every instrument: IEEE 488.2 and SCPI-99, and what makers do differently."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest

from harness.errors import DefinitionError
from harness.simulation.files.modelfile import ModelTable, model
from harness.simulation.instruments.base import Instrument
from harness.simulation.scpi.dialect import Dialect
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Flag, Number, Text, Word, nr3
from harness.simulation.servers.framing import MessageFramer, cut_message
from tests.simulation.stand_in import Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Sample(Instrument):
    """An instrument with one setting of each kind, and an overlapped operation that a test ends."""

    def __init__(self, around: Table, data: ModelTable) -> None:
        super().__init__(data, around.surroundings)
        self.running = False
        self._actions: list[Callable[[], None]] = []
        self.setting("SOURce:FREQuency", Number(1e3, lambda: (1.0, 1e6), unit="HZ"))
        self.setting("SOURce:VOLTage[:LEVel]", Number(0.0, lambda: (-10.0, 10.0), unit="V"))
        self.setting("SOURce:FUNCtion", Word("SIN", ("SINusoid", "SQUare")))
        self.setting("OUTPut[:STATe]", Flag(default=False))
        self.setting("DISPlay:TEXT", Text(8))
        self.setting("COUNt", Number(1.0, lambda: (0.0, 1e9), coerce=round))
        self.table.add("STARt", set=lambda _: setattr(self, "running", True))
        self.table.add("CHANnel<n>:LISt", query=lambda arguments: str(arguments.channels()))
        self.table.add("BLOCk", set=lambda arguments: setattr(self, "block", arguments.block()))
        self.table.add("BLOCk", query=lambda _: self.block)
        self.block = b""
        self.enter_common(self)
        self.enter_scpi_registers()

    def finished(self) -> bool:
        return not self.running

    def due_ns(self) -> None:
        """Nothing is scheduled: the test ends it."""

    def when_finished(self, action: Callable[[], None]) -> None:
        self._actions.append(action)

    @property
    def waiting(self) -> int:
        """How many things are to be done at the end."""
        return len(self._actions)

    def finish(self) -> None:
        self.running = False
        actions, self._actions = self._actions, []
        for action in actions:
            action()


class Bench:
    """The sample instrument, and a way to talk to it."""

    def __init__(self, data: ModelTable | None = None) -> None:
        self.around = Table()
        self.instrument = Sample(self.around, data or model("bench-watchdog"))
        self.tell("*CLS")

    def tell(self, message: str) -> str:
        return self.around.tell(self.instrument, message)

    def error(self, message: str) -> int:
        """Send a message; answer the number of its one error, 0 without."""
        self.tell(message)
        number = int(self.tell("SYST:ERR?").split(",")[0])
        assert self.tell("SYST:ERR?") == '+0,"No error"'
        return number


@pytest.fixture
def bench() -> Bench:
    """A fresh sample instrument."""
    return Bench()


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("SOUR:FREQ 1E3", 0),
        ("WRONG:HEADER 1", -113),
        ("SOUR:FREQU 1", -113),  # neither the short nor the long form
        ("SOUR:FREQ", -109),
        ("SOUR:FREQ 1,", -109),
        ("SOUR:FREQ 1,2", -108),
        ("*RST 1", -108),
        ("*IDN? 1", -108),
        ('SOUR:FREQ "1"', -104),
        ("DISP:TEXT hello", -104),
        ('SOUR:FUNC "SIN"', -104),
        ("BLOC 12", -104),
        ("SOUR:FREQ two", -148),
        ("SOUR:FUNC 3", -128),
        ("SOUR:FUNC TRIangle", -224),
        ("SOUR:FREQ 0.5", -222),
        ("SOUR:FREQ 1E7", -222),
        ("SOUR:FREQ 1E400", -123),
        ("SOUR:FREQ 1 V", -131),
        ("COUN 1 HZ", -138),
        ("SOUR:FREQ 1.2.3", -121),
        ("SOUR:FREQ #HFG", -121),
        ("SOUR:FREQ #H1_0", -121),
        ("SOUR:FREQ #B", -121),
        ("SOUR:FREQ #Z1", -121),
        ("SOUR:FREQ " + "1" * 256, -124),
        ("SOUR:FREQ #H" + "F" * 300, -124),
        ('DISP:TEXT "open', -151),
        ('DISP:TEXT "123456789"', -223),
        ("BLOC #9abc", -161),
        ("BLOC #3128abc", -161),
        ("CHAN2:LIS? (@1", -171),
        ("CHAN2:LIS? (@1:99999)", -222),
        ("CHAN2:LIS? (@" + "9" * 5000 + ")", -171),
        ("SOUR:ABCDEFGHIJKLM 1", -112),
        ("SOUR:FREQ\x81 1", -101),
        ("SOUR:FREQ=1", -102),
        ("\x81", -101),
        ("=", -102),
        ("SOUR:FREQ;", -109),
        ("*ESE 256", -222),
        ("*ESE -1", -222),
        ("*SRE 256", -222),
        ("*SRE 1E300", -222),
        ("STAT:OPER:ENAB 65536", -222),
        ("*TRG", -211),
    ],
)
def test_each_mistake_has_its_number(bench: Bench, message: str, number: int) -> None:
    """SCPI-99 volume 2, 21.8: one error for one mistake, and the setting stays as it was."""
    assert bench.error(message) == number
    assert bench.tell("SOUR:FREQ?") == "+1.00000000E+03"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1000", 1e3), ("1e3", 1e3), ("1.E3", 1e3), (".1 E 4", 1e3), ("+1E+03", 1e3), ("1 kHz", 1e3),
        ("0.001 MHZ", 1e3), ("1000HZ", 1e3), ("#H3E8", 1e3), ("#q1750", 1e3), ("#B1111101000", 1e3), ("MIN", 1.0),
        ("maximum", 1e6), ("DEF", 1e3), ("500 MHZ", None), ("1MAHZ", 1e6),
    ],
)  # fmt: skip
def test_a_number_may_be_written_in_many_ways(bench: Bench, written: str, value: float | None) -> None:
    """IEEE 488.2 7.7.2 to 7.7.4: signs, exponents, suffixes (M of hertz is mega), other bases; SCPI-99 words."""
    bench.tell(f"SOUR:FREQ {written}")
    assert bench.tell("SOUR:FREQ?") == nr3(value if value is not None else 1e3)
    assert bench.tell("SYST:ERR?").startswith("+0" if value is not None else "-222")


def test_strings_and_blocks_are_taken_as_they_are(bench: Bench) -> None:
    """Quotes of both kinds and doubled ones; separators inside; blocks with and without a length (7.7.5, 7.7.6)."""
    assert bench.tell('DISP:TEXT "a;b,c";TEXT?') == '"a;b,c"'
    assert bench.tell("DISP:TEXT 'it''s';TEXT?") == '"it\'s"'
    assert bench.tell("BLOC #15a;b,c;BLOC?") == "a;b,c"
    bench.tell("BLOC #0a;b,c;BLOC?")
    assert bench.tell("BLOC?") == "a;b,c;BLOC?"
    assert bench.tell("SYST:ERR?") == '+0,"No error"'


def test_headers_follow_the_path(bench: Bench) -> None:
    """SCPI-99 volume 1, 6.2.4: a semicolon stays at the level, a colon goes to the root, * changes nothing."""
    assert (
        bench.tell("SOUR:FREQ 2E3;VOLT 1;*OPC?;FREQ?;:OUTP ON;:SOUR:VOLT:LEV?") == "1;+2.00000000E+03;+1.00000000E+00"
    )
    assert bench.tell(":SYST:ERR?;*OPC?;ERR?;:syst:err:next?") == ";".join(
        ['+0,"No error"', "1", *['+0,"No error"'] * 2]
    )
    assert bench.error("SOUR:FREQ 2E3;OUTP ON") == -113  # there is no SOURce:OUTPut
    assert bench.error(";;SOUR:FREQ 1E3; ;") == 0


def test_a_command_error_ends_the_message_and_others_do_not(bench: Bench) -> None:
    """The parser has lost its place after the one and not after the other; answers so far are given."""
    assert bench.tell("*OPC?;FOO;*OPC?") == "1"
    assert bench.tell("*OPC?;SOUR:FREQ;*OPC?") == "1"
    assert bench.tell("*OPC?;SOUR:FREQ 1E9;*OPC?") == "1;1"
    queued = '-113,"Undefined header";-109,"Missing parameter";-222,"Data out of range";+0,"No error"'
    assert bench.tell("SYST:ERR?;ERR?;ERR?;ERR?") == queued


def test_each_class_of_errors_has_its_event(bench: Bench) -> None:
    """IEEE 488.2 11.5.1: command error 32, execution error 16, device error 8, query error 4; reading clears them."""
    for message, event in (("FOO", 32), ("SOUR:FREQ 1E9", 16), ("*OPC", 1)):
        bench.tell(message)
        assert bench.tell("*ESR?;*ESR?") == f"+{event};+0"
    for number, event in ((-310, 8), (-410, 4), (-363, 8), (785, 8)):
        bench.instrument.status.error(number, "text")
        assert bench.tell("*ESR?") == f"+{event}"


def test_the_status_byte_sums_up(bench: Bench) -> None:
    """IEEE 488.2 11.2: ESB and MAV, the error queue, the master summary by the mask; *CLS leaves the masks."""
    assert bench.tell("*STB?") == "+0"
    bench.tell("*ESE 32;*SRE 32;FOO")
    assert bench.tell("*STB?") == f"+{4 + 32 + 64}"
    assert bench.tell("*OPC?;*STB?") == f"1;+{4 + 16 + 32 + 64}"
    bench.tell("*CLS")
    assert bench.tell("*STB?;*ESE?;*SRE?") == "+0;+32;+32"
    assert bench.tell("*SRE 255;*SRE?") == "+191"  # bit 6 is not there to be set (11.3.2)
    bench.tell("*ESE 31.6;")
    assert bench.tell("*ESE?") == "+32"


def test_a_full_queue_says_so_in_its_last_place(bench: Bench) -> None:
    """SCPI-99 21.8.1: -350 replaces the last error; those before it are kept in order."""
    for _ in range(25):
        bench.tell("FOO")
    answers = [bench.tell("SYST:ERR?") for _ in range(21)]
    assert answers[:19] == ['-113,"Undefined header"'] * 19
    assert answers[19:] == ['-350,"Queue overflow"', '+0,"No error"']
    assert bench.tell("*ESR?") == f"+{32 + 8}"


def test_the_same_mistake_takes_no_more_memory_each_time(bench: Bench) -> None:
    """A client that repeats an unknown header for days leaves nothing behind."""
    for _ in range(30):
        bench.tell("FOO")
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(300):
        bench.tell("FOO")
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 30_000


def test_ever_other_mistakes_take_no_more_than_their_share(bench: Bench) -> None:
    """Of messages that never come again a few hundred are remembered: half a megabyte at most."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(3000):
        bench.tell(f"FOO{number}:BAR 1,2,3;:OUTP {number}x;:SOUR:FREQ {number}")
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 500_000


def test_opc_without_an_end_leaves_one_thing_to_do(bench: Bench) -> None:
    """A client that repeats *OPC while an operation goes on is told once, and waits in no queue."""
    bench.tell("STAR")
    for _ in range(100):
        bench.tell("*OPC")
    assert bench.instrument.waiting == 1
    bench.instrument.finish()
    assert bench.tell("*ESR?;*ESR?") == "+1;+0"


def test_opc_waits_for_what_goes_on(bench: Bench) -> None:
    """IEEE 488.2 12.5.2: *OPC sets its event at the end of the operation, and *CLS takes it back (10.18.3)."""
    bench.tell("STAR;*OPC")
    assert bench.tell("*ESR?") == "+0"
    bench.instrument.finish()
    assert bench.tell("*ESR?") == "+1"
    bench.tell("STAR;*OPC;*CLS")
    bench.instrument.finish()
    assert bench.tell("*ESR?;*OPC?") == "+0;1"
    bench.tell("*OPC;*WAI")
    assert bench.tell("*ESR?;*TST?") == "+1;+0"


def written(tmp_path: Path, section: str) -> ModelTable:
    """A model's file with another `[scpi]`."""
    whole = model("bench-watchdog").path.read_text(encoding="utf-8")
    path = tmp_path / "other.toml"
    path.write_text(whole + section, encoding="utf-8")
    return ModelTable(path)


def test_another_maker_is_another_section(tmp_path: Path) -> None:
    """Depth, texts, signs, what happens after an unknown header: data of the model."""
    section = """
    [scpi]
    queue_depth = 3
    error_answer = '{number:d},"{text}"'
    integer = "{value:d}"
    quotes_command = true
    drops_rest = false
    identity_is_last = true
    counts_errors = true
    errors_in_status_byte = false
    [scpi.texts]
    -113 = "Undefined header. Look it up"
    0 = "All is well"
    """
    bench = Bench(written(tmp_path, section))
    assert bench.tell("SYST:ERR?;*ESR?") == '0,"All is well";0'
    assert bench.tell("FOO:BAR 1;*OPC?") == "1"
    assert bench.tell("SYST:ERR:COUN?;:*STB?") == "1"
    assert bench.tell("*STB?") == "0"
    assert bench.tell("SYST:ERR?") == '-113,"Undefined header. Look it up;FOO:BAR 1"'
    assert bench.tell("*IDN?;*OPC?") == "stimcert bench,BW1,SIM0BW10001,1.0"
    bench.tell("FOO;FOO;FOO")
    queued = bench.tell("SYST:ERR:ALL?")
    assert queued.startswith('-102,"Syntax error;')
    assert queued.endswith('-350,"Queue overflow"')
    assert bench.tell("SYST:ERR:ALL?;COUN?") == '0,"All is well";0'


def test_a_dialect_that_means_nothing_is_refused(tmp_path: Path) -> None:
    """A wrong key or kind is one sentence with its place."""
    for section, key in (("[scpi]\ncolour = 1", "scpi.colour"), ("[scpi]\ndrops_rest = 1", "scpi.drops_rest")):
        with pytest.raises(DefinitionError, match=key):
            Dialect.of(written(tmp_path, section), 20)


def test_a_message_ends_at_its_end_only() -> None:
    """CR, LF and CR LF end a message, not inside a block of known length; END ends one of unknown length."""
    framer = MessageFramer()
    assert framer.feed(b"*IDN?\r\nA 'b\nC \"d;#1") == [b"*IDN?", b"A 'b"]
    assert framer.feed(b'"\n\nBLOC #15a\nb\nc;*OPC?\n#') == [b'C "d;#1"', b"BLOC #15a\nb\nc;*OPC?"]
    assert cut_message(b"*RST\nBLOC #0a\nb\n") == [b"*RST", b"BLOC #0a\nb"]
    assert cut_message(b"BLOC #13\n\n\n\r\n*OPC?") == [b"BLOC #13\n\n\n", b"*OPC?"]


def test_an_error_keeps_its_words() -> None:
    """Standard texts come from the table, an instrument's own from itself."""
    assert str(ScpiError(-113)) == '-113,"Undefined header"'
    assert str(ScpiError(785, "Not there")) == '785,"Not there"'
