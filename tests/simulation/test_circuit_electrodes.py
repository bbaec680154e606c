"""Electrodes of a bench file: presets, layers, and how they vary while they are touched."""

from __future__ import annotations

import cmath
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.definitions.benches import load_bench
from harness.errors import DefinitionError
from harness.simulation.circuit.drive import Drive, Piece, steady
from harness.simulation.circuit.history import Edge, Quantity
from harness.simulation.circuit.parts import as_built
from harness.simulation.circuit.variation import OPEN_OHM, Series
from harness.simulation.draws import HiddenErrors
from harness.simulation.files.asbuilt import AsBuilt
from harness.simulation.files.benchfile import LoadRow, read_bench
from harness.simulation.files.electrodesfile import NetworkRow, VariesRow, preset_names, read_network
from harness.simulation.files.modelfile import model
from harness.simulation.files.table import Table
from tests.simulation.circuits import BARE, NEVER_OHM, SWITCHED, S, bench, stage

if TYPE_CHECKING:
    from harness.simulation.circuit.branch import Branch
    from harness.simulation.circuit.loop import Loop
    from harness.simulation.circuit.parts import Parts
    from harness.simulation.timekeeper import VirtualTimekeeper

HERE = Path("bench.toml")
BENCH = Path(__file__).parents[2] / "fixtures" / "benches" / "simulated.toml"
_BENCH = read_bench(BENCH)
CURRENT, VOLTAGE = Quantity.CURRENT, Quantity.VOLTAGE
METERS_OHM = 2000.0


def network(**data: object) -> NetworkRow:
    """Read the table `network` of a load."""
    return read_network(Table(HERE, "loads[0].network", dict(data)))


def built(row: NetworkRow, seed: int = 1) -> Branch:
    """Build a load of electrodes alone, as the bench file and a seed make it."""
    file = replace(_BENCH, loads=(LoadRow("skin", 0.0, (1,), network=row),))
    return as_built(file, model("circuit"), HiddenErrors(seed), AsBuilt()).loads[0]


def on(branch: Branch, parts: Parts = BARE) -> tuple[Loop, VirtualTimekeeper]:
    """Put a load on a bench of round numbers, an ideal source before it."""
    load = replace(branch, force=1, contact_ohm=0.0, leakage_ohm=NEVER_OHM)
    return bench(replace(parts, loads=(load,)), stage(output_ohm=1e15, compliance_v=1e6))


def impedance(branch: Branch, hertz: float) -> complex:
    """Answer what a load's parts make at one frequency, layers at low voltage."""
    omega = 2j * math.pi * hertz
    blocks = [*branch.blocks, *(block for layer in branch.layers for block in layer.blocks)]
    series = branch.resistance_ohm + sum(layer.series_ohm for layer in branch.layers)
    return series + sum(ohm / (1.0 + omega * ohm * farad) for ohm, farad in blocks)


def test_every_preset_is_solved_at_rest_and_at_once() -> None:
    """A step of current sees at first what has no capacitance, in the end the direct resistance."""
    assert len(preset_names()) >= 10
    for name in preset_names():
        branch = built(replace(network(preset=name), varies=None))
        loop, keeper = on(branch)
        direct_ohm = loop.sensed_ohm(1)
        assert direct_ohm is not None
        assert direct_ohm - METERS_OHM == pytest.approx(impedance(branch, 0.0).real, rel=1e-9)
        current = 0.1 / direct_ohm
        loop.drive(steady(current))
        keeper.advance(200 * S)
        at_once = loop.history.at(VOLTAGE, 0) / current
        series_ohm = branch.resistance_ohm + METERS_OHM
        assert series_ohm - 1.0 <= at_once <= series_ohm + sum(layer.series_ohm for layer in branch.layers) + 1.0
        assert loop.history.at(VOLTAGE, keeper.now_ns - 1) == pytest.approx(0.1, rel=1e-3)


@pytest.mark.parametrize(
    ("preset", "series_ohm", "count", "parallel_ohm", "siemens"),
    [
        ("wet-pair", 720.0, 2, 20e3, 1.44e-7),
        ("dry-pair", 720.0, 2, 300e3, 1.44e-7),
        ("water-film", 720.0, 2, 80e3, 1.44e-7),
    ],
)
def test_a_pair_of_spheres_has_the_impedance_of_its_elements(
    preset: str, series_ohm: float, count: int, parallel_ohm: float, siemens: float
) -> None:
    """From 0.1 Hz to 100 kHz |Z| is that of body, gel and two times Rp || CPE, within ladder and tolerances."""
    branch = built(network(preset=preset))
    for hertz in np.geomspace(0.1, 1e5, 61).tolist():
        exact = series_ohm + count / (1.0 / parallel_ohm + siemens * cmath.exp(0.8 * cmath.log(2j * math.pi * hertz)))
        assert abs(impedance(branch, hertz)) == pytest.approx(abs(exact), rel=0.05)


