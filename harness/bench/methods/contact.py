"""Contact made, lost and made again, in hardware time: touches, first contacts, gaps, losses."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.methods.shape import read_in_plateau
from harness.bench.methods.steady import settling_s
from harness.capture import Observation
from harness.instruments import Stretch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.bench.paths import BenchData
    from harness.bench.rig import Rig
    from harness.capture import Capture, Reading
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile
    from harness.setpoint import OperatingPoint, Setpoint

EARLY_IN_PHASE = 0.1
OPEN_HOLD_S = 0.5
"""An output into an open contact rests at its compliance long before that."""

EVENT_LENGTH_S = 0.5e-3
EVENT_BEFORE_S = 20e-6
EVENT_POINTS = 100_000
LEVEL_REACH = 1.2
"""Screen of a level after a touch, as a multiple of it, besides the usual headroom: tolerance and limit, and more."""

LEVEL_LENGTH_S = 30e-3
"""A unit may look for contact every 20 ms, and say nothing of it."""

LEVEL_BEFORE_S = 0.1e-3
LEVEL_POINTS = 50_000
_PERIODS_AFTER_TOUCH = 1.25
RISE_POINTS = 100_000
GAP_BEFORE_S = 1e-3
GAP_AFTER_S = 20e-3
GAP_INTERVAL_S = 1e-6
GAP_POINTS = (20_000, 200_000)
"""Fewest and most of a record of a gap: a microsecond each, as far as that goes."""

SETTLED_PERIODS = 4
REPEATS = 5
RESTART_GAP_S = 20e-3
LOSS_LENGTH_S = 40e-3
LOSS_POINTS = 50_000
LOSS_SCREEN = 20.0
"""Screen of a loss, as a multiple of what may flow."""

VOLTAGE_SCREEN = 3.0
"""Screen of the electrodes' voltage, as a multiple of the sense level."""

LOSS_CURRENT_A = 5e-6
REFERENCE_READINGS = 3
RISE_RESERVE = 1.1
RISE_BEFORE = 0.1
EVENT_RESERVE = 1.3

BOUNCE = (
    Stretch(closed=True, duration_s=1e-3),
    Stretch(closed=False, duration_s=2e-3),
    Stretch(closed=True, duration_s=1.5e-3),
    Stretch(closed=False, duration_s=3e-3),
    Stretch(closed=True, duration_s=2e-3),
    Stretch(closed=False, duration_s=1.5e-3),
)
"""A bouncing contact, closed for good 11 ms after it was first made."""


def event_current_a(profile: DeviceProfile, load: Load) -> float:
    """Current at the instant of a touch, from an output that rests at the declared compliance, with reserve."""
    return EVENT_RESERVE * profile.compliance_v.value / load.stated_ohm


def gap_s(variant: str) -> float:
    """The gap that a variant asks for: `20ms`."""
    return float(variant.removesuffix("ms")) / 1e3


def open_hold_s(setpoint: Setpoint) -> float:
    """Time for which an output is on before it is touched: into the first phase of a waveform that has phases."""
    if setpoint.frequency_hz is None:
        return OPEN_HOLD_S
    period = 1.0 / setpoint.frequency_hz
    return (math.ceil(OPEN_HOLD_S / period) + EARLY_IN_PHASE) * period


def rise_length_s(profile: DeviceProfile) -> float:
    """Length of the record of a rise, a part of it before contact.

    Raises:
        ValueError: the device senses no contact; no plan asks for that.
    """
    if profile.contact is None:
        raise ValueError(f"{profile.name} senses no contact")
    return RISE_RESERVE * profile.contact.ramp_window_s.value / (1 - RISE_BEFORE)


def loss_screen_v(profile: DeviceProfile) -> float:
    """The electrodes' voltage that is shown: beyond it only says "not yet"."""
    return VOLTAGE_SCREEN * (
        profile.compliance_v.value if profile.contact is None else profile.contact.sense_level_v.value
    )


def level_length_s(setpoint: Setpoint) -> float:
    """Length of the record of the level after a touch: of short pulses so that one falls into it."""
    if setpoint.pulse_width_s is None or setpoint.frequency_hz is None:
        return LEVEL_LENGTH_S
    return max(LEVEL_LENGTH_S, _PERIODS_AFTER_TOUCH / setpoint.frequency_hz)


def gap_points(length_s: float) -> int:
    """Points of a record of a gap."""
    fewest, most = GAP_POINTS
    return min(max(round(length_s / GAP_INTERVAL_S), fewest), most)


