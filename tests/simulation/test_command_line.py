"""The program from outside: files, options, ports, signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from harness.simulation.leash import Leash
from tests.simulation.client import BENCH, PLAIN, ROOT, UNIT, Simulation

if TYPE_CHECKING:
    from pathlib import Path


def refused(*words: str) -> str:
    """Run the program with words that it refuses; answer its sentence."""
    done = subprocess.run(
        [sys.executable, "-m", "harness.simulation", *words],
        cwd=ROOT, capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    return done.stderr


def unit_file(tmp_path: Path, text: str) -> str:
    """Write a unit file; answer its option."""
    path = tmp_path / "unit.toml"
    path.write_text(text, encoding="utf-8")
    return f"--simulated-unit={path}"


def bench_file(tmp_path: Path, text: str) -> str:
    """Write a bench file; answer its option."""
    path = tmp_path / "bench.toml"
    path.write_text(text, encoding="utf-8")
    return f"--bench={path}"


GOOD_UNIT = f"--simulated-unit={UNIT}"
GOOD_BENCH = f"--bench={BENCH}"


def test_a_missing_file_is_one_sentence() -> None:
    """The sentence names the file."""
    assert "none.toml" in refused(GOOD_UNIT, "--bench=none.toml")
    assert "none.toml" in refused(GOOD_BENCH, "--simulated-unit=none.toml")


def test_wrong_words_are_one_sentence() -> None:
    """Unknown options, missing ones and impossible values exit 2."""
    assert "--moon" in refused(GOOD_BENCH, GOOD_UNIT, "--moon")
    assert "--bench" in refused(GOOD_UNIT)
    assert "--port-base" in refused(GOOD_BENCH, GOOD_UNIT, "--port-base=70000")
    assert "--clock" in refused(GOOD_BENCH, GOOD_UNIT, "--clock=sundial")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("[identity]\nserial_number = 'BEAR2-0001'", "identity.serial_number"),
        ("[electronics]\ngian = 1.0", "electronics.gian"),
        ("colour = 'red'", "colour"),
        ("[firmware]\nlevels_a = [1e-6, 'two']", "firmware.levels_a[1]"),
        ("[electronics]\ncompliance_v = nan", "electronics.compliance_v"),
        ("[electronics]\nbridge_open = 'left'", "electronics.bridge_open"),
        ("schema = 2", "schema"),
        ("[firmware]\nmodes = []", "firmware.modes"),
    ],
)
def test_a_wrong_unit_file_names_its_key(tmp_path: Path, change: str, key: str) -> None:
    """The sentence names the file and the dotted key."""
    (tmp_path / "good.toml").write_text(UNIT.read_text(encoding="utf-8"), encoding="utf-8")
    said = refused(GOOD_BENCH, unit_file(tmp_path, f"extends = 'good'\n{change}\n"))
    assert "unit.toml" in said
    assert f"{key}: " in said


def test_an_extended_file_lies_beside(tmp_path: Path) -> None:
    """A name that is not there, and a circle, are refused."""
    assert "no file moon.toml" in refused(GOOD_BENCH, unit_file(tmp_path, "extends = 'moon'"))
    assert "already read" in refused(GOOD_BENCH, unit_file(tmp_path, "extends = 'unit'"))


def test_a_wrong_bench_file_names_its_key(tmp_path: Path) -> None:
    """What is missing, of the wrong kind or not emulated is named."""
    text = BENCH.read_text(encoding="utf-8")
    assert "loads[0].channels" in refused(GOOD_UNIT, bench_file(tmp_path, text.replace("channels = [101]", "")))
    assert "instruments.multimeter.model" in refused(GOOD_UNIT, bench_file(tmp_path, text.replace("34465A", "3458A")))
    assert "no TOML" in refused(GOOD_UNIT, bench_file(tmp_path, "schema ="))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('[instruments.thermometer]\nmodel = "T"', "instruments.thermometer: is no role; there are oscilloscope:"),
        ("[contact_switch]\nminus = 1", "contact_switch.minus"),
        ("[contact_switch]\njitter_s = 1.0", "contact_switch.jitter_s"),
        ("[contact_switch]\nmonitor_oscilloscope_channel = 1", "contact_switch: oscilloscope channel 1 is taken"),
        ("[electrode_voltage]\noscilloscope_channel = 7", "electrode_voltage: oscilloscope channel 7"),
        ("[electrode_voltage]\nchannels = []", "electrode_voltage.channels"),
        ("[auxiliary_source]\nseries_ohm = 0.0", "auxiliary_source.series_ohm"),
        ("[electrodes]\nrelays = [1, 1]", "electrodes.relays"),
        ("[electrodes]\ncapacitance_f = nan", "electrodes.capacitance_f"),
    ],
)
def test_each_wrong_section_names_its_key(tmp_path: Path, change: str, said: str) -> None:
    """A section of the bench file that means nothing is refused by its dotted key."""
    assert said in refused(GOOD_UNIT, bench_file(tmp_path, f'extends = "simulated"\n{change}\n'))


def test_a_section_and_its_instrument_come_together(tmp_path: Path) -> None:
    """Without the generator there is no contact switch, and the other way round."""
    text = PLAIN.read_text(encoding="utf-8")
    relays = "[electrodes]\nrelays = [1]\ncapacitance_f = 0.0\n"
    said = refused(GOOD_UNIT, bench_file(tmp_path, text + relays))
    assert "electrodes: and instruments.watchdog come together" in said
    generator = '[instruments.contact_switch]\nmodel = "33512B"\n'
    said = refused(GOOD_UNIT, bench_file(tmp_path, text + generator))
    assert "contact_switch: and instruments.contact_switch come together" in said


def test_an_overlay_may_only_name_what_is_there(tmp_path: Path) -> None:
    """An unknown resistor in the as-built file is refused by name."""
    path = tmp_path / "built.toml"
    path.write_text("[resistors]\nRM7 = 90.0\n", encoding="utf-8")
    assert "resistors.RM7" in refused(GOOD_BENCH, GOOD_UNIT, f"--as-built={path}")


def test_a_bench_may_extend_one_beside_it(tmp_path: Path) -> None:
    """`extends` and `control` in a bench file are taken; the rest is laid on top."""
    (tmp_path / "simulated.toml").write_text(BENCH.read_text(encoding="utf-8"), encoding="utf-8")
    bench = tmp_path / "mine.toml"
    bench.write_text('extends = "simulated"\ncontrol = "127.0.0.1:1"\n[stimulator]\nbaud = 9600\n', encoding="utf-8")
    with Simulation(bench=bench) as simulation:
        before = simulation.now()
        simulation.stimulator.query("KEEP")
        assert simulation.now() - before == pytest.approx(28 * 10 / 9600 + 0.5e-3, abs=2e-9)


ROLES = ["oscilloscope", "multimeter", "switch", "contact_switch", "supply", "auxiliary_supply", "watchdog", "chamber"]


@pytest.mark.parametrize(("bench", "roles"), [(BENCH, ROLES), (PLAIN, ROLES[:3])])
def test_ports_follow_the_base(bench: Path, roles: list[str]) -> None:
    """The control port and those instruments that the bench has lie side by side, in their order."""
    base = 10000 + os.getpid() % 1000 * 16  # two runs on one machine do not meet
    with Simulation(f"--port-base={base}", bench=bench) as simulation:
        assert simulation.ready["control"] == f"127.0.0.1:{base}"
        ports = {role: int(at.split("::")[2]) for role, at in simulation.ready["instruments"].items()}
        assert ports == {role: base + i for i, role in enumerate(roles, start=1)}
        assert list(ports) == roles
        hislip = {role: int(at.split(",")[1].split("::")[0]) for role, at in simulation.ready["hislip"].items()}
        assert hislip == {role: base + len(roles) + 1 + i for i, role in enumerate(roles, start=1)}
        said = refused(GOOD_BENCH, GOOD_UNIT, f"--port-base={base}")
        assert said.startswith(f"port {base} (control port) cannot be opened: ")
        said = refused(GOOD_BENCH, GOOD_UNIT, f"--port-base={base - 2}")
        assert said.startswith(f"port {base} (multimeter, raw socket) cannot be opened: ")
        assert "--port-base" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(simulation: Simulation, number: signal.Signals) -> None:
    """SIGTERM and SIGINT end the process with code 0, even while a query waits for ever."""
    simulation.multimeter.write("TRIG:SOUR EXT;:READ?")
    assert simulation.multimeter.hears_nothing(0.05)
    simulation.process.send_signal(number)
    assert simulation.process.wait(5.0) == 0


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("foreo-bear-2", "FOREO,BEAR 2,SIM-BEAR2-0001"),
        ("pantheon-clinical", "Pantheon Research,Clinical"),
        ("mps-pen", "Reference,Microcurrent Pen"),
    ],
)
def test_every_healthy_unit_starts(name: str, known: str) -> None:
    """Each device's unit says who it is."""
    with Simulation(unit=ROOT / f"fixtures/units/{name}.toml") as simulation:
        assert simulation.stimulator.query("IDN?").startswith(f"OK {known}")


