"""The generator and the contacts that it gates: language, playback, delays."""

from __future__ import annotations

import struct

import pytest

from harness.simulation.files.benchfile import ContactSwitchRow
from harness.simulation.files.modelfile import model
from harness.simulation.instruments.waveform_generator import WaveformGenerator
from tests.simulation.stand_in import Table

OPERATE_NS, RELEASE_NS = 300_000, 100_000
JITTER_NS, MISMATCH_NS = 20_000, 5_000
IDEAL = ContactSwitchRow(1, 2, 25.0, 20e-12, 1e-9, 300e-6, 100e-6, 0.0, 0.0, 2, 3.3)
REAL = ContactSwitchRow(1, 2, 25.0, 20e-12, 1e-9, 300e-6, 100e-6, 20e-6, 5e-6, 2, 3.3)
GATE = "OUTP1:LOAD INF;:SOUR1:VOLT:HIGH 5;LOW 0;:SOUR1:FUNC:ARB:FILT OFF;SRAT 10000"


class Bench(Table):
    """A generator and its switches on a recording loop."""

    def __init__(self, row: ContactSwitchRow = IDEAL, seed: int = 1) -> None:
        super().__init__(seed)
        self.generator = WaveformGenerator(model("keysight-33512b"), self.surroundings, self.errors, row)

    def ask(self, message: str | bytes) -> str:
        return self.tell(self.generator, message)

    def block(self, command: str, data: bytes) -> None:
        """Send a command with a definite-length block."""
        count = str(len(data))
        self.ask(f"{command}#{len(count)}{count}".encode("latin-1") + data)

    def download(self, name: str, levels: list[int]) -> None:
        """Download gate levels, one a sample: 1 is the high level."""
        codes = struct.pack(f">{len(levels)}h", *(32767 if level else -32767 for level in levels))
        self.block(f"SOUR1:DATA:ARB:DAC {name},", codes)

    def sequence(self, text: str) -> None:
        self.block("SOUR1:DATA:SEQ ", text.encode())

    def play(self, *, idle: int, pattern: list[int], end: int) -> None:
        """Prepare idle level, pattern, end level at 10 kSa/s, waiting for *TRG."""
        self.ask(f"{GATE};:SOUR1:DATA:VOL:CLE;:TRIG1:SOUR BUS")
        self.download("idle", [idle] * 8)
        self.download("pattern", pattern)
        self.download("end", [end] * 8)
        self.sequence(
            '"seq","idle",1,repeatTilTrig,maintain,4,"pattern",1,once,maintain,4,"end",1,repeatInf,maintain,4'
        )
        self.ask('SOUR1:FUNC:ARB "seq";:SOUR1:FUNC ARB;:OUTP1 ON')
        assert self.ask("SYST:ERR?") == '+0,"No error"'

    def moves(self, name: str, after_ns: int = 0) -> list[tuple[int, object]]:
        return self.loop.moves(name, after_ns)


@pytest.fixture
def bench() -> Bench:
    """Switches without spread: 0.3 ms to close, 0.1 ms to open."""
    return Bench()


def test_it_says_who_it_is(bench: Bench) -> None:
    """The identity has four fields, and the serial number begins with SIM."""
    maker, name, serial, _ = bench.ask("*IDN?").split(",")
    assert (maker, name, serial) == ("Keysight Technologies", "33512B", "SIM33512001")


