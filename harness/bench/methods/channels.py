"""Channels beside each other: one on the leads, its neighbour driven into a load of its own.

Only one channel sits on the leads; what the other one delivers is known from its own turn there. In each observation
both are driven all the time. The neighbour's load and the return that both share are the bench file's `second_channel`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.methods.shape import PERIODS, PERIODS_BEFORE, points_of
from harness.bench.methods.steady import settling_s
from harness.bench.nominal import attainable_hz
from harness.capture import Observation
from harness.errors import TimeLimitExceeded
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from harness.bench.paths import BenchData
    from harness.bench.rig import Rig
    from harness.capture import Capture, Reading
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.setpoint import OperatingPoint, Setpoint

READINGS = 3
REACH = 1.2
"""Screen, as a multiple of what is expected on it."""

CROSSTALK_REACH = 5.0
"""Share of the neighbour's swing that is shown beside the victim's own level, as a multiple of what is allowed."""

CROSSTALK_S = 20e-3
"""Least length of a record that is folded; at least two periods of the neighbour."""

CROSSTALK_PERIODS = 2
CROSSTALK_POINTS = 20_000
_TIMER_HZ = 100_000
"""A frequency that divides this has a period of whole ticks in any usual timer."""

_KEYS = (1 / 6, 1 / 2)
"""Of the top level: what the channels are set to so that none can stand for its neighbour."""

SUM_REACH = 1.5
SUM_POINTS = 50_000
WATCHED_S = 0.5


def neighbour(profile: DeviceProfile, channel: int) -> int:
    """The channel beside one: the next, of the last the one before it."""
    return neighbours(profile, channel)[0]


def neighbours(profile: DeviceProfile, channel: int) -> tuple[int, ...]:
    """The channels on both sides of one, the next first."""
    return tuple(beside for beside in (channel + 1, channel - 1) if 1 <= beside <= profile.channels.value)


def key_level(mode: Mode, channel: int) -> int:
    """The level that a channel is keyed to: a low one for odd channels, a high one for even ones."""
    levels = mode.levels_a.value
    wanted = _KEYS[(channel - 1) % 2] * levels[-1]
    return 1 + min(range(len(levels)), key=lambda number: abs(levels[number] - wanted))


def key_on_leads(mode: Mode, channel: int) -> int:
    """The level of a channel on the leads: of short pulses the top, since they are known to a share of full scale."""
    return len(mode.levels_a.value) if mode.kind == "short-pulses" else key_level(mode, channel)


def key_beside(data: BenchData, profile: DeviceProfile, mode: Mode, channel: int) -> int:
    """The level that a channel is keyed to beside the one on the leads: one that its own load takes."""
    return min(key_level(mode, channel), most_beside(data, profile, mode))


def most_beside(data: BenchData, profile: DeviceProfile, mode: Mode) -> int:
    """The highest level that the declared compliance voltage drives through the load of the channel beside the leads.

    A level beyond it would be less than it says: what is seen of it here would be taken for a share of more.
    """
    section = data.definition.second_channel
    if section is None:
        return len(mode.levels_a.value)
    ohms = section.stated_ohm + section.shared_ohm
    taken = [
        number for number, amperes in enumerate(mode.levels_a.value, 1) if amperes * ohms <= profile.compliance_v.value
    ]
    return max(taken, default=1)


def gated_hz(data: BenchData, mode: Mode) -> float:
    """The highest frequency of a mode at which a reading over a whole mains cycle fits into a plateau.

    A multimeter reads within short pulses at any frequency: of theirs the one below the fast one.
    """
    if mode.kind == "short-pulses":
        return max((step for step in mode.steps_hz if step < fast_hz(mode)), default=mode.steps_hz[0])
    inside = taking.PLATEAU_END - taking.PLATEAU_START
    fitting = [step for step in mode.steps_hz if data.cycles_within(inside * 0.5 / step)]
    return max(fitting, default=min(mode.steps_hz, default=0.0))


def needs_first(profile: DeviceProfile) -> bool:
    """True where no other channel runs without the first one."""
    return profile.second_channel_needs_first is not None and profile.second_channel_needs_first.value


def changes(data: BenchData, profile: DeviceProfile, setpoint: Setpoint) -> dict[str, Setpoint | None]:
    """What is changed at the neighbour, one thing each time; None: it is switched off, where others need it not."""
    mode, other = profile.mode(setpoint.mode), neighbour(profile, setpoint.channel)
    key, most = key_beside(data, profile, mode, other), most_beside(data, profile, mode)
    one_way = next((p for p in mode.polarities.value if p is not setpoint.polarity), setpoint.polarity)
    found: dict[str, Setpoint | None] = {
        "level": mode.setpoint(other, 1 if key == most else most, setpoint.polarity, setpoint.frequency_hz),
        "polarity": mode.setpoint(other, key, one_way, setpoint.frequency_hz),
        "frequency": mode.setpoint(other, key, setpoint.polarity, fast_hz(mode)),
    }
    if not (other == 1 and needs_first(profile)):
        found["off"] = None
    return found


def aggressors(data: BenchData, profile: DeviceProfile, victim: Setpoint) -> list[Setpoint]:
    """The channels on both sides at the highest level that their load takes, both ways where they can."""
    mode = profile.mode(victim.mode)
    level = most_beside(data, profile, mode)
    return [
        mode.setpoint(beside, level, mode.both_ways, frequency)
        for beside in neighbours(profile, victim.channel)
        for frequency in _aggressor_hz(data, profile, victim)
    ]


def _aggressor_hz(data: BenchData, profile: DeviceProfile, victim: Setpoint) -> tuple[float, ...]:
    """Frequencies at which cross-talk is looked for: a low one, and a high one where the victim may be idle."""
    mode = profile.mode(victim.mode)
    low = gated_hz(data, mode)
    return (low,) if has_to_run(profile, victim) else tuple(dict.fromkeys((low, fast_hz(mode))))


def has_to_run(profile: DeviceProfile, victim: Setpoint) -> bool:
    """True where a victim is the first channel, which the neighbour does not run without."""
    return victim.channel == 1 and needs_first(profile)


def quiet_hz(data: BenchData, mode: Mode) -> float:
    """Frequency of a victim that has to run: half of the low one, so that its own periods average out in the fold."""
    half = gated_hz(data, mode) / 2
    return half if half in mode.steps_hz else mode.steps_hz[0]


def fast_hz(mode: Mode) -> float:
    """The highest frequency with whole cycles in a second: beside a slow channel both together repeat soon."""
    whole = [step for step in mode.steps_hz if step == round(step) and _TIMER_HZ % step == 0]
    return max(whole, default=mode.steps_hz[-1])


def crosstalk_length_s(profile: DeviceProfile, frequency_hz: float) -> float:
    """Length of the record that is folded: whole periods of the neighbour, as its timer makes them."""
    period = folded_s(profile, frequency_hz)
    return max(CROSSTALK_PERIODS, round(CROSSTALK_S / period)) * period


def folded_s(profile: DeviceProfile, frequency_hz: float) -> float:
    """The period that the declared timer makes of a frequency."""
    tick = profile.timer_tick_s
    return 1.0 / attainable_hz(frequency_hz, None if tick is None else tick.value)


def crosstalk_settings(profile: DeviceProfile, driven: Setpoint) -> tuple[tuple[str, str], ...]:
    """What a record of cross-talk is folded over, and what the neighbour drives meanwhile, from peak to peak."""
    both = 2 if driven.polarity is Polarity.BIPOLAR else 1
    frequency = driven.frequency_hz or 1.0
    return (
        ("folded_s", repr(folded_s(profile, frequency))),
        ("driven_a", repr(both * driven.current_a)),
    )


def victim_reach_a(data: BenchData, profile: DeviceProfile, setpoint: Setpoint) -> float:
    """What the screen of the victim shows: its own level where it runs, and several times the allowed cross-talk."""
    section = profile.channel_section
    allowed = 0.01 if section is None else section.crosstalk_limit.value
    mode = profile.mode(setpoint.mode)
    driven_a = mode.levels_a.value[most_beside(data, profile, mode) - 1]
    own_a = setpoint.current_a if has_to_run(profile, setpoint) else 0.0
    return own_a + CROSSTALK_REACH * allowed * driven_a


def join_second(rig: Rig) -> None:
    """Give the channel that is not on the leads its load; opened again with all other loads."""
    section = rig.data.definition.second_channel
    if section is not None:
        rig.switch.close(section.channels)


def start_pair(rig: Rig, *setpoints: Setpoint) -> None:
    """Set channels and switch them on, the first one first."""
    for setpoint in sorted(setpoints, key=lambda each: each.channel):
        rig.stimulator.apply(setpoint)
        rig.stimulator.start(setpoint.channel)


def keyed(rig: Rig, point: OperatingPoint) -> Observation:
    """Both channels at levels of their own; then one thing after the other is changed at the neighbour."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    mode = rig.profile.mode(setpoint.mode)
    other = neighbour(rig.profile, setpoint.channel)
    key = key_beside(rig.data, rig.profile, mode, other)
    beside = mode.setpoint(other, key, setpoint.polarity, setpoint.frequency_hz)
    path = taking.gated_path(rig.data, load, setpoint)
    screen = period_screen(rig, load, setpoint)
    rig.connect_resistors(load)
    readings: tuple[Reading, ...] = (taking.zero_reading(rig, path),)
    captures: tuple[Capture, ...] = (taking.zero_of(rig, screen, "zero"),)
    with taking.connected(rig, load, setpoint.channel):
        join_second(rig)
        start_pair(rig, setpoint, beside)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        plateau, _ = taking.read_plateaus(rig, setpoint, path, count=READINGS)
        readings, captures = (*readings, *plateau), (*captures, periods(rig, setpoint, screen))
        for name, changed in changes(rig.data, rig.profile, setpoint).items():
            _change(rig, other, changed)
            rig.clock.sleep(settling_s(rig.profile, setpoint))
            plateau, _ = taking.read_plateaus(rig, setpoint, path, count=READINGS, prefix=f"{name}-")
            shown = replace(screen, names=(f"periods-{name}",))
            readings, captures = (*readings, *plateau), (*captures, periods(rig, setpoint, shown))
            start_pair(rig, setpoint, beside)
    return Observation(point, (*readings, taking.residual_after(rig, setpoint.channel)), captures)


