"""Clients nobody here wrote, unmodified, on the wall clock: pymeasure's drivers for the 34410A and the DMM6500."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from pymeasure.instruments.agilent import Agilent34410A
from pymeasure.instruments.hp import HP34401A
from pymeasure.instruments.keithley import KeithleyDMM6500

from tests.simulation.client import PLAIN, Simulation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# pymeasure says so of every driver whose maintainers did not answer its question.
pytestmark = pytest.mark.filterwarnings("ignore:It is not known whether this device:FutureWarning")

UNIT = """
device = "exact"
[identity]
maker = "M"
model = "X"
serial_number = "SIM-1"
firmware = "1"
[electronics]
compliance_v = 24.0
output_resistance_ohm = 1e7
[firmware]
levels_a = [100e-6, 1e-3]
watchdog_s = 60.0
[[firmware.modes]]
name = "steady"
waveform = "dc"
alternation_period_s = 0.01
"""
# 1 kohm in the loop, 1 mA: 1 V
RELAYS = "103,113,114,117,118"


@contextmanager
def bench(folder: Path, model: str, polarity: str = "positive") -> Iterator[tuple[Simulation, str]]:
    """Start a bench with a multimeter of `model` on the wall clock; answer it and the multimeter's address."""
    bench_file, unit_file = folder / "bench.toml", folder / "unit.toml"
    bench_file.write_text(PLAIN.read_text(encoding="utf-8").replace("34465A", model), encoding="utf-8")
    unit_file.write_text(UNIT, encoding="utf-8")
    with Simulation(bench=bench_file, unit=unit_file, clock="wall") as simulation:
        simulation.run(2, polarity, RELAYS)
        yield simulation, simulation.ready["instruments"]["multimeter"]


@contextmanager
def client(kind: type, address: str) -> Iterator[object]:
    """Open pymeasure's driver on a raw socket, with nothing but what pymeasure's users give."""
    driver = kind(address, visa_library="@py", write_termination="\n", read_termination="\n", timeout=5000)
    try:
        yield driver
    finally:
        driver.adapter.close()
        driver.adapter.manager.close()


class Truth:
    """What really lay across the meter's resistor since this was made."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._since = simulation.now()

    def volts(self, statistic: str = "mean") -> float:
        self._simulation.stimulator.query("KEEP")
        return self._simulation.truth("meter-voltage", self._since, self._simulation.now(), statistic)


@pytest.mark.parametrize("model", ["34410A", "34465A"])
def test_pymeasure_reads_the_34410a_family(tmp_path: Path, model: str) -> None:
    """D.c. volts agree with the truth within the data sheet; what is not connected reads open or nothing."""
    with bench(tmp_path, model) as (simulation, address), client(Agilent34410A, address) as meter:
        truth = Truth(simulation)
        assert model in meter.id
        volts = meter.voltage_dc
        # one year: 0.004 % of reading and 0.0007 % of 1 V (autorange goes down below 1 V only: 10 V, 0.0005 %)
        assert volts == pytest.approx(truth.volts(), rel=0.004e-2, abs=0.0005e-2 * 10.0)
        if model == "34410A":
            assert meter.resistance == 9.9e37
            assert meter.resistance_4w == 9.9e37
            assert abs(meter.current_dc) < 1e-6
            assert abs(meter.current_ac) < 1e-6
        assert meter.ask("SYST:ERR?").strip() == '+0,"No error"'


def test_pymeasure_reads_ac_volts_of_the_34410a_family(tmp_path: Path) -> None:
    """A.c. volts of a square wave agree with its true r.m.s. within the data sheet."""
    with bench(tmp_path, "34410A", "bipolar") as (simulation, address), client(Agilent34410A, address) as meter:
        truth = Truth(simulation)
        volts = meter.voltage_ac
        assert volts == pytest.approx(truth.volts("rms"), rel=0.06e-2, abs=0.03e-2 * 10.0)


def test_pymeasure_sets_and_reads_back_an_older_command_set(tmp_path: Path) -> None:
    """The 34401A driver's settings that the 34410A still has read back, and readings come with them."""
    with bench(tmp_path, "34410A") as (simulation, address), client(HP34401A, address) as meter:
        truth = Truth(simulation)
        for function in ("ACV", "DCI", "ACI", "R2W", "R4W", "FREQ", "PERIOD", "CONTINUITY", "DIODE", "DCV"):
            meter.function_ = function
            assert meter.function_ == function
        meter.range_ = 10
        meter.nplc = 1
        meter.sample_count = 3
        meter.trigger_delay = 0.01
        assert (meter.range_, meter.nplc, meter.sample_count) == (10.0, 1.0, 3.0)
        assert meter.autorange is False
        assert meter.trigger_delay == 0.01
        assert meter.terminals_used == "FRONT"
        readings = meter.reading
        true = truth.volts()
        assert len(readings) == 3
        assert readings == pytest.approx([true] * 3, rel=0.0035e-2, abs=0.0005e-2 * 10.0 + 10e-6)
        assert meter.stored_readings_count == 3
        assert meter.ask("SYST:ERR?").strip() == '+0,"No error"'


