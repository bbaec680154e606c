"""A firmware outside: what it is told, what its registers do, and what is left when it is lost."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.errors import RequestError
from harness.simulation.draws import HiddenErrors
from harness.simulation.unit.external import Outside
from harness.simulation.unit.link import FirmwareLink
from harness.simulation.unit.registers import number
from tests.simulation.outside import ScriptedFirmware
from tests.simulation.units import MS, S, Wired, exact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

UNIT = exact("pantheon-clinical", dac_bits=12, dac_full_scale_a=1e-3, sense_full_scale_a=1e-4)
"""Two channels; a step of the converter is 1 mA / 4096."""
STEP_A = 1e-3 / 4096


@pytest.fixture
def play() -> Iterator[Callable[..., tuple[Wired, ScriptedFirmware, list[str]]]]:
    """Put a script into the unit; answer the unit on its bench, the script, and the complaints."""
    running: list[ScriptedFirmware | FirmwareLink] = []

    def start(
        script: Callable[[str], list[str]], ppm: float = 0.0, load: str = "500R"
    ) -> tuple[Wired, ScriptedFirmware, list[str]]:
        firmware = ScriptedFirmware(script)
        link = FirmwareLink(firmware.address)
        running.extend([link, firmware])
        complaints: list[str] = []
        unit = replace(UNIT, firmware=replace(UNIT.firmware, clock_ppm=ppm))
        return Wired(unit, load, Outside(link, complaints.append)), firmware, complaints

    yield start
    for end in running:
        end.close()


def test_it_is_greeted_and_powered(play: Callable) -> None:
    """The greeting names version, channels, bits and full scale of each converter; the first step is power."""
    _, firmware, _ = play(lambda _: ["DONE"])
    assert firmware.heard == ["HELLO 1 2 12 0.001 0 0 0 0", "STEP 0 POWER"]


def test_codes_become_currents(play: Callable) -> None:
    """Code 1024 of 4096 codes in 1 mA is 250 µA, the other way round with the bridge reversed; open is none."""
    said = {"POWER": "PLAY 1 1000000:1:1024 1000000:-1:512 2000000:0:1024"}
    wired, _, _ = play(lambda step: [said[step.split()[1]], "DONE"])
    start = wired.now_ns
    wired.pass_ns(9 * MS)
    # The source's current divides between load and output resistance; here 500 Ω against megohms.
    for at_ns, codes in (
        (start + MS // 2, 1024),
        (start + 3 * MS // 2, -512),
        (start + 3 * MS, 0),
        (start + 9 * MS // 2, 1024),
    ):
        assert wired.current(at_ns) == pytest.approx(codes * STEP_A, rel=1e-4, abs=1e-10)


def test_its_alarm_rings_by_its_own_crystal(play: Callable) -> None:
    """A crystal that is fast by 1000 ppm rings 1 ms early in a second, and its counter shows the second."""
    wired, firmware, _ = play(lambda step: ["DONE 1000000000"] if "POWER" in step else ["DONE"], ppm=1000.0)
    wired.until_ns(999_000_998)
    assert len(firmware.heard) == 2
    wired.until_ns(999_001_000)  # 1 s / 1.001 is 999 000 999.0 ns
    assert firmware.heard[2] == "STEP 1000000000 WAKE"
    wired.pass_ns(S)
    assert len(firmware.heard) == 3


def test_it_reads_converters(play: Callable) -> None:
    """An ideal contact converter answers the load in ohm, and an open contact is infinite."""
    wired, firmware, _ = play(
        lambda step: ["CONTACT? 1", "MEMORY? 1", "BATTERY? 1", f"DONE {int(step.split()[0]) + MS}"]
    )
    wired.pass_ns(3 * MS // 2)
    wired.touch(closed=False)
    wired.pass_ns(MS)
    contact, memory, battery = (firmware.answers[first::3] for first in range(3))
    assert [float(ohm) for ohm in contact] == [math.inf, pytest.approx(500.0, rel=0.15), math.inf]
    assert memory == ["1 0"] * 3
    assert all(float(volts) > 1.0 for volts in battery)


def test_characters_come_in_portions_and_answers_go_back(play: Callable) -> None:
    """Characters arrive as hexadecimal, 64 at most in a step; what is sent in those steps is the answer."""
    wired, firmware, _ = play(lambda step: ["TX " + step.split()[2][:2], "DONE"] if "RX" in step else ["DONE"])
    with wired.keeper:
        assert wired.unit.external.receive(b"a" * 64 + b"bc\n") == b"ab"
    assert [len(step.split()[3]) for step in firmware.heard[2:]] == [128, 6]


def test_what_it_says_by_itself_is_sent(play: Callable) -> None:
    """A line sent from an alarm goes out although nobody asked."""
    wired, _, _ = play(lambda step: ["DONE 1000"] if "POWER" in step else ["TX 6869", "DONE"])
    sent: list[bytes] = []
    wired.unit.external.on_line(sent.append)
    wired.pass_ns(MS)
    assert sent == [b"hi"]


def test_its_comparator_interrupts(play: Callable) -> None:
    """Current beyond the limit for longer than the time wakes it, once; below the limit nothing does."""
    script = {
        "POWER": ["COMPARE 1 300e-6 2000000", "PLAY 1 1000000000:1:1024", "DONE 10000000"],
        "WAKE": ["PLAY 1 1000000000:1:2048", "DONE"],
        "OVERLOAD": ["STOP 1", "DONE"],
    }
    wired, firmware, _ = play(lambda step: script[step.split()[1]])
    wired.pass_ns(100 * MS)
    steps = [step.split()[1:] for step in firmware.heard[2:]]
    assert [words[1:] for words in steps] == [["WAKE"], ["OVERLOAD", "1"]]
    # The current rises within the load's time constant, some microseconds.
    assert int(steps[1][0]) == pytest.approx(12 * MS, abs=20_000)
    assert wired.current() == pytest.approx(0.0, abs=1e-8)  # what the stage leaks


def test_a_ramp_has_corners(play: Callable) -> None:
    """Half way up a ramp of 100 ms flows half of the current."""
    wired, _, _ = play(lambda _: ["PLAY 1 1000000000:1:2048 ENVELOPE=0:0,100000000:1", "DONE"])
    start = wired.now_ns
    wired.pass_ns(200 * MS)
    assert wired.current(start + 50 * MS) == pytest.approx(1024 * STEP_A, rel=1e-3)
    assert wired.current() == pytest.approx(2048 * STEP_A, rel=1e-4)


def test_channels_are_apart(play: Callable) -> None:
    """Channel 2 plays while channel 1 stands still; a third one is refused in a sentence."""
    wired, _, complaints = play(lambda _: ["PLAY 2 1000000:1:100", "PLAY 3 1000000:1:100", "DONE"])
    assert wired.current() == pytest.approx(0.0, abs=1e-9)
    assert len(complaints) == 1
    assert "channel 3 is none of 1 to 2" in complaints[0]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("JUMP 1", "said 'JUMP 1', which cannot be: there are PLAY"),
        ("PLAY 1 0:1:5", "a step is longer than 0 ns"),
        ("PLAY 1 10:1", "is no duration:bridge:code"),
        ("PLAY 1 10:1:nan", "cannot be: invalid literal"),
        ("PLAY 1 10:1:7.5", "cannot be: invalid literal"),
        ("PLAY 1 10:1:-7", "code -7 is negative"),
        ("PLAY 1 10:1:7 ENVELOPE=0:-3", "factor -3 is none of 0 to 2"),
        ("PLAY 1 10:1:7 SENSE=yes", "SENSE is 0 or 1"),
        ("STOP 1 now", "'now' is a word too many"),
        ("COMPARE 1 1e-3", "a word is missing"),
        ("PLAY 1", "it has 0 steps"),
        ("PLAY 1 10:1:5 SPEED=2", "its keys are ENVELOPE, SENSE and LEVEL"),
        ("COMPARE 1 -1 5", "are not negative"),
        ("TX zz", "cannot be"),
        ("DONE soon", "cannot be: invalid literal"),
        ("DONE 1000000", "it asks to be woken at a time that is not after 1000000"),
    ],
)
def test_nonsense_is_one_sentence_and_the_outputs_stay(play: Callable, said: str, sentence: str) -> None:
    """A firmware that says nonsense is lost, as one that has crashed is: its outputs go on as they were."""
    script = {"POWER": ["PLAY 1 1000000000:1:1024", "DONE 1000000"], "WAKE": [said, "DONE"]}
    wired, firmware, complaints = play(lambda step: script[step.split()[1]])
    wired.pass_ns(S)
    assert len(complaints) == 1
    assert sentence in complaints[0]
    assert firmware.address in complaints[0]
    assert wired.current() == pytest.approx(1024 * STEP_A, rel=1e-4)


def test_a_code_that_is_too_large_wraps(play: Callable) -> None:
    """Twelve bits of a register hold 4096 as 0 and 4097 as 1, as on metal; a firmware that overruns is seen."""
    wired, _, _ = play(lambda _: ["PLAY 1 1000000:1:4096 1000000:1:6144", "DONE"])
    start = wired.now_ns
    wired.pass_ns(3 * MS)
    assert wired.current(start + MS // 2) == pytest.approx(0.0, abs=1e-8)
    assert wired.current(start + 3 * MS // 2) == pytest.approx(2048 * STEP_A, rel=1e-4)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ({"POWER": ["CONTACT? 1"] * 10_001}, "said 10000 lines in one step"),
        (
            {
                "POWER": ["COMPARE 1 300e-6 1000000", "PLAY 1 1000000000:1:2048", "DONE"],
                "OVERLOAD": ["COMPARE 1 300e-6 0", "DONE"],
            },
            "was woken 1000 times within a microsecond",
        ),
    ],
)
def test_one_that_never_ends_does_not_hold_the_bench(
    play: Callable, script: dict[str, list[str]], sentence: str
) -> None:
    """Questions without end, and a comparator that is set again at the instant it speaks, are a sentence."""
    wired, _, complaints = play(lambda step: script[step.split()[1]])
    wired.pass_ns(10 * MS)
    assert len(complaints) == 1
    assert sentence in complaints[0]


def test_a_banner_is_sent_before_anybody_asks(play: Callable) -> None:
    """What is said at power-on goes out when the line is there, and is no part of the first answer."""
    wired, _, _ = play(lambda step: ["TX 68690a", "DONE"] if "POWER" in step else ["TX 41", "DONE"])
    sent: list[bytes] = []
    wired.unit.external.on_line(sent.append)
    assert sent == [b"hi\n"]
    with wired.keeper:
        assert wired.unit.external.receive(b"?") == b"A"


def test_another_unit_is_powered_anew_and_its_counter_goes_on(play: Callable) -> None:
    """After a new draw of the unit the firmware is powered again; its counter never goes back."""
    wired, firmware, _ = play(lambda _: ["DONE"], ppm=1000.0)
    wired.pass_ns(10 * S)
    with wired.keeper:
        wired.unit.redraw(HiddenErrors(2))
    assert firmware.heard[-1] == "STEP 10010000000 POWER"


def test_answers_have_all_their_digits(play: Callable) -> None:
    """A full scale and a gain are told to the last digit, not to six."""
    _, firmware, _ = play(lambda _: ["CURRENT? 1", "PLAY 1 1000000000:1:1234", "DONE 1000000"])
    assert float(firmware.answers[0]) == pytest.approx(0.0, abs=1e-8)
    assert number(1234567.0) == "1234567"
    assert float(number(1.0000001e-3)) == 1.0000001e-3
    assert number(math.inf) == "inf"


def test_one_that_dies_leaves_its_outputs(play: Callable) -> None:
    """A closed connection is one sentence; nothing is asked of it any more, and characters get no answer."""
    wired, _, complaints = play(lambda step: ["PLAY 1 1000000000:1:1024", "DONE 1000000"] if "POWER" in step else [])
    wired.pass_ns(S)
    assert len(complaints) == 1
    assert "has closed its connection; the outputs stay as they are" in complaints[0]
    assert wired.current() == pytest.approx(1024 * STEP_A, rel=1e-4)
    with wired.keeper:
        assert wired.unit.external.receive(b"x\n") == b""


def test_another_greeting_is_refused() -> None:
    """Another version, or another program, is told apart at once."""
    with ScriptedFirmware(lambda _: ["DONE"], greeting="220 mail ready") as firmware:
        link = FirmwareLink(firmware.address)
        with pytest.raises(RequestError, match="greets with '220 mail ready', not with HELLO 1"):
            Wired(UNIT, "500R", Outside(link, print))
        link.close()


@pytest.mark.parametrize(
    "address", ["127.0.0.1:5", "tcp://:5", "tcp://host", "tcp://host:99999", "udp://h:5", "tcp://h:5/x"]
)
def test_an_address_is_tcp_host_port(address: str) -> None:
    """Anything else is refused before anybody is called."""
    with pytest.raises(RequestError, match="tcp://HOST:PORT"):
        FirmwareLink(address)