def periods_s(setpoint: Setpoint) -> float:
    """Length of the record that a frequency is read from."""
    return PERIODS / (setpoint.frequency_hz or 1.0)


def period_screen(rig: Rig, load: Load, setpoint: Setpoint) -> taking.Screen:
    """Ten periods and a little before them, on a screen that shows the level."""
    points = points_of(rig.profile.mode(setpoint.mode), setpoint)
    screen = taking.current_screen(rig, load, "periods", setpoint.current_a, periods_s(setpoint), points=points)
    return replace(screen, before_s=PERIODS_BEFORE / (setpoint.frequency_hz or 1.0))


def _change(rig: Rig, channel: int, changed: Setpoint | None) -> None:
    if changed is None:
        rig.stimulator.stop(channel)
    else:
        rig.stimulator.apply(changed)


def periods(rig: Rig, setpoint: Setpoint, screen: taking.Screen) -> Capture:
    """Ten periods from an active edge on, or as many as come by themselves where there is none."""
    first = setpoint.polarity.phases[0]
    edge = taking.current_edge(screen, 0.5 * first.sign * setpoint.current_a, rising=first is not Polarity.NEGATIVE)
    try:
        return taking.take(rig, screen, edge, plateaus=taking.plateaus_of(setpoint, triggered=True))
    except TimeLimitExceeded:
        rig.oscilloscope.stop()
    return taking.take(rig, screen, None)


