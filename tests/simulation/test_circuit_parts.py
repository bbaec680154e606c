"""The parts that a bench file and a seed make."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.simulation.circuit.parts import Parts, as_built
from harness.simulation.draws import HiddenErrors
from harness.simulation.files.asbuilt import AsBuilt
from harness.simulation.files.benchfile import read_bench
from harness.simulation.files.modelfile import model

BENCH = Path(__file__).parents[2] / "fixtures" / "benches" / "simulated.toml"


def built(seed: int, **changes: object) -> Parts:
    """Build the reference bench, some sections of its file replaced."""
    return as_built(replace(read_bench(BENCH), **changes), model("circuit"), HiddenErrors(seed), AsBuilt())  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(20))
def test_every_part_lies_near_what_the_bench_file_states(seed: int) -> None:
    """Contacts, probe, auxiliary source, leads and skin differ from their statement by no more than their spread."""
    file, parts = read_bench(BENCH), built(seed)
    stated = file.contact_switch
    assert stated is not None
    assert parts.contact is not None
    for ohm in (parts.contact.plus_ohm, parts.contact.minus_ohm):
        assert 0.8 <= ohm / stated.on_resistance_ohm <= 1.1
    assert 100.0 / parts.contact.off_ohm <= 0.5 * stated.leakage_a
    assert parts.contact.off_f == pytest.approx(stated.off_capacitance_f, rel=0.2)
    assert parts.contact.monitor_high_v == stated.monitor_high_v
    assert file.electrode_voltage is not None
    assert parts.probe is not None
    assert parts.probe.resistance_ohm == pytest.approx(file.electrode_voltage.resistance_ohm, rel=0.01)
    assert file.auxiliary_source is not None
    assert parts.auxiliary is not None
    assert parts.auxiliary.series_ohm == pytest.approx(file.auxiliary_source.series_ohm, rel=0.01)
    assert file.electrodes is not None
    assert parts.leads_f == pytest.approx(file.electrodes.capacitance_f, rel=0.05)
    skin, row = (next(part for part in group if part.name == "skin") for group in (parts.loads, file.loads))
    assert skin.parallel_ohm == pytest.approx(row.parallel_ohm, rel=1e-3)  # type: ignore[union-attr]
    assert skin.parallel_f == pytest.approx(row.parallel_f, rel=0.05)


def test_another_seed_is_another_bench() -> None:
    """Each drawn part depends on the seed, and on nothing else."""
    assert built(1) == built(1)
    first, second = built(1), built(2)
    for name in ("contact", "probe", "auxiliary", "leads_f"):
        assert getattr(first, name) != getattr(second, name)


def test_a_bench_without_the_sections_has_none_of_the_parts() -> None:
    """Without a contact switch, a probe, a source or a relay in its file a bench has none."""
    parts = built(1, contact_switch=None, electrode_voltage=None, auxiliary_source=None, electrodes=None)
    assert (parts.contact, parts.probe, parts.auxiliary, parts.leads_f) == (None, None, None, 0.0)
    assert not parts.electrode_relay
