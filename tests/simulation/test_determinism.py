"""Many simulations under a busy machine, each driven by the same plain client: one hash."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.simulation import hislip
from tests.simulation.client import BENCH, Simulation

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY = 4


@pytest.fixture
def busy_machine() -> Iterator[None]:
    """More busy processes than processors."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BUSY)]
    yield
    for process in busy:
        process.kill()
        process.wait()


def conversation(seed: int) -> str:
    """Drive every port of a whole bench through a little of everything; answer the hash of all that came back."""
    with Simulation(f"--seed={seed}", bench=BENCH) as simulation:
        simulation.control("begin", key="work")
        seen = [simulation.instrument(role).query("*IDN?") for role in simulation.ready["instruments"]]
        simulation.connect_electrodes()
        simulation.run(7, "bipolar")
        simulation.advance(0.9)
        meter, scope = simulation.multimeter, simulation.oscilloscope
        seen.append(meter.query("*RST;:CONF:VOLT:DC 0.1;:VOLT:NPLC 1;:SAMP:COUN 4;:READ?"))
        seen.append(meter.query("TRIG:SOUR INT;SLOP NEG;DEL 0.05;:READ?"))
        simulation.keep_alive()
        seen.append(scope.query(":CHAN1:SCAL 0.02;:TIM:SCAL 0.02;:TRIG:SWE NORM;:DIG CHAN1;:WAV:PRE?"))
        scope.write(":WAV:DATA?")
        seen.append(scope.block().hex())
        seen.append(simulation.instrument("supply").query("VOLT 3.7,(@2);:OUTP ON,(@2);:MEAS:CURR? (@2)"))
        client = hislip.Client(int(simulation.ready["hislip"]["multimeter"].split(",")[1].split("::")[0]))
        seen.append(client.query("*RST;*CLS;:VOLT:NPLC 0.2;:READ?"))
        client.write("FOO")
        seen.append(client.query("READ?;:SYST:ERR?"))
        client.close()
        seen.append(simulation.stimulator.query("STATE? 1"))
        state = simulation.control("state")
        seen.append(f"{state}{simulation.truth('current', 0.0, state['time'], 'rms')!r}")
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()


@pytest.mark.usefixtures("busy_machine")
@pytest.mark.parametrize("runs", [4, pytest.param(20, marks=pytest.mark.soak)])
def test_runs_on_a_busy_machine_give_one_hash(runs: int) -> None:
    """Same seed, same commands, same order: the same bytes from every port; another seed gives others."""
    hashes = {conversation(5) for _ in range(runs)}
    assert len(hashes) == 1
    assert conversation(6) not in hashes
