"""What the bench can do to the unit's firmware, and see of it, beside its outputs: supply, charger, buzzer."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from harness.definitions.benches import BenchDefinition
from harness.definitions.document import load
from harness.errors import DefinitionError
from harness.simulation.assembly import SimulatedBench
from harness.simulation.circuit.history import Quantity
from harness.simulation.control import ControlPort
from harness.simulation.files.asbuilt import AsBuilt
from harness.simulation.files.benchfile import read_bench
from harness.simulation.timekeeper import NS_PER_S, VirtualTimekeeper
from tests.simulation.client import crc
from tests.simulation.units import BENCH, exact

LOOP = "(@103,113,114,117,118)"
CHARGER = 106


class Bench:
    """A whole bench in this process, with a buzzer channel and a charger's relay."""

    def __init__(self, name: str, **changes: object) -> None:
        self.keeper = VirtualTimekeeper()
        file = replace(read_bench(BENCH), buzzer_channel=4, charger=(CHARGER,))
        unit = exact(name, **{"watchdog_s": 0.0, **changes})
        self.bench = SimulatedBench(file, BENCH, unit=unit, overlay=AsBuilt(), timekeeper=self.keeper, seed=1)
        self.tell("switch", f"ROUT:CLOS {LOOP}")
        with self.keeper:
            self.bench.loop.select(1)
            for electrode in ("plus", "minus"):
                self.bench.loop.contact(electrode, closed=True)  # type: ignore[arg-type]

    def tell(self, role: str, message: str) -> str:
        """Send a message to an instrument; answer what came back."""
        instrument = self.bench.instruments[role]
        with self.keeper:
            self.keeper.spend(instrument.message_ns)
            answer = instrument.execute(instrument.parse(message.encode()))
        return "" if answer is None else answer.decode("latin-1")

    def say(self, text: str) -> str:
        """Send a request to the unit; empty where nobody answers."""
        body = b"0001 " + text.encode()
        protocol = self.bench.stimulator.protocol
        assert protocol is not None
        with self.keeper:
            reply = protocol.answer(body + b"*" + crc(body))
        return "" if reply is None else reply[5:-6].decode()

    def wait(self, seconds: float) -> None:
        with self.keeper:
            self.keeper.advance(round(seconds * NS_PER_S))

    def current(self) -> float:
        return self.bench.loop.history.at(Quantity.CURRENT, self.keeper.now_ns)


def test_an_oscilloscope_channel_sees_the_probe_tone() -> None:
    """Channel 4 triggers on the pad and its record has the pitch of 10 kilohm, within its time base's error."""
    bench = Bench("pantheon-clinical-tone")
    bench.say("SET 1 LEVEL=1")
    bench.say("ON 1")
    bench.wait(1.0)
    for command in (
        ":CHAN4:DISP ON;:CHAN4:SCAL 1;:CHAN4:OFFS 1.65",
        ":TIM:SCAL 2E-3",
        ":TRIG:EDGE:SOUR CHAN4;:TRIG:EDGE:LEV 1.65;:TRIG:EDGE:SLOP POS",
        ":DIG CHAN4;*OPC",
        ":WAV:SOUR CHAN4;:WAV:FORM BYTE;:WAV:POIN 20000",
    ):
        bench.tell("oscilloscope", command)
    bench.wait(0.1)
    increment_s = float(bench.tell("oscilloscope", ":WAV:XINC?"))
    block = bench.tell("oscilloscope", ":WAV:DATA?").encode("latin-1")
    codes = block[2 + int(block[1:2]) :]
    middle = (max(codes) + min(codes)) / 2
    rises = [index for index, (a, b) in enumerate(pairwise(codes)) if a < middle <= b]
    pitch_hz = (len(rises) - 1) / ((rises[-1] - rises[0]) * increment_s)
    expected_hz = 3200.0 * (400.0 / 3200.0) ** (1.0 / 3.698970004)  # one decade of those from 1 kilohm to 5 megohm
    assert pitch_hz == pytest.approx(expected_hz, rel=2e-3)


def test_a_buzzer_channel_that_is_taken_is_refused() -> None:
    """Channel 1 is on the resistor."""
    file = replace(read_bench(BENCH), buzzer_channel=1)
    with pytest.raises(DefinitionError, match="buzzer"):
        SimulatedBench(file, BENCH, unit=exact("mps-pen"), overlay=AsBuilt(), timekeeper=VirtualTimekeeper(), seed=1)