def touch(rig: Rig, point: OperatingPoint) -> Observation:
    """An output that has been on into an open contact is touched, twice: for the event, and for the level after it."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    event = taking.with_monitor(
        rig, _screen(rig, load, "event.1", event_current_a(rig.profile, load), EVENT_LENGTH_S), "monitor.1"
    )
    event = replace(event, before_s=EVENT_BEFORE_S, points=EVENT_POINTS)
    after = _screen(rig, load, "level.2", LEVEL_REACH * setpoint.current_a, level_length_s(setpoint))
    level = taking.with_monitor(rig, after, "monitor.2")
    level = replace(level, before_s=LEVEL_BEFORE_S, points=LEVEL_POINTS)
    path = taking.gated_path(rig.data, load, read_in_plateau(rig.profile, setpoint))
    rig.connect_resistors(load)
    zero = taking.zero_reading(rig, path)
    zeros = (taking.zero_of(rig, event, "zero-event"), taking.zero_of(rig, level, "zero"))
    captures: tuple[Capture, ...] = zeros
    with taking.connected(rig, load, setpoint.channel, touched=False):
        for screen in (event, level):
            rig.stimulator.stop()
            rig.touch(closed=False)
            rig.start(setpoint)
            rig.clock.sleep(open_hold_s(setpoint))
            taking.arm(rig, screen, taking.monitor_edge(rig, rising=True))
            rig.touch(closed=True)
            captures = (*captures, *taking.finish(rig, screen, settings=event_settings(rig.data, rig.profile)))
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        plateau, reference = plateau_reference(rig, setpoint, load, level)
    residual = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (zero, *plateau, residual), (*captures, reference))


def first_contact(rig: Rig, point: OperatingPoint) -> Observation:
    """Contact is made, at once or with bounces, or made again after a loss, and the current rises."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    length = rise_length_s(rig.profile)
    screen = taking.with_monitor(rig, _screen(rig, load, "rise.1", setpoint.current_a, length), "monitor.1")
    screen = replace(screen, before_s=RISE_BEFORE * length, points=RISE_POINTS)
    path = taking.gated_path(rig.data, load, read_in_plateau(rig.profile, setpoint))
    again = point.variant == "restart"
    rig.connect_resistors(load)
    zero = taking.zero_reading(rig, path)
    zero_capture = taking.zero_of(rig, screen, "zero")
    with taking.connected(rig, load, setpoint.channel, touched=again):
        if point.variant == "bounce":
            prepare(rig, closed=False, pattern=BOUNCE, end=True)
        elif again:
            prepare(rig, closed=True, pattern=lost(rig, RESTART_GAP_S), end=True)
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint) if again else OPEN_HOLD_S)
        taking.arm(rig, screen, taking.monitor_edge(rig, rising=not again))
        if point.variant == "touch":
            rig.touch(closed=True)
        else:
            trigger(rig)
        captures = taking.finish(rig, screen, settings=event_settings(rig.data, rig.profile))
        captures = (*captures, *_settled(rig, setpoint, screen))
        plateau, reference = plateau_reference(rig, setpoint, load, screen)
        state = rig.stimulator.state(setpoint.channel)
    residual = taking.residual_after(rig, setpoint.channel)
    indicated = (("state", state.state), ("polarity", state.polarity or ""))
    return Observation(point, (zero, *plateau, residual), (zero_capture, *captures, reference), indicated)


def gap(rig: Rig, point: OperatingPoint) -> Observation:
    """Contact is lost for a while and made again, five times at five phases of the sensing."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    length = GAP_BEFORE_S + gap_s(point.variant) + GAP_AFTER_S
    screen = _screen(rig, load, "gap", event_current_a(rig.profile, load), length)
    screen = replace(screen, before_s=GAP_BEFORE_S, points=gap_points(length))
    path = taking.gated_path(rig.data, load, read_in_plateau(rig.profile, setpoint))
    rig.connect_resistors(load)
    zero = taking.zero_reading(rig, path)
    zero_capture = taking.zero_of(rig, screen, "zero")
    captures: tuple[Capture, ...] = (zero_capture,)
    with taking.connected(rig, load, setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        plateau, reference = plateau_reference(rig, setpoint, load, screen)
        for number in range(1, REPEATS + 1):
            named = taking.with_monitor(rig, replace(screen, names=(f"gap.{number}",)), f"monitor.{number}")
            captures = (*captures, *_one_gap(rig, point, named, number))
    residual = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (zero, *plateau, residual), (*captures, reference))


def loss(rig: Rig, point: OperatingPoint) -> Observation:
    """Contact is lost and made again when the output has to be off, on a screen that shows whether it is."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    path = rig.data.oscilloscope_path(load, LOSS_SCREEN * LOSS_CURRENT_A, LOSS_LENGTH_S)
    screen = taking.Screen(
        ("fine",),
        (path,),
        (taking.input_of(rig, path),),
        LOSS_LENGTH_S,
        before_s=GAP_BEFORE_S,
        points=LOSS_POINTS,
    )
    rig.connect_resistors(load)
    seen = taking.with_voltage(rig, screen, "voltage", loss_screen_v(rig.profile))
    voltage = replace(screen, names=("voltage",), paths=seen.paths[-1:], inputs=seen.inputs[-1:])
    captures: tuple[Capture, ...] = (
        taking.zero_of(rig, screen, "zero"),
        taking.zero_of(rig, voltage, "zero-voltage"),
    )
    section = rig.data.definition.electrode_voltage
    with taking.connected(rig, load, setpoint.channel):
        if section is not None:
            rig.switch.close(section.channels)
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        for number in range(1, REPEATS + 1):
            named = taking.with_monitor(rig, replace(screen, names=(f"fine.{number}",)), f"monitor.{number}")
            named = taking.with_voltage(rig, named, f"voltage.{number}", loss_screen_v(rig.profile))
            captures = (*captures, *_one_gap(rig, point, named, number))
    if section is not None:
        rig.switch.open(section.channels)
    return Observation(point, (taking.residual_after(rig, setpoint.channel),), captures)


