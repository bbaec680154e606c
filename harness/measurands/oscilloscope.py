"""Records of the oscilloscope as currents: sample by sample, with the budget of what is read off them.

Two scales. An 8-bit oscilloscope knows its own gain to some per cent of the screen; where the same input at the same
scale has also recorded a plateau that the multimeter has read, it is calibrated by that plateau:

    i(t) = g (v(t) - z),    g = I_multimeter / (r - z)

with r and z the means of the reference's plateau and of the zero. The resistor's value cancels, and so does the gain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.paths import conductance, from_multimeter, volts_error
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.capture import Capture, Observation, Plateau
    from harness.metrology import Budget

LEAST_SAMPLES = 16
"""Fewer samples than this are no plateau."""

_SAMPLE_ROUNDING = 1e-6
_CODES = 256
_DITHERED = 0.3
"""Standard deviation in codes above which noise spreads a mean evenly between two codes."""

_LEAST_REFERENCE_CODES = 8.0
_ACCURACIES_APART = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Currents:
    """A record as currents in the loop.

    Attributes:
        name: of the capture.
        amperes: one for each sample.
        start_s: time of the first sample against the trigger.
        interval_s: between samples.
        noise_a: standard deviation of one sample.
        code_a: current of one code.
        pickup_a: bound of the mains in the loop, peak.
        mains_hz: its frequency.
        cut_off: whether a sample lies at the edge of the screen.
        captures: names of the captures that it rests on, as evidence names them.
        calibrated: whether the scale is the multimeter's; else it is the oscilloscope's own.
        scale: uncertain numbers behind `amperes`.
    """

    name: str
    amperes: NDArray[np.float64]
    start_s: float
    interval_s: float
    noise_a: float
    code_a: float
    pickup_a: float
    mains_hz: float
    cut_off: bool
    captures: tuple[str, ...]
    calibrated: bool
    scale: _Scale = field(repr=False)

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Time of each sample against the trigger."""
        return self.start_s + self.interval_s * np.arange(self.amperes.size, dtype=np.float64)

    @property
    def end_s(self) -> float:
        """Time at which the record ends: one interval after its last sample."""
        return self.start_s + self.interval_s * self.amperes.size

    def window(self, from_s: float, to_s: float) -> NDArray[np.float64]:
        """The samples from one instant to another, both included; fewer where the record does not hold them."""
        first = math.ceil((from_s - self.start_s) / self.interval_s - _SAMPLE_ROUNDING)
        last = math.floor((to_s - self.start_s) / self.interval_s + _SAMPLE_ROUNDING)
        return self.amperes[max(first, 0) : max(last + 1, 0)]

    def value(self, budget: Budget, name: str, amperes: float, samples: int = 1, *, linear: bool = False) -> Any:
        """The uncertain current, in A, of a value that was read off the record.

        Args:
            budget: the one in which the scale was made.
            name: of the value, in words; unique within the budget.
            amperes: what was read.
            samples: over how many the value is a mean; 1: one sample as it stands.
            linear: leave nonlinearity out, as where another value read beside this one bears it.
        """
        siemens, zero_v = self.scale.siemens, self.scale.zero_v
        noise, code = abs(self.noise_a / float(siemens.x)), abs(self.code_a / float(siemens.x))
        read_v = amperes / float(siemens.x) + float(zero_v.x)
        source = f"scatter of the zero record, mean of {samples}"
        shown = budget.bounded(f"{name}: noise", read_v, noise / math.sqrt(samples), 1.0, source)
        if samples == 1 or noise < _DITHERED * code:
            shown = shown + budget.bounded(f"{name}: resolution", 0.0, code / 2, None, "half a code")
        if not linear:
            source = "differential nonlinearity of one code, assumed [a]"
            shown = shown + budget.bounded(f"{name}: nonlinearity", 0.0, code, None, source)
        # The mean of a sine over any stretch T is at most 1/(pi f T) of its peak.
        left = min(1.0, 1 / (math.pi * self.mains_hz * samples * self.interval_s))
        pickup = budget.bounded(f"{name}: mains pickup", 0.0, left * self.pickup_a, None, "bench file [a]")
        return (shown - zero_v) * siemens + pickup


def codes(capture: Capture) -> NDArray[np.uint8]:
    """The raw codes of a record."""
    return np.frombuffer(capture.codes, np.uint8)