@pytest.mark.parametrize(
    ("command", "query", "answer"),
    [
        ("OUTP1 ON;:OUTPut2:STATe 1;:OUTP2 OFF", "OUTP1?;:OUTP2:STAT?", "1;0"),
        ("OUTP2:LOAD INF", "OUTP2:LOAD?", "+9.90000000000000E+37"),
        ("SOUR1:FUNCtion DC", "FUNC?;:SOUR2:FUNC?", "DC;SIN"),
        ("OUTP1:LOAD INF;:SOUR1:FUNC DC;VOLT:OFFS 5", "SOUR1:VOLT:OFFS?", "+5.00000000E+00"),
        ("OUTP2:LOAD INF;:SOUR2:VOLT:HIGH 5;LOW 0", "SOUR2:VOLT?;VOLT:OFFS?", "+5.00000000E+00;+2.50000000E+00"),
        ("SOUR1:FUNC:ARB:SRAT 1 MHZ;FILT OFF", "SOUR1:FUNC:ARB:SRAT?;FILT?", "+1.00000000E+06;OFF"),
        ("TRIG2:SOUR BUS", "TRIG2:SOUR?;:TRIG1:SOUR?", "BUS;IMM"),
        ("SOUR1:BURS:STAT ON;NCYC 3;MODE TRIG;PHAS 0", "SOUR1:BURS:STAT?;NCYC?;MODE?", "1;+3.00000000E+00;TRIG"),
        ("SOUR1:FUNC:PULS:PER 0.1;WIDT 0.02", "SOUR1:PULS:PER?;WIDT?", "+1.00000000E-01;+2.00000000E-02"),
        ("FORM:BORD SWAP", "FORM:BORD?", "SWAP"),
        ("SOUR2:FREQ 5 KHZ", "SOUR2:FREQ?;:SOUR2:PULS:PER?", "+5.00000000000000E+03;+2.00000000E-04"),
        ("SOUR1:PULS:PER 0.1", "FREQ?;FREQ? MIN;FREQ? MAX", f"+{1e1:.14E};+{1e-6:.14E};+{2e7:.14E}"),
        ("VOLT:UNIT VPP;:PHAS 0", "SOUR1:VOLT:UNIT?;:SOUR1:PHAS?", "VPP;+0.00000000000000E+00"),
        ("OUTP:SYNC OFF", "OUTP:SYNC?", "0"),
        ("*RST", "APPL?", f'"SIN +{1e3:.14E},+{0.1:.14E},+{0.0:.14E}"'),
        ("OUTP1:LOAD INF;:APPL:PULS 2 KHZ,3,1.5", "APPL?;:OUTP1?", f'"PULS +{2e3:.14E},+{3.0:.14E},+{1.5:.14E}";1'),
        ("OUTP2:LOAD INF;:SOUR2:APPL:DC DEF,DEF,5", "SOUR2:FUNC?;VOLT:OFFS?;:OUTP2?", "DC;+5.00000000E+00;1"),
    ],
)
def test_each_setting_reads_back(bench: Bench, command: str, query: str, answer: str) -> None:
    """A setting is taken for its channel, in short or long form, and answered."""
    bench.ask(command)
    assert bench.ask(query) == answer
    assert bench.ask("SYST:ERR?") == '+0,"No error"'


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("OUTP3 ON", '-114,"Header suffix out of range"'),
        ("SOUR1:FUNC NOISE", '-224,"Illegal parameter value"'),
        ("SOUR1:VOLT:OFFS 11", '-222,"Data out of range"'),
        ("SOUR1:FUNC:ARB nothing", '+785,"Specified arb waveform does not exist"'),
        ("SOUR1:DATA:ARB:DAC x,0,0,0", '-222,"Data out of range"'),
        ("SOUR1:DATA:ARB:DAC x,0,0,0,0,0,0,0,40000", '-222,"Data out of range"'),
        ("SOUR1:DATA:ARB:DAC x,#15abcde", '+800,"Block length must be even"'),
        ('SOUR1:DATA:SEQ #212"s","x",1,on', '-161,"Invalid block data"'),
        ("SOUR1:DATA:SEQ 12", '-104,"Data type error"'),
        ("*TRG", '-211,"Trigger ignored"'),
        ("SOUR1:FREQ 30 MHZ", '-222,"Data out of range"'),
        ("SOUR1:APPL:PULS 1000,10,6", '-222,"Data out of range"'),
        ("SOUR1:VOLT:UNIT VRMS", '-224,"Illegal parameter value"'),
        ("SOUR1:PHAS 90", '-222,"Data out of range"'),
        ("SOUR1:VOLT:HIGH -5", '-222,"Data out of range"'),
    ],
)
def test_each_mistake_has_its_number(bench: Bench, command: str, error: str) -> None:
    """A mistake stands in the queue and moves nothing."""
    bench.ask(command)
    assert bench.ask("SYST:ERR?") == error
    assert bench.moves("plus") == []


