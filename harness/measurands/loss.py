"""What happens when contact is lost and made again: the gap itself, the restart, the electrodes' voltage, the current.

An open circuit shows no current. That the output is off is seen twice: the electrodes' voltage falls to the sense
level, and a load that is closed soon after the loss finds no current.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.contact import EARLY_MEAN_S, EARLY_S, gain_as_slope, on_own_scale
from harness.measurands.extremes import Candidate, extreme
from harness.measurands.flow import check_before_loss
from harness.measurands.instants import (
    SETTLED_S,
    contact_instant,
    crossing,
    edge_error,
    loss_instant,
    mismatch_s,
    moving_mean,
    of_the_same_trigger,
    plateau_a,
    repeats,
    stretch,
    time_base,
)
from harness.measurands.oscilloscope import LEAST_SAMPLES, OWN_SCALE, codes, scaled_currents, volts, volts_of
from harness.measurands.registry import NUMBER, register
from harness.metrology import Budget
from harness.setpoint import Method
from harness.waveform.samples import runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Capture, Observation
    from harness.measurands.oscilloscope import Currents
    from harness.quantity import Derivation, Measurement

LOOK_S = 500e-6
"""End of the stretch after re-contact in which the current is averaged; a restart has hardly begun by then."""

_RESTARTED_SHARE = 0.5
_PULSE_WIDTHS = 1.5
"""A run of current or voltage that lasts longer than this many widths of a sense pulse is none."""

_PULSE_HEIGHTS = 2.0
_PULSE_SHARE = 0.5
_PULSE_MEAN = 0.1
_DURATION = re.compile(r"(\d+(?:\.\d+)?)ms")


@register("restart-share", 1)
def _restart_share(observation: Observation, derivation: Derivation) -> Measurement:
    """Share of gaps after which the current stays under half the plateau from 20 µs to 5 ms: it had restarted."""
    budget = Budget()
    names = repeats(observation, "gap")
    check_before_loss(observation, names)
    *records, reference = scaled_currents(budget, observation, (*names, "reference"))
    half = _RESTARTED_SHARE * abs(plateau_a(observation, reference))
    restarted = 0
    for currents in records:
        contact_s = contact_instant(of_the_same_trigger(observation, currents.name, "monitor"))
        part = stretch(currents, contact_s + SETTLED_S, contact_s + EARLY_S, EARLY_MEAN_S)
        restarted += int(np.abs(part.amperes).max() < half)
    share = budget.bounded("count", restarted / len(names), 0.5 / len(names), None, f"half a gap in {len(names)}")
    return budget.measurement(share, "1", derivation, tuple(f"{observation.key}-{name}" for name in names))


@register("gap-deviation", 2)
def _gap_deviation(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest difference between a real gap, as the contact monitor shows it, and the one asked for, in s; magnitude.

    A gap reaches from the first falling edge to the last rising one. A loss that is made again is a gap, too.
    """
    asked = _DURATION.fullmatch(observation.point.variant)
    if asked is None:
        raise NotMeasurable(f"{observation.key}: the variant {observation.point.variant!r} names no gap in ms")
    asked_s = float(asked[1]) * 1e-3
    record = "fine" if observation.point.method is Method.LOSS else "gap"
    monitors = [of_the_same_trigger(observation, name, "monitor") for name in repeats(observation, record)]
    captures = tuple(f"{observation.key}-{each.name}" for each in monitors)
    found = []
    for monitor in monitors:
        budget, gap_s = Budget(), contact_instant(monitor) - loss_instant(monitor)
        gap = gap_s + edge_error(budget, "loss", monitor) + edge_error(budget, "contact", monitor)
        deviation = gap * time_base(budget, monitor) - asked_s
        found.append(Candidate(budget, -deviation if deviation.x < 0 else deviation, captures))
    return extreme(found, "s", derivation)


