"""What a user sees and hears: display against measurement, the probe tone, and lines of motor and mains in the output.

A line is the amplitude of one frequency in a record of the current, by the discrete Fourier transform behind a Hann
window, which keeps the lines of the waveform itself away. The record is filled up to four times its length, so that a
line between two bins loses at most 1 % (half a bin of the filled transform away).
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.extremes import Candidate, extreme, smallest
from harness.measurands.instants import contact_instant, loss_instant
from harness.measurands.oscilloscope import OWN_SCALE, scaled_currents, times, volts
from harness.measurands.paths import from_multimeter
from harness.measurands.registry import NUMBER, register
from harness.metrology import Budget
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Capture, Observation
    from harness.measurands.oscilloscope import Currents
    from harness.quantity import Derivation, Measurement

_AMPERES = {"uA": 1e-6, "mA": 1e-3}
_COUNTED = 0.05
_HALF = 0.5


# Display


@register("display-error", 1)
def _display_error(observation: Observation, derivation: Derivation) -> Measurement:
    """Displayed intensity, in the unit that stands beside it, less the measured plateau of the first phase, in A.

    Raises:
        NotMeasurable: nothing was displayed.
    """
    said = _displayed(observation)
    shown_a = float(said["display-intensity"]) * _AMPERES[said["display-unit"]]
    budget = Budget()
    phase = observation.point.setpoint.polarity.phases[0]
    current = from_multimeter(budget, observation.plateau(phase), observation.reading("zero"))
    return budget.measurement(shown_a - (-current if current.x < 0 else current), "A", derivation)


@register("display-unit", 1, {"unit": NUMBER})
def _display_unit(observation: Observation, derivation: Derivation) -> Measurement:
    """1 where another unit stands beside the intensity than is declared (in A), else 0."""
    shown_a = _AMPERES[_displayed(observation)["display-unit"]]
    right = math.isclose(shown_a, float(dict(derivation.arguments)["unit"]))
    budget = Budget()
    count = budget.bounded(
        "count", 0.0 if right else 1.0, _COUNTED, None, "counting is exact; a twentieth stands for that"
    )
    return budget.measurement(count, "1", derivation)


@register("along-display", 2)
def _along_display(observation: Observation, derivation: Derivation) -> Measurement:
    """Smallest current in the direction that the display shows, over the plateaus of all phases, in A.

    A display that shows another setting is right about no current: the value is minus the magnitude.
    """
    said = _displayed(observation)["display-polarity"]
    setpoint = observation.point.setpoint
    agrees = said == setpoint.polarity.value
    found = []
    for phase in setpoint.polarity.phases:
        budget = Budget()
        current = from_multimeter(budget, observation.plateau(phase), observation.reading("zero"))
        sign = phase.sign if agrees else -1 if current.x > 0 else 1
        found.append(Candidate(budget, sign * current))
    return extreme(found, "A", derivation, smallest)


def _displayed(observation: Observation) -> dict[str, str]:
    said = dict(observation.indicated)
    directions = {polarity.value for polarity in Polarity}
    if said.get("display-unit") not in _AMPERES or said.get("display-polarity") not in directions:
        raise NotMeasurable(f"{observation.key}: the unit's display was not read")
    return said


# Lines


@register("motor-line", 2, {"lowest": NUMBER, "highest": NUMBER})
def _motor_line(observation: Observation, derivation: Derivation) -> Measurement:
    """Amplitude of the largest line about the motor's band that turning adds to standing, in A.

    From half its lowest frequency, where a load out of balance may beat, to three times its highest: harmonics.

    Raises:
        NotMeasurable: the motor did not turn, so far as the unit says; or less than half the level flowed.
    """
    if dict(observation.indicated).get("motor") != "on":
        raise NotMeasurable(f"{observation.key}: the unit does not say that its motor turns")
    arguments = {name: float(text) for name, text in derivation.arguments}
    budget = Budget()
    turning, standing = scaled_currents(budget, observation, ("turning", "standing"), OWN_SCALE)
    least_a = _HALF * observation.point.setpoint.current_a
    if any(float(np.abs(record.amperes).max()) < least_a for record in (turning, standing)):
        raise NotMeasurable(f"{observation.key}: less than half the level flowed, so nothing could be added to it")
    frequencies, with_motor = _spectrum(turning)
    _, without = _spectrum(standing)
    inside = (frequencies >= arguments["lowest"] / 2) & (frequencies <= 3 * arguments["highest"])
    added = float(np.max(with_motor[inside] - without[inside]))
    return _line(observation, derivation, turning, max(added, 0.0), pickup_a=0.0)


@register("mains-line", 2)
def _mains_line(observation: Observation, derivation: Derivation) -> Measurement:
    """Amplitude of the line at the frequency of the mains, in A; what the bench itself picks up is in the budget.

    Within one line's width of the record, but no less than what the mains themselves stray.
    """
    budget = Budget()
    (record,) = scaled_currents(budget, observation, ("standing",), OWN_SCALE)
    frequencies, amplitudes = _spectrum(record)
    within_hz = max(_MAINS_WITHIN_HZ, 1 / (record.amperes.size * record.interval_s))
    at_mains = np.abs(frequencies - record.mains_hz) <= within_hz
    return _line(observation, derivation, record, float(amplitudes[at_mains].max()), pickup_a=record.pickup_a)


_MAINS_WITHIN_HZ = 0.2
_FILLED = 4
_OF_CODE = 0.1
_SCALLOPING = 0.01
_NOISE_WIDTH = 1.5
"""Of a Hann window, in bins."""


def _spectrum(record: Currents) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies, in Hz, and amplitudes, in A, of a record without its mean."""
    size = record.amperes.size
    window = np.hanning(size)
    amperes = (record.amperes - record.amperes.mean()) * window
    amplitudes = 2 / window.sum() * np.abs(np.fft.rfft(amperes, _FILLED * size))
    return np.arange(amplitudes.size) / (_FILLED * size * record.interval_s), amplitudes


