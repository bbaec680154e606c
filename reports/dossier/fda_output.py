"""FDA's table of output specifications, one for each mode, row by row (guidance of 9 June 1999, section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.dossier.blocks import Block, Break, Heading, Table, Text
from reports.text import Scale, decimals_of, result_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence import Value
    from reports.dossier.case import Case

_LOADS = ("500R", "2k", "10k")
_LOAD_NAMES = {"500R": "500 Ω", "2k": "2 kΩ", "10k": "10 kΩ"}
_CM2 = 1e4
"""Square centimetres in a square metre."""
_POWER_LOAD_OHM = 500.0
_LEAST_SHARE = 1e-4
_SHAPES = {
    "dc": "constant over the phase: rectangular where it alternates",
    "square": "rectangular, 50 % of the period in each phase",
    "pulses": "rectangular pulses with rest between them",
    "staircase": "rectangular, in steps of frequency",
    "sweep": "rectangular, frequency swept",
}


@dataclass(frozen=True, slots=True)
class Mode:
    """A mode with the values of its output table, by quantity and load.

    Attributes:
        name: of the mode.
        values: recorded, at the largest setting.
        case: the run.
    """

    name: str
    values: tuple[Value, ...]
    case: Case

    def at(self, quantity: str, load: str = "500R") -> Value | None:
        """A value of the output table."""
        name = f"output-table.{quantity}"
        return next((v for v in self.values if v.quantity == name and v.point.load == load), None)

    def shown(self, quantity: str, load: str = "500R") -> str:
        """A value with U, or that it was not measured."""
        value = self.at(quantity, load)
        return "not measured" if value is None else result_of(value.measurement)

    def text(self, name: str, otherwise: str = "") -> str:
        """A value of the mode's profile with its basis."""
        return self.case.profile.text(f"modes.{self.name}.{name}", otherwise)

    def plain(self, name: str) -> str:
        """The same without its basis."""
        value = self.case.profile.get(f"modes.{self.name}.{name}")
        return "" if value is None else value.value

    @property
    def multiphasic(self) -> bool:
        """Current flows in both directions in turn."""
        return "bipolar" in self.plain("polarities")

    @property
    def phases(self) -> tuple[str, ...]:
        """Those that the table has values of."""
        return tuple(p for p in ("positive", "negative") if self.at(f"{p}-current") is not None)


def modes_of(case: Case) -> tuple[Mode, ...]:
    """Every declared mode, with the values of its table."""
    found = [value for value in case.values if value.quantity.startswith("output-table.")]
    return tuple(
        Mode(name, tuple(value for value in found if value.point.setpoint.mode == name), case)
        for name in case.profile.modes
    )


def chapter(case: Case) -> Iterator[Block]:
    """A table for each mode."""
    for mode in modes_of(case):
        yield Break()
        yield Heading(2, f"Output specifications: mode {mode.name}")
        yield Text(_settings(mode), "soft")
        predicate = case.predicate
        rows = []
        for number, title, entry in _rows(mode):
            rows.append((number, title, entry, *((predicate.of_mode(mode.name, number),) if predicate.given else ())))
        if predicate.given:
            head: tuple[str, ...] = ("", "Parameter", "New device", f"Predicate: {predicate.name}")
            yield Table(head, tuple(rows), (0, 1.3, 2.3, 1.4), size=7.8)
        else:
            yield Table(("", "Parameter", "New device"), tuple(rows), (0, 1.2, 2.8), size=7.8)
        yield from _samples(mode)


def _settings(mode: Mode) -> str:
    point = mode.values[0].point.setpoint if mode.values else None
    if point is None:
        return "No value of the output table was recorded for this mode."
    frequency = "" if point.frequency_hz is None else f", {point.frequency_hz:g} Hz"
    return (
        f"At the largest setting: channel {point.channel}, level {point.level} "
        f"({Scale.of(point.current_a, 'A').number(point.current_a, 1)} {Scale.of(point.current_a, 'A').unit} nominal), "
        f"{point.polarity.value}{frequency}, read off the tracings below. Voltage is current times the stated load. "
        "(stated) and (assumed) tell what the device profile rests on. U has k = 2, or what the budget gives."
        f"{_other_channels(mode)}"
    )


