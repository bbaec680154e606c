"""The output stage of one channel: a current source, what limits it, and what stores charge in it."""

from __future__ import annotations

from dataclasses import dataclass

from harness.quantity import finite


@dataclass(frozen=True, slots=True)
class Stage:
    """An output stage: a current source with a parallel resistance, a largest voltage, and what stores charge.

    From the source outwards: source with `output_ohm` and the clamp of the compliance voltage, coupling capacitor with
    its leakage, protection resistor, terminals. Across the terminals lie `output_capacitance_f` and the shunt of a
    transient suppressor. Every default is a part that is not there.

    Attributes:
        compliance_v: largest voltage; beyond it the clamp draws what is too much.
        output_ohm: parallel to the source.
        output_capacitance_f: across the terminals.
        coupling_f: of the capacitor in series with the output; 0: none.
        compliance_negative_v: magnitude of the largest negative voltage; None: as the positive one.
        series_ohm: protection resistor between the source, or its coupling capacitor, and the terminals.
        coupling_leak_ohm: across the coupling capacitor; 0: none.
        shunt_knee_v: voltage at the terminals, of either sign, from which the shunt conducts.
        shunt_ohm: what the shunt is beyond its knee; 0: there is no shunt.
    """

    compliance_v: float
    output_ohm: float
    output_capacitance_f: float = 0.0
    coupling_f: float = 0.0
    compliance_negative_v: float | None = None
    series_ohm: float = 0.0
    coupling_leak_ohm: float = 0.0
    shunt_knee_v: float = 0.0
    shunt_ohm: float = 0.0

    def __post_init__(self) -> None:
        negative_v = self.compliance_v if self.compliance_negative_v is None else self.compliance_negative_v
        for name in ("compliance_v", "output_ohm", "output_capacitance_f", "coupling_f"):
            finite(name, getattr(self, name))
        for name in ("series_ohm", "coupling_leak_ohm", "shunt_knee_v", "shunt_ohm"):
            if finite(name, getattr(self, name)) < 0.0:
                raise ValueError(f"{name} of a stage is {getattr(self, name):g}; it is at least 0")
        if self.compliance_v <= 0.0 or self.output_ohm <= 0.0:
            raise ValueError(
                f"compliance {self.compliance_v} V and output resistance {self.output_ohm} ohm are positive"
            )
        if finite("compliance_negative_v", negative_v) <= 0.0:
            raise ValueError(f"compliance_negative_v is {negative_v:g} V; it is a magnitude above 0")
        if self.output_capacitance_f < 0.0 or self.coupling_f < 0.0:
            raise ValueError("a capacitance is not negative")
        if self.shunt_ohm and not self.shunt_knee_v:
            raise ValueError("a shunt has a knee above 0 V")

    @property
    def floor_v(self) -> float:
        """The largest negative voltage, with its sign."""
        return -(self.compliance_v if self.compliance_negative_v is None else self.compliance_negative_v)
