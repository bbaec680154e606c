"""What a nominal unit would give where power, session, panel and supervision are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.bench import taking
from harness.bench.expected.nominal_observation import nothing
from harness.bench.methods import power, power_battery, power_panel, power_session
from harness.bench.paths import HEADROOM_ON_SCREEN
from harness.bench.safe_state import RESIDUAL_READINGS
from harness.capture import Reading
from harness.setpoint import Method, Polarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.bench.expected.nominal_observation import Nominal
    from harness.bench.nominal import Waveform

_WITHIN_S = 20e-3
"""What messages take around output on, as a plan assumes it."""

_OFF_DRAW_A = 0.5
"""Share of the declared most."""


def session(made: Nominal) -> None:
    """A session that ends at its time."""
    declared = power_session.session_of(made.profile)
    before, about = power_session.course_lengths(declared)
    lengths = (*before, *about)
    made.plateau_readings(made.setpoint, made.load, power_session.COURSE_READINGS)
    for number in range(2, len(before) + 1):
        prefix = power_session.reading_prefix(number)
        made.plateau_readings(made.setpoint, made.load, power_session.COURSE_READINGS, prefix=prefix, zero="")
    _level_record(made, "zero", lengths[-1], end_s=0.0)
    begun = 0.0
    for number, length in enumerate(lengths, start=1):
        _level_record(made, f"course.{number}", length, end_s=declared.length_s.value - begun, begun_s=begun)
        begun += length
    count = len(power_session.pieces(power_session.RESIDUAL_S))
    for number in range(1, count + 1):
        zero = "zero-after" if number == 1 else ""
        _off(made, f"after.{number}", zero, power_session.RESIDUAL_S / count, ())
    _residuals(made, ("residual.1", "residual.2", "residual.3"))
    _run_time(made, sum(before))


def run_time(made: Nominal) -> None:
    """A long run."""
    lengths = power_session.pieces(power_session.RUN_TIME_S)
    _level_record(made, "zero", lengths[0], end_s=0.0)
    for number, length in enumerate(lengths, start=1):
        _level_record(made, f"course.{number}", length, end_s=2 * length, begun_s=(number - 1) * length)
    _run_time(made, power_session.RUN_TIME_S)


def _run_time(made: Nominal, end_s: float) -> None:
    first = power_session.SHOWN_AFTER_S
    times = (first, end_s)
    made.indicated = tuple(
        pair
        for number, seconds in enumerate(times, start=1)
        for pair in (
            (f"run-time.{number}", f"{int(seconds)}"),
            (f"run-time-from.{number}", f"{int(seconds):.6f}"),
            (f"run-time-to.{number}", f"{int(seconds) + _WITHIN_S:.6f}"),
        )
    )


def idle(made: Nominal) -> None:
    """Touched before and after the time without contact."""
    declared = power_session.session_of(made.profile)
    # A little less than so long, and a little more.
    made.waits(0.0 if declared.idle_s is None else 2 * declared.idle_s.value)
    _before(made)
    _off(made, "after", "zero-after", 1.0, ("residual.1",))


def host_silent(made: Nominal) -> None:
    """The watchdog acts in time."""
    period = made.profile.watchdog_s.value
    length = power_session.SILENT_PERIODS * period
    _level_record(made, "zero", length, end_s=0.0)
    _level_record(made, "course.1", length, end_s=period, begun_s=0.0)
    _off(made, "after", "zero-after", power_session.AFTER_S, ("residual.1",))
    made.indicated = (("trip.1", "watchdog"),)


def hang(made: Nominal) -> None:
    """A unit that goes on, and answers."""
    made.waits(power_session.HANG_LOOKS * power_session.HANG_LOOK_S)
    length = power.present_s(made.setpoint)
    path = taking.off_path(made.data, made.profile, made.load, power_session.AFTER_S)
    made.record("zero-after", nothing, path, taking.STEADY_RECORD_S)
    _level_record(made, "zero", length, end_s=0.0)
    _level_record(made, "early", length)
    _level_record(made, "late", length)
    made.indicated = tuple((f"answer.{number:03d}", "yes") for number in range(1, power_session.HANG_LOOKS + 1))


def battery(made: Nominal) -> None:
    """The same at every voltage, and the flag in the middle of its tolerance."""
    declared = power.battery_of(made.profile)
    path = taking.gated_path(made.data, made.load, made.setpoint)
    made.reading("zero", 0.0, taking.THOROUGH.zero, path)
    for name in power_battery.voltages(declared):
        made.plateau_readings(made.setpoint, made.load, power_battery.PLATEAU_READINGS, prefix=f"{name}-", zero="")
    made.readings.append(Reading("supply-volts", (declared.full_v.value,), "planned", made.data.supply_path("volts")))
    if made.point.variant == "flag" and declared.low_v is not None:
        low = declared.low_v.value
        made.indicated = tuple(
            (f"flag.{volts:.6f}", "good" if volts >= low else "low") for volts in power_battery.flag_voltages(declared)
        )


def brown_out(made: Nominal) -> None:
    """On, then off, and nothing when power comes back."""
    length = power_battery.RAMP_S + power_battery.RECOVERS_S
    _level_record(made, "zero", length, end_s=0.0)
    _level_record(made, "ramp", length, end_s=length / 2)
    if made.point.variant != "dip":
        _residuals(made, ("residual.1",))
    _return(made)


def power_on(made: Nominal) -> None:
    """The level before, then nothing by itself, nor at level 0."""
    _before(made)
    _return(made)
    _residuals(made, ("residual.3",))
    made.indicated = (("started", "started"),)


def _before(made: Nominal) -> None:
    length = power.present_s(made.setpoint)
    _level_record(made, "zero", length, end_s=0.0)
    _level_record(made, "before", length)


def _return(made: Nominal) -> None:
    length = power_battery.watched_s(made.profile)
    path = taking.off_path(made.data, made.profile, made.load, length)
    made.record("zero-return", nothing, path, taking.STEADY_RECORD_S)
    made.record("return", nothing, path, length, points=taking.off_points(length))
    _residuals(made, ("residual.2",))


def charging(made: Nominal) -> None:
    """Off as soon as a charger is there."""
    _before(made)
    _off(made, "after", "zero-after", power_battery.CHARGING_S, ("residual.1", "residual.2", "residual.3"))
    made.indicated = (("start.1", "refused"),)


def supply(made: Nominal) -> None:
    """Half of what may be drawn with the output off, and nothing more with it."""
    declared = made.profile.supply
    drawn = 0.0 if declared is None else _OFF_DRAW_A * declared.off_a.value
    path = made.data.supply_path("amperes")
    _before(made)
    names = ["draw-off", *(name for name, _ in power_battery.draws(made.mode, made.setpoint))]
    made.readings += [Reading(name, (drawn,) * power.SUPPLY_READINGS, "planned", path) for name in names]


def lines(made: Nominal) -> None:
    """The waveform alone."""
    length = power_panel.LINE_S
    if made.point.method is Method.MAINS:
        length = power_panel.mains_length_s(made.setpoint, made.data.definition.mains_frequency_hz)
    path = made.data.oscilloscope_path(made.load, power.REACH * made.setpoint.current_a, length)
    made.record("zero", nothing, path, taking.STEADY_RECORD_S)
    current = made.waveform(made.setpoint)
    for name in ("standing", "turning"):
        made.record(name, current, path, length, points=round(power_panel.LINE_POINTS_PER_S * length))
    made.indicated = (("motor", "on"),)


def tone(made: Nominal) -> None:
    """Each resistance its pitch, half of the allowed time after contact."""
    declared, section = made.profile.tone, made.data.definition.contact_switch
    if declared is None or section is None:
        return
    loads = power_panel.tone_loads(made.data, made.profile)
    length, high = power_panel.TONE_LENGTH_S, declared.high_v.value
    pitches = np.geomspace(declared.lowest_hz.value, declared.highest_hz.value, len(loads))
    if declared.direction.value < 0:
        pitches = pitches[::-1]
    pad = made.data.direct_path("buzzer", HEADROOM_ON_SCREEN * high, length)
    monitor = made.data.direct_path("contact monitor", HEADROOM_ON_SCREEN * section.monitor_high_v, length)
    delay, before, points = declared.latency_s.value / 2, power_panel.TONE_BEFORE_S, power_panel.TONE_POINTS
    for number, pitch in enumerate(pitches, start=1):
        for name, closed in ((f"made.{number}", True), (f"lost.{number}", False)):
            made.record(
                f"buzzer-{name}",
                _sounding(float(pitch), high, delay, closed=closed),
                pad,
                length,
                before_s=before,
                points=points,
            )
            made.record(
                f"monitor-{name}",
                _contact(section.monitor_high_v, closed=closed),
                monitor,
                length,
                before_s=before,
                points=points,
            )


def _sounding(pitch_hz: float, high_v: float, delay_s: float, *, closed: bool) -> Waveform:
    def volts(times: NDArray[np.float64]) -> NDArray[np.float64]:
        on = (times >= delay_s) == closed
        return np.where(on & ((times * pitch_hz) % 1.0 < 1 / 2), high_v, 0.0)

    return volts


def _contact(high_v: float, *, closed: bool) -> Waveform:
    return lambda times: np.where((times >= 0) == closed, high_v, 0.0)


def _level_record(
    made: Nominal, name: str, length_s: float, *, end_s: float | None = None, begun_s: float | None = None
) -> None:
    """The extremes of the level, which ends at an instant; of the zero record at once."""
    path = power.level_path(made.data, made.load, made.setpoint, length_s)
    level = made.setpoint.current_a
    if made.setpoint.polarity is Polarity.NEGATIVE:
        level = -level
    both = made.setpoint.polarity is Polarity.BIPOLAR
    ended = length_s + 1.0 if end_s is None else end_s
    is_long = length_s >= power_session.LONGEST_RECORD_S / 2
    points = power_session.COURSE_POINTS if is_long and name != "zero" else taking.PEAK_POINTS
    length = min(length_s, taking.STEADY_RECORD_S) if name == "zero" else length_s

    def extremes(times: NDArray[np.float64]) -> NDArray[np.float64]:
        rests = not both and made.setpoint.frequency_hz is not None
        second = -level if both else 0.0 if rests else level
        shown = np.where(np.arange(times.size) % 2 == 0, level, second)
        return np.where(times < ended, shown, 0.0)

    settings: tuple[tuple[str, str], ...] = ()
    if begun_s is not None:
        settings = (("begun_s", f"{begun_s:.6f}"), ("begun_within_s", f"{_WITHIN_S:.6f}"))
    made.record(name, extremes, path, length, points=points, peak=True, settings=settings)


def _off(made: Nominal, name: str, zero: str, length_s: float, residuals: tuple[str, ...]) -> None:
    path = taking.off_path(made.data, made.profile, made.load, length_s)
    made.record(zero, nothing, path, min(length_s, taking.STEADY_RECORD_S))
    points = power_session.COURSE_POINTS if name.startswith("after.") else taking.PEAK_POINTS
    made.record(name, nothing, path, length_s, points=points, peak=True)
    _residuals(made, residuals)


def _residuals(made: Nominal, names: tuple[str, ...]) -> None:
    for name in names:
        made.reading(name, 0.0, RESIDUAL_READINGS, made.data.residual_paths(made.load)[0])