def test_layers_of_a_file_come_after_those_of_its_preset() -> None:
    """An open lead with its stray capacitance is one layer; anything may be added to a preset."""
    row = network(preset="needle-pair", layers=[{"parallel_ohm": 1e11, "parallel_f": 200e-12}])
    assert [layer.parallel_ohm for layer in row.layers] == [2e3, 1e11]
    loop, keeper = on(built(network(layers=[{"parallel_ohm": 1e11, "parallel_f": 200e-12}])))
    loop.drive(steady(1e-9))
    keeper.advance(S)
    assert loop.history.at(VOLTAGE, S // 100) == pytest.approx(1e-9 * 0.01 / 200e-12, rel=0.06)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"preset": "wet"}, "'wet' is none of wet-pair"),
        ({}, "preset is missing|preset: is missing"),
        ({"layers": [{"parallel_ohm": 1e3}]}, "either parallel_f or cpe_siemens"),
        (
            {"layers": [{"parallel_ohm": 1e3, "parallel_f": 1e-9, "cpe_siemens": 1e-7}]},
            "either parallel_f or cpe_siemens",
        ),
        ({"layers": [{"parallel_ohm": 1e3, "cpe_siemens": 1e-7, "cpe_exponent": 1.2}]}, "at most 1"),
        ({"layers": [{"parallel_ohm": 1e3, "parallel_f": 1e-9, "count": 0}]}, "at least 1"),
        ({"layers": [{"parallel_ohm": 0.0, "parallel_f": 1e-9}]}, "not above 0"),
        ({"preset": "wet-pair", "varies": {"drift_share": 1.0}}, "less than all"),
        ({"preset": "wet-pair", "varies": {"flicker_share": 0.9}}, "0 to 0.3"),
        ({"preset": "wet-pair", "varies": {"glide_hz": [20.0, 1.0]}}, "no band"),
        ({"preset": "wet-pair", "varies": {"glide_sigma": -0.1}}, "at least 0"),
        ({"preset": "wet-pair", "moist": 1}, "unknown key"),
    ],
)
def test_electrodes_that_make_no_sense_are_refused(data: dict[str, object], said: str) -> None:
    """One sentence with the file's key and what is wrong."""
    with pytest.raises(DefinitionError, match=said) as refused:
        network(**data)
    assert "loads[0].network" in str(refused.value)


def test_the_host_takes_a_load_of_electrodes_as_stated(tmp_path: Path) -> None:
    """One bench file serves both: the host neither knows the electrodes nor takes the load for a resistor."""
    text = BENCH.read_text(encoding="utf-8")
    skin = "parallel_ohm = 20000.0\nparallel_f = 50e-9\n"
    assert skin in text
    path = tmp_path / "electrodes.toml"
    path.write_text(text.replace(skin, 'network = { preset = "dry-pair" }\n'), encoding="utf-8")
    host, _ = load_bench(str(path))
    load = host.load("skin")
    assert load is not None
    assert not load.is_resistor
    ours = read_bench(path)
    row = next(row for row in ours.loads if row.name == "skin")
    assert row.network == network(preset="dry-pair")
    assert ours.second_channel is not None


def test_an_edge_is_found_through_the_steps_of_a_load_that_varies() -> None:
    """What is past is searched whole; what is to come as if nothing changed, or until the next step."""
    row = replace(network(preset="needle-pair"), varies=VariesRow(glide_sigma=0.3))
    loop, keeper = on(built(row))
    loop.drive(steady(100e-6))
    resting_v = loop.history.at(VOLTAGE, 2_000_000)
    edge = Edge(VOLTAGE, 1.1 * resting_v, rising=True, hysteresis=0.0)
    assert loop.history.first_crossing(edge, 0, S, primed=True)[0] is None
    soon = replace(edge, level=0.999 * resting_v)
    assert loop.history.first_crossing(soon, 0, S, primed=True, until_change=True)[0] is not None
    loop.drive(Drive(100e-6, (Piece(10_000_000, 0.5), Piece(10_000_000, 1.0)), 0))
    assert loop.history.first_crossing(soon, 0, S, primed=True, until_change=True)[0] is None
    assert loop.history.first_crossing(soon, 0, S, primed=True)[0] == pytest.approx(10_000_000, abs=2_000_000)
    loop.drive(steady(100e-6))
    keeper.advance(S)
    found, _ = loop.history.first_crossing(edge, 0, S, primed=True)
    assert found is not None
    seconds = 1e-5 * np.arange(100_000)
    above = seconds[loop.history.sample(VOLTAGE, 0, seconds) >= 1.1 * resting_v][0]
    assert found / S == pytest.approx(above, abs=1.1e-5)


