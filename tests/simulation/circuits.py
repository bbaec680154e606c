"""Circuits of round numbers for the tests of the simulation's electrical model."""

from __future__ import annotations

from dataclasses import replace

from harness.simulation.circuit.branch import Branch
from harness.simulation.circuit.drive import Drive, Piece
from harness.simulation.circuit.loop import Loop
from harness.simulation.circuit.parts import AuxiliarySource, ContactSwitch, Parts, Probe
from harness.simulation.circuit.stage import Stage
from harness.simulation.timekeeper import VirtualTimekeeper

S = 1_000_000_000
US = 1_000
NEVER_OHM = 1e30
CLOSED = frozenset({1, 11, 12, 15, 16})
SKIN = frozenset({3, 11, 12, 15, 16})
PROBE, AUXILIARY = 19, 20
LOOP_OHM = 10_000.0
SKIN_SERIES_OHM, SKIN_OHM, SKIN_F = 2500.0, 20_000.0, 50e-9

BARE = Parts(
    loads=(
        Branch("10k", 8000.0, 1, None, 0.0, NEVER_OHM),
        Branch("4k", 2000.0, 2, None, 0.0, NEVER_OHM),
        Branch("skin", 500.0, 3, None, 0.0, NEVER_OHM, parallel_ohm=SKIN_OHM, parallel_f=SKIN_F),
        Branch("skin too", 500.0, 4, None, 0.0, NEVER_OHM, parallel_ohm=SKIN_OHM, parallel_f=SKIN_F),
    ),
    meter=(Branch("RM", 1000.0, 11, 12, 0.0, NEVER_OHM),),
    scope=(Branch("RS", 1000.0, 15, 16, 0.0, NEVER_OHM),),
    temperature_c=23.0,
    pickup_a=0.0,
    mains_hz=50.0,
    meter_bias_a=0.0,
    scope_input_ohm=NEVER_OHM,
    emf_half_period_s=30.0,
)
SWITCHED = replace(BARE, contact=ContactSwitch(0.0, 0.0, NEVER_OHM, 0.0, 3.3))
EQUIPPED = replace(
    BARE,
    contact=ContactSwitch(25.0, 25.0, 1e11, 20e-12, 3.3),
    probe=Probe(10e6, 5e-12, (PROBE,)),
    auxiliary=AuxiliarySource(10e3, (AUXILIARY,)),
    leads_f=80e-12,
    electrode_relay=True,
)


def stage(
    output_f: float = 0.0, coupling_f: float = 0.0, compliance_v: float = 70.0, output_ohm: float = 1e12
) -> Stage:
    """Make an output stage; without arguments an ideal source."""
    return Stage(compliance_v, output_ohm, output_f, coupling_f)


def bench(parts: Parts, *stages: Stage, closed: frozenset[int] = CLOSED) -> tuple[Loop, VirtualTimekeeper]:
    """Make a loop with its relays and its contacts closed, the first channel connected."""
    keeper = VirtualTimekeeper()
    loop = Loop(keeper, parts, stages or (stage(),))
    loop.meter_input(NEVER_OHM)
    loop.connect(closed)
    loop.select(1)
    loop.contact("plus", closed=True)
    loop.contact("minus", closed=True)
    return loop, keeper


def square(current_a: float, half_period_ns: int, *corners: tuple[int, float]) -> Drive:
    """Answer a square wave about zero."""
    return Drive(current_a, (Piece(half_period_ns, 1.0), Piece(half_period_ns, -1.0)), 0, corners)