def test_an_applied_pulse_drives_its_gate(bench: Bench) -> None:
    """10 Hz from 0 to 5 V, 20 ms wide: the contact follows each edge by its delay, and each period 100 ms later."""
    bench.ask("OUTP1:LOAD INF;:FREQ 10;:PULS:WIDT 0.02;:APPL:PULS 10,5,2.5")
    start_ns = bench.keeper.now_ns
    bench.wait(0.15)
    closed = [(at_ns - start_ns, on) for at_ns, on in bench.moves("plus")]
    assert closed == [
        (OPERATE_NS, True),
        (20_000_000 + RELEASE_NS, False),
        (100_000_000 + OPERATE_NS, True),
        (120_000_000 + RELEASE_NS, False),
    ]


def test_a_waveform_has_a_frequency(bench: Bench) -> None:
    """Sample rate over points; another frequency is another sample rate."""
    bench.ask(GATE)
    bench.download("wave", [0, 1] * 50)
    assert float(bench.ask("FUNC:ARB wave;:FUNC ARB;:FREQ?")) == 100.0
    assert float(bench.ask("FREQ 50;:FUNC:ARB:SRAT?")) == 5000.0


def test_a_sequence_names_what_is_there(bench: Bench) -> None:
    """A waveform that was not downloaded, an unknown play control and a taken name are refused."""
    bench.download("a", [0] * 8)
    bench.sequence('"s","b",1,once,maintain,4')
    assert bench.ask("SYST:ERR?").startswith("+785")
    bench.sequence('"s","a",1,twice,maintain,4')
    assert bench.ask("SYST:ERR?").startswith("-224")
    bench.download("A", [1] * 8)
    assert bench.ask("SYST:ERR?").startswith("+786")
    assert bench.ask("DATA:VOL:CAT?") == '"EXP_RISE","a"'


def test_a_block_may_hold_any_byte(bench: Bench) -> None:
    """Line feeds, semicolons, commas, and white space at its end belong to the block."""
    codes = [0x0A0A, 0x3B2C, 0x2020, 0x2223, 0x0D0A, 0, 0, 0x0020]
    bench.block("SOUR1:DATA:ARB:DAC bytes,", struct.pack(">8h", *codes))
    assert bench.ask("SYST:ERR?;:DATA:VOL:FREE?") == '+0,"No error";+999992'


def test_both_byte_orders_and_the_list_say_the_same(bench: Bench) -> None:
    """Swapped block, normal block and numbers drive the gate alike."""
    levels = [0] * 4 + [1] * 4
    for name, send in (
        ("normal", lambda: bench.block("DATA:ARB:DAC normal,", struct.pack(">8h", *(32767 * x for x in levels)))),
        (
            "swapped",
            lambda: bench.block(
                "FORM:BORD SWAP;:DATA:ARB:DAC swapped,", struct.pack("<8h", *(32767 * x for x in levels))
            ),
        ),
        ("list", lambda: bench.ask("DATA:ARB:DAC list," + ",".join(str(32767 * x) for x in levels))),
        ("points", lambda: bench.ask("DATA:ARB points," + ",".join(f"{x}.0" for x in levels))),
    ):
        send()
        bench.ask(f"{GATE};:FUNC:ARB {name};:FUNC ARB;:OUTP1 ON")
        start = bench.keeper.now_ns
        bench.wait(1.5e-3)
        # half an amplitude is 2.5 V, no more: only the high level closes, after four samples of 0.1 ms
        assert bench.moves("plus", start)[0] == (400_000 + OPERATE_NS, True), name
        bench.ask("OUTP1 OFF;:FUNC DC")
        bench.wait(1e-3)


