"""Whether anything flowed where something has to: a current that is small because the unit was off proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.envelope import pulsing_of, telling_record
from harness.measurands.instants import contact_instant, loss_instant, of_the_same_trigger
from harness.measurands.oscilloscope import LEAST_SAMPLES, codes, volts, volts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.capture import Capture, Observation

BEFORE_S = 0.5e-3
"""Last stretch before a loss, in which the current has to flow."""

AFTER_S = 1e-3
"""From here on after contact it has to flow, where the device senses none: every discharge is over."""

_SHARE = 0.5
FLOWS = "flows"
"""Setting of a capture: `yes` where current has to flow soon after contact, `no` where it may take its time."""


def check_before_loss(observation: Observation, names: Sequence[str]) -> None:
    """Make sure that the unit was running when it lost contact.

    A waveform that rests between its phases is looked for in all that was recorded before the loss; where that is
    less than a period nothing can be said.

    Args:
        observation: that holds the records.
        names: of the captures.

    Raises:
        NotMeasurable: less than half the level flowed before one of the losses.
    """
    pulses, frequency = pulsing_of(observation), observation.point.setpoint.frequency_hz
    untold = frequency is not None and telling_record(observation) is None
    for name in names:
        monitor = of_the_same_trigger(observation, name, "monitor")
        capture, loss_s = observation.capture(name), loss_instant(monitor)
        if frequency is not None and (untold or pulses is not None):
            shown = _magnitude(observation, capture, capture.start_s, loss_s)
            flowed = loss_s - capture.start_s < 1 / frequency or _half_at_times(observation, shown)
        else:
            flowed = _half(observation, _magnitude(observation, capture, loss_s - BEFORE_S, loss_s))
        if not flowed:
            raise NotMeasurable(f"{observation.key}-{name}: no current flowed before the loss")


def check_after_contact(observation: Observation, name: str) -> None:
    """Make sure that current flows after a touch, where the record's setting `flows` says that it has to.

    The bench touches within the first phase, so that a waveform that rests later is no excuse; short pulses rest most
    of the time, and have to be there in a record that is longer than their period.

    Raises:
        NotMeasurable: less than half the level flows from 1 ms after contact on.
    """
    if dict(observation.capture(name).settings).get(FLOWS) != "yes":
        return
    shown = _after_contact(observation, name, "monitor")
    pulsed = observation.point.setpoint.pulse_width_s is not None
    if not (_half_at_times(observation, shown) if pulsed else _half(observation, shown)):
        raise NotMeasurable(f"{observation.key}-{name}: no current flowed after the touch")


def check_one_of(observation: Observation, names: Sequence[str], monitor: str) -> None:
    """Make sure that after one contact of several current flows, unless a setting `flows` says that it need not.

    Raises:
        NotMeasurable: nowhere does half the level flow from 1 ms after contact on.
    """
    if any(dict(observation.capture(name).settings).get(FLOWS) == "no" for name in names):
        return
    if not any(_flows_after(observation, name, monitor) for name in names):
        raise NotMeasurable(f"{observation.key}: no current flowed after any contact of {names[0]} to {names[-1]}")


def _after_contact(observation: Observation, name: str, monitor: str) -> NDArray[np.float64]:
    capture = observation.capture(name)
    from_s = contact_instant(of_the_same_trigger(observation, name, monitor)) + AFTER_S
    return _magnitude(observation, capture, from_s, capture.start_s + len(capture.codes) * capture.interval_s)


def _flows_after(observation: Observation, name: str, monitor: str) -> bool:
    capture = observation.capture(name)
    from_s = contact_instant(of_the_same_trigger(observation, name, monitor)) + AFTER_S
    end_s = capture.start_s + len(capture.codes) * capture.interval_s
    shown = _after_contact(observation, name, monitor)
    pulses = pulsing_of(observation)
    if pulses is not None:
        return end_s - from_s < pulses.period_s or _half_at_times(observation, shown)
    return _half(observation, shown)


def _magnitude(observation: Observation, capture: Capture, from_s: float, to_s: float) -> NDArray[np.float64]:
    """Part of a record as magnitudes in nominal amperes; what the screen cuts off is boundless.

    Raises:
        NotMeasurable: the record holds too little of that part.
    """
    zero, shown = observation.capture("zero"), codes(capture)
    amperes = np.abs(volts(capture) - volts_of(zero, float(codes(zero).mean()))) / capture.path.resistor.resistance_ohm
    amperes[(shown <= capture.lowest_code) | (shown >= capture.highest_code)] = np.inf
    first, last = (round((at - capture.start_s) / capture.interval_s) for at in (from_s, to_s))
    part = amperes[max(first, 0) : max(last, 0)]
    if first < 0 or part.size < LEAST_SAMPLES:
        raise NotMeasurable(
            f"the record {observation.key}-{capture.name} does not hold the current from {from_s:g} s to {to_s:g} s"
        )
    return part


def _half(observation: Observation, magnitude: NDArray[np.float64]) -> bool:
    """Half the level for more than half of the time: neither a spike nor an alternation moves that."""
    return bool(np.median(magnitude) >= _SHARE * observation.point.setpoint.current_a)


def _half_at_times(observation: Observation, magnitude: NDArray[np.float64]) -> bool:
    """Half the level in more samples than noise or a spike would lift."""
    return int(np.count_nonzero(magnitude >= _SHARE * observation.point.setpoint.current_a)) >= LEAST_SAMPLES
