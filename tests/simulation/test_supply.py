"""The supplies by the book, and what each of them does to the loop."""

from __future__ import annotations

import pytest

from harness.simulation.files.electronicsfile import Electronics
from harness.simulation.files.modelfile import model
from harness.simulation.instruments.supply import Supply
from harness.simulation.instruments.supply_consumers import AuxiliarySource, UnitBattery
from harness.simulation.unit.power import Power
from tests.simulation.stand_in import Table


class Bench(Table):
    """A supply in one of its two roles."""

    def __init__(self, role: str = "auxiliary_supply", seed: int = 1) -> None:
        super().__init__(seed)
        data = model("keysight-e36312a")
        self.power = Power(Electronics(24.0, 20e6, battery_v=3.2), self.keeper)
        battery = UnitBattery(data, self.surroundings, self.power)
        consumer = battery if role == "supply" else AuxiliarySource(self.surroundings)
        serial = data.text(f"identity.serial_number_{role}")
        self.supply = Supply(data, self.surroundings, self.errors, role=role, serial_number=serial, consumer=consumer)

    def ask(self, message: str) -> str:
        return self.tell(self.supply, message)


@pytest.fixture
def bench() -> Bench:
    """The auxiliary supply."""
    return Bench()


@pytest.mark.parametrize(("role", "serial"), [("supply", "SIM36312001"), ("auxiliary_supply", "SIM36312002")])
def test_each_role_is_its_own_specimen(role: str, serial: str) -> None:
    """Two supplies of one model have two serial numbers."""
    assert Bench(role).ask("*IDN?").split(",")[:3] == ["Keysight Technologies", "E36312A", serial]


@pytest.mark.parametrize(
    ("command", "query", "answer"),
    [
        ("VOLT 20,(@2);:CURR 0.01,(@2)", "VOLT? (@2);:CURR? (@2)", "+2.00000000E+01;+1.00000000E-02"),
        ("APPL CH2,5,0.1", "VOLT? (@1:3)", "+0.00000000E+00,+5.00000000E+00,+0.00000000E+00"),
        ("OUTP ON,(@1,2)", "OUTP? (@1:3)", "1,1,0"),
        ("OUTP ON,(@2);:OUTP OFF,(@2)", "OUTP? (@2)", "0"),
        ("INST:SEL CH3;:VOLT 1.5", "INST?;:VOLT?;:INST:NSEL?", "CH3;+1.50000000E+00;3"),
        ("VOLT:PROT 6,(@2)", "VOLT:PROT? (@2);:VOLT:PROT:TRIP? (@2)", "+6.00000000E+00;0"),
        ("VOLT MAX,(@1)", "VOLT? (@1)", "+6.18000000E+00"),
        ("INST CH2", "VOLT? MAX;:VOLT? MIN;:VOLT? DEF", "+2.57500000E+01;+0.00000000E+00;+0.00000000E+00"),
        ("INST CH1", "VOLT? MIN,(@2);:VOLT? MAX,(@1,2)", "+0.00000000E+00;+6.18000000E+00,+2.57500000E+01"),
        ("CURR DEF,(@1)", "CURR? MAX;:CURR? DEF;:CURR? (@1)", "+5.15000000E+00;+5.00000000E+00;+5.00000000E+00"),
        ("VOLT:PROT MAX,(@2)", "VOLT:PROT? MAX,(@2);:VOLT:PROT? (@2)", "+2.75000000E+01;+2.75000000E+01"),
        ("CURR:PROT:STAT ON,(@2)", "CURR:PROT:STAT? (@1:3);:CURR:PROT:TRIP? (@2)", "0,1,0;0"),
        ("CURR:PROT:STAT ON;*RST", "CURR:PROT:STAT?", "0"),
    ],
)
def test_each_setting_reads_back(bench: Bench, command: str, query: str, answer: str) -> None:
    """A setting is taken for the outputs of its list."""
    bench.ask(command)
    assert bench.ask(query) == answer
    assert bench.ask("SYST:ERR?") == '+0,"No error"'


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("VOLT 30,(@2)", '-222,"Data out of range"'),
        ("VOLT 5,(@4)", '-222,"Data out of range"'),
        ("VOLT? LOUD", '-224,"Illegal parameter value"'),
        ("VOLT -1,(@2)", '-222,"Data out of range"'),
        ("APPL CH4,1,1", '-224,"Illegal parameter value"'),
        ("OUTP MAYBE,(@2)", '-224,"Illegal parameter value"'),
    ],
)
def test_each_mistake_has_its_number(bench: Bench, command: str, error: str) -> None:
    """A mistake stands in the queue and changes nothing."""
    bench.ask(command)
    assert bench.ask("SYST:ERR?") == error
    assert bench.ask("OUTP? (@2);:VOLT? (@2)") == "0;+0.00000000E+00"


