"""A healthy simulated unit of any device profile: nominal values with the usual spreads, as the text of a unit file.

The simulation reads its own files only. This writes one: nominal values of the profile, inside which a sound unit lies.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.definitions.device_power import DISPLAY_UNITS_A
from harness.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.definitions.device_power import Battery, Tone
    from harness.definitions.devices import ContactSensing, DeviceProfile, Mode, Trip

_GAIN_OF_TOLERANCE = 0.1
_MOST_GAIN_SPREAD = 0.02
_OFFSET_OF_LEVEL = 2e-3
_COMPLIANCE_RESERVE = 1.03
_RISE_OF_WINDOW = 0.4
_TOUCHING_OHM = 500e3
_DEBOUNCE_OF_PERIOD = 0.2
_RESTART_OF_READY = 0.2
_LOOK_OF_LATENCY = 0.2
_LOUDEST_OHM, _SILENT_OHM = 500.0, 5e6
_FIRMWARE = "1.0.0"


def generic_unit(profile: DeviceProfile) -> str:
    """The text of a unit file for a healthy unit of a profile.

    Raises:
        RequestError: a simulated unit cannot be like that.
    """
    return "\n".join(_lines(profile)) + "\n"


def _lines(profile: DeviceProfile) -> Iterator[str]:
    levels = profile.modes[0].levels_a.value
    if other := next((mode for mode in profile.modes if mode.levels_a.value != levels), None):
        raise RequestError(
            f"{profile.name}: a simulated unit has one table of levels, but mode {other.name} has other levels than "
            f"{profile.modes[0].name}"
        )
    yield f"# A healthy simulated unit of {profile.name}, written from its profile: nominal values, the usual spreads."
    yield "# Read by the simulation only; docs/simulated-units.md says what each parameter means."
    yield "schema = 1"
    yield f"device = {json.dumps(profile.name)}"
    yield ""
    yield "[identity]"
    yield f"maker = {_plain(profile.identity.maker)}"
    yield f"model = {_plain(profile.identity.model)}"
    yield f'serial_number = "SIM-{profile.name.upper()}-0001"'
    yield f'firmware = "{_FIRMWARE}"'
    yield from _electronics(profile)
    yield from _firmware(profile)
    for mode in profile.modes:
        yield from _mode(mode)
    if profile.contact is not None:
        yield from _contact(profile.contact)
    if profile.trip is not None:
        yield from _trip(profile.trip)
    yield from _panel(profile)
    yield ""
    yield "[supervision]"
    yield "reset_s = 0.5"


def _plain(text: str) -> str:
    """What `IDN?` may say: printable ASCII without comma and asterisk."""
    if any(letter in ",*" or not " " <= letter <= "~" for letter in text):
        raise RequestError(f"identity {text!r} cannot be answered to IDN?: printable ASCII without comma and asterisk")
    return json.dumps(text)


def _electronics(profile: DeviceProfile) -> Iterator[str]:
    tolerance = min(mode.current_tolerance.value for mode in profile.modes)
    yield ""
    yield "[electronics]                         # of each channel"
    yield f"gain_spread = {min(_GAIN_OF_TOLERANCE * tolerance, _MOST_GAIN_SPREAD):.3g}"
    yield f"offset_spread_a = {_OFFSET_OF_LEVEL * profile.modes[0].levels_a.value[0]:.3g}"
    yield f"compliance_v = {_COMPLIANCE_RESERVE * profile.compliance_v.value:.6g}"
    yield "output_resistance_ohm = 100e6"
    yield "output_capacitance_f = 100e-12"
    yield "off_leakage_a = 2e-9"
    if profile.battery is not None:
        yield f"battery_v = {profile.battery.full_v.value!r}"


def _firmware(profile: DeviceProfile) -> Iterator[str]:
    levels = ", ".join(f"{level:g}" for level in profile.modes[0].levels_a.value)
    yield ""
    yield "[firmware]"
    yield f"levels_a = [{levels}]"
    yield "clock_spread_ppm = 30.0"
    if profile.timer_tick_s is not None:
        yield f"timer_tick_s = {profile.timer_tick_s.value:g}"
    yield f"watchdog_s = {profile.watchdog_s.value!r}"
    yield f"channels = {profile.channels.value}"
    if profile.second_channel_needs_first is not None:
        yield f"second_channel_needs_first = {json.dumps(profile.second_channel_needs_first.value)}"


def _mode(mode: Mode) -> Iterator[str]:
    yield ""
    yield "[[firmware.modes]]"
    yield f'name = "{mode.name}"'
    yield f'waveform = "{mode.waveform.value}"'
    if mode.alternation_hz is not None:
        yield f"alternation_period_s = {1.0 / mode.alternation_hz.value!r}"
    elif mode.waveform.value == "dc":
        yield "alternation_period_s = 1.0            # its bipolar setting is not declared"
    if mode.frequencies_hz is not None:
        yield f"frequencies_hz = [{', '.join(repr(step) for step in mode.steps_hz)}]"
    for name in ("pulse_width_s", "dwell_s", "start_hz", "stop_hz", "sweep_s", "steps"):
        stated = getattr(mode, name)
        if stated is not None:
            yield f"{name} = {stated.value!r}"
    for name in ("law", "direction"):
        stated = getattr(mode, name)
        if stated is not None:
            yield f'{name} = "{stated.value}"'


def _contact(sensing: ContactSensing) -> Iterator[str]:
    period = sensing.sense_period_s.value
    yield ""
    yield "[contact]"
    yield "sensing = true"
    yield f"sense_period_s = {period!r}"
    yield f"sense_current_a = {sensing.sense_current_a.value!r}"
    yield f"sense_width_s = {sensing.sense_width_s.value!r}"
    yield f"threshold_ohm = {_TOUCHING_OHM!r}"
    yield f"debounce_s = {_DEBOUNCE_OF_PERIOD * period:.6g}"
    yield f"rise_s = {_RISE_OF_WINDOW * sensing.ramp_window_s.value:.6g}"


def _trip(trip: Trip) -> Iterator[str]:
    yield ""
    yield "[overload]"
    yield f"trip_a = {trip.current_a.value!r}"
    yield f"trip_s = {trip.time_s.value!r}"


def _panel(profile: DeviceProfile) -> Iterator[str]:
    """Battery, session, display, tone and motor, as far as they are declared."""
    if profile.battery is not None:
        yield from _power(profile.battery)
    if profile.session is not None:
        idle = profile.session.idle_s
        yield from ("", "[session]", f"session_s = {profile.session.length_s.value!r}")
        yield from () if idle is None else (f"idle_s = {idle.value!r}",)
    if profile.display is not None:
        unit = next(name for name, amperes in DISPLAY_UNITS_A.items() if amperes == profile.display.unit_a.value)
        yield from ("", "[display]", f'unit = "{unit}"')
    if profile.tone is not None:
        yield from _tone(profile.tone)
    if profile.motor is not None:
        hertz = (profile.motor.lowest_hz.value + profile.motor.highest_hz.value) / 2
        yield from ("", "[motor]", f"frequency_hz = {hertz!r}")


def _power(battery: Battery) -> Iterator[str]:
    least = battery.least_v.value
    low = battery.full_v.value if battery.low_v is None else battery.low_v.value
    yield ""
    yield "[power]"
    yield f"low_v = {low!r}"
    yield f"brown_out_v = {least!r}"
    yield f"recovers_v = {(least + low) / 2:.6g}"
    yield f"restart_s = {_RESTART_OF_READY * battery.ready_s.value:.6g}"


def _tone(tone: Tone) -> Iterator[str]:
    pitches = (tone.lowest_hz.value, tone.highest_hz.value)
    into_low, into_high = pitches if tone.direction.value > 0 else pitches[::-1]
    yield ""
    yield "[tone]"
    yield f"high_v = {tone.high_v.value!r}"
    yield f"period_s = {_LOOK_OF_LATENCY * tone.latency_s.value:.6g}"
    yield f"low_ohm = {_LOUDEST_OHM!r}"
    yield f"low_ohm_hz = {into_low!r}"
    yield f"high_ohm = {_SILENT_OHM!r}"
    yield f"high_ohm_hz = {into_high!r}"