@register("loss-voltage-time", 3, {"level": NUMBER, "width": NUMBER})
def _voltage_time(observation: Observation, derivation: Derivation) -> Measurement:
    """Time from the loss of contact until the electrodes' voltage stays below a level, in s; the longest of all gaps.

    It stays below for the rest of the open time but for sense pulses: runs above of no more than 1.5 widths. A voltage
    that never does gives the whole open time: a lower bound, beyond any limit that is shorter than the gap. Low-passed
    by a moving mean of a tenth of a sense pulse. Volts are counted from the capture `zero-voltage` where it was taken.
    """
    arguments = dict(derivation.arguments)
    level_v, width_s = abs(float(arguments["level"])), abs(float(arguments["width"]))
    found = []
    check_before_loss(observation, repeats(observation, "fine"))
    for name in repeats(observation, "voltage"):
        capture, monitor = observation.capture(name), of_the_same_trigger(observation, name, "monitor")
        fall = _Fall(capture, _zero_v(observation), monitor, width_s)
        found.append(_time_of(observation, fall, level_v))
    return extreme(found, "s", derivation)


def _time_of(observation: Observation, fall: _Fall, level_v: float) -> Candidate:
    capture, budget, time_s = fall.capture, Budget(), fall.below(level_v)
    gain, source = gain_as_slope(capture)
    # Without a zero the oscilloscope's offset is in the volts: then the whole bound of the screen lies on the level.
    off_v = gain * level_v if fall.zeroed else capture.path.accuracy.bound(level_v)
    off_v += capture.increment_v
    # A sense pulse that is just short enough for one level is too long for another: the time jumps, to one side only.
    moved_s = max(fall.below(level_v - off_v) - time_s, time_s - fall.below(level_v + off_v))
    time = budget.bounded("voltage: accuracy", time_s, moved_s, None, f"{source}, and one code")
    mean = budget.bounded("voltage: moving mean", 0.0, fall.mean_s / 2, None, "half its length, at a jump")
    step = budget.bounded("voltage: sampling", 0.0, capture.interval_s / 2, None, "half a sampling interval")
    result = (time + mean + step + edge_error(budget, "loss", fall.monitor)) * time_base(budget, capture)
    return Candidate(budget, result, tuple(f"{observation.key}-{each.name}" for each in (capture, fall.monitor)))


@register("loss-current", 2, {"pulse": NUMBER, "width": NUMBER})
def _loss_current(observation: Observation, derivation: Derivation) -> Measurement:
    """Mean current from 20 to 500 µs after contact is made again, in A; the largest magnitude of all gaps.

    Declared sense pulses are left out: runs above half a pulse's current that last no more than 1.5 widths and stay
    under two pulses' current. On the oscilloscope's own scale, its gain taken as a slope. What is cut off by the screen
    counts as the screen's edge: a lower bound, which the scale puts above any limit.
    """
    arguments = dict(derivation.arguments)
    pulse_a, width_s = abs(float(arguments["pulse"])), abs(float(arguments["width"]))
    found = []
    names = repeats(observation, "fine")
    check_before_loss(observation, names)
    for currents in scaled_currents(Budget(), observation, names, OWN_SCALE):
        monitor = of_the_same_trigger(observation, currents.name, "monitor")
        contact_s = contact_instant(monitor)
        window = currents.window(contact_s + SETTLED_S, contact_s + LOOK_S)
        if window.size < LEAST_SAMPLES or contact_s + LOOK_S > currents.end_s:
            raise NotMeasurable(f"the record {observation.key}-{currents.name} does not hold the current after contact")
        rest = window[~_sense_pulses(window, currents, pulse_a, width_s)]
        rest = rest if rest.size >= LEAST_SAMPLES else window
        found.append(_mean_after(observation, rest, currents, monitor))
    return extreme(found, "A", derivation)