def _other_channels(mode: Mode) -> str:
    if mode.case.profile.number("channels") in {None, 1.0}:
        return ""
    return " The other channels are judged by current.accuracy and by the requirements on channels; they have no table."


def _rows(mode: Mode) -> Iterator[tuple[str, str, str]]:
    waveform = mode.plain("waveform")
    swept = waveform in {"staircase", "sweep"}
    kind = "direct current" if waveform == "dc" else "pulsed"
    if mode.multiphasic:
        kind += (
            ", biphasic; set to one polarity: monophasic" if "positive" in mode.plain("polarities") else ", biphasic"
        )
    else:
        kind += ", monophasic"
    yield "1", "Waveform", f"{kind}; {mode.text('waveform', 'not declared')}, polarities {mode.text('polarities')}"
    yield "2", "Shape", _SHAPES.get(waveform, waveform or "not declared")
    tolerance = _tolerance(mode)
    yield "3", f"Maximum output voltage ({tolerance})", _at_loads(mode, "voltage")
    yield "4", f"Maximum output current ({tolerance})", _at_loads(mode, "current")
    yield "5", "Pulse width", _widths(mode)
    yield "6", "Frequency", _frequencies(mode)
    yield "7", "For interferential modes only: beat frequency", "not applicable: no interferential mode is declared"
    single = "not applicable: the mode has no second phase"
    yield "8", "For multiphasic waveforms only: symmetrical phases?", _symmetry(mode) if mode.multiphasic else single
    yield "9", "For multiphasic waveforms only: phase duration", _durations(mode) if mode.multiphasic else single
    yield "10", "Net charge per pulse at 500 Ω", _net_charge(mode)
    yield "11", "Maximum phase charge at 500 Ω", _by_phase(mode, "phase-charge")
    yield "12", "Maximum current density at 500 Ω, r.m.s.", _density(mode)
    yield "13", "Maximum power density at 500 Ω, mean over one second", _power(mode)
    yield from _burst_rows(mode, swept=swept)
    continuous = "not applicable: the output is continuous; no cycle of on and off time is declared"
    yield "15", "ON time (seconds)", continuous
    yield "16", "OFF time (seconds)", continuous
    yield "17", "Additional features", _features(mode)


def _tolerance(mode: Mode) -> str:
    value = mode.case.profile.number(f"modes.{mode.name}.current_tolerance")
    basis = mode.text("current_tolerance").rpartition(" ")[2]
    return "no tolerance declared" if value is None else f"± {100 * value:g} % {basis}"


def _at_loads(mode: Mode, what: str) -> str:
    lines = []
    for load in _LOADS:
        found = [f"{phase} {mode.shown(f'{phase}-{what}', load)}" for phase in mode.phases]
        lines.append(f"at {_LOAD_NAMES[load]}: {', '.join(found) or 'not measured'}")
    return "\n".join(lines)


def _by_phase(mode: Mode, what: str) -> str:
    return "\n".join(f"{phase} {mode.shown(f'{phase}-{what}')}" for phase in mode.phases) or "not measured"


def _durations(mode: Mode) -> str:
    return f"longest at the setting of the tracing: {_by_phase(mode, 'duration').replace(chr(10), ', ')}"


def _widths(mode: Mode) -> str:
    declared = mode.text("pulse_width_s")
    if declared:
        return f"declared: {declared}; measured, {_durations(mode)}"
    if mode.plain("waveform") == "dc" and not mode.multiphasic:
        return "not applicable: direct current has no pulses"
    return f"half of the period at each frequency; {_durations(mode)}"