def test_gliding_is_lognormal_in_its_band() -> None:
    """The logarithm has the stated deviation, and its spectrum lies between 1 and 20 Hz."""
    logs = []
    for number in range(6):
        series = Series(VariesRow(glide_sigma=0.3), 1, "key", "skin", number)
        logs.append([math.log(series.at(k * 2_500_000).plain) for k in range(12_000)])
    assert np.std(logs) == pytest.approx(0.3, rel=0.03)
    assert np.mean(logs) == pytest.approx(0.0, abs=0.01)
    power = np.abs(np.fft.rfft(np.array(logs), axis=1)) ** 2
    hertz = np.fft.rfftfreq(12_000, 2.5e-3)
    inside = (hertz > 0.9) & (hertz < 21.0)
    assert power[:, inside].sum() > 0.99 * power[:, 1:].sum()


def test_flicker_moves_the_skin_and_not_the_body() -> None:
    """The layers' factor has the stated deviation in 5 to 20 Hz; the plain resistance stays."""
    series = Series(VariesRow(flicker_share=0.2), 1, "key", "skin", 1)
    moments = [series.at(k * 2_500_000) for k in range(12_000)]
    assert {moment.plain for moment in moments} == {1.0}
    assert np.std([moment.skin for moment in moments]) == pytest.approx(0.2, rel=0.05)
    power = np.abs(np.fft.rfft([moment.skin for moment in moments])) ** 2
    hertz = np.fft.rfftfreq(12_000, 2.5e-3)
    assert power[(hertz > 4.9) & (hertz < 20.5)].sum() > 0.99 * power[1:].sum()


def test_drift_follows_its_exponential() -> None:
    """After each touch Rp falls by the stated share with the stated time constant, in steps."""
    row = replace(network(preset="wet-pair"), varies=VariesRow(drift_share=0.5, drift_tau_s=60.0))
    branch = built(row)
    skin_ohm = sum(ohm for ohm, _ in branch.ladder)
    loop, keeper = on(branch, SWITCHED)
    loop.drive(steady(10e-6))
    for touch in range(2):
        loop.contact("plus", closed=touch == 0)
        loop.contact("plus", closed=True)
        start = keeper.now_ns
        keeper.advance(200 * S)
        for at_s in (30.0, 60.0, 150.0):
            seen_ohm = loop.history.at(VOLTAGE, start + round(at_s * S)) / 10e-6
            drifted = seen_ohm - METERS_OHM - branch.resistance_ohm
            assert drifted == pytest.approx(skin_ohm * (1.0 - 0.5 * -math.expm1(-at_s / 60.0)), rel=0.02)


def test_contact_bounces_open_and_settles() -> None:
    """Within its time contact opens at most half as often as it has edges; after it the load is itself."""
    row = VariesRow(bounce_edges=5, bounce_s=0.02)
    counts = set()
    for number in range(40):
        series = Series(row, 1, "key", "skin", number)
        assert series.at(0).added_ohm == 0.0
        edges, at_ns = [], 0
        while (following := series.next_ns(at_ns)) is not None:
            at_ns = following
            edges.append(series.at(at_ns).added_ohm)
        assert edges == [OPEN_OHM, 0.0] * (len(edges) // 2)
        assert at_ns <= 20_000_000
        counts.add(len(edges))
    assert counts == {0, 2, 4}


def test_the_same_key_is_the_same_touch() -> None:
    """After `begin` a key gives its series again to the byte, another key another one; so for seeds."""
    records = []
    for seed, keys in ((1, ("a", "b", "a")), (2, ("a",))):
        loop, keeper = on(built(replace(network(preset="wet-pair"), varies=VariesRow(glide_sigma=0.3)), seed))
        loop.drive(steady(10e-6))
        for key in keys:
            loop.begin(key)
            start = keeper.now_ns
            keeper.advance(S // 5)
            records.append(loop.history.sample(VOLTAGE, start, 1e-4 * np.arange(2000)).tobytes())
    assert records[0] == records[2]
    assert len(set(records)) == 3


def test_nothing_varies_that_is_not_touched() -> None:
    """With its contact open a load takes no steps; when it is touched again its series begins anew."""
    branch = built(replace(network(preset="needle-pair"), varies=VariesRow(glide_sigma=0.3)))
    loop, keeper = on(branch, SWITCHED)
    changes = 0

    def count() -> None:
        nonlocal changes
        changes += 1

    loop.on_change(count)
    keeper.advance(S)
    assert changes >= 399
    loop.contact("minus", closed=False)
    changes = 0
    keeper.advance(S)
    assert changes <= 1
