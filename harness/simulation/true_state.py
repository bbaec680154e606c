"""What an examiner may know of a bench: every hidden error, and the state of the unit's firmware."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.assembly import SimulatedBench


def firmware(bench: SimulatedBench) -> Mapping[str, object]:
    """Answer the state of the unit's firmware that no frame tells."""
    return {"channels": [channel.snapshot() for channel in bench.stimulator.channels]}


def errors(bench: SimulatedBench) -> Mapping[str, object]:
    """Answer the true value of everything that was drawn from the seed."""
    parts = bench.loop.parts
    resistors = {
        part.name: bench.loop.true_resistance(part.name, part.resistance_ohm) for part in (*parts.meter, *parts.scope)
    }
    return {
        **{role: dict(instrument.hidden()) for role, instrument in bench.instruments.items()},
        "resistors": resistors,
        "loads": {part.name: part.resistance_ohm for part in parts.loads},
        "unit": _unit(bench),
        "circuit": {
            "temperature_c": parts.temperature_c,
            "pickup_a": parts.pickup_a,
            "mains_hz": parts.mains_hz,
            "emf_v": {part.name: part.emf_v for part in parts.meter},
            "emf_swing_v": {part.name: part.emf_swing_v for part in parts.meter},
            **_rest_of_the_circuit(bench),
        },
    }


def _rest_of_the_circuit(bench: SimulatedBench) -> Mapping[str, object]:
    """Answer contacts, leakages and stray parts."""
    parts = bench.loop.parts
    loads = (*parts.loads, *([parts.second.load] if parts.second is not None else []))
    resistors, branches = (*parts.meter, *parts.scope), (*parts.loads, *parts.meter, *parts.scope)
    return {
        "contact_ohm": {part.name: part.contact_ohm for part in branches},
        "leakage_ohm": {part.name: part.leakage_ohm for part in resistors},
        "load_blocks": {load.name: load.blocks for load in loads if load.blocks},
        "load_layers": {load.name: [asdict(layer) for layer in load.layers] for load in loads if load.layers},
        "second_channel": asdict(parts.second) if parts.second is not None else None,
        "contact_switch": asdict(parts.contact) if parts.contact is not None else None,
        "electrode_probe": asdict(parts.probe) if parts.probe is not None else None,
        "auxiliary_source": asdict(parts.auxiliary) if parts.auxiliary is not None else None,
        "leads_f": parts.leads_f,
        "meter_bias_a": parts.meter_bias_a,
        "scope_input_ohm": parts.scope_input_ohm,
    }


def _unit(bench: SimulatedBench) -> Mapping[str, object]:
    """Answer channel 1 by itself, as units with one channel have it, and every channel in a list."""
    outputs = [{"gain": output.gain, "offset_a": output.offset_a} for output in bench.stimulator.outputs]
    return {**outputs[0], "clock_ppm": bench.stimulator.clock.ppm, "channels": outputs}