def _frequencies(mode: Mode) -> str:
    """Declared ones, those of the tracing, and what the run measured at all of its settings."""
    lines = []
    for name, words in (
        ("frequencies_hz", ""),
        ("alternation_hz", "alternation "),
        ("start_hz", "from "),
        ("stop_hz", "to "),
    ):
        declared = mode.text(name)
        if declared:
            lines.append(f"declared: {words}{declared}")
    low, high = mode.at("lowest-frequency"), mode.at("highest-frequency")
    if low is not None and high is not None:
        lines.append(f"measured in the tracing: {_converted(low, 1.0, 'Hz')} to {_converted(high, 1.0, 'Hz')}")
    everywhere = [
        value
        for value in mode.case.values
        if value.quantity in {"characterisation.frequency", "shape.frequency"} and value.measurement.unit == "Hz"
        and value.point.setpoint.mode == mode.name
    ]  # fmt: skip
    if everywhere:
        ranked = sorted(everywhere, key=lambda value: value.measurement.value)
        ends = f"{_converted(ranked[0], 1.0, 'Hz')} to {_converted(ranked[-1], 1.0, 'Hz')}"
        steps = len({value.point.setpoint.frequency_hz for value in everywhere})
        lines.append(f"measured at {steps} frequency setting{'s' if steps > 1 else ''}: {ends}")
    return "\n".join(lines) or "not applicable: direct current, which does not alternate"


def _symmetry(mode: Mode) -> str:
    """How far the phases of the tracing differ; the tolerance of a level decides what still is called symmetrical."""
    pairs = []
    for what, name in (("current", "current"), ("duration", "duration")):
        positive, negative = mode.at(f"positive-{what}"), mode.at(f"negative-{what}")
        if positive is None or negative is None:
            return "not measured: the tracing does not show both phases"
        one, other = positive.measurement.value, negative.measurement.value
        pairs.append((name, abs(one - other) / max(abs(one), abs(other))))
    allowed = mode.case.profile.number(f"modes.{mode.name}.current_tolerance") or 0.0
    told = " and ".join(f"{_share(share)} in {name}" for name, share in pairs)
    answer = "Yes" if all(share <= allowed for _, share in pairs) else "No"
    return (
        f"{answer}: the phases of the tracing differ by {told}; "
        f"called symmetrical up to the tolerance of a level. Balance: polarity.net-direct-current "
        f"{mode.case.outcome('polarity.net-direct-current') or 'not judged'}"
    )


def _share(share: float) -> str:
    return f"{100 * share:.2g} %" if share >= _LEAST_SHARE else "less than 0.01 %"


def _net_charge(mode: Mode) -> str:
    shown = mode.shown("net-charge")
    if not mode.multiphasic:
        return f"{shown}; not zero: the current flows one way"
    balance = mode.case.outcome("charge.balance")
    return (
        f"{shown}; not to be told from zero. Reached by phases of opposite direction and equal charge (the "
        "declared waveform); "
        f"watched for a minute: charge.balance {balance or 'not judged'}. The circuit that does it is the "
        "sponsor's to state"
        if _is_zero(mode)
        else f"{shown}; not zero"
    )


def _is_zero(mode: Mode) -> bool:
    value = mode.at("net-charge")
    return value is not None and abs(value.measurement.value) <= value.measurement.expanded_uncertainty


def _density(mode: Mode) -> str:
    value = mode.at("rms-density")
    if value is None:
        return "not measured"
    area = mode.case.profile.get("electrode_area_m2")
    area_m2 = _area(value)
    of = "of unknown area" if area is None or area_m2 is None else f"{area_m2 * _CM2:.4g} cm² ({area.basis})"
    return (
        f"{_converted(value, 1e3 / _CM2, 'mA/cm²')}: r.m.s. over whole periods, divided by the conductive surface "
        "of the "
        f"smallest electrode, {of} (definition of 21 CFR 882.5891(b)(3)); sample calculation below"
    )