def test_sections_of_buzzer_and_charger_are_read_by_both_sides() -> None:
    """One bench file for the host and for the simulation."""
    simulated, believed = read_bench(BENCH), load(BenchDefinition, BENCH)
    assert believed.buzzer is not None
    assert believed.charger is not None
    assert (simulated.buzzer_channel, simulated.charger) == (4, (307, 308))
    assert (believed.buzzer.oscilloscope_channel, believed.charger.channels) == (4, (307, 308))


def test_a_relay_connects_the_charger() -> None:
    """Closed: the output is off and stays so. Open again: it can be switched on."""
    bench = Bench("foreo-bear-2")
    bench.say("SET 1 LEVEL=5")
    bench.say("ON 1")
    bench.wait(2.0)
    assert bench.current() == pytest.approx(340e-6, rel=1e-2)
    bench.tell("switch", f"ROUT:CLOS (@{CHARGER})")
    bench.wait(0.1)
    assert abs(bench.current()) < 1e-6
    assert bench.say("ON 1").startswith("ERR 6 ")
    assert bench.say("POWER?") == "OK BATTERY=good CHARGING=yes"
    bench.tell("switch", f"ROUT:OPEN (@{CHARGER})")
    bench.wait(0.1)
    assert bench.say("ON 1") == "OK STATE=ARMED"


def test_the_supply_makes_a_brown_out() -> None:
    """Its output 2 at 3.7 V, 2.5 V and 3.7 V again: silence, then a unit as after power-on."""
    bench = Bench("foreo-bear-2")
    bench.tell("supply", "APPL CH2,3.7,1;:OUTP ON,(@2)")
    bench.say("SET 1 LEVEL=5")
    bench.say("ON 1")
    bench.wait(2.0)
    assert bench.current() == pytest.approx(340e-6, rel=2e-2)
    bench.tell("supply", "VOLT 2.5,(@2)")
    bench.wait(0.01)
    assert bench.say("HELLO") == ""
    assert abs(bench.current()) < 6e-6  # the supply's common mode is left
    bench.tell("supply", "VOLT 3.7,(@2)")
    bench.wait(0.3)
    assert bench.say("STATE? 1") == "OK STATE=OFF TRIP=none POLARITY=positive"
    assert bench.say("GET 1") == "OK MODE=steady LEVEL=0 POLARITY=positive"


def test_the_control_port_tells_the_state_of_the_unit() -> None:
    """Motor, tone, run time, charger and a brown-out, as they are."""
    bench = Bench("pantheon-clinical-tone", frequency_hz=130.0)
    port = ControlPort(bench.bench, {}, lambda: None)

    def state() -> dict[str, object]:
        reply = json.loads(port.answer(b'{"op": "state"}')[0])
        return {**reply["unit"], "run_time_s": reply["output"][0]["run_time_s"]}

    quiet = {
        "answers": True,
        "battery_v": 12.0,
        "battery_low": False,
        "charging": False,
        "motor_hz": 0.0,
        "tone_hz": 0.0,
    }
    assert state() == {**quiet, "run_time_s": 0.0}
    bench.say("SET 1 LEVEL=1")
    bench.say("ON 1")
    bench.say("MOTOR ON")
    bench.wait(10.0)
    running = state()
    assert running["motor_hz"] == 130.0
    assert running["tone_hz"] == pytest.approx(3200.0 / 8.0 ** (1.0 / 3.698970004), rel=1e-3)
    assert running["run_time_s"] == pytest.approx(10.0, abs=1e-3)
    with bench.keeper:
        bench.bench.stimulator.power.supply(5.0)
    bench.wait(0.1)
    down = state()
    assert (down["answers"], down["battery_v"], down["tone_hz"]) == (False, 5.0, 0.0)


def test_settings_after_a_beginning_keep_its_phase() -> None:
    """The period began anew with `begin`; another level 0.5 s later does not bring the old one back."""
    bench = Bench("pantheon-clinical")
    bench.say("SET 1 LEVEL=9 POLARITY=bipolar")
    bench.say("ON 1")
    bench.wait(0.7)
    with bench.keeper:
        bench.bench.begin("a")
    bench.wait(0.5)
    bench.say("SET 1 LEVEL=8")
    bench.wait(0.4)
    assert bench.current() == pytest.approx(500e-6, rel=1e-2)
    bench.wait(0.2)
    assert bench.current() == pytest.approx(-500e-6, rel=1e-2)