def volts(capture: Capture) -> NDArray[np.float64]:
    """The record in volts at the instrument."""
    return _table(capture)[codes(capture)]


def times(capture: Capture) -> NDArray[np.float64]:
    """Time of each sample against the trigger, in seconds."""
    return capture.start_s + capture.interval_s * np.arange(len(capture.codes), dtype=np.float64)


def volts_of(capture: Capture, code: float) -> float:
    """What one code, or a mean of codes, stands for."""
    return (code - capture.reference_code) * capture.increment_v + capture.origin_v


def clipped(capture: Capture, share: float = 0.0) -> bool:
    """True where more than a share of the samples lies at the edge of the screen or beyond."""
    counts = np.bincount(codes(capture), minlength=_CODES)
    outside = int(counts[: capture.lowest_code + 1].sum() + counts[capture.highest_code :].sum())
    return outside > share * len(capture.codes)


def plateau_codes(capture: Capture, plateau: Plateau, where: str) -> NDArray[np.uint8]:
    """The codes inside a plateau.

    Raises:
        NotMeasurable: the record does not hold it; `where` says which record.
    """
    first = math.ceil((plateau.from_s - capture.start_s) / capture.interval_s - _SAMPLE_ROUNDING)
    last = math.floor((plateau.to_s - capture.start_s) / capture.interval_s + _SAMPLE_ROUNDING)
    gated = codes(capture)[max(first, 0) : max(last + 1, 0)]
    if gated.size < LEAST_SAMPLES or first < 0 or last > len(capture.codes):
        raise NotMeasurable(f"{where} does not hold the {plateau.phase.value} plateau")
    return gated


@dataclass(frozen=True, slots=True)
class Calibration:
    """What calibrates records in place: names of captures and readings within one observation.

    Attributes:
        zero: capture without current, at the scale of the records.
        reference: capture of a plateau at that scale; None: the oscilloscope's own scale is used.
        plateau_reading: the multimeter's reading of that plateau; empty: of the point's first phase. The plateau is the
            one of the phase that ends the name; a reference that says of none is a plateau from end to end.
        zero_reading: the multimeter's reading without current.
    """

    zero: str = "zero"
    reference: str | None = "reference"
    plateau_reading: str = ""
    zero_reading: str = "zero"


OWN_SCALE = Calibration(reference=None)
"""The oscilloscope's own scale, with the capture `zero`."""


def scaled_current(
    budget: Budget, observation: Observation, record: str, calibration: Calibration | None = None
) -> Currents:
    """One record as currents; see `scaled_currents`."""
    return scaled_currents(budget, observation, (record,), calibration)[0]


def scaled_currents(
    budget: Budget, observation: Observation, records: Sequence[str], calibration: Calibration | None = None
) -> tuple[Currents, ...]:
    """Records at one scale as currents, calibrated in place by the multimeter's reading of the reference's plateau.

    The oscilloscope's own scale holds instead where the reference was not taken; where its plateau is under eight codes
    (a unit without current there calibrates nothing); and where both instruments differ by more than twice the
    oscilloscope's accuracy: then the plateau is none, as it moves between the two gates.

    Args:
        budget: in which the scale's influences get their lines, once.
        observation: that holds it all.
        records: names of captures.
        calibration: by what; by default `zero`, `reference` and the readings of the point's first phase.

    Raises:
        NotMeasurable: the records are not at the scale of their zero and reference.
    """
    calibration = calibration or Calibration()
    rest = observation.capture(calibration.zero)
    captures = [observation.capture(name) for name in records]
    for capture in captures:
        _same_scale(observation, capture, rest)
    zero_v = _mean(budget, "oscilloscope: noise of the zero", rest, codes(rest))
    siemens = _calibrated(budget, observation, calibration, zero_v)
    calibrated = siemens is not None
    # Where the gain is the multimeter's, the oscilloscope's own errors are left only in the nonlinearity of a value.
    error_v: Any = None
    if not calibrated:
        most = max(float(np.abs(_range(capture) - float(zero_v.x)).max()) for capture in captures)
        error_v = volts_error(budget, captures[0].path, most, zeroed=True, mains=False)
        siemens = conductance(budget, captures[0].path)
    scale = _Scale(siemens, zero_v if error_v is None else zero_v - error_v)
    used = (calibration.zero, *([calibration.reference] if calibrated and calibration.reference else []))
    noise_v = float(codes(rest).std(ddof=1)) * rest.increment_v
    return tuple(_in_amperes(observation, capture, scale, noise_v, used) for capture in captures)