def crosstalk(rig: Rig, point: OperatingPoint) -> Observation:
    """Each neighbour at its top level, seen in a channel that is idle, or at its lowest level where it has to run."""
    setpoint, load, profile = point.setpoint, rig.data.load(point.load), rig.profile
    mode = profile.mode(setpoint.mode)
    drive = aggressors(rig.data, profile, setpoint)
    captures: tuple[Capture, ...] = ()
    for number, driven in enumerate(proved(drive), start=1):
        captures = (*captures, *_proof(rig, point, driven, number))
    reach = victim_reach_a(rig.data, profile, setpoint)
    longest = max(crosstalk_length_s(profile, driven.frequency_hz or 1.0) for driven in drive)
    zero = taking.current_screen(rig, load, "zero", reach, longest, points=CROSSTALK_POINTS)
    rig.connect_resistors(load)
    captures = (*captures, taking.zero_of(rig, zero, "zero"))
    with taking.connected(rig, load, setpoint.channel):
        join_second(rig)
        for number, driven in enumerate(drive, start=1):
            rig.stimulator.stop()
            # A victim that runs is seen within one steady phase, or over a whole period of its own.
            start_pair(rig, *_with_first(profile, setpoint, driven))
            rig.clock.sleep(mode.settling_s.value)
            length = crosstalk_length_s(profile, driven.frequency_hz or 1.0)
            shown = taking.current_screen(rig, load, f"crosstalk.{number}", reach, length, points=CROSSTALK_POINTS)
            taking.arm(rig, shown, None)
            captures = (*captures, *taking.finish(rig, shown, settings=crosstalk_settings(profile, driven)))
    return Observation(point, (taking.residual_after(rig, setpoint.channel),), captures)


def _with_first(profile: DeviceProfile, setpoint: Setpoint, driven: Setpoint) -> tuple[Setpoint, ...]:
    """A neighbour, and the first channel at the victim's level where it does not run without that."""
    return (replace(setpoint, channel=1), driven) if driven.channel > 1 and needs_first(profile) else (driven,)