def test_direct_voltage_closes_and_opens_after_the_delays(bench: Bench) -> None:
    """More than 2.5 V at the gate closes after 0.3 ms; the output's end opens after 0.1 ms; the monitor follows."""
    bench.ask("OUTP1:LOAD INF;:SOUR1:FUNC DC;VOLT:OFFS 5;:OUTP1 ON")
    bench.wait(1e-3)
    bench.ask("OUTP1 OFF")
    bench.wait(1e-3)
    assert bench.moves("plus") == [(OPERATE_NS, True), (1_000_000 + RELEASE_NS, False)]
    assert bench.moves("monitor") == bench.moves("plus")
    assert bench.moves("minus") == []


def test_the_second_output_gates_the_other_electrode(bench: Bench) -> None:
    """Output 2 moves `minus`, and the monitor stays."""
    bench.ask("OUTP2:LOAD INF;:SOUR2:FUNC DC;VOLT:OFFS 5;:OUTP2 ON")
    bench.wait(1e-3)
    assert bench.moves("minus") == [(OPERATE_NS, True)]
    assert bench.moves("plus") == bench.moves("monitor") == []


@pytest.mark.parametrize(("volts", "closes"), [(2.5, False), (2.6, True)])
def test_the_gate_has_a_threshold(bench: Bench, volts: float, closes: bool) -> None:  # noqa: FBT001
    """2.5 V do not close, more does."""
    bench.ask(f"OUTP1:LOAD INF;:SOUR1:FUNC DC;VOLT:OFFS {volts};:OUTP1 ON")
    bench.wait(1e-3)
    assert bool(bench.moves("plus")) == closes


def test_a_load_of_50_ohm_hides_half_the_voltage(bench: Bench) -> None:
    """Told 50 ohm, the output shows half of what an open gate gets: 1.3 V close it."""
    bench.ask("SOUR1:FUNC DC;VOLT:OFFS 1.3;:OUTP1 ON")
    bench.wait(1e-3)
    assert bench.moves("plus") == [(OPERATE_NS, True)]
    assert bench.ask("OUTP1:LOAD INF;:SOUR1:VOLT:OFFS?") == "+2.60000000E+00"


def test_a_play_waits_and_then_runs_in_hardware_time(bench: Bench) -> None:
    """After *TRG comes the pattern, sample by sample, then the end level for ever."""
    bench.play(idle=1, pattern=[0] * 50 + [1] * 30 + [0] * 20, end=1)
    playing = bench.keeper.now_ns
    bench.wait(0.01)
    assert bench.moves("plus", playing) == [(OPERATE_NS, True)]
    start = bench.keeper.now_ns
    bench.ask("*TRG")
    bench.wait(1.0)
    # the pass of eight samples of 0.1 ms that is under way is played to its end: 10 ms are 12.5 passes
    begin = 13 * 800_000 - 10_000_000
    assert bench.moves("plus", start) == [
        (begin + RELEASE_NS, False),
        (begin + 5_000_000 + OPERATE_NS, True),
        (begin + 8_000_000 + RELEASE_NS, False),
        (begin + 10_000_000 + OPERATE_NS, True),
    ]


def test_a_trigger_starts_both_outputs_at_one_instant(bench: Bench) -> None:
    """*TRG reaches every channel that listens to the bus."""
    for channel in (1, 2):
        bench.ask(f"OUTP{channel}:LOAD INF;:SOUR{channel}:FUNC PULS;PULS:PER 10;WIDT 0.01")
        bench.ask(f"SOUR{channel}:VOLT:HIGH 5;LOW 0;:SOUR{channel}:BURS:NCYC 1;MODE TRIG;STAT ON")
        bench.ask(f"TRIG{channel}:SOUR BUS;:OUTP{channel} ON")
    bench.wait(0.5)
    bench.ask("*TRG")
    bench.wait(0.5)
    expected = [(500_000_000 + OPERATE_NS, True), (510_000_000 + RELEASE_NS, False)]
    assert bench.moves("plus") == bench.moves("minus") == expected
    assert bench.ask("SYST:ERR?") == '+0,"No error"'


