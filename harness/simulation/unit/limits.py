"""What stands between the current source and the terminals, and how far the voltage reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.circuit.history import Stage

if TYPE_CHECKING:
    from harness.simulation.files.electronicsfile import Electronics

_LEAST_V = 1e-3
"""What is left of the compliance voltage when everything is gone."""


def compliance_v(electronics: Electronics, battery_v: float, largest_a: float) -> float:
    """Answer the largest voltage that the boost converter makes of a battery voltage under a load."""
    volts = electronics.compliance_v
    if electronics.boost_ratio:
        volts = min(volts, electronics.boost_ratio * battery_v)
    if electronics.boost_ohm:
        volts -= electronics.boost_ohm * largest_a
    return max(_LEAST_V, volts)


def stage(electronics: Electronics, clamp_v: float | None = None, series_ohm: float | None = None) -> Stage:
    """Answer the electrical limits of the stage.

    Args:
        electronics: as it was built.
        clamp_v: compliance voltage; None: the file's own.
        series_ohm: protection resistor with what is added to it; None: the file's own.
    """
    clamp_v = electronics.compliance_v if clamp_v is None else clamp_v
    negative_v = electronics.negative_compliance_v
    output_ohm = electronics.output_resistance_ohm
    if electronics.source_ohm:
        output_ohm = 1.0 / (1.0 / output_ohm + 1.0 / electronics.source_ohm)
    return Stage(
        compliance_v=clamp_v,
        output_ohm=output_ohm,
        output_capacitance_f=electronics.output_capacitance_f,
        coupling_f=0.0 if electronics.coupling_shorted else electronics.coupling_capacitor_f,
        compliance_negative_v=min(negative_v, clamp_v) if negative_v else None,
        series_ohm=electronics.series_ohm if series_ohm is None else series_ohm,
        coupling_leak_ohm=electronics.coupling_leak_ohm,
        shunt_knee_v=electronics.tvs_knee_v,
        shunt_ohm=electronics.tvs_ohm,
    )
