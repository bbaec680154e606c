"""Trains of contacts in hardware time: losses at random phases, bounces, gliding, one electrode alone."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.methods import contact
from harness.bench.methods.sensing import contact_of
from harness.bench.methods.shape import read_in_plateau
from harness.bench.methods.steady import settling_s
from harness.bench.paths import HEADROOM_ON_SCREEN
from harness.capture import Observation
from harness.instruments import DIVISIONS_HIGH, Input, Stretch

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.bench.paths import BenchData
    from harness.bench.rig import Rig
    from harness.capture import Capture, Reading
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile
    from harness.setpoint import OperatingPoint

Train = tuple[Stretch, ...]

TRAINS = 8
LOSSES = 25
"""Of each train: 200 in all."""

LATENCY_POINTS = 25_000
LATENCY_RESERVE_S = 3e-3
TOUCHED_PERIODS = 4
_RESOLUTION_S = 1e-4
_SEED = 200

RECORD_BEFORE_S = 5e-3
RECORD_AFTER_S = 30e-3
EVENT_POINTS = 200_000
EVENT_INTERVAL_S = 2e-6
LEVEL_SCREEN = 1.3
"""Screen of a train, as a multiple of the level, besides the usual headroom: more is a spike however much it is."""

GLIDES = 2
_GAPS = 12
_GAP_RANGE_S = (1e-3, 1.0)
_RANGE_SIGMAS = 4.0
_FEWEST_SAMPLES = 10_000

TEXTURE_LENGTH_S = 0.6
TEXTURE_LOADS = 2
"""So many further loads are put beside the first one, one after the other, and taken away."""

ELECTRODE_GAP_S = 20e-3
ELECTRODE_AFTER_S = 20e-3
ELECTRODE_POINTS = 10_000
_HALF = 0.5

_MS = 1e-3
_BOUNCES_MS = (
    # Lost with bounces for a time that counts, then made again with bounces.
    (4.0, 1.0, 2.0, 0.5, 15.0, 1.0, 3.0, 2.0, 1.5),
    # Rubbing: many losses too short to count.
    (1.0, 3.0, 2.0, 1.5, 5.0, 1.0, 3.0, 4.0, 1.5, 2.0, 8.0, 1.0, 1.0),
    # Slapping: long losses with a touch too short to be felt between them.
    (25.0, 0.6, 30.0, 2.0, 1.0, 0.6, 18.0, 3.0, 2.0),
)
"""Stretches of three trains in turn open and closed, ms; closed for good after the last."""


def _train(durations_s: list[float]) -> Train:
    return tuple(Stretch(closed=number % 2 == 1, duration_s=each) for number, each in enumerate(durations_s))


def bounces() -> tuple[Train, ...]:
    """Three ways in which a contact bounces."""
    return tuple(_train([each * _MS for each in train]) for train in _BOUNCES_MS)


def slaps() -> tuple[Train, ...]:
    """The last of them alone: long losses."""
    return bounces()[-1:]


@cache
def glides() -> tuple[Train, ...]:
    """Contact while gliding: losses from 1 ms to 1 s, log-normal, and contacts of the same kind between them.

    The values are the quantiles of that distribution, in an order that is the same each time.
    """
    low, high = (math.log(edge) for edge in _GAP_RANGE_S)
    normal = NormalDist((low + high) / 2, (high - low) / _RANGE_SIGMAS)
    count = GLIDES * _GAPS
    order = random.Random(_SEED)  # noqa: S311 - a fixed sequence, no secret
    drawn = []
    for _ in ("open", "closed"):
        values = [round(math.exp(normal.inv_cdf((k + 0.5) / count)) / _RESOLUTION_S) for k in range(count)]
        order.shuffle(values)
        drawn.append([max(value, 10) * _RESOLUTION_S for value in values])
    pairs = list(zip(*drawn, strict=True))
    found = []
    for number in range(GLIDES):
        flat = [value for pair in pairs[number * _GAPS : (number + 1) * _GAPS] for value in pair]
        found.append(_train(flat[:-1]))
    return tuple(found)


def latency_trains(profile: DeviceProfile) -> tuple[Train, ...]:
    """Losses long enough to be answered, at random phases of the sensing, with touches long enough between them."""
    sensing = contact_of(profile)
    period = sensing.sense_period_s.value
    least_open, least_closed = sensing.release_s.value + LATENCY_RESERVE_S, TOUCHED_PERIODS * period
    draw = random.Random(_SEED)  # noqa: S311 - a fixed sequence, no secret
    found = []
    for _ in range(TRAINS):
        wanted = [least + period * draw.random() for least in (least_open, least_closed) * LOSSES]
        durations = [round(each / _RESOLUTION_S) * _RESOLUTION_S for each in wanted]
        found.append(_train(durations[:-1]))
    return tuple(found)


def length_s(train: Train) -> float:
    """How long a train lasts."""
    return sum(stretch.duration_s for stretch in train)


def record_s(train: Train) -> float:
    """Length of its record."""
    return RECORD_BEFORE_S + length_s(train) + RECORD_AFTER_S


def latency(rig: Rig, point: OperatingPoint) -> Observation:
    """Contact is lost 200 times at random phases; the electrodes' voltage shows when the output goes off."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    section = rig.data.definition.electrode_voltage
    captures: tuple[Capture, ...] = ()
    with taking.connected(rig, load, setpoint.channel):
        if section is not None:
            rig.switch.close(section.channels)
        for number, train in enumerate(latency_trains(rig.profile), start=1):
            screen = _volts_screen(rig, number, record_s(train))
            captures = (*captures, *_play(rig, point, screen, train))
    if section is not None:
        rig.switch.open(section.channels)
    return Observation(point, (taking.residual_after(rig, setpoint.channel),), captures)


