"""The observation of a nominal unit in the making: readings and records, scattered as the accuracy data say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.bench import taking
from harness.bench.methods import contact
from harness.bench.methods.steady import settling_s
from harness.bench.nominal import waveform
from harness.bench.paths import HEADROOM_ON_SCREEN
from harness.capture import Capture, Plateau, Reading
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.bench.nominal import Waveform
    from harness.bench.paths import BenchData
    from harness.capture import SignalPath
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.setpoint import OperatingPoint, Setpoint

_CODES = 256
_AUTO_ZERO = 2
_MESSAGES_S = 0.3
"""About what setting up the instruments of a point takes."""


class _Scatter:
    """Standard normal numbers, one and the same for every point: a plan is the same each time it is made.

    They are drawn once: a plan has some thousand records.
    """

    def __init__(self) -> None:
        self._drawn: NDArray[np.float64] = np.empty(0)
        self._rest = np.random.default_rng(0)

    def numbers(self, start: int, count: int) -> NDArray[np.float64]:
        """So many of them from a place in their row on."""
        lacking = start + count - self._drawn.size
        if lacking > 0:
            self._drawn = np.concatenate([self._drawn, self._rest.standard_normal(max(lacking, self._drawn.size))])
        return self._drawn[start : start + count]


_SCATTER = _Scatter()


class Nominal:
    """One point's nominal observation in the making.

    Attributes:
        readings: made so far.
        captures: made so far.
        indicated: what the unit would say of itself.
        bench_time_s: what all that takes, about: readings, records and longer waits.
    """

    def __init__(self, data: BenchData, profile: DeviceProfile, point: OperatingPoint) -> None:
        self.data = data
        self.profile = profile
        self.point = point
        self.setpoint: Setpoint = point.setpoint
        self.mode: Mode = profile.mode(point.setpoint.mode)
        self.load: Load = data.load(point.load)
        self.pace = taking.pace_of(point)
        self.readings: list[Reading] = []
        self.captures: list[Capture] = []
        self.bench_time_s = settling_s(profile, point.setpoint) + _MESSAGES_S
        self.indicated: tuple[tuple[str, str], ...] = (("polarity", point.setpoint.polarity.value),)
        self._scattered = 0

    def waits(self, seconds: float) -> None:
        """Bench time that passes besides what readings and records take."""
        self.bench_time_s += seconds

    def waveform(self, setpoint: Setpoint) -> Waveform:
        """The current that a setting means, as the declared timer makes it."""
        tick = self.profile.timer_tick_s
        return waveform(self.profile.mode(setpoint.mode), setpoint, None if tick is None else tick.value)

    def screen(self, load: Load, current_a: float, length_s: float) -> SignalPath:
        """The oscilloscope's way for a current of this size."""
        return self.data.oscilloscope_path(load, HEADROOM_ON_SCREEN * current_a, length_s)

    def rise(self, at_s: float) -> Waveform:
        """A straight rise of the waveform, well inside what the profile allows; the full level before t = 0."""
        sensing = self.profile.contact
        rise = 1.0 if sensing is None else 0.4 * sensing.ramp_window_s.value
        current = self.waveform(self.setpoint)

        def rising(times: NDArray[np.float64]) -> NDArray[np.float64]:
            share = np.clip((times - at_s) / rise, 0.0, 1.0)
            return current(times - at_s) * np.where((times < 0) & (at_s > 0), 1.0, share)

        return rising

    def plateau_readings(
        self, setpoint: Setpoint, load: Load, count: int, *, prefix: str = "", zero: str = "zero"
    ) -> None:
        """A zero and the gated readings of each phase."""
        path = taking.gated_path(self.data, load, setpoint, self.pace)
        if zero:
            self.reading(zero, 0.0, self.pace.zero, path)
        ohms = path.resistor.resistance_ohm
        for phase in setpoint.polarity.phases:
            self.reading(prefix + phase.value, phase.sign * setpoint.current_a * ohms, count, path)
            self.waits(_gating_s(setpoint, path.aperture_s, count))
        if setpoint.frequency_hz is not None and setpoint.polarity is not Polarity.BIPOLAR:
            self.reading(prefix + "inactive", 0.0, count, path)
            self.waits(_gating_s(setpoint, path.aperture_s, count))

    def plateau_record(self, zero: str, name: str, setpoint: Setpoint, load: Load, reach_a: float) -> None:
        """A record of the plateaus, with its zero."""
        length = taking.record_length_s(setpoint)
        path = self.screen(load, reach_a, length)
        if zero:
            self.record(zero, nothing, path, min(length, taking.STEADY_RECORD_S))
        triggered = setpoint.frequency_hz is None or taking.can_trigger(setpoint, path)
        current = self.waveform(setpoint)
        aperture = taking.gated_path(self.data, load, setpoint, self.pace).aperture_s
        plateaus = taking.plateaus_of(setpoint, triggered=triggered, aperture_s=aperture)
        self.record(name, current, path, length, plateaus=plateaus)

    def peaks(self, length_s: float, reference: Setpoint | None) -> None:
        """Peak-detected records from output on to settled."""
        reach = taking.peak_reach_a(self.data, self.setpoint)
        path = self.data.oscilloscope_path(self.load, reach, length_s)
        zero_s = min(length_s, taking.STEADY_RECORD_S)
        self.record("peak-zero", nothing, path, zero_s, points=taking.PEAK_POINTS, peak=True)
        current = self.waveform(self.setpoint)
        self.record("peak", current, path, length_s, points=taking.PEAK_POINTS, peak=True)
        if reference is not None:
            triggered = reference.frequency_hz is None or taking.can_trigger(reference, path)
            plateaus = taking.plateaus_of(reference, triggered=triggered)
            length = taking.record_length_s(reference)
            if plateaus:
                self.record("peak-reference", self.waveform(reference), path, length, plateaus=plateaus)

    def event(
        self,
        name: str,
        monitor: str,
        current: Waveform,
        path: SignalPath,
        length_s: float,
        *,
        before_s: float,
        points: int,
        gap_s: float | None = None,
    ) -> None:
        """A record with the contact monitor beside it: contact made at t = 0, or lost then and made `gap_s` later."""
        section = self.data.definition.contact_switch
        if section is None:
            return
        # Before each the level has to be there again.
        self.waits(settling_s(self.profile, self.setpoint))
        settings = contact.event_settings(self.data, self.profile)
        self.record(name, current, path, length_s, before_s=before_s, points=points, settings=settings)
        seen = self.data.direct_path("contact monitor", HEADROOM_ON_SCREEN * section.monitor_high_v, length_s)
        high = section.monitor_high_v

        def closed(times: NDArray[np.float64]) -> NDArray[np.float64]:
            made = times >= 0 if gap_s is None else (times < 0) | (times >= gap_s)
            return np.where(made, high, 0.0)

        self.record(monitor, closed, seen, length_s, before_s=before_s, points=points, settings=settings)
        # Both are records of one acquisition.
        self.bench_time_s -= length_s

    def record(
        self,
        name: str,
        current: Waveform,
        path: SignalPath,
        length_s: float,
        *,
        before_s: float = 0.0,
        points: int = taking.RECORD_POINTS,
        peak: bool = False,
        plateaus: tuple[Plateau, ...] = (),
        settings: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """A record of a current, as codes with noise."""
        if not name:
            return
        self.bench_time_s += length_s
        interval = length_s / points
        times = (np.arange(points, dtype=np.float64) + 0.5) * interval - before_s
        ohms = 1.0 / (1.0 / path.resistor.resistance_ohm + 1.0 / path.input_resistance_ohm)
        increment = path.range / _CODES
        scatter = _SCATTER.numbers(self._scattered, points)
        self._scattered += points
        volts = current(times) * ohms + path.accuracy.noise * scatter
        codes = np.clip(np.round(volts / increment) + _CODES / 2, 0, _CODES - 1).astype(np.uint8)
        self.captures.append(
            Capture(
                name=name,
                codes=codes.tobytes(),
                increment_v=increment,
                origin_v=0.0,
                reference_code=_CODES / 2,
                interval_s=interval,
                start_s=float(times[0]),
                lowest_code=0,
                highest_code=_CODES - 1,
                path=path,
                plateaus=plateaus,
                settings=(("peak", "yes" if peak else "no"), *settings),
            )
        )

    def reading(self, name: str, volts: float, count: int, path: SignalPath, *, zero_each: bool = True) -> None:
        """Readings whose mean is nominal and whose standard deviation is about the noise of the accuracy row."""
        self.bench_time_s += (_AUTO_ZERO if zero_each else 1) * count * path.aperture_s
        noise = path.accuracy.noise
        values = tuple(volts + noise * (-1.0 if number % 2 else 1.0) for number in range(count - count % 2))
        self.readings.append(Reading(name, values if count % 2 == 0 else (*values, volts), "planned", path))


def _gating_s(setpoint: Setpoint, aperture_s: float, count: int) -> float:
    """What gated readings take longer than free ones: each waits for a period of its own, or for several."""
    if setpoint.frequency_hz is None:
        return 0.0
    period = 1.0 / setpoint.frequency_hz
    reading = _AUTO_ZERO * aperture_s
    return count * (period * max(1, math.ceil(reading / period + taking.PLATEAU_START / 2)) - reading)


def nothing(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """No current."""
    return np.zeros(times.shape)


def starting(start_s: float, current: Waveform) -> Waveform:
    """A current that begins at an instant."""
    return lambda times: np.where(times >= start_s, current(times), 0.0)
