"""What touches, rises, gaps and losses of contact would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.bench import taking
from harness.bench.expected.nominal_observation import nothing
from harness.bench.methods import contact, shape
from harness.bench.nominal import TYPICAL_CAPACITANCE_F
from harness.bench.paths import HEADROOM_ON_SCREEN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.bench.expected.nominal_observation import Nominal
    from harness.bench.nominal import Waveform


def touch(made: Nominal) -> None:
    """An output that rested on an open contact is touched."""
    level = made.setpoint.current_a
    sign = made.setpoint.polarity.phases[0].sign
    reach = contact.event_current_a(made.profile, made.load)
    made.plateau_readings(made.setpoint, made.load, contact.REFERENCE_READINGS)
    coarse = made.screen(made.load, reach, contact.EVENT_LENGTH_S)
    fine = made.screen(made.load, contact.LEVEL_REACH * level, contact.level_length_s(made.setpoint))
    made.record("zero-event", nothing, coarse, contact.EVENT_LENGTH_S)
    made.record("zero", nothing, fine, contact.level_length_s(made.setpoint))
    made.plateau_record("", "reference", made.setpoint, made.load, contact.LEVEL_REACH * level)
    event = _discharge(made, sign, level)
    made.event(
        "event.1", "monitor.1", event, coarse, contact.EVENT_LENGTH_S,
        before_s=contact.EVENT_BEFORE_S, points=contact.EVENT_POINTS,
    )  # fmt: skip
    made.event(
        "level.2", "monitor.2", event, fine, contact.level_length_s(made.setpoint),
        before_s=contact.LEVEL_BEFORE_S, points=contact.LEVEL_POINTS,
    )  # fmt: skip


def _discharge(made: Nominal, sign: int, level: float) -> Waveform:
    """An output that rested at its compliance is touched."""
    peak = made.profile.compliance_v.value / made.load.stated_ohm
    time_constant = made.load.stated_ohm * TYPICAL_CAPACITANCE_F
    resting = 0.0 if made.profile.contact is not None else level
    start = 0.0 if made.profile.contact is not None else peak

    def current(times: NDArray[np.float64]) -> NDArray[np.float64]:
        late = np.exp(-np.clip(times, 0.0, None) / time_constant)
        return np.where(times >= 0, sign * (resting + (start - resting) * late), 0.0)

    return current


def first_contact(made: Nominal) -> None:
    """Contact is made and the current rises."""
    length = contact.rise_length_s(made.profile)
    path = made.screen(made.load, made.setpoint.current_a, length)
    reference = shape.read_in_plateau(made.profile, made.setpoint)
    made.plateau_readings(reference, made.load, contact.REFERENCE_READINGS)
    made.plateau_record("zero", "reference", reference, made.load, made.setpoint.current_a)
    settled = contact.settled_length_s(made.setpoint)
    if settled is not None:
        made.record("settled", made.waveform(made.setpoint), path, settled)
    again = made.point.variant == "restart"
    gap = contact.RESTART_GAP_S if again else None
    made.event(
        "rise.1", "monitor.1", made.rise(gap or 0.0), path, length,
        before_s=contact.RISE_BEFORE * length, points=contact.RISE_POINTS, gap_s=gap,
    )  # fmt: skip


def gap(made: Nominal) -> None:
    """Contact is lost for a while."""
    gap = contact.gap_s(made.point.variant)
    length = contact.GAP_BEFORE_S + gap + contact.GAP_AFTER_S
    reach = contact.event_current_a(made.profile, made.load)
    path = made.screen(made.load, reach, length)
    reference = shape.read_in_plateau(made.profile, made.setpoint)
    made.plateau_readings(reference, made.load, contact.REFERENCE_READINGS)
    made.plateau_record("zero", "reference", reference, made.load, reach)
    recognised = made.profile.contact is not None and gap >= made.profile.contact.shortest_loss_s.value
    current = made.waveform(made.setpoint)
    again = made.rise(gap) if recognised else (lambda times: np.where(times >= gap, current(times - gap), 0.0))
    # The loss falls into the first phase.
    phase_s = 0.25 / made.setpoint.frequency_hz if made.setpoint.frequency_hz else 0.0

    def lost(times: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(times < 0, current(times + phase_s), again(times))

    for number in range(1, contact.REPEATS + 1):
        made.event(
            f"gap.{number}", f"monitor.{number}", lost, path, length,
            before_s=contact.GAP_BEFORE_S, points=contact.gap_points(length), gap_s=gap,
        )  # fmt: skip


def loss(made: Nominal) -> None:
    """Contact is lost; the output has to be off."""
    gap, length = contact.gap_s(made.point.variant), contact.LOSS_LENGTH_S
    path = made.data.oscilloscope_path(made.load, contact.LOSS_SCREEN * contact.LOSS_CURRENT_A, length)
    made.record("zero", nothing, path, taking.STEADY_RECORD_S)
    level = made.setpoint.current_a * made.setpoint.polarity.sign
    volts = contact.loss_screen_v(made.profile)
    release = 6e-3 if made.profile.contact is None else 0.5 * made.profile.contact.release_s.value
    seen = made.data.direct_path("electrode voltage", HEADROOM_ON_SCREEN * volts, length)
    made.record("zero-voltage", nothing, seen, taking.STEADY_RECORD_S)
    open_v = made.setpoint.polarity.sign * made.profile.compliance_v.value
    for number in range(1, contact.REPEATS + 1):
        made.event(
            f"fine.{number}", f"monitor.{number}", lambda times: np.where(times < 0, level, 0.0), path, length,
            before_s=contact.GAP_BEFORE_S, points=contact.LOSS_POINTS, gap_s=gap,
        )  # fmt: skip
        made.record(
            f"voltage.{number}", lambda times: np.where((times >= 0) & (times < release), open_v, 0.0), seen,
            length, before_s=contact.GAP_BEFORE_S, points=contact.LOSS_POINTS,
        )  # fmt: skip