def test_defects_show_in_the_current(tmp_path: Path) -> None:
    """Gain, offset, an open leg and a swapped bridge change the true current as their file says."""
    healthy = "gain_spread = 0.0\noffset_spread_a = 0.0"
    (tmp_path / "good.toml").write_text(UNIT.read_text(encoding="utf-8"), encoding="utf-8")
    for change, positive, negative in [
        ("gain = 1.25", 1.25 * 680e-6, -1.25 * 680e-6),
        ("offset_a = 8e-6", 688e-6, -688e-6),
        ("bridge_open = 'negative'", 680e-6, 0.0),
        ("bridge_swapped = true", -680e-6, 680e-6),
    ]:
        unit = tmp_path / "unit.toml"
        unit.write_text(f"extends = 'good'\n[electronics]\n{healthy}\n{change}\n", encoding="utf-8")
        with Simulation(unit=unit) as simulation:
            simulation.run(10)
            for polarity, expected in (("positive", positive), ("negative", negative)):
                simulation.stimulator.query(f"SET 1 POLARITY={polarity}")
                simulation.advance(1.0)
                now = simulation.now()
                assert simulation.truth("current", now - 0.1, now) == pytest.approx(expected, rel=1e-4, abs=2e-8)
                simulation.stimulator.query("KEEP")


def test_nobody_at_the_control_port_ends_it() -> None:
    """A simulation that follows its control port ends after the grace time, and not while somebody holds it."""
    leash = Leash(0.05)
    leash.held()
    waiting = threading.Thread(target=leash.wait)
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    leash.released()
    waiting.join(5.0)
    assert not waiting.is_alive()


def test_a_signal_that_does_not_wake_the_main_thread_ends_it() -> None:
    """A signal may arrive in any thread, or just before the main thread sleeps: that thread then sees nothing of it."""
    program = """
import signal, threading, time
from harness.simulation.leash import Leash, stop_at_signals

leash = Leash(None)
stop_at_signals(leash.stop)
leash.held()

def arrive():
    time.sleep(0.3)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

threading.Thread(target=arrive).start()
leash.wait()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=20, check=False)
    assert done.returncode == 0