def test_pymeasure_sets_up_and_reads_the_dmm6500(tmp_path: Path) -> None:
    """Function, range, integration time and auto zero read back; a reading agrees with the truth."""
    with bench(tmp_path, "DMM6500") as (simulation, address), client(KeithleyDMM6500, address) as meter:
        truth = Truth(simulation)
        meter.reset()
        assert "DMM6500" in meter.id
        assert meter.command_set == "SCPI"
        meter.measure_voltage(max_voltage=1)
        assert (meter.mode, meter.voltage_range, meter.autorange_enabled) == ("voltage", 1.0, False)
        meter.voltage_nplc = 5
        meter.autozero_enabled = True
        assert (meter.nplc, meter.autozero_enabled, meter.line_frequency) == (5.0, True, 50.0)
        meter.aperture = 0.02
        assert (meter.aperture, meter.voltage_nplc) == (0.02, 1.0)
        meter.digits = 5
        assert meter.digits == 5
        volts = meter.voltage
        # one year: 0.0025 % of reading and 0.0006 % of range
        assert volts == pytest.approx(truth.volts(), rel=0.0025e-2, abs=0.0006e-2)
        assert meter.acquire_relative() == pytest.approx(volts, abs=5e-6)
        meter.relative_enabled = True
        assert abs(meter.voltage) < 5e-6
        meter.disable_relative()
        assert meter.enable_filter(type="repeat", count=3) == "1"
        assert meter.voltage == pytest.approx(volts, abs=5e-6)
        assert meter.check_errors() == []


def test_pymeasure_goes_through_every_function_of_the_dmm6500(tmp_path: Path) -> None:
    """Each mode is set, read back and read without an error, as pymeasure's own tests with a device do."""
    with bench(tmp_path, "DMM6500", "bipolar") as (simulation, address), client(KeithleyDMM6500, address) as meter:
        truth = Truth(simulation)
        meter.reset()
        for mode in meter.MODES:
            meter.mode = mode
            assert meter.mode == mode
            if mode in meter.MODES_HAVE_AUTORANGE:
                assert meter.autorange_enabled is True
        meter.measure_voltage(max_voltage=10, ac=True)
        meter.voltage_ac_bandwidth = 30
        assert meter.detector_bandwidth == 30
        truth = Truth(simulation)
        volts = meter.voltage
        assert volts == pytest.approx(truth.volts("rms"), rel=0.06e-2, abs=0.03e-2 * 10.0)
        meter.measure_frequency()
        assert meter.frequency == pytest.approx(100.0, rel=2e-4)
        meter.measure_resistance(1e6, wires=4)
        assert meter.resistance == 9.9e37
        meter.measure_current(1e-3)
        assert abs(meter.current) < 1e-6
        meter.displayed_text("Hello", "DMM6500")
        meter.beep(700, 0.1)
        meter.trigger_single_autozero()
        assert meter.autozero_enabled is False
        assert meter.check_errors() == []
        assert meter.terminals_used == "FRONT"


def test_pymeasure_fills_and_reads_a_buffer_of_the_dmm6500(tmp_path: Path) -> None:
    """Readings gather in the default buffer; pymeasure counts them and reads them as numbers."""
    with bench(tmp_path, "DMM6500") as (simulation, address), client(KeithleyDMM6500, address) as meter:
        truth = Truth(simulation)
        meter.reset()
        meter.measure_voltage(max_voltage=1)
        meter.voltage_nplc = 1
        meter.write(":COUN 20")
        meter.write(":TRAC:TRIG")
        assert meter.points_in_buffer == 20
        assert meter.buffer_points == 100000
        data = meter.values(":TRAC:DATA? 1, 20")
        assert data == pytest.approx([truth.volts()] * 20, rel=0.0025e-2, abs=0.0006e-2 + 10e-6)
        meter.data_format = "REAL"
        assert meter.data_format == "REAL"
        assert meter.check_errors() == []
