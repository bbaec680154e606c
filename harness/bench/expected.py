"""What a point would give on a unit that is exactly nominal: from it the plan computes its uncertainties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.bench import taking
from harness.bench.methods import contact, off, overload, shape
from harness.bench.methods.steady import settling_s
from harness.bench.nominal import TYPICAL_CAPACITANCE_F, waveform, with_edges
from harness.bench.paths import HEADROOM_OF_PEAK, HEADROOM_ON_SCREEN
from harness.bench.safe_state import RESIDUAL_READINGS
from harness.capture import Capture, Observation, Plateau, Reading
from harness.setpoint import Method, Polarity

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.bench.nominal import Waveform
    from harness.bench.paths import BenchData
    from harness.capture import SignalPath
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.setpoint import OperatingPoint, Setpoint

_CODES = 256


def expected_observation(data: BenchData, profile: DeviceProfile, point: OperatingPoint) -> Observation:
    """Readings and captures of a nominal unit at one point, scattered as the accuracy data say.

    The unit is not touched.
    """
    return _Expected(data, profile, point).observation()


class _Expected:
    """One point's nominal observation in the making."""

    def __init__(self, data: BenchData, profile: DeviceProfile, point: OperatingPoint) -> None:
        self.data = data
        self.profile = profile
        self.point = point
        self.setpoint: Setpoint = point.setpoint
        self.mode: Mode = profile.mode(point.setpoint.mode)
        self.load: Load = data.load(point.load)
        self.readings: list[Reading] = []
        self.captures: list[Capture] = []
        self.indicated: tuple[tuple[str, str], ...] = (("polarity", point.setpoint.polarity.value),)
        # One and the same scatter for every point: a plan is the same each time it is made.
        self._scatter = np.random.default_rng(0)

    def observation(self) -> Observation:
        """All of it."""
        makers: dict[Method, Callable[[], None]] = {
            Method.STEADY: self._steady,
            Method.SHAPE: self._shape,
            Method.OFF: self._off,
            Method.CYCLES: self._cycles,
            Method.TOUCH: self._touch,
            Method.FIRST_CONTACT: self._first_contact,
            Method.GAP: self._gap,
            Method.LOSS: self._loss,
            Method.OVERCURRENT: self._overcurrent,
        }
        makers[self.point.method]()
        residual = self.load if self.point.method is Method.OFF else self.data.safe_load
        self._reading("residual", 0.0, RESIDUAL_READINGS, self.data.residual_paths(residual)[0])
        return Observation(self.point, tuple(self.readings), tuple(self.captures), self.indicated)

    def _steady(self) -> None:
        count = taking.STEADY_READINGS if self.setpoint.frequency_hz is None else taking.GATED_READINGS
        self._plateau_readings(self.setpoint, self.load, count)
        self._plateau_record("zero", "output", self.setpoint, self.load, self.setpoint.current_a)
        self._peaks(settling_s(self.profile, self.setpoint), self.setpoint)

    def _shape(self) -> None:
        reference = shape.reference_of(self.profile, self.setpoint)
        level, length = self.setpoint.current_a, shape.length_of(self.mode, self.setpoint)
        path = self._screen(self.load, level, length)
        self._record("zero", _nothing, path, taking.STEADY_RECORD_S)
        if reference is not None:
            self._plateau_readings(reference, self.load, shape.REFERENCE_READINGS)
            self._plateau_record("", "reference", reference, self.load, level)
        current = self._waveform(self.setpoint)
        phases = shape.phases_of(self.mode, self.setpoint)
        self._record(
            "periods", current, path, length, before_s=shape.before_s(self.mode, self.setpoint),
            points=shape.points_of(self.mode), plateaus=phases,
        )  # fmt: skip
        edge = with_edges(current, self.load.stated_ohm)
        self._record("edge", edge, path, shape.EDGE_LENGTH_S, before_s=shape.EDGE_BEFORE_S)
        aperture = shape.mean_aperture_s(self.profile, self.setpoint)
        if aperture is not None:
            mean = float(current(np.linspace(0.0, aperture, 10_000, endpoint=False)).mean())
            if self.mode.waveform.value == "staircase" or self.setpoint.polarity is Polarity.BIPOLAR:
                mean = 0.0
            meter = self.data.multimeter_path(self.load, level, aperture)
            self._reading("mean", mean * meter.resistor.resistance_ohm, shape.MEAN_READINGS, meter)
        self._peaks(max(length, settling_s(self.profile, self.setpoint)), reference)

    def _off(self) -> None:
        path = self.data.oscilloscope_path(
            self.load, off.PULSES_SEEN * self.profile.residual_pulse_a.value, off.WATCHED_S
        )
        self._record("zero", _nothing, path, taking.STEADY_RECORD_S)
        self._record("after-off", _nothing, path, off.WATCHED_S, points=taking.PEAK_POINTS, peak=True)

    def _cycles(self) -> None:
        self._plateau_readings(self.setpoint, self.load, overload.REFERENCE_READINGS)
        self._plateau_readings(self.setpoint, self.load, overload.PLATEAU_READINGS, prefix="after-", zero="")
        for kind, load in (("open", self.load), ("short", self.data.short(self.setpoint.current_a) or self.load)):
            suffix = "-short" if kind == "short" else ""
            prefix = "short-" if kind == "short" else ""
            if prefix:
                self._plateau_readings(
                    self.setpoint, load, overload.REFERENCE_READINGS, prefix=prefix, zero="zero-short"
                )
            reach = overload.REACH * self.setpoint.current_a
            self._plateau_record(f"zero{suffix}", f"reference{suffix}", self.setpoint, load, reach)
            path = self._screen(load, reach, overload.RECORD_S)
            made = _from(0.0, self._waveform(self.setpoint))
            for number in range(1, overload.CYCLES + 1):
                self._event(
                    f"{kind}.{number:02d}", f"monitor-{kind}.{number:02d}", made, path, overload.RECORD_S,
                    before_s=overload.BEFORE_S, points=overload.RECORD_POINTS,
                )  # fmt: skip

    def _touch(self) -> None:
        level = self.setpoint.current_a
        sign = self.setpoint.polarity.sign
        reach = contact.event_current_a(self.profile, self.load)
        self._plateau_readings(self.setpoint, self.load, contact.REFERENCE_READINGS)
        coarse = self._screen(self.load, reach, contact.EVENT_LENGTH_S)
        fine = self._screen(self.load, level, contact.LEVEL_LENGTH_S)
        self._record("zero-event", _nothing, coarse, contact.EVENT_LENGTH_S)
        self._record("zero", _nothing, fine, contact.LEVEL_LENGTH_S)
        self._plateau_record("", "reference", self.setpoint, self.load, level)
        event = self._discharge(sign, level)
        self._event(
            "event.1", "monitor.1", event, coarse, contact.EVENT_LENGTH_S,
            before_s=contact.EVENT_BEFORE_S, points=contact.EVENT_POINTS,
        )  # fmt: skip
        self._event(
            "level.2", "monitor.2", event, fine, contact.LEVEL_LENGTH_S,
            before_s=contact.LEVEL_BEFORE_S, points=contact.LEVEL_POINTS,
        )  # fmt: skip

    def _discharge(self, sign: int, level: float) -> Waveform:
        """An output that rested at its compliance is touched."""
        peak = self.profile.compliance_v.value / self.load.stated_ohm
        time_constant = self.load.stated_ohm * TYPICAL_CAPACITANCE_F
        resting = 0.0 if self.profile.contact is not None else level
        start = 0.0 if self.profile.contact is not None else peak

        def current(times: NDArray[np.float64]) -> NDArray[np.float64]:
            late = np.exp(-np.clip(times, 0.0, None) / time_constant)
            return np.where(times >= 0, sign * (resting + (start - resting) * late), 0.0)

        return current

    def _first_contact(self) -> None:
        length = contact.rise_length_s(self.profile)
        path = self._screen(self.load, self.setpoint.current_a, length)
        reference = shape.read_in_plateau(self.profile, self.setpoint)
        self._plateau_readings(reference, self.load, contact.REFERENCE_READINGS)
        self._plateau_record("zero", "reference", reference, self.load, self.setpoint.current_a)
        settled = contact.settled_length_s(self.setpoint)
        if settled is not None:
            self._record("settled", self._waveform(self.setpoint), path, settled)
        again = self.point.variant == "restart"
        gap = contact.RESTART_GAP_S if again else None
        self._event(
            "rise.1", "monitor.1", self._rise(gap or 0.0), path, length,
            before_s=contact.RISE_BEFORE * length, points=contact.RISE_POINTS, gap_s=gap,
        )  # fmt: skip

    def _rise(self, at_s: float) -> Waveform:
        """A straight rise of the waveform, well inside what the profile allows; the full level before t = 0."""
        sensing = self.profile.contact
        rise = 1.0 if sensing is None else 0.4 * sensing.ramp_window_s.value
        current = self._waveform(self.setpoint)

        def rising(times: NDArray[np.float64]) -> NDArray[np.float64]:
            share = np.clip((times - at_s) / rise, 0.0, 1.0)
            return current(times - at_s) * np.where((times < 0) & (at_s > 0), 1.0, share)

        return rising

    def _gap(self) -> None:
        gap = contact.gap_s(self.point.variant)
        length = contact.GAP_BEFORE_S + gap + contact.GAP_AFTER_S
        reach = contact.event_current_a(self.profile, self.load)
        path = self._screen(self.load, reach, length)
        reference = shape.read_in_plateau(self.profile, self.setpoint)
        self._plateau_readings(reference, self.load, contact.REFERENCE_READINGS)
        self._plateau_record("zero", "reference", reference, self.load, reach)
        recognised = self.profile.contact is not None and gap >= self.profile.contact.shortest_loss_s.value
        current = self._waveform(self.setpoint)
        again = self._rise(gap) if recognised else (lambda times: np.where(times >= gap, current(times - gap), 0.0))
        # The loss falls into the first phase.
        phase_s = 0.25 / self.setpoint.frequency_hz if self.setpoint.frequency_hz else 0.0

        def lost(times: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.where(times < 0, current(times + phase_s), again(times))

        for number in range(1, contact.REPEATS + 1):
            self._event(
                f"gap.{number}", f"monitor.{number}", lost, path, length,
                before_s=contact.GAP_BEFORE_S, points=contact.gap_points(length), gap_s=gap,
            )  # fmt: skip

    def _loss(self) -> None:
        gap, length = contact.gap_s(self.point.variant), contact.LOSS_LENGTH_S
        path = self.data.oscilloscope_path(self.load, contact.LOSS_SCREEN * contact.LOSS_CURRENT_A, length)
        self._record("zero", _nothing, path, taking.STEADY_RECORD_S)
        level = self.setpoint.current_a * self.setpoint.polarity.sign
        volts = contact.loss_screen_v(self.profile)
        release = 6e-3 if self.profile.contact is None else 0.5 * self.profile.contact.release_s.value
        seen = self.data.direct_path("electrode voltage", HEADROOM_ON_SCREEN * volts, length)
        self._record("zero-voltage", _nothing, seen, taking.STEADY_RECORD_S)
        open_v = self.setpoint.polarity.sign * self.profile.compliance_v.value
        for number in range(1, contact.REPEATS + 1):
            self._event(
                f"fine.{number}", f"monitor.{number}", lambda times: np.where(times < 0, level, 0.0), path, length,
                before_s=contact.GAP_BEFORE_S, points=contact.LOSS_POINTS, gap_s=gap,
            )  # fmt: skip
            self._record(
                f"voltage.{number}", lambda times: np.where((times >= 0) & (times < release), open_v, 0.0), seen,
                length, before_s=contact.GAP_BEFORE_S, points=contact.LOSS_POINTS,
            )  # fmt: skip

    def _overcurrent(self) -> None:
        source = self.data.definition.auxiliary_source
        injection = 0.0 if source is None else source.voltage_v / (source.series_ohm + self.load.stated_ohm)
        level = self.setpoint.current_a
        total, reach = level + injection, overload.REACH * (level + injection)
        path = self._screen(self.load, reach, taking.STEADY_RECORD_S)
        meter = self.data.multimeter_path(self.load, total)
        ohms = meter.resistor.resistance_ohm
        for name, current in (("zero", 0.0), ("injection", injection), ("latched", 0.0)):
            self._reading(name, current * ohms, overload.REFERENCE_READINGS, meter)
        self._record("zero", _nothing, path, taking.STEADY_RECORD_S)
        self._record("injection", lambda times: np.full(times.shape, injection), path, taking.STEADY_RECORD_S)
        trip = self.profile.trip
        time = 1e-3 if trip is None else trip.time_s.value
        self._record(
            "trip.1",
            lambda times: np.where(times < 0, level, np.where(times < time, total, injection)),
            path,
            overload.TRIP_LENGTH_S,
            before_s=overload.TRIP_BEFORE_S,
            points=overload.TRIP_POINTS,
        )
        length = overload.restart_length_s(self.profile)
        fine = self._screen(self.load, overload.REACH * level, length)
        self._record("restart.1", self._rise(0.0), fine, length, points=contact.RISE_POINTS)
        self._record("zero-restart", _nothing, fine, taking.STEADY_RECORD_S)
        reported = [(f"trip.{number}", "overload") for number in range(1, overload.STATUS_ASKED + 1)]
        self.indicated = (*reported, ("restart", "started"))

    # Readings and records

    def _waveform(self, setpoint: Setpoint) -> Waveform:
        tick = self.profile.timer_tick_s
        return waveform(self.profile.mode(setpoint.mode), setpoint, None if tick is None else tick.value)

    def _screen(self, load: Load, current_a: float, length_s: float) -> SignalPath:
        return self.data.oscilloscope_path(load, HEADROOM_ON_SCREEN * current_a, length_s)

    def _plateau_readings(
        self, setpoint: Setpoint, load: Load, count: int, *, prefix: str = "", zero: str = "zero"
    ) -> None:
        path = taking.gated_path(self.data, load, setpoint)
        if zero:
            self._reading(zero, 0.0, taking.ZERO_READINGS, path)
        ohms = path.resistor.resistance_ohm
        for phase in setpoint.polarity.phases:
            self._reading(prefix + phase.value, phase.sign * setpoint.current_a * ohms, count, path)
        if setpoint.frequency_hz is not None and setpoint.polarity is not Polarity.BIPOLAR:
            self._reading(prefix + "inactive", 0.0, count, path)

    def _plateau_record(self, zero: str, name: str, setpoint: Setpoint, load: Load, reach_a: float) -> None:
        length = taking.record_length_s(setpoint)
        path = self._screen(load, reach_a, length)
        if zero:
            self._record(zero, _nothing, path, min(length, taking.STEADY_RECORD_S))
        triggered = setpoint.frequency_hz is None or taking.can_trigger(setpoint, path)
        current = self._waveform(setpoint)
        aperture = taking.gated_path(self.data, load, setpoint).aperture_s
        plateaus = taking.plateaus_of(setpoint, triggered=triggered, aperture_s=aperture)
        self._record(name, current, path, length, plateaus=plateaus)

    def _peaks(self, length_s: float, reference: Setpoint | None) -> None:
        path = self.data.oscilloscope_path(self.load, HEADROOM_OF_PEAK * self.data.ceiling_a, length_s)
        zero_s = min(length_s, taking.STEADY_RECORD_S)
        self._record("peak-zero", _nothing, path, zero_s, points=taking.PEAK_POINTS, peak=True)
        current = self._waveform(self.setpoint)
        self._record("peak", current, path, length_s, points=taking.PEAK_POINTS, peak=True)
        if reference is not None and taking.needs_peak_reference(self.data, reference):
            plateaus = taking.plateaus_of(reference, triggered=True)
            length = taking.record_length_s(reference)
            self._record("peak-reference", self._waveform(reference), path, length, plateaus=plateaus)

    def _event(
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
        settings = contact.event_settings(self.data, self.profile)
        self._record(name, current, path, length_s, before_s=before_s, points=points, settings=settings)
        seen = self.data.direct_path("contact monitor", HEADROOM_ON_SCREEN * section.monitor_high_v, length_s)
        high = section.monitor_high_v

        def closed(times: NDArray[np.float64]) -> NDArray[np.float64]:
            made = times >= 0 if gap_s is None else (times < 0) | (times >= gap_s)
            return np.where(made, high, 0.0)

        self._record(monitor, closed, seen, length_s, before_s=before_s, points=points, settings=settings)

    def _record(
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
        if not name:
            return
        interval = length_s / points
        times = (np.arange(points, dtype=np.float64) + 0.5) * interval - before_s
        ohms = 1.0 / (1.0 / path.resistor.resistance_ohm + 1.0 / path.input_resistance_ohm)
        increment = path.range / _CODES
        volts = current(times) * ohms + path.accuracy.noise * self._scatter.standard_normal(points)
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

    def _reading(self, name: str, volts: float, count: int, path: SignalPath) -> None:
        """Readings whose mean is nominal and whose standard deviation is about the noise of the accuracy row."""
        noise = path.accuracy.noise
        values = tuple(volts + noise * (-1.0 if number % 2 else 1.0) for number in range(count - count % 2))
        self.readings.append(Reading(name, values if count % 2 == 0 else (*values, volts), "planned", path))


def _nothing(times: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.zeros(times.shape)


def _from(start_s: float, current: Waveform) -> Waveform:
    return lambda times: np.where(times >= start_s, current(times), 0.0)