def _one_gap(rig: Rig, point: OperatingPoint, screen: taking.Screen, number: int) -> tuple[Capture, ...]:
    """Wait until the level is there again, then a little longer each time, so that the gaps fall on other phases."""
    setpoint = point.setpoint
    rig.stimulator.stop()
    prepare(rig, closed=True, pattern=lost(rig, gap_s(point.variant)), end=True)
    rig.start(setpoint)
    rig.clock.sleep(settling_s(rig.profile, setpoint) + phase_s(rig, number))
    taking.arm(rig, screen, taking.monitor_edge(rig, rising=False))
    trigger(rig)
    return taking.finish(rig, screen, settings=event_settings(rig.data, rig.profile))


def lost(rig: Rig, gap_s_: float) -> tuple[Stretch, ...]:
    """Contact lost for so long; a contact opens sooner after its gate than it closes, and the gate makes up for it."""
    section = taking.contact_section(rig)
    return (Stretch(closed=False, duration_s=gap_s_ + section.release_s - section.operate_s),)


def phase_s(rig: Rig, number: int) -> float:
    """How much later than the first one a repeat begins, so that it falls on another phase of the sensing."""
    sensing = rig.profile.contact
    return 0.0 if sensing is None else (number - 1) / REPEATS * sensing.sense_period_s.value


def _screen(rig: Rig, load: Load, name: str, current_a: float, length_s: float) -> taking.Screen:
    return taking.current_screen(rig, load, name, current_a, length_s)


def plateau_reference(
    rig: Rig, setpoint: Setpoint, load: Load, screen: taking.Screen
) -> tuple[tuple[Reading, ...], Capture]:
    """The plateau by the multimeter, and a record of it on the same screen; in a mode that has such a plateau."""
    reference = read_in_plateau(rig.profile, setpoint)
    if reference != setpoint:
        rig.stimulator.stop()
        rig.start(reference)
        rig.clock.sleep(settling_s(rig.profile, reference))
    path = taking.gated_path(rig.data, load, reference)
    plateau, seen = taking.read_plateaus(rig, reference, path, count=REFERENCE_READINGS)
    shown = replace(
        screen,
        names=("reference",),
        paths=screen.paths[:1],
        inputs=screen.inputs[:1],
        length_s=taking.record_length_s(reference),
        before_s=0.0,
        points=taking.RECORD_POINTS,
    )
    return plateau, taking.take_plateaus(rig, reference, shown, seen=seen, aperture_s=path.aperture_s)


def settled_length_s(setpoint: Setpoint) -> float | None:
    """Length of a record that shows how an output alternates or pulses; None where it does neither."""
    return None if setpoint.frequency_hz is None else SETTLED_PERIODS / setpoint.frequency_hz


def _settled(rig: Rig, setpoint: Setpoint, screen: taking.Screen) -> tuple[Capture, ...]:
    length = settled_length_s(setpoint)
    if length is None:
        return ()
    shown = replace(
        screen,
        names=("settled",),
        paths=screen.paths[:1],
        inputs=screen.inputs[:1],
        length_s=length,
        before_s=0.0,
        points=taking.RECORD_POINTS,
    )
    return (taking.take(rig, shown, None),)


def prepare(rig: Rig, *, closed: bool, pattern: Sequence[Stretch], end: bool) -> None:
    """Make output + ready to play a pattern, where the bench has a contact switch."""
    if rig.contact_switch is not None:
        section = taking.contact_section(rig)
        rig.contact_switch.prepare(idle=closed, pattern=pattern, end=end, channel=section.plus)


def trigger(rig: Rig) -> None:
    """Start the pattern."""
    if rig.contact_switch is not None:
        rig.contact_switch.trigger()


def event_settings(data: BenchData, profile: DeviceProfile) -> tuple[tuple[str, str], ...]:
    """What the bench itself adds to an event, for its budget."""
    section, electrodes = data.definition.contact_switch, data.definition.electrodes
    return (
        ("mismatch_s", f"{0.0 if section is None else section.mismatch_s:g}"),
        ("fixture_f", f"{0.0 if electrodes is None else electrodes.capacitance_f:g}"),
        ("compliance_v", f"{profile.compliance_v.value:g}"),
        # Of a device that senses contact, nothing for a while.
        ("flows", "yes" if profile.contact is None else "no"),
    )