def _power(mode: Mode) -> str:
    value = mode.at("power-density")
    if value is None:
        return "not measured"
    judged = mode.case.outcome("fda.power-density")
    return (
        f"{_converted(value, 1 / _CM2, 'W/cm²')}; the guidance asks for less than 0.25 W/cm²: fda.power-density "
        f"{judged or 'not judged'}; sample calculation below"
    )


def _converted(value: Value, factor: float, unit: str) -> str:
    measurement = value.measurement
    decimals = decimals_of(measurement.expanded_uncertainty * factor)
    scale = Scale(1 / factor, unit)
    number, uncertainty = (
        scale.number(each, decimals) for each in (measurement.value, measurement.expanded_uncertainty)
    )
    return f"({number} ± {uncertainty}) {unit}"


def _burst_rows(mode: Mode, *, swept: bool) -> Iterator[tuple[str, str, str]]:
    pulses = mode.at("burst-pulses")
    rows = (
        ("14a", "Burst mode: pulses per burst", "burst-pulses"),
        ("14b", "Burst mode: bursts per second", "burst-rate"),
        ("14c", "Burst mode: burst duration (seconds)", "burst-duration"),
        ("14d", "Burst mode: duty cycle [line b x line c]", "burst-duty"),
    )
    why = "frequencies follow each other without a pause" if swept else "the pulses come evenly"
    for number, title, quantity in rows:
        if pulses is not None and pulses.measurement.value > 1 + pulses.measurement.expanded_uncertainty:
            yield number, title, mode.shown(quantity)
        elif pulses is None:
            yield number, title, "not measured"
        else:
            yield number, title, f"not applicable: no bursts, {why} (each pulse by itself: {mode.shown(quantity)})"


def _features(mode: Mode) -> str:
    named = {
        "contact": "contact monitoring with a gradual rise of the current",
        "trip": "overcurrent trip",
        "session": "automatic end of the session",
        "battery": "battery with an indicator",
        "display": "display",
        "motor": "massage motor",
    }
    found = [text for section, text in named.items() if mode.case.profile.has(section)]
    return "; ".join(found) or "none is declared"


def _samples(mode: Mode) -> Iterator[Block]:
    """The sample calculations that note 6 of the guidance asks for, with the recorded numbers."""
    area = next((v for v in mode.case.contents.profile if v.name == "electrode_area_m2"), None)
    density, power = mode.at("rms-density"), mode.at("power-density")
    if area is None or density is None or power is None:
        return
    peaks = [v.measurement.value for phase in mode.phases if (v := mode.at(f"{phase}-current")) is not None]
    area_m2 = _area(density)
    if area_m2 is None:
        return
    area_cm2 = area_m2 * _CM2
    rms_ma = density.measurement.value * area_m2 * 1e3
    worst_a2 = power.measurement.value * area_m2 / _POWER_LOAD_OHM
    yield Text(
        f"Sample calculation. Smallest electrode A = {area_cm2:.4g} cm² ({area.basis}). Current density r.m.s.: "
        f"J = I(r.m.s.) / A = {rms_ma:.4g} mA / {area_cm2:.4g} cm² = {rms_ma / area_cm2:.4g} mA/cm². By the "
        "largest plateau: "
        f"{max(peaks, default=0.0) * 1e3:.4g} mA / {area_cm2:.4g} cm² = "
        f"{max(peaks, default=0.0) * 1e3 / area_cm2:.4g} mA/cm². "
        f"Power density: P = I² R / A with the mean square over the worst second of the tracing, at its duty cycle: "
        f"{worst_a2:.4g} A² x 500 Ω / {area_cm2:.4g} cm² = {worst_a2 * _POWER_LOAD_OHM / area_cm2:.4g} W/cm². "
        f"Rectified mean of the current: {mode.shown('average-current')}.",
        "note",
    )


def _area(value: Value) -> float | None:
    """The electrode's area that a density was derived with."""
    given = dict(value.measurement.derivation.arguments).get("area")
    return None if given is None else float(given)