def _line(
    observation: Observation, derivation: Derivation, record: Currents, amplitude_a: float, *, pickup_a: float
) -> Measurement:
    path = observation.capture(record.name).path
    row, size = path.accuracy, record.amperes.size
    gain = row.gain_of_range + row.gain_of_reading + _SCALLOPING
    noise = record.noise_a * math.sqrt(_NOISE_WIDTH * 4 * math.log(size) / size)
    budget = Budget()
    line = budget.bounded("line: scale", amplitude_a, gain * amplitude_a, None, f"{row.document} [{row.mark}]")
    line = line + budget.bounded("line: noise", 0.0, noise, None, "largest line of the noise")
    line = line + budget.bounded("line: nonlinearity", 0.0, _OF_CODE * record.code_a, None, "a tenth of a code [a]")
    line = line + budget.bounded("line: mains pickup", 0.0, pickup_a, None, "bench file [a]")
    return budget.measurement(line, "A", derivation, record.captures)


# Tone

_TONE = {"high": NUMBER, "within": NUMBER}


@register("tone-missing", 1, _TONE)
def _tone_missing(observation: Observation, derivation: Derivation) -> Measurement:
    """Number of resistances under the probe at which nothing sounds in the time allowed after contact and later."""
    high_v, within_s = _tone_arguments(derivation)
    silent = 0
    for pad, monitor in _events(observation, "made"):
        edges, from_s = _rising(pad, high_v), contact_instant(monitor) + within_s
        silent += int(np.count_nonzero(edges >= from_s)) < _LEAST_EDGES
    return _count(derivation, silent, observation)


@register("tone-without-contact", 1, _TONE)
def _tone_without(observation: Observation, derivation: Derivation) -> Measurement:
    """Number of contacts before which, or of losses after which it sounds; after a loss from the time allowed on."""
    high_v, within_s = _tone_arguments(derivation)
    sounding = 0
    for pad, monitor in _events(observation, "made"):
        sounding += bool(np.any(_rising(pad, high_v) < contact_instant(monitor)))
    for pad, monitor in _events(observation, "lost"):
        sounding += bool(np.any(_rising(pad, high_v) > loss_instant(monitor) + within_s))
    return _count(derivation, sounding, observation)