def test_a_burst_has_its_number_of_pulses(bench: Bench) -> None:
    """Three pulses for each trigger, and again three for the next."""
    bench.ask("OUTP1:LOAD INF;:SOUR1:FUNC PULS;PULS:PER 0.01;WIDT 0.004;:SOUR1:VOLT:HIGH 5;LOW 0")
    bench.ask("SOUR1:BURS:NCYC 3;STAT ON;:TRIG1:SOUR BUS;:OUTP1 ON")
    for count in (3, 6):
        bench.ask("*TRG")
        bench.wait(0.1)
        assert sum(closed is True for _, closed in bench.moves("plus")) == count
    first = [at_ns for at_ns, _ in bench.moves("plus")][:4]
    assert first == [OPERATE_NS, 4_000_000 + RELEASE_NS, 10_000_000 + OPERATE_NS, 14_000_000 + RELEASE_NS]


def test_repeats_and_waits_follow_their_play_controls(bench: Bench) -> None:
    """`repeat` plays its count, `onceWaitTrig` holds its last sample until a trigger."""
    bench.ask(f"{GATE};:TRIG1:SOUR BUS")
    bench.download("low", [0] * 10)
    bench.download("high", [1] * 10)
    bench.sequence('"s","low",5,repeat,maintain,4,"high",1,onceWaitTrig,maintain,4,"low",1,repeatInf,maintain,4')
    bench.ask("FUNC:ARB s;:FUNC ARB;:OUTP1 ON")
    playing = bench.keeper.now_ns
    bench.wait(0.1)
    assert bench.moves("plus", playing) == [(5_000_000 + OPERATE_NS, True)]
    bench.ask("TRIG1")
    bench.wait(0.1)
    assert bench.moves("plus", playing)[1:] == [(100_000_000 + RELEASE_NS, False)]


def test_a_constant_level_costs_no_events(bench: Bench) -> None:
    """A day of waiting and a day of the end level are not played sample by sample."""
    bench.play(idle=0, pattern=[1] * 10, end=0)
    before = bench.keeper.events
    bench.wait(86400.0)
    bench.ask("*TRG")
    bench.wait(86400.0)
    assert len(bench.moves("plus")) == 2
    assert bench.keeper.events - before < 10


def test_repeats_of_one_level_are_one_stretch(bench: Bench) -> None:
    """A million passes of a constant segment end at their time, and cost no million events."""
    bench.ask(f"{GATE};:TRIG1:SOUR BUS")
    bench.download("low", [0] * 10)
    bench.download("high", [1] * 10)
    bench.sequence('"s","low",1000000,repeat,maintain,4,"high",1,repeatInf,maintain,4')
    bench.ask("FUNC:ARB s;:FUNC ARB;:OUTP1 ON")
    playing, before = bench.keeper.now_ns, bench.keeper.events
    bench.wait(2000.0)
    assert bench.moves("plus", playing) == [(1000 * 1_000_000_000 + OPERATE_NS, True)]
    assert bench.keeper.events - before < 10


def test_a_pulse_shorter_than_the_delay_moves_nothing(bench: Bench) -> None:
    """A gate that is back after 0.1 ms never closes a switch that needs 0.3 ms."""
    bench.play(idle=0, pattern=[1] + [0] * 20, end=0)
    bench.ask("*TRG")
    bench.wait(0.1)
    assert bench.moves("plus") == []