@dataclass(frozen=True, slots=True, eq=False)
class _Scale:
    """Uncertain numbers that turn volts into amperes: `(v - zero_v) * siemens`."""

    siemens: Any
    zero_v: Any


def _in_amperes(
    observation: Observation, capture: Capture, scale: _Scale, noise_v: float, used: tuple[str, ...]
) -> Currents:
    gain = float(scale.siemens.x)
    table = (_table(capture) - float(scale.zero_v.x)) * gain
    return Currents(
        name=capture.name,
        amperes=table[codes(capture)],
        start_s=capture.start_s,
        interval_s=capture.interval_s,
        noise_a=abs(gain) * noise_v,
        code_a=abs(gain) * capture.increment_v,
        pickup_a=capture.path.surroundings.mains_pickup_a,
        mains_hz=capture.path.surroundings.mains_frequency_hz,
        cut_off=clipped(capture),
        captures=tuple(f"{observation.key}-{name}" for name in (*used, capture.name)),
        calibrated=len(used) > 1,
        scale=scale,
    )


def _calibrated(budget: Budget, observation: Observation, calibration: Calibration, zero_v: Any) -> Any:
    """The conductance that makes the multimeter's current of the reference's volts; None where it cannot be had."""
    reference = next((taken for taken in observation.captures if taken.name == calibration.reference), None)
    if reference is None:
        return None
    _same_scale(observation, reference, observation.capture(calibration.zero))
    name = calibration.plateau_reading or observation.point.setpoint.polarity.phases[0].value
    phase = next((phase for phase in Polarity if name.endswith(phase.value)), None)
    plateau = next((plateau for plateau in reference.plateaus if plateau.phase is phase), None)
    where = f"the oscilloscope's record {observation.key}-{reference.name}"
    if plateau is None and reference.plateaus:
        raise NotMeasurable(f"{where} says of no plateau that the reading {name} was taken in")
    shown = codes(reference) if plateau is None else plateau_codes(reference, plateau, where)
    plateau_v = _mean(budget, "oscilloscope: noise of the reference", reference, shown) - zero_v
    if abs(float(plateau_v.x)) < _LEAST_REFERENCE_CODES * reference.increment_v:
        return None
    current = from_multimeter(budget, observation.reading(name), observation.reading(calibration.zero_reading))
    siemens = current / plateau_v
    path, own = reference.path, 1 / reference.path.resistor.resistance_ohm + 1 / reference.path.input_resistance_ohm
    apart = abs(float(siemens.x) / own - 1) * abs(float(plateau_v.x))
    return siemens if apart <= _ACCURACIES_APART * path.accuracy.bound(float(plateau_v.x)) else None


def _same_scale(observation: Observation, capture: Capture, other: Capture) -> None:
    scales = [(each.increment_v, each.path.resistor.id) for each in (capture, other)]
    if not math.isclose(scales[0][0], scales[1][0], rel_tol=1e-6) or scales[0][1] != scales[1][1]:
        raise NotMeasurable(
            f"{observation.key}: {capture.name} and {other.name} are not at one scale: {scales[0][0]:g} V a code "
            f"across {scales[0][1]}, {scales[1][0]:g} V across {scales[1][1]}"
        )


def _mean(budget: Budget, name: str, capture: Capture, shown: NDArray[np.uint8]) -> Any:
    """The mean of codes in volts, with the noise that is left in it; half a code where noise does not spread it."""
    scatter = float(shown.std(ddof=1))
    mean = volts_of(capture, float(shown.mean()))
    noise = scatter * capture.increment_v / math.sqrt(shown.size)
    result = budget.bounded(name, mean, noise, 1.0, f"scatter of {shown.size} samples")
    if scatter < _DITHERED:
        half = budget.bounded(f"{name}, undithered", 0.0, capture.increment_v / 2, None, "half a code")
        result = result + half
    return result


def _table(capture: Capture) -> NDArray[np.float64]:
    """Volts of every code."""
    return (np.arange(_CODES, dtype=np.float64) - capture.reference_code) * capture.increment_v + capture.origin_v


def _range(capture: Capture) -> NDArray[np.float64]:
    """Lowest and highest voltage of a record."""
    shown = codes(capture)
    return _table(capture)[[int(shown.min()), int(shown.max())]]
