"""What a ladder of resistances, an adaptation, and trains of contacts would give."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness.bench import taking
from harness.bench.expected.nominal_observation import nothing
from harness.bench.methods import contact, sensing_events
from harness.bench.methods import sensing as method
from harness.bench.paths import HEADROOM_ON_SCREEN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.bench.expected.nominal_observation import Nominal
    from harness.bench.nominal import Waveform
    from harness.capture import SignalPath
    from harness.definitions.benches import Load
    from harness.instruments import Stretch

_MIDDLE = 0.5
_OFF_AFTER = 0.5
"""Of the release time: when a nominal output is off after a loss."""


def sensing(made: Nominal) -> None:
    """Down and up the ladder; sense pulses on the way."""
    contact_ = method.contact_of(made.profile)
    touch, away = contact_.touch_below_ohm, contact_.open_above_ohm
    threshold = math.sqrt(touch.value * away.value) if touch is not None and away is not None else math.inf
    path = taking.gated_path(made.data, made.load, made.setpoint)
    made.reading("zero", 0.0, taking.THOROUGH.zero, path)
    signed = made.setpoint.current_a * made.setpoint.polarity.sign
    for number, (direction, load) in enumerate(method.steps(made.data), start=1):
        current = signed if load.stated_ohm < threshold else 0.0
        _reading_at(made, f"{direction}.{number}", current, load, path)
    length, points = method.sense_length_s(made.profile), method.sense_points(made.profile)
    screen = made.screen(made.load, method.sense_current_a(made.profile), length)
    made.record("zero", nothing, screen, min(length, taking.STEADY_RECORD_S))
    period, width = contact_.sense_period_s.value, contact_.sense_width_s.value
    pulse = contact_.sense_current_a.value * made.setpoint.polarity.sign

    def pulses(times: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where((times + _MIDDLE * period) % period < width, pulse, 0.0)

    made.record("sense", pulses, screen, length, points=points)


def adaptation(made: Nominal) -> None:
    """The level at every load of skin, and nothing where contact is lost."""
    path = taking.gated_path(made.data, made.load, made.setpoint)
    made.reading("zero", 0.0, taking.THOROUGH.zero, path)
    signed = made.setpoint.current_a * made.setpoint.polarity.sign
    way = method.skin_steps(made.data, made.profile, made.setpoint)
    for number, (direction, load) in enumerate(way, start=1):
        _reading_at(made, f"{direction}.{number}", 0.0 if direction == "up" else signed, load, path)


def _reading_at(made: Nominal, name: str, current_a: float, load: Load, path: SignalPath) -> None:
    made.reading(name, current_a * path.resistor.resistance_ohm, method.READINGS, path)
    made.readings[-1] = replace(made.readings[-1], settings=method.load_settings(load))


def latency(made: Nominal) -> None:
    """Every loss is answered in half the time that there is."""
    section = made.data.definition.contact_switch
    if section is None:
        return
    volts, high = sensing_events.volts_screen_v(made.profile), section.monitor_high_v
    open_v = made.setpoint.polarity.sign * made.profile.compliance_v.value
    settings = contact.event_settings(made.data, made.profile)
    off_after = _OFF_AFTER * method.contact_of(made.profile).release_s.value
    for number, train in enumerate(sensing_events.latency_trains(made.profile), start=1):
        length = sensing_events.record_s(train)
        closed = _closed(train)
        falls = np.array(_edges(train)[0::2])

        def voltage(times: NDArray[np.float64], falls: NDArray[np.float64] = falls) -> NDArray[np.float64]:
            latest = np.searchsorted(falls, times, side="right") - 1
            since = times - falls[np.clip(latest, 0, None)]
            return np.where((latest >= 0) & (since < off_after), open_v, 0.0)

        def shown(times: NDArray[np.float64], closed: Waveform = closed) -> NDArray[np.float64]:
            return high * closed(times)

        for name, wave, path in (
            (f"monitor.{number}", shown, made.data.direct_path("contact monitor", HEADROOM_ON_SCREEN * high, length)),
            (
                f"voltage.{number}",
                voltage,
                made.data.direct_path("electrode voltage", HEADROOM_ON_SCREEN * volts, length),
            ),
        ):
            made.record(
                name, wave, path, length, before_s=sensing_events.RECORD_BEFORE_S,
                points=sensing_events.LATENCY_POINTS, settings=settings,
            )  # fmt: skip


def glide(made: Nominal) -> None:
    """Contact comes and goes; the current rises anew after each loss that counts, and goes on after each other."""
    point = made.point
    _plateau(made, sensing_events.level_screen_a(point))
    screen = made.screen(made.load, sensing_events.level_screen_a(point), sensing_events.screen_s(point))
    trains = sensing_events.TRAINS_OF[point.variant]() if point.variant in sensing_events.TRAINS_OF else ((),)
    section = made.data.definition.contact_switch
    if section is None:
        return
    settings = contact.event_settings(made.data, made.profile)
    high = section.monitor_high_v
    for number, train in enumerate(trains, start=1):
        length = sensing_events.record_s(train) if train else sensing_events.TEXTURE_LENGTH_S
        before = sensing_events.RECORD_BEFORE_S if train else 0.0
        points = sensing_events.event_points(length)
        closed, current = _closed(train), _rising(made, train)
        seen = made.data.direct_path("contact monitor", HEADROOM_ON_SCREEN * high, length)
        path = replace(screen, aperture_s=length)
        flowing, shown = _through(closed, current), _through(closed, lambda times: np.full(times.shape, high))
        for name, wave, way in ((f"glide.{number}", flowing, path), (f"monitor.{number}", shown, seen)):
            made.record(name, wave, way, length, before_s=before, points=points, settings=settings)


def _through(closed: Waveform, current: Waveform) -> Waveform:
    """What flows, or is shown, while contact is made."""
    return lambda times: closed(times) * current(times)


def electrode(made: Nominal) -> None:
    """Contact is lost at one electrode, or both; the current rises anew."""
    reach = sensing_events.level_screen_a(made.point)
    _plateau(made, reach)
    length, gap = sensing_events.electrode_record_s(), sensing_events.ELECTRODE_GAP_S
    path = made.screen(made.load, reach, length)
    gated = taking.gated_path(made.data, made.load, made.setpoint)
    rising = made.rise(gap)
    level = made.setpoint.current_a * made.setpoint.polarity.sign
    for number in range(1, contact.REPEATS + 1):
        made.record(
            f"lost.{number}", lambda times: np.where((times >= 0) & (times < gap), 0.0, rising(times)), path, length,
            before_s=contact.GAP_BEFORE_S, points=sensing_events.ELECTRODE_POINTS,
            settings=sensing_events.electrode_settings(made.data, made.profile),
        )  # fmt: skip
        made.reading(f"again.{number}", level * gated.resistor.resistance_ohm, contact.REFERENCE_READINGS, gated)


def _plateau(made: Nominal, reach_a: float) -> None:
    made.plateau_readings(made.setpoint, made.load, contact.REFERENCE_READINGS)
    made.plateau_record("zero", "reference", made.setpoint, made.load, reach_a)


def _edges(train: tuple[Stretch, ...]) -> list[float]:
    """When contact is lost and made, in turn."""
    return list(np.concatenate([[0.0], np.cumsum([stretch.duration_s for stretch in train])])) if train else []


def _closed(train: tuple[Stretch, ...]) -> Waveform:
    edges = np.array(_edges(train))
    return lambda times: np.where(np.searchsorted(edges, times, side="right") % 2 == 0, 1.0, 0.0)


def _rising(made: Nominal, train: tuple[Stretch, ...]) -> Waveform:
    """The level before the first loss; a straight rise from each loss that has to be recognised."""
    shortest = method.contact_of(made.profile).shortest_loss_s.value
    level = made.setpoint.current_a * made.setpoint.polarity.sign
    slope = 1 / (0.4 * method.contact_of(made.profile).ramp_window_s.value)
    edges = _edges(train)
    again = np.array([made_ for lost, made_ in zip(edges[0::2], edges[1::2], strict=True) if made_ - lost >= shortest])

    def current(times: NDArray[np.float64]) -> NDArray[np.float64]:
        if not again.size:
            return np.full(times.shape, level)
        latest = np.searchsorted(again, times, side="right") - 1
        risen = np.clip((times - again[np.clip(latest, 0, None)]) * slope, 0.0, 1.0)
        return level * np.where(latest >= 0, risen, 1.0)

    return current