def proved(drive: list[Setpoint]) -> list[Setpoint]:
    """Of each neighbour the first drive: that it delivers is seen once."""
    return list({driven.channel: driven for driven in reversed(drive)}.values())[::-1]


def _proof(rig: Rig, point: OperatingPoint, driven: Setpoint, number: int) -> tuple[Capture, ...]:
    """That a neighbour delivers at all: the same drive with the leads on it."""
    load = rig.data.load(point.load)
    length = crosstalk_length_s(rig.profile, driven.frequency_hz or 1.0)
    screen = taking.current_screen(
        rig, load, f"neighbour.{number}", REACH * driven.current_a, length, points=CROSSTALK_POINTS
    )
    rig.connect_resistors(load)
    zero = taking.zero_of(rig, screen, f"zero-neighbour.{number}")
    with taking.connected(rig, load, driven.channel):
        join_second(rig)
        start_pair(rig, *_with_first(rig.profile, point.setpoint, driven))
        rig.clock.sleep(settling_s(rig.profile, driven))
        taking.arm(rig, screen, None)
        captures = taking.finish(rig, screen, settings=crosstalk_settings(rig.profile, driven))
    taking.residual_after(rig, driven.channel)
    return (zero, *captures)


def sum_of_channels(rig: Rig, point: OperatingPoint) -> Observation:
    """All channels at one level, each in turn on the leads; what they give together is the sum of their peaks."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    mode = rig.profile.mode(setpoint.mode)
    together = [
        mode.setpoint(channel, setpoint.level, setpoint.polarity, setpoint.frequency_hz)
        for channel in range(1, rig.profile.channels.value + 1)
    ]
    path = taking.gated_path(rig.data, load, setpoint)
    screen = sum_screen(rig, point)
    rig.connect_resistors(load)
    readings: tuple[Reading, ...] = (taking.zero_reading(rig, path),)
    captures: tuple[Capture, ...] = (taking.zero_of(rig, screen, "zero"),)
    for each in together[: len(rig.data.channels_of(rig.profile))]:
        with taking.connected(rig, load, each.channel):
            join_second(rig)
            start_pair(rig, *together)
            rig.clock.sleep(settling_s(rig.profile, each))
            plateau, seen = taking.read_plateaus(rig, each, path, count=READINGS, prefix=f"ch{each.channel}-")
            shown = replace(screen, names=(f"reference.{each.channel}",), length_s=taking.record_length_s(each))
            record = taking.take_plateaus(rig, each, shown, seen=seen, aperture_s=path.aperture_s)
            peak = taking.take(rig, replace(screen, names=(f"peak.{each.channel}",)), None)
        readings = (*readings, *plateau)
        captures = (*captures, record, peak)
    return Observation(point, (*readings, taking.residual_after(rig, setpoint.channel)), captures)


def sum_screen(rig: Rig, point: OperatingPoint) -> taking.Screen:
    """Two periods, on a screen that shows by how much the level is exceeded."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    return taking.current_screen(
        rig, load, "zero", SUM_REACH * setpoint.current_a, sum_length_s(setpoint), points=SUM_POINTS
    )


def sum_length_s(setpoint: Setpoint) -> float:
    """Two periods."""
    return 2 / (setpoint.frequency_hz or 1.0)


def first_off(rig: Rig, point: OperatingPoint) -> Observation:
    """A channel that needs the first one: told to run without it, beside it while it is idle, and when it goes off."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    mode = rig.profile.mode(setpoint.mode)
    leader = mode.setpoint(1, setpoint.level, setpoint.polarity, setpoint.frequency_hz)
    watched = taking.off_screen(rig, load, "alone", WATCHED_S)
    gated = taking.gated_path(rig.data, load, setpoint)
    rig.connect_resistors(load)
    zeros = (taking.zero_of(rig, watched, "zero"),)
    readings: tuple[Reading, ...] = (taking.zero_reading(rig, gated),)
    with taking.connected(rig, load, setpoint.channel):
        join_second(rig)
        rig.stimulator.apply(setpoint)
        answer = taking.told_to_start(rig, setpoint.channel)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        alone = taking.take(rig, watched, None)
        rig.stimulator.stop()
        start_pair(rig, leader, setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        plateau, _ = taking.read_plateaus(rig, setpoint, gated, count=READINGS)
        rig.stimulator.stop(leader.channel)
        deserted = taking.take(rig, replace(watched, names=("deserted",)), None)
        readings = (*readings, *plateau)
    residual = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (*readings, residual), (*zeros, alone, deserted), (("alone", answer),))