@register("tone-latency", 1, {"high": NUMBER})
def _tone_latency(observation: Observation, derivation: Derivation) -> Measurement:
    """Longest time from a contact to the tone, or from its loss to silence, in s; to the record's end where none comes.

    A tone that sounds before contact has no latency: that it does is another value's matter.
    """
    high_v = float(dict(derivation.arguments)["high"])
    longest, interval = 0.0, 0.0
    for pad, monitor in _events(observation, "made"):
        edges, contact = _rising(pad, high_v), contact_instant(monitor)
        after = edges[edges >= contact]
        longest = max(longest, (float(after[0]) if after.size else _end(pad)) - contact)
        interval = max(interval, pad.interval_s)
    for pad, monitor in _events(observation, "lost"):
        edges = _rising(pad, high_v)
        longest = max(longest, (float(edges[-1]) if edges.size else loss_instant(monitor)) - loss_instant(monitor))
    budget = Budget()
    time = budget.bounded("tone: sampling", longest, 2 * interval, None, "two sampling intervals")
    slowest = budget.bounded("tone: contact monitor", 0.0, _MONITOR_S, None, "monitor against contact, assumed [a]")
    return budget.measurement(time + slowest, "s", derivation, _names(observation))


_MONITOR_S = 50e-6
_LEAST_EDGES = 3


@register("tone-step", 1, {"high": NUMBER, "direction": NUMBER})
def _tone_step(observation: Observation, derivation: Derivation) -> Measurement:
    """Least rise of the pitch from one resistance to the next, upwards (direction 1) or downwards (-1), as a share.

    Negative where it falls; -1 where it does not sound at one of them.
    """
    arguments = dict(derivation.arguments)
    pitches = [_pitch(pad, monitor, float(arguments["high"])) for pad, monitor in _events(observation, "made")]
    if float(arguments["direction"]) < 0:
        pitches.reverse()
    if len(pitches) < _LEAST_EDGES:
        raise NotMeasurable(f"{observation.key}: a pitch that follows the resistance needs three of them")
    pairs = pairwise(pitches)
    steps = [later / earlier - 1 if earlier and later else -1.0 for earlier, later in pairs]
    budget = Budget()
    step = budget.bounded("tone: pitch", min(steps), _PITCH_KNOWN, None, "edges in whole samples, both pitches")
    return budget.measurement(step, "1", derivation, _names(observation))


_PITCH_KNOWN = 2e-3


def _pitch(pad: Capture, monitor: Capture, high_v: float) -> float:
    """Frequency in the second half of what was recorded after contact, in Hz; 0: nothing sounds there."""
    contact = contact_instant(monitor)
    edges = _rising(pad, high_v)
    late = edges[edges >= (contact + _end(pad)) * _HALF]
    return float((late.size - 1) / (late[-1] - late[0])) if late.size >= _LEAST_EDGES else 0.0


def _events(observation: Observation, kind: str) -> list[tuple[Capture, Capture]]:
    """Pad and monitor of each contact made or lost, by rising resistance.

    Raises:
        NotMeasurable: none was recorded.
    """
    prefix = f"buzzer-{kind}."
    names = [capture.name.removeprefix(prefix) for capture in observation.captures if capture.name.startswith(prefix)]
    if not names:
        raise NotMeasurable(f"{observation.key}: the buzzer's pad was not recorded")
    return [
        (observation.capture(f"{prefix}{number}"), observation.capture(f"monitor-{kind}.{number}"))
        for number in sorted(names, key=int)
    ]


def _rising(pad: Capture, high_v: float) -> NDArray[np.float64]:
    """Instants at which the pad rises through half of its height, against the trigger."""
    above = volts(pad) > high_v * _HALF
    return times(pad)[1:][above[1:] & ~above[:-1]]


def _end(pad: Capture) -> float:
    return pad.start_s + len(pad.codes) * pad.interval_s


def _tone_arguments(derivation: Derivation) -> tuple[float, float]:
    arguments = dict(derivation.arguments)
    return float(arguments["high"]), float(arguments["within"])


def _count(derivation: Derivation, count: int, observation: Observation) -> Measurement:
    budget = Budget()
    value = budget.bounded("count", count, _COUNTED, None, "counting is exact; a twentieth stands for that")
    return budget.measurement(value, "1", derivation, _names(observation))


def _names(observation: Observation) -> tuple[str, ...]:
    return tuple(f"{observation.key}-{capture.name}" for capture in observation.captures)
