"""The accuracy figures of the emulated instruments beside the host's, figure by figure; each difference has a reason.

Both sides were entered from the documents by themselves. Where they differ and no reason stands here, one of them is
wrong.
"""

from __future__ import annotations

import math
import tomllib
from typing import TYPE_CHECKING

import pytest

from harness.definitions.accuracy import load_accuracy
from harness.simulation.catalogue import EMULATED
from harness.simulation.files.modelfile import model
from tests.simulation.client import ROOT, Simulation

if TYPE_CHECKING:
    from harness.definitions.accuracy import AccuracyRow
    from harness.simulation.files.modelfile import ModelTable

FILES = {"34465A": "keysight-34465a", "34410A": "agilent-34410a", "DMM6500": "keithley-dmm6500"}

BUDGETED = ("34465A",)
"""Multimeters that the harness has a driver for: what it plans with beside the rows (noise, mains, input) counts."""

REASONS = {
    ("34465A", "noise", 0.1): "the host's figure is for planning; budgets take the scatter of the readings themselves",
    ("34465A", "noise", 1.0): "the same: the simulation's input noise is 0.3 µV at one cycle on every range",
    ("34465A", "noise", 10.0): "the same: a share of the resolution figure on this range",
    (
        "34465A",
        "input",
        10.0,
    ): "the host takes the data sheet's bound, all of 1/R uncertain; the truth is above it",
    ("34465A", "mains", 0.1): "the host assumes 60 dB as for the 34401A; the truth is the aperture's own sinc, 66 dB",
    ("34465A", "mains", 1.0): "the same",
    ("34465A", "mains", 10.0): "the same",
    ("34465A", "range", 100.0): "the host's bench never uses it; the row is there for other clients",
    ("34465A", "range", 1000.0): "the same",
    (
        "DSOX1204G",
        "gain",
        0.04,
    ): "the host adds 0.5 % of full scale for two cursors, which nobody sets here",
    ("DSOX1204G", "gain", 1.0): "the same",
}
REASONS |= {
    (name, "coverage", span): "none is stated: the host takes a rectangle, the simulation draws within the bound"
    for name in ("34410A", "DMM6500")
    for span in (0.1, 1.0, 10.0, 100.0, 1000.0)
}
REASONS |= {
    ("34410A", figure, span): "not read: the simulation has the 34401A's rows, the host remembered ones, mark M"
    for figure, span in (
        ("reading", 1.0), ("reading", 10.0), ("reading", 100.0), ("reading", 1000.0), ("of range", 1000.0),
    )
}  # fmt: skip
"""Why a figure of the simulation is not the host's: by model, figure and range or full scale in V."""


def volts_rows(name: str) -> dict[float, AccuracyRow]:
    """Answer the host's rows for d.c. volts a year after calibration, by range."""
    accuracy, _ = load_accuracy(FILES[name])
    rows = (row for row in accuracy.every_row if row.function == "dc-volts" and row.interval == "1 year")
    return {row.range_to: row for row in rows}


def figures(data: ModelTable, index: int) -> tuple[float, float]:
    """Answer the simulation's percent of reading and of range."""
    return data.numbers("accuracy.percent_of_reading")[index], data.numbers("accuracy.percent_of_range")[index]


def same(key: tuple[str, str, float], simulated: float, host: float) -> bool:
    """Whether two figures agree, or a reason says why they do not. A reason for what agrees is stale, and fails."""
    agrees = math.isclose(simulated, host, rel_tol=1e-9)
    assert agrees != (key in REASONS), f"{key}: simulation {simulated:g}, host {host:g}"
    return True


def test_every_emulated_multimeter_is_compared() -> None:
    """Each emulated model has rows on the host, entered from the document a second time."""
    known = {path.stem for path in (ROOT / "fixtures/instruments").glob("*.toml")}
    assert {FILES[name] for name in EMULATED["multimeter"]} <= known


@pytest.mark.parametrize("name", list(FILES))
def test_direct_volts_agree_row_by_row(name: str) -> None:
    """Percent of reading and of range, over-range and coverage are the same on every range the host uses."""
    data, rows = model(FILES[name]), volts_rows(name)
    ranges = data.numbers("accuracy.ranges_v")
    for index, span in enumerate(ranges):
        row = rows.get(span)
        if row is None:
            assert (name, "range", span) in REASONS
            continue
        of_reading, of_range = figures(data, index)
        assert same((name, "reading", span), of_reading, row.percent_of_reading)
        assert same((name, "of range", span), of_range, row.percent_of_range)
        highest = "_highest" if index == len(ranges) - 1 else ""
        assert same((name, "over-range", span), data.number(f"accuracy.over_range{highest}"), 1.0 + row.over_range)
        # Errors are drawn with two standard deviations at the limit: HiddenErrors.normal_within.
        assert same((name, "coverage", span), 2.0, row.coverage or 0.0)
    assert set(rows) <= set(ranges)