def volts_screen_v(profile: DeviceProfile) -> float:
    """Electrodes' voltage that a record of the latency has to show: an output into open electrodes, with reserve."""
    return contact.EVENT_RESERVE * profile.compliance_v.value


def _volts_screen(rig: Rig, number: int, record_length_s: float) -> taking.Screen:
    section = taking.contact_section(rig)
    path = rig.data.direct_path("contact monitor", HEADROOM_ON_SCREEN * section.monitor_high_v, record_length_s)
    shown = Input(section.monitor_oscilloscope_channel, path.range / DIVISIONS_HIGH)
    screen = taking.Screen(
        (f"monitor.{number}",),
        (path,),
        (shown,),
        record_length_s,
        before_s=RECORD_BEFORE_S,
        points=LATENCY_POINTS,
    )
    return taking.with_voltage(rig, screen, f"voltage.{number}", volts_screen_v(rig.profile))


def _play(rig: Rig, point: OperatingPoint, screen: taking.Screen, train: Train) -> tuple[Capture, ...]:
    """One train from the settled level on, with its record."""
    rig.stimulator.stop()
    contact.prepare(rig, closed=True, pattern=train, end=True)
    rig.start(point.setpoint)
    rig.clock.sleep(settling_s(rig.profile, point.setpoint))
    taking.arm(rig, screen, taking.monitor_edge(rig, rising=False))
    contact.trigger(rig)
    return taking.finish(rig, screen, settings=contact.event_settings(rig.data, rig.profile))


TRAINS_OF: dict[str, Callable[[], tuple[Train, ...]]] = {"bounces": bounces, "slaps": slaps, "gaps": glides}
"""By variant of the method."""


def level_screen_a(point: OperatingPoint) -> float:
    """Current that the screen of a train has to show."""
    return LEVEL_SCREEN * point.setpoint.current_a


def screen_s(point: OperatingPoint) -> float:
    """Length of the screen at whose scale everything of a glide is recorded: its longest record."""
    trains = TRAINS_OF[point.variant]() if point.variant in TRAINS_OF else ()
    return max((record_s(train) for train in trains), default=TEXTURE_LENGTH_S)


def event_points(record_length_s: float) -> int:
    """Points of a record of a train: two microseconds each, as far as that goes."""
    return min(max(round(record_length_s / EVENT_INTERVAL_S), _FEWEST_SAMPLES), EVENT_POINTS)