def test_only_a_used_output_that_is_on_drives_the_loop(bench: Bench) -> None:
    """The programmed volts act when output 2 is on, within the accuracy; off, the source is 0 V."""
    bench.ask("VOLT 20,(@2);:OUTP ON,(@1)")
    assert all(value == 0.0 for _, name, value in bench.loop.calls if name == "auxiliary")
    bench.ask("OUTP ON,(@2)")
    assert bench.loop.calls[-1][2] == pytest.approx(20.0, abs=20.0 * 5e-4 + 10e-3)
    bench.ask("OUTP OFF,(@2)")
    assert bench.loop.calls[-1][1:] == ("auxiliary", 0.0)


def test_an_overvoltage_trips_the_output(bench: Bench) -> None:
    """Programmed above its protection the output goes off, and stays off until it is cleared."""
    bench.ask("VOLT 5,(@2);:OUTP ON,(@2);:VOLT:PROT 6,(@2);:VOLT 7,(@2)")
    assert bench.ask("OUTP? (@2);:VOLT:PROT:TRIP? (@2)") == "0;1"
    assert bench.loop.calls[-1][1:] == ("auxiliary", 0.0)
    bench.ask("OUTP ON,(@2)")
    assert bench.ask("SYST:ERR?;:OUTP? (@2)") == '-221,"Settings conflict";0'
    bench.ask("VOLT 5,(@2);:OUTP:PROT:CLE (@2);:OUTP ON,(@2)")
    assert bench.ask("OUTP? (@2)") == "1"


def test_the_battery_supply_brings_mains_current_with_it() -> None:
    """Some microamperes of common mode while the output is on, none while it is off."""
    bench = Bench("supply")
    bench.ask("VOLT 3.7,(@2);:CURR 0.5,(@2);:OUTP ON,(@2)")
    assert 1e-6 <= bench.loop.calls[-1][2] <= 5e-6
    assert float(bench.ask("MEAS:CURR? (@2)")) == pytest.approx(0.035, abs=0.6e-3)
    assert bench.power.volts() == pytest.approx(3.7, abs=0.013)
    assert float(bench.ask("MEAS:VOLT? (@2)")) == pytest.approx(3.7, abs=0.013)
    bench.ask("OUTP OFF,(@2)")
    assert bench.power.volts() == 3.2
    assert bench.loop.calls[-1][1:] == ("pickup", 0.0)
    assert bench.supply.true_v == 0.0
    assert bench.ask("MEAS:VOLT? (@2);:MEAS:CURR? (@2)") == "+0.00000000E+00;+0.00000000E+00"


def test_the_battery_supply_reads_what_the_unit_draws() -> None:
    """0.1 W on top of the quiescent 35 mA: more at less voltage, nothing while the output is off."""
    bench = Bench("supply")
    bench.power.draws(lambda volts: 0.1 / volts)
    for volts in (3.7, 3.0):
        bench.ask(f"VOLT {volts},(@2);:OUTP ON,(@2)")
        assert float(bench.ask("MEAS:CURR? (@2)")) == pytest.approx(0.035 + 0.1 / volts, abs=0.6e-3)
    bench.ask("OUTP OFF,(@2)")
    assert float(bench.ask("MEAS:CURR? (@2)")) == 0.0


def test_a_measurement_takes_its_time(bench: Bench) -> None:
    """One measurement is an average over a mains cycle."""
    before = bench.keeper.now_ns
    bench.ask("MEAS:VOLT? (@2)")
    assert bench.keeper.now_ns - before == 20_000_000


def test_another_seed_is_another_specimen() -> None:
    """A supply that is redrawn while it is on is the supply of that seed, its common mode included."""
    bench = Bench("supply")
    bench.ask("VOLT 3.7,(@2);:OUTP ON,(@2)")
    for seed in (2, 3):
        other = Bench("supply", seed)
        other.ask("VOLT 3.7,(@2);:OUTP ON,(@2)")
        bench.supply.redraw(other.errors)
        assert bench.supply.hidden() == other.supply.hidden()
        assert bench.loop.calls[-1][1:] == other.loop.calls[-1][1:]
    assert bench.supply.hidden() != Bench("supply").supply.hidden()
