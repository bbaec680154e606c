"""Clients that nobody here wrote, unmodified, on the emulated oscilloscopes and the wall clock.

What they read agrees with the control port's truth within the instrument's accuracy.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pymeasure.instruments.keysight import KeysightDSOX1102G
from RsInstrument import RsInstrument, StatusException

from tests.simulation.client import PLAIN, Simulation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PERIOD_S = 0.013
SPAN_S = 0.06
UNIT = f"""
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
alternation_period_s = {PERIOD_S}
[[firmware.modes]]
name = "other"
waveform = "dc"
alternation_period_s = 1.0
"""
"""Level 2 is 1 mA without spread, positive and negative in turn within 13 ms: +-0.1 V across 100 ohm."""


@pytest.fixture
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Simulation]:
    """A bench with the oscilloscope that is asked for; the unit drives its loop."""
    bench_file, unit_file = tmp_path / "bench.toml", tmp_path / "unit.toml"
    bench_file.write_text(PLAIN.read_text(encoding="utf-8").replace("DSOX1204G", request.param), encoding="utf-8")
    unit_file.write_text(UNIT, encoding="utf-8")
    with Simulation(bench=bench_file, unit=unit_file, clock="wall") as simulation:
        simulation.run(2, "bipolar")
        yield simulation


def true_levels(simulation: Simulation) -> tuple[float, float, float]:
    """Answer smallest, largest and mean square voltage at the oscilloscope in the last second or less."""
    now = simulation.now()
    since = max(now - 0.5, 0.5 * now)
    low, high, rms = (
        simulation.truth("scope-voltage", since, now, statistic) for statistic in ("minimum", "maximum", "rms")
    )
    return low, high, rms


def accuracy_v(simulation: Simulation, volts: float) -> float:
    """What this specimen is off by at a voltage, from its own hidden errors, and what noise may add to an average."""
    wrong = simulation.control("state")["errors"]["oscilloscope"]["channels"]["1"]
    return abs(wrong["gain"] * volts) + abs(wrong["offset_v"]) + 1e-3


@pytest.mark.parametrize("bench", ["DSOX1204G"], indirect=True)
def test_pymeasure_drives_an_infiniivision(bench: Simulation) -> None:
    """Pymeasure's driver sets up, reads back, digitises and downloads; levels and period are the true ones."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "It is not known whether", FutureWarning)
        scope = KeysightDSOX1102G(
            bench.ready["instruments"]["oscilloscope"],
            visa_library="@py",
            read_termination="\n",
            write_termination="\n",
        )
    assert scope.id.startswith("KEYSIGHT TECHNOLOGIES,DSOX1204G,SIM")
    scope.default_setup()
    scope.ch1.setup(bwlimit=True, coupling="dc", display=True, offset=0.01, probe_attenuation=1, scale=0.05)
    said = scope.ch1.current_configuration
    assert (said["BWL"], said["COUP"], said["DISP"], said["OFFS"], said["RANG"]) == (True, "DC", True, 0.01, 0.4)
    scope.timebase_setup(mode="main", offset=0, scale=SPAN_S / 10)
    assert scope.timebase == {"MODE": "MAIN", "REF": "CENT", "MAIN:RANG": pytest.approx(SPAN_S), "POS": 0.0}
    scope.acquisition_type = "normal"
    assert scope.acquisition_type == "normal"
    scope.digitize("channel1")
    volts, preamble = scope.download_data("channel1", points=1000)
    assert preamble["points"] == len(volts) == 1000
    low, high, _ = true_levels(bench)
    assert volts[volts > 0].mean() == pytest.approx(high, abs=accuracy_v(bench, high))
    assert volts[volts < 0].mean() == pytest.approx(low, abs=accuracy_v(bench, low))
    rising = np.flatnonzero((volts[:-1] < 0) & (volts[1:] > 0)) * preamble["xincrement"]
    assert np.diff(rising) == pytest.approx(PERIOD_S, abs=2 * preamble["xincrement"])
    assert float(scope.ask(":MEASure:FREQuency? CHANnel1")) == pytest.approx(1.0 / PERIOD_S, rel=0.01)
    assert scope.ask(":SYSTem:ERRor?").startswith("+0,")
    scope.adapter.close()


@pytest.mark.parametrize("library", ["SocketIo", "@py"])
@pytest.mark.parametrize("bench", ["RTB2004"], indirect=True)
def test_rsinstrument_drives_an_rtb2004(bench: Simulation, library: str) -> None:
    """RsInstrument asks *STB? after every command: settings, records and measurements come through, mistakes raise."""
    resource = bench.ready["instruments"]["oscilloscope"]
    scope = RsInstrument(resource, id_query=True, reset=True, options=f"SelectVisa='{library}'")
    assert scope.instrument_status_checking
    assert scope.full_instrument_model_name == "RTB2004"
    assert scope.instrument_serial_number.startswith("SIM")
    scope.write("CHAN1:SCAL 0.05")
    scope.write(f"TIM:RANG {SPAN_S}")
    scope.write("TRIG:A:MODE NORM;:TRIG:A:LEV1 0")
    assert scope.query_float("CHAN1:SCAL?") == 0.05
    assert scope.query_float("TIM:RANG?") == pytest.approx(SPAN_S)
    scope.write_with_opc("SING", 3000)
    assert scope.query("ACQ:STAT?") == "COMP"
    low, high, rms = true_levels(bench)
    scope.write("FORM REAL,32;:FORM:BORD LSBF")
    volts = np.array(scope.query_bin_or_ascii_float_list("CHAN1:DATA?"))
    assert volts[volts > 0].mean() == pytest.approx(high, abs=accuracy_v(bench, high))
    assert volts[volts < 0].mean() == pytest.approx(low, abs=accuracy_v(bench, low))
    scope.write("FORM ASC")
    assert np.array(scope.query_bin_or_ascii_float_list("CHAN1:DATA?")) == pytest.approx(volts, abs=1e-6)
    scope.write("FORM UINT,8;:CHAN:DATA:POIN MAX;:ACQ:POIN 100000")
    scope.write_with_opc("SING", 3000)
    assert len(scope.query_bin_block("CHAN1:DATA?")) == 100000
    scope.write("MEAS1:MAIN RMS;ENAB ON")
    assert scope.query_float("MEAS1:RES?") == pytest.approx(rms, abs=accuracy_v(bench, rms))
    with pytest.raises(StatusException, match="-113"):
        scope.write("CHAN1:NONSENSE 1")
    scope.check_status()
    scope.close()