def glide(rig: Rig, point: OperatingPoint) -> Observation:
    """Contact bounces, comes and goes as while gliding, or changes its resistance."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    screen = taking.current_screen(rig, load, "glide", level_screen_a(point), screen_s(point))
    path = taking.gated_path(rig.data, load, read_in_plateau(rig.profile, setpoint))
    rig.connect_resistors(load)
    zero = taking.zero_reading(rig, path)
    captures: tuple[Capture, ...] = (taking.zero_of(rig, screen, "zero"),)
    with taking.connected(rig, load, setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        plateau, reference = contact.plateau_reference(rig, setpoint, load, screen)
        if point.variant == "texture":
            captures = (*captures, *_texture(rig, point, screen))
        for number, train in enumerate(TRAINS_OF[point.variant]() if point.variant in TRAINS_OF else (), start=1):
            captures = (*captures, *_play(rig, point, _with_length(rig, screen, number, record_s(train)), train))
    residual = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (zero, *plateau, residual), (*captures, reference))


def _with_length(rig: Rig, screen: taking.Screen, number: int, record_length_s: float) -> taking.Screen:
    named = replace(
        screen,
        names=(f"glide.{number}",),
        length_s=record_length_s,
        before_s=RECORD_BEFORE_S,
        points=event_points(record_length_s),
    )
    return taking.with_monitor(rig, named, f"monitor.{number}")


def texture_loads(data: BenchData, point: OperatingPoint) -> tuple[Load, ...]:
    """Loads that are put beside that of the point: the smallest ones with a resistance of their own."""
    others = [load for load in data.definition.loads if load.is_resistor and load.resistance_ohm > 0]
    others = [load for load in others if load.name != point.load]
    return tuple(sorted(others, key=lambda load: load.resistance_ohm)[:TEXTURE_LOADS])


def _texture(rig: Rig, point: OperatingPoint, screen: taking.Screen) -> tuple[Capture, ...]:
    """The resistance jumps down and up again under current, as fast as relays go, within one record."""
    named = replace(screen, before_s=0.0)
    named = replace(_with_length(rig, named, 1, TEXTURE_LENGTH_S), before_s=0.0)
    taking.arm(rig, named, None)
    loads = texture_loads(rig.data, point)
    pause = TEXTURE_LENGTH_S / (4 * len(loads) + 2)
    for load in loads:
        rig.clock.sleep(pause)
        rig.switch.close(load.channels)
        rig.clock.sleep(pause)
        rig.switch.open(load.channels)
    return taking.finish(rig, named, settings=contact.event_settings(rig.data, rig.profile))


def electrode(rig: Rig, point: OperatingPoint) -> Observation:
    """Contact is lost at output - alone, or at both electrodes at once, and made again; five times at five phases.

    The contact monitor does not show output -: the loss is seen in the current itself, and contact is made again after
    the time that the generator was told.
    """
    setpoint, load = point.setpoint, rig.data.load(point.load)
    record = electrode_record_s()
    screen = taking.current_screen(rig, load, "lost", level_screen_a(point), record)
    path = taking.gated_path(rig.data, load, setpoint)
    rig.connect_resistors(load)
    zero = taking.zero_reading(rig, path)
    captures: tuple[Capture, ...] = (taking.zero_of(rig, screen, "zero"),)
    again: tuple[Reading, ...] = ()
    with taking.connected(rig, load, setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        plateau, reference = contact.plateau_reference(rig, setpoint, load, screen)
        for number in range(1, contact.REPEATS + 1):
            named = replace(screen, names=(f"lost.{number}",), before_s=contact.GAP_BEFORE_S, points=ELECTRODE_POINTS)
            captures = (*captures, *_one_loss(rig, point, named, number))
            rig.clock.sleep(settling_s(rig.profile, setpoint))
            again = (*again, rig.read(f"again.{number}", path, contact.REFERENCE_READINGS, None, "after contact"))
    residual = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (zero, *plateau, *again, residual), (*captures, reference))


def electrode_record_s() -> float:
    """Length of the record of one loss."""
    return contact.GAP_BEFORE_S + ELECTRODE_GAP_S + ELECTRODE_AFTER_S


def electrode_settings(data: BenchData, profile: DeviceProfile) -> tuple[tuple[str, str], ...]:
    """What is known of the gap: how long it was asked to be, and how far it may be off."""
    section = data.definition.contact_switch
    known = (("gap_s", f"{ELECTRODE_GAP_S:g}"), ("jitter_s", f"{0.0 if section is None else section.jitter_s:g}"))
    return (*contact.event_settings(data, profile), *known)


def _one_loss(rig: Rig, point: OperatingPoint, screen: taking.Screen, number: int) -> tuple[Capture, ...]:
    setpoint, section = point.setpoint, taking.contact_section(rig)
    rig.stimulator.stop()
    if rig.contact_switch is not None:
        channel = section.minus if point.variant == "minus" else None
        pattern = contact.lost(rig, ELECTRODE_GAP_S)
        rig.contact_switch.prepare(idle=True, pattern=pattern, end=True, channel=channel)
    rig.start(setpoint)
    rig.clock.sleep(settling_s(rig.profile, setpoint) + contact.phase_s(rig, number))
    sign = setpoint.polarity.sign
    taking.arm(rig, screen, taking.current_edge(screen, sign * _HALF * setpoint.current_a, rising=sign < 0))
    contact.trigger(rig)
    return taking.finish(rig, screen, settings=electrode_settings(rig.data, rig.profile))
