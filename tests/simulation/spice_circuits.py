"""The circuits that the simulation and ngspice both solve."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.circuit.branch import Branch
from harness.simulation.circuit.drive import Drive, Piece
from harness.simulation.circuit.evolution import Evolution
from harness.simulation.circuit.history import Quantity
from harness.simulation.circuit.ladder import ladder
from harness.simulation.circuit.parts import AuxiliarySource, Probe
from harness.simulation.circuit.stage import Stage
from harness.simulation.circuit.topology import Block, Tap, Topology, of_stage
from tests.simulation.circuits import AUXILIARY, BARE, NEVER_OHM, PROBE, S, bench
from tests.simulation.spice import Circuit

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.spice import Numbers

_METERS_OHM = 2000.0
_LOOP = frozenset({11, 12, 15, 16})


def _by_loop(
    stage: Stage, loads: tuple[Branch, ...], drive: Drive, *, further: frozenset[int] = frozenset(), emf_v: float = 0.0
) -> Callable[[Numbers], tuple[Numbers, ...]]:
    """Solve a circuit on the bench, terminals and loop current."""

    def solve(seconds: Numbers) -> tuple[Numbers, ...]:
        parts = replace(
            BARE,
            loads=loads,
            probe=Probe(10e6, 5e-12, (PROBE,)),
            auxiliary=AuxiliarySource(10e3, (AUXILIARY,)),
        )
        closed = _LOOP | {branch.force for branch in loads} | further
        loop, _ = bench(parts, stage, closed=closed)
        loop.auxiliary(emf_v)
        loop.drive(drive)
        return tuple(loop.history.sample(quantity, 0, seconds) for quantity in (Quantity.VOLTAGE, Quantity.CURRENT))

    return solve


def _by_evolution(
    topology: Topology, drives: tuple[Drive, ...], *taps: Tap
) -> Callable[[Numbers], tuple[Numbers, ...]]:
    """Solve a circuit without a bench."""

    def solve(seconds: Numbers) -> tuple[Numbers, ...]:
        first, *others = drives
        evolution = Evolution(topology, first, 0.0, 0, tuple(0.0 for _ in topology.names), *others)
        end_ns = int(np.ceil(seconds[-1] * S)) + 1
        return tuple(evolution.pieces(tap, 1.0, 0, end_ns).sample(0, seconds) for tap in taps)

    return solve


def square(current_a: float, half_s: float, edge_s: float) -> Drive:
    """Answer a square wave about zero whose edges take time; it begins at zero."""
    edge, half = round(edge_s * S), round(half_s * S)
    pieces = (
        Piece(edge, 0.0, 1.0),
        Piece(half - 2 * edge, 1.0),
        Piece(2 * edge, 1.0, -1.0),
        Piece(half - 2 * edge, -1.0),
        Piece(edge, -1.0, 0.0),
    )
    return Drive(current_a, pieces, 0)


def _load(resistance_ohm: float, *blocks: tuple[float, float], relay: int = 1) -> Branch:
    return Branch(f"load {relay}", resistance_ohm, relay, None, 0.0, NEVER_OHM, ladder=blocks)


def _chain(ohm: float, *blocks: tuple[float, float], top: str = "o", bottom: str = "0", name: str = "l") -> list[str]:
    """Answer a load chain as a netlist; its current is that of source `V<name>`."""
    lines = [f"V{name} {top} {name}0 0", f"R{name}0 {name}0 {name}1 {ohm:.12g}"]
    for number, (resistance, farad) in enumerate(blocks, start=1):
        below = bottom if number == len(blocks) else f"{name}{number + 1}"
        lines.append(f"R{name}b{number} {name}{number} {below} {resistance:.12g}")
        lines.append(f"C{name}b{number} {name}{number} {below} {farad:.12g} ic=0")
    if not blocks:
        lines[1] = f"R{name}0 {name}0 {bottom} {ohm:.12g}"
    return lines


def _stage(stage: Stage, source: str = "s", terminals: str = "o", *, clamp_ohm: float = 100.0) -> list[str]:
    """Answer an output stage as a netlist."""
    inner = source if not stage.coupling_f else f"{source}c"
    before = terminals if not stage.series_ohm else inner
    high, low = stage.compliance_v, stage.floor_v
    v = f"V({source})"
    clamp = f"{v}>{high:g}?({v}-{high:g})/{clamp_ohm:g}:({v}<{low:g}?({v}-({low:g}))/{clamp_ohm:g}:0)"
    lines = [f"Rout{source} {source} 0 {stage.output_ohm:.12g}", f"B{source} {source} 0 I={clamp}"]
    if stage.coupling_f:
        lines.append(f"Cc{source} {source} {before} {stage.coupling_f:.12g} ic=0")
        if stage.coupling_leak_ohm:
            lines.append(f"Rc{source} {source} {before} {stage.coupling_leak_ohm:.12g}")
    elif not stage.series_ohm:
        lines.append(f"Vw{source} {source} {terminals} 0")
    if stage.series_ohm:
        lines.append(f"Rs{source} {inner} {terminals} {stage.series_ohm:.12g}")
    if stage.output_capacitance_f:
        lines.append(f"Co{source} {terminals} 0 {stage.output_capacitance_f:.12g} ic=0")
    if stage.shunt_ohm:
        t, knee, ohm = f"V({terminals})", stage.shunt_knee_v, stage.shunt_ohm
        shunt = f"{t}>{knee:g}?({t}-{knee:g})/{ohm:g}:({t}<-{knee:g}?({t}+{knee:g})/{ohm:g}:0)"
        lines.append(f"Bt{source} {terminals} 0 I={shunt}")
    return lines


def single(
    name: str, stage: Stage, load: tuple[float, *tuple[tuple[float, float], ...]], drive: Drive, stop_s: float
) -> Circuit:
    """Answer a circuit of one stage and one load."""
    resistance, *blocks = load
    return Circuit(
        name,
        (*_stage(stage), *_chain(resistance + _METERS_OHM, *blocks)),
        (drive,),
        stop_s,
        stop_s / _STEPS,
        ("v(o)", "i(vl)"),
        _by_loop(stage, (_load(resistance, *blocks),), drive),
    )


_STEPS = 60_000
_SKIN = (500.0, (20e3, 50e-9))


def _wet_pair() -> tuple[float, *tuple[tuple[float, float], ...]]:
    found = ladder(40e3, 0.72e-7, 0.8, 0.005)
    return (720.0 + found.series_ohm, *found.blocks)


def _two_loads() -> Circuit:
    stage, drive = Stage(70.0, 22.5e6, 245e-12), square(600e-6, 5e-3, 10e-6)
    second = (300.0, (60e3, 20e-9))
    netlist = [
        *_stage(stage),
        f"Vl o l0 0\nRl0 l0 l1 {_METERS_OHM:g}",
        *_chain(*_SKIN, top="l1", name="a"),
        *_chain(*second, top="l1", name="b"),
    ]
    loads = (_load(*_SKIN), _load(*second, relay=2))
    return Circuit(
        "two skin loads side by side",
        tuple(netlist),
        (drive,),
        20e-3,
        20e-3 / _STEPS,
        ("v(o)", "i(vl)"),
        _by_loop(stage, loads, drive),
    )


def _probe_and_auxiliary() -> Circuit:
    stage, drive = Stage(70.0, 22.5e6, 120e-12), square(300e-6, 2e-3, 10e-6)
    netlist = [*_stage(stage), *_chain(_SKIN[0] + _METERS_OHM, _SKIN[1]), "Rp o 0 10e6\nCp o 0 5e-12 ic=0"]
    netlist.append("Rx o x 10e3\nVx x 0 20")
    return Circuit(
        "probe across the terminals, 20 V through 10 kOhm into them",
        tuple(netlist),
        (drive,),
        8e-3,
        8e-3 / _STEPS,
        ("v(o)", "i(vl)"),
        _by_loop(stage, (_load(*_SKIN),), drive, further=frozenset({PROBE, AUXILIARY}), emf_v=20.0),
    )


def _shared(name: str, first: Stage, second: Stage, drives: tuple[Drive, Drive], stop_s: float) -> Circuit:
    """Answer two channels, each with its skin, whose loads return through one resistance."""
    blocks = (Block("skin 1", 1.0 / 20e3, 50e-9), Block("skin 2", 1.0 / 60e3, 20e-9))
    topology = replace(
        of_stage(first),
        chain_ohm=700.0,
        blocks=blocks[:1],
        second=replace(of_stage(second), chain_ohm=1500.0, blocks=blocks[1:]),
        shared_ohm=1000.0,
    )
    netlist = [
        *_stage(first),
        *_stage(second, "p", "q"),
        *_chain(700.0, (20e3, 50e-9), bottom="r"),
        *_chain(1500.0, (60e3, 20e-9), top="q", bottom="r", name="m"),
        "Rr r 0 1000",
    ]
    taps = (Tap.TERMINALS, Tap.LOAD_CURRENT, Tap.SECOND_TERMINALS, Tap.SECOND_LOAD_CURRENT)
    return Circuit(
        name,
        tuple(netlist),
        drives,
        stop_s,
        stop_s / _STEPS,
        ("v(o)", "i(vl)", "v(q)", "i(vm)"),
        _by_evolution(topology, drives, *taps),
    )


def _sweep() -> Drive:
    """Answer a logarithmic sweep of trapezes that happens once, with ringing of its own added to it."""
    halves = [round(2e-3 * S / 1.1**k) for k in range(25)]
    pieces: list[Piece] = []
    sign = 1.0
    for half in halves:
        pieces.extend(
            (Piece(half // 10, 0.0, sign), Piece(half - 2 * (half // 10), sign), Piece(half // 10, sign, 0.0))
        )
        sign = -sign
    ringing = Drive(50e-6, (Piece(40_000, 0.0, 1.0), Piece(80_000, 1.0, -1.0), Piece(40_000, -1.0, 0.0)), 0)
    return Drive(500e-6, tuple(pieces), 0, repeats=False, added=(ringing,))


HOWLAND, DIFFERENTIAL = Stage(15.0, 22.5e6, 245e-12), Stage(30.0, 249e6, 131e-12)

CIRCUITS: tuple[Circuit, ...] = (
    single("resistor, 10 kOhm", Stage(70.0, 1e9, 1e-12), (8000.0,), square(600e-6, 1e-3, 10e-6), 4e-3),
    single(
        "resistor with the terminals' capacitance",
        Stage(70.0, 1e9, 200e-12),
        (8000.0,),
        square(600e-6, 20e-6, 1e-6),
        100e-6,
    ),
    single("skin, Rs + Rp || Cp", Stage(70.0, 1e9, 120e-12), _SKIN, square(600e-6, 2e-3, 10e-6), 8e-3),
    single(
        "published phantom, 998 Ohm + 333.5 kOhm || 3.4 nF",
        Stage(70.0, 249e6, 131e-12),
        (998.0, (333.5e3, 3.4e-9)),
        square(100e-6, 5e-3, 10e-6),
        20e-3,
    ),
    single(
        "constant-phase skin of two wet spheres, as a ladder",
        Stage(70.0, 22.5e6, 245e-12),
        _wet_pair(),
        square(600e-6, 5e-3, 10e-6),
        20e-3,
    ),
    single("compliance entered and left, skin", Stage(8.0, 22.5e6, 245e-12), _SKIN, square(600e-6, 5e-3, 10e-6), 20e-3),
    single(
        "compliance of two different polarities",
        replace(HOWLAND, compliance_negative_v=6.0),
        _SKIN,
        square(800e-6, 5e-3, 10e-6),
        20e-3,
    ),
    single("open output, from clamp to clamp", Stage(70.0, 1e9, 200e-12), (1e9,), square(600e-6, 100e-6, 1e-6), 400e-6),
    single(
        "coupling capacitor, 1 uF", Stage(70.0, 22.5e6, 245e-12, 1e-6), (8000.0,), square(600e-6, 50e-3, 100e-6), 200e-3
    ),
    single(
        "leaky coupling capacitor at compliance",
        Stage(9.0, 22.5e6, 0.0, 1e-6, coupling_leak_ohm=90e3),
        (8000.0,),
        square(600e-6, 50e-3, 100e-6),
        200e-3,
    ),
    single(
        "Howland source, 22.5 MOhm || 245 pF, into 100 kOhm at 1500 Hz",
        HOWLAND,
        (98e3,),
        square(100e-6, 333e-6, 2e-6),
        1.332e-3,
    ),
    single(
        "differential Howland source, 249 MOhm || 131 pF, into 1 MOhm",
        DIFFERENTIAL,
        (998e3,),
        square(20e-6, 2e-3, 5e-6),
        8e-3,
    ),
    single(
        "protection resistor and shunt beyond 40 V",
        Stage(70.0, 22.5e6, 1e-9, series_ohm=10e3, shunt_knee_v=40.0, shunt_ohm=50e3),
        (78e3,),
        square(800e-6, 500e-6, 5e-6),
        2e-3,
    ),
    single("sweep that happens once, ringing added to it", Stage(12.0, 22.5e6, 245e-12), _SKIN, _sweep(), 35e-3),
    _two_loads(),
    _probe_and_auxiliary(),
    _shared(
        "two channels, shared return",
        HOWLAND,
        DIFFERENTIAL,
        (square(300e-6, 2e-3, 10e-6), square(200e-6, 1.3e-3, 10e-6)),
        10e-3,
    ),
    _shared(
        "two channels, shared return, both at compliance",
        replace(HOWLAND, compliance_v=5.0),
        replace(DIFFERENTIAL, compliance_v=8.0, coupling_f=0.1e-6),
        (square(600e-6, 2e-3, 10e-6), square(500e-6, 1.3e-3, 10e-6)),
        10e-3,
    ),
)
