"""What a load of the bench is made of beyond its resistor: layers of skin, and how they vary with time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness.simulation.files.table import Table, load

if TYPE_CHECKING:
    from collections.abc import Iterator

_PRESETS = Path(__file__).parent.parent / "models" / "circuit.toml"


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """How the resistance of a layer falls with voltage: ``Rp0 / (1 + (|V| / V0)^m)``.

    Attributes:
        knee_v: V0.
        exponent: m.
        recovery_s: time constant of what broke down.
        asymmetry: V0 is larger by this share for positive voltages.
    """

    knee_v: float
    exponent: float
    recovery_s: float
    asymmetry: float


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A resistor, and parallel to it a capacitor or a constant-phase element.

    Attributes:
        parallel_ohm: the resistor.
        parallel_f: the capacitor; 0 where there is an element.
        cpe_siemens: Y0 of the element, S s^n; 0 where there is a capacitor.
        cpe_exponent: n of the element.
        count: how many of it are in series.
        breakdown: None where the resistor is linear.
    """

    parallel_ohm: float
    parallel_f: float
    cpe_siemens: float
    cpe_exponent: float
    count: int
    breakdown: BreakdownRow | None


@dataclass(frozen=True, slots=True)
class VariesRow:
    """How a load varies while it is touched; 0: it does not.

    Attributes:
        drift_share: by which the layers' resistance falls in the long run; negative: it rises.
        drift_tau_s: time constant of that.
        flicker_share: standard deviation of the layers' resistance, relative, as a film of water moves.
        flicker_hz: band of that.
        glide_sigma: standard deviation of the logarithm of all resistance while the electrodes glide.
        glide_hz: band of that.
        bounce_edges: most edges with which contact is made.
        bounce_s: time within which they lie.
    """

    drift_share: float = 0.0
    drift_tau_s: float = 60.0
    flicker_share: float = 0.0
    flicker_hz: tuple[float, float] = (5.0, 20.0)
    glide_sigma: float = 0.0
    glide_hz: tuple[float, float] = (1.0, 20.0)
    bounce_edges: int = 0
    bounce_s: float = 0.02


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """What a load is made of beside its resistor, all in series.

    Attributes:
        series_ohm: of the preset.
        layers: of the preset, then of the file.
        varies: None where nothing varies.
    """

    series_ohm: float
    layers: tuple[LayerRow, ...]
    varies: VariesRow | None


def read_network(table: Table) -> NetworkRow:
    """Read the table `network` of a load.

    Raises:
        DefinitionError: file and dotted key of what is missing or wrong.
    """
    name = table.text("preset", "")
    if name and name not in preset_names():
        raise table.error("preset", f"{name!r} is none of {', '.join(preset_names())}")
    preset = _preset(name) if name else NetworkRow(0.0, (), None)
    layers = preset.layers + tuple(_layers(table))
    varies = _varies(table.table("varies")) if table.has("varies") else preset.varies
    table.done()
    if not layers and varies is None:
        raise table.error("preset", "is missing, and so are layers: a network has one or the other")
    return NetworkRow(preset.series_ohm, layers, varies)


def preset_names() -> tuple[str, ...]:
    """Names of the electrodes that are known."""
    return _electrodes().names()


def _electrodes() -> Table:
    return Table(_PRESETS, "", load(_PRESETS)).table("electrodes")


@cache
def _preset(name: str) -> NetworkRow:
    table = _electrodes().table(name)
    series_ohm, layers = table.number("series_ohm", above=0.0), tuple(_layers(table))
    varies = _varies(table.table("varies")) if table.has("varies") else None
    table.done()
    return NetworkRow(series_ohm, layers, varies)


def _layers(table: Table) -> Iterator[LayerRow]:
    for row in table.tables("layers") if table.has("layers") else ():
        layer = LayerRow(
            parallel_ohm=row.number("parallel_ohm", above=0.0),
            parallel_f=row.number("parallel_f", 0.0),
            cpe_siemens=row.number("cpe_siemens", 0.0),
            cpe_exponent=row.number("cpe_exponent", 1.0, above=0.0),
            count=row.integer("count", 1),
            breakdown=_breakdown(row.table("breakdown")) if row.has("breakdown") else None,
        )
        if (layer.parallel_f > 0.0) == (layer.cpe_siemens > 0.0):
            raise row.error("cpe_siemens", "a layer has either parallel_f or cpe_siemens, above 0")
        row.checked("cpe_exponent", layer.cpe_exponent, lambda value: value <= 1.0, "it is at most 1")
        row.checked("count", layer.count, lambda value: value >= 1, "it is at least 1")
        row.done()
        yield layer


def _breakdown(table: Table) -> BreakdownRow:
    row = BreakdownRow(
        knee_v=table.number("knee_v", above=0.0),
        exponent=table.number("exponent", above=0.0),
        recovery_s=table.number("recovery_s", above=0.0),
        asymmetry=table.number("asymmetry", 0.0),
    )
    table.checked("asymmetry", row.asymmetry, lambda value: -1.0 < value < 1.0, "it lies between -1 and 1")
    table.done()
    return row


def _varies(table: Table) -> VariesRow:
    plain = VariesRow()
    row = VariesRow(
        drift_share=table.number("drift_share", plain.drift_share),
        drift_tau_s=table.number("drift_tau_s", plain.drift_tau_s, above=0.0),
        flicker_share=table.number("flicker_share", plain.flicker_share),
        flicker_hz=_band(table, "flicker_hz", plain.flicker_hz),
        glide_sigma=table.number("glide_sigma", plain.glide_sigma),
        glide_hz=_band(table, "glide_hz", plain.glide_hz),
        bounce_edges=table.integer("bounce_edges", plain.bounce_edges),
        bounce_s=table.number("bounce_s", plain.bounce_s, above=0.0),
    )
    table.checked("drift_share", row.drift_share, lambda value: value < 1.0, "less than all of it can fall")
    table.checked("flicker_share", row.flicker_share, lambda value: 0.0 <= value <= _MOST_FLICKER, "it is 0 to 0.3")
    table.at_least_zero(row, ("glide_sigma", "bounce_edges"), "it")
    table.done()
    return row


_MOST_FLICKER = 0.3
"""Beyond it a resistance would come near 0."""


def _band(table: Table, key: str, default: tuple[float, float]) -> tuple[float, float]:
    if not table.has(key):
        return default
    values = table.numbers(key)
    if len(values) != len(default) or not 0.0 < values[0] < values[1]:
        raise table.error(key, f"{list(values)} is no band: two frequencies, the lower one first")
    return values[0], values[1]