def gaps(bench: Bench, gate_ns: int) -> list[int]:
    """Play ten gaps of one length; answer the real ones."""
    samples = gate_ns // 100_000
    bench.play(idle=1, pattern=([0] * samples + [1] * 20) * 10, end=1)
    bench.wait(0.01)
    start = bench.keeper.now_ns
    bench.ask("*TRG")
    bench.wait(2.0)
    times = [at_ns for at_ns, _ in bench.moves("plus", start)]
    return [closed - opened for opened, closed in zip(times[::2], times[1::2], strict=True)]


def test_a_real_gap_is_within_the_stated_jitter() -> None:
    """Over many benches, gap minus gate gap minus operate plus release stays within the jitter and fills much of it."""
    deviations = []
    for seed in range(60):
        deviations += [gap - (5_000_000 + OPERATE_NS - RELEASE_NS) for gap in gaps(Bench(REAL, seed), 5_000_000)]
    assert max(abs(deviation) for deviation in deviations) <= JITTER_NS
    assert max(deviations) > 0.4 * JITTER_NS
    assert min(deviations) < -0.4 * JITTER_NS


def test_the_monitor_is_within_the_stated_mismatch() -> None:
    """Each edge of the monitor lies within the mismatch of the contact's, and not always at it."""
    differences = []
    for seed in range(60):
        bench = Bench(REAL, seed)
        gaps(bench, 1_000_000)
        pairs = zip(bench.moves("plus"), bench.moves("monitor"), strict=True)
        differences += [contact[0] - monitor[0] for contact, monitor in pairs]
    assert max(abs(difference) for difference in differences) <= MISMATCH_NS
    assert max(differences) > 0.4 * MISMATCH_NS


def test_the_same_seed_and_key_move_alike() -> None:
    """Jitter is keyed noise: the same work gives the same nanoseconds, another seed others."""
    first, second, other = (gaps(Bench(REAL, seed), 2_000_000) for seed in (7, 7, 8))
    assert first == second
    assert first != other


def test_begin_starts_the_idle_pass_anew(bench: Bench) -> None:
    """After `begin` the time from trigger to pattern does not depend on what was before."""
    delays = []
    for waited in (0.0101, 0.0203):
        bench.play(idle=1, pattern=[0] * 50, end=1)
        bench.wait(waited)
        bench.generator.begin()
        bench.wait(0.0011)
        start = bench.keeper.now_ns
        bench.ask("*TRG")
        bench.wait(0.1)
        delays.append(bench.moves("plus", start)[0][0])
        bench.ask("SOUR1:FUNC DC;:SOUR1:DATA:VOL:CLE")
    assert delays[0] == delays[1] == 1_600_000 - 1_100_000 + RELEASE_NS


def test_a_stuck_contact_stays_while_the_monitor_moves(bench: Bench) -> None:
    """Welded contacts are closed at once and no longer open; the monitor shows what was asked."""
    bench.generator.module.stick(on=True)
    assert bench.generator.module.state() == {"plus": True, "minus": True, "monitor": False}
    bench.ask("OUTP1:LOAD INF;:SOUR1:FUNC DC;VOLT:OFFS 5;:OUTP1 ON")
    bench.wait(1e-3)
    bench.ask("OUTP1 OFF")
    bench.wait(1e-3)
    assert all(closed is True for _, closed in bench.moves("plus"))
    assert [closed for _, closed in bench.moves("monitor")] == [True, False]
    bench.generator.module.stick(on=False)
    assert bench.generator.module.state() == {"plus": False, "minus": False, "monitor": False}


def test_reset_opens_the_contacts(bench: Bench) -> None:
    """*RST switches the outputs off."""
    bench.ask("OUTP1:LOAD INF;:SOUR1:FUNC DC;VOLT:OFFS 5;:OUTP1 ON")
    bench.wait(1e-3)
    bench.ask("*RST")
    bench.wait(1e-3)
    assert bench.generator.module.state()["plus"] is False
    assert bench.ask("OUTP1?;:FUNC?;:OUTP1:LOAD?") == "0;SIN;+5.00000000000000E+01"