def _mean_after(observation: Observation, rest: NDArray[np.float64], currents: Currents, monitor: Capture) -> Candidate:
    """Magnitude of the mean of what is left of the current after one contact."""
    budget, mean_a, capture = Budget(), float(rest.mean()), observation.capture(currents.name)
    result = on_own_scale(budget, currents, capture, "mean after contact", mean_a)
    noise_a = currents.noise_a * math.sqrt(1 / rest.size + 1 / len(observation.capture("zero").codes))
    result = result + budget.bounded("mean after contact: noise", 0.0, noise_a, 1.0, "scatter of the zero record")
    late = (mismatch_s(monitor) + monitor.interval_s / 2) / (LOOK_S - SETTLED_S)
    edge = late * float(np.abs(rest[[0, -1]]).max() + abs(mean_a))
    result = result + budget.bounded("contact: its instant", 0.0, edge, None, "monitor against contact [a]")
    captures = (*currents.captures, f"{observation.key}-{monitor.name}")
    return Candidate(budget, -result if mean_a < 0 else result, captures)


class _Fall:
    """The electrodes' voltage while the contact is open."""

    def __init__(self, capture: Capture, zero_v: float | None, monitor: Capture, width_s: float) -> None:
        self.capture = capture
        self.monitor = monitor
        self.zeroed = zero_v is not None
        self._longest_s = _PULSE_WIDTHS * width_s
        self._loss_s = loss_instant(monitor)
        over = max(1, round(_PULSE_MEAN * width_s / capture.interval_s))
        self.mean_s = over * capture.interval_s
        # While the switch and its monitor may disagree, the voltage is that of a closed contact.
        first = round((self._loss_s - capture.start_s) / capture.interval_s)
        open_until_s = contact_instant(monitor) - mismatch_s(monitor)
        last = int((open_until_s - capture.start_s) / capture.interval_s)
        inside = volts(capture)[max(first, 0) : last + 1] - (zero_v or 0.0)
        if first < 0 or inside.size < over + LEAST_SAMPLES:
            raise NotMeasurable(f"the record {capture.name} does not hold the time without contact")
        self._volts = np.abs(moving_mean(inside, over))
        self._start_s = capture.start_s + (first + (over - 1) / 2) * capture.interval_s

    def below(self, level_v: float) -> float:
        """Time from the loss until the voltage stays below a level, sense pulses apart, in s."""
        interval_s, shortest_s = self.capture.interval_s, self._longest_s + self.mean_s
        lasting = [
            end for start, end in runs(self._volts > level_v) if start == 0 or (end - start) * interval_s > shortest_s
        ]
        if not lasting:
            return 0.0
        end = lasting[-1]
        if end == self._volts.size:
            return self._start_s + (end - 1) * interval_s - self._loss_s
        return max(0.0, self._start_s + crossing(self._volts, end - 1, level_v) * interval_s - self._loss_s)


def _zero_v(observation: Observation) -> float | None:
    """Volts of the electrodes' input with nothing on it; None where that was not recorded."""
    zero = next((capture for capture in observation.captures if capture.name == "zero-voltage"), None)
    return None if zero is None else volts_of(zero, float(codes(zero).mean()))


def _sense_pulses(window: NDArray[np.float64], currents: Currents, pulse_a: float, width_s: float) -> NDArray[np.bool_]:
    """Which samples belong to declared sense pulses."""
    over = min(max(1, round(_PULSE_MEAN * width_s / currents.interval_s)), window.size)
    smooth = np.abs(moving_mean(np.pad(window, (over // 2, over - 1 - over // 2), mode="edge"), over))
    pulses = np.zeros(window.size, dtype=np.bool_)
    longest = (_PULSE_WIDTHS * width_s) / currents.interval_s
    for start, end in runs(smooth > _PULSE_SHARE * pulse_a):
        if end - start <= longest and smooth[start:end].max() <= _PULSE_HEIGHTS * pulse_a:
            # The flanks below half of the pulse's height go with it.
            pulses[max(0, start - over) : end + over] = True
    return pulses