@pytest.mark.parametrize("name", BUDGETED)
def test_noise_mains_and_input_agree_or_have_a_reason(name: str) -> None:
    """What the host plans with beside the rows is compared too, at ten cycles and a mains frequency 0.05 % off."""
    data, rows = model(FILES[name]), volts_rows(name)
    nplc, ppm = data.numbers("aperture.nplc"), data.numbers("aperture.resolution_ppm")
    share, input_v = data.number("noise.share_of_resolution"), data.number("noise.input_v_at_1_nplc")
    off = model("circuit").number("pickup.mains_tolerance")
    turns = 10.0 * (1.0 + off)
    rejection_db = -20.0 * math.log10(abs(math.sin(math.pi * turns) / (math.pi * turns)))
    for span, row in rows.items():
        noise_v = math.hypot(share * ppm[nplc.index(10.0)] * 1e-6 * span, input_v / math.sqrt(10.0))
        assert same((name, "noise", span), noise_v, row.noise_percent_of_range / 100.0 * span)
        assert same((name, "mains", span), rejection_db, row.mains_rejection_db or 0.0)
        assert rejection_db > (row.mains_rejection_db or 0.0)
    accuracy, _ = load_accuracy(FILES[name])
    bound = accuracy.input("dc-volts")
    assert same((name, "input", 10.0), data.number("input.high_ohm"), bound.resistance_ohm)
    assert data.number("input.high_ohm") > bound.resistance_ohm


@pytest.mark.parametrize(("full_scale", "key"), [(0.04, "vertical.gain_percent_low"), (1.0, "vertical.gain_percent")])
def test_the_oscilloscope_s_gain_agrees_but_for_the_cursors(full_scale: float, key: str) -> None:
    """Gain is 3 % of full scale, 4 % below 10 mV/div; the host's row for a difference has the two cursors more."""
    accuracy, path = load_accuracy("keysight-dsox1204g")
    row = accuracy.at("dc-difference", full_scale, path)
    simulated = model("keysight-dsox1204g").number(key) / 100.0
    assert same(("DSOX1204G", "gain", full_scale), simulated, row.gain_of_range)
    assert row.gain_of_range - simulated == pytest.approx(0.5e-2)


def test_the_oscilloscope_s_time_base_agrees() -> None:
    """50 ppm on both sides."""
    accuracy, _ = load_accuracy("keysight-dsox1204g")
    assert accuracy.time_base is not None
    simulated = model("keysight-dsox1204g").number("horizontal.time_base_ppm")
    assert same(("DSOX1204G", "time base", 0.0), simulated, accuracy.time_base.ppm)


@pytest.mark.parametrize("name", list(FILES))
def test_every_range_has_all_of_its_figures(name: str) -> None:
    """Each function of each model has as many percentages as ranges, and they ascend."""
    with (ROOT / f"harness/simulation/models/{FILES[name]}.toml").open("rb") as file:
        tables = tomllib.load(file)
    checked = 0
    for table, entries in tables.items():
        ranges = next((value for key, value in entries.items() if key.startswith("ranges_")), None)
        if ranges is not None:
            checked += 1
            assert ranges == sorted(ranges), table
            assert len(entries["percent_of_reading"]) == len(entries["percent_of_range"]) == len(ranges), table
    assert checked >= 9


def test_the_truth_holds_what_no_data_sheet_lists() -> None:
    """Thermal voltage, contact resistance, leakage, pickup and a room of 18 to 28 degrees are drawn, by seed."""
    circuit = model("circuit")
    assert circuit.number("emf.constant_v") > 0.0
    assert circuit.number("emf.swing_v") > 0.0
    assert 0.0 < circuit.number("contact.low_ohm") < circuit.number("contact.high_ohm")
    assert min(circuit.pair("leakage.range_ohm")) >= 1e10
    assert min(circuit.pair("pickup.range_a")) > 0.0
    described = (ROOT / "docs/simulated-bench.md").read_text(encoding="utf-8")
    for words in (
        "thermal voltage",
        "relay contacts",
        "leakage past each resistor",
        "mains pickup",
        "room temperature",
    ):
        assert words in described, words
    with Simulation("--seed=11") as simulation:
        first = simulation.control("state")["errors"]["circuit"]
        simulation.control("reseed", seed=12)
        second = simulation.control("state")["errors"]["circuit"]
    for drawn in (first, second):
        assert 18.0 <= drawn["temperature_c"] <= 28.0
        assert drawn["pickup_a"] > 0.0
        assert all(0.0 < abs(volts) <= circuit.number("emf.constant_v") for volts in drawn["emf_v"].values())
    assert first["temperature_c"] != second["temperature_c"]
    assert first["emf_v"] != second["emf_v"]
