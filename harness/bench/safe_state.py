"""Safe state: output off, proved by the residual current through a connected 10 kΩ, then electrodes and loads open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from harness.errors import BadAnswer, BenchFault, Overload
from harness.quantity import si

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.bench.rig import Rig
    from harness.capture import Reading, SignalPath
    from harness.definitions.benches import Load

_WATCHDOG_RESERVE = 1.5
_DISCHARGE_S = 0.05
RESIDUAL_READINGS = 2


@dataclass(frozen=True, slots=True)
class SafeState:
    """What is known after the sequence.

    Attributes:
        confirmed: the residual was read and is no more than allowed.
        live: the residual was read and is more.
        residual: the reading, None where it could not be taken.
        problems: what went wrong on the way, one sentence each.
    """

    confirmed: bool
    live: bool
    residual: Reading | None
    problems: tuple[str, ...]

    @property
    def text(self) -> str:
        """One sentence for people."""
        if self.confirmed:
            also = f"; on the way: {'; '.join(self.problems)}" if self.problems else ""
            return f"output off, residual current read, electrodes and loads open{also}"
        why = "; ".join(self.problems) or "the residual current is above its limit"
        return f"safe state NOT confirmed: {why}"


def make_safe(rig: Rig) -> SafeState:
    """Bring the bench into its safe state; raises nothing but a stop, so that every step is tried.

    Starts on freshly opened connections: an answer that was still on its way could be a small stale current.
    """
    problems: list[str] = []
    rig.reopen()
    off = _attempt(problems, rig.stimulator.stop)
    if not off:
        _await_watchdog(rig, problems)
    source = rig.auxiliary_supply
    injecting = source is not None and not _attempt(problems, source.off)
    # The stimulator's own watchdog may trip now; the bench's would open the electrodes under the reading.
    _attempt(problems, lambda: rig.keep_alive(on=True, unit=False))
    _attempt(problems, rig.open_electrodes)
    residuals: list[Reading] = []
    # Behind an open contact zero would be read whatever the unit does.
    touched = _attempt(problems, lambda: rig.contact(closed=True))
    for channel in rig.data.channels_of(rig.profile):
        reading = partial(_keep_residual, rig, channel, residuals)
        if not _attempt(problems, reading):
            # Something that took long may have let the bench watchdog open the electrodes: once more, from there.
            _attempt(problems, rig.open_electrodes)
            _attempt(problems, reading)
    residual = max(residuals, key=_current, default=None)
    live = residual is not None and is_live(rig, residual)
    if residual is not None and live:
        problems.append(
            f"{live_text(rig, residual, rig.data.safe_load)}; electrodes and loads are opened under current"
        )
    else:
        _attempt(problems, lambda: rig.clock.sleep(_DISCHARGE_S))
    rig.keep_alive(on=False)
    # After the reading: a unit that is fed by it would be off for want of power.
    fed = rig.supply is None or _attempt(problems, rig.supply.off)
    steps = (rig.open_electrodes, lambda: rig.contact(closed=False), rig.open_loads)
    # Every one of them, whatever became of the others.
    opened = [_attempt(problems, step) for step in steps]
    read = touched and len(residuals) == len(rig.data.channels_of(rig.profile))
    confirmed = read and not live and not injecting and fed and all(opened)
    return SafeState(confirmed, live, residual, tuple(problems))


def _keep_residual(rig: Rig, channel: int, residuals: list[Reading]) -> None:
    residuals.append(residual_through_safe_load(rig, channel))


def residual_through_safe_load(rig: Rig, channel: int, aperture_s: float | None = None) -> Reading:
    """Connect 10 kΩ to a channel and read what still flows with the output off."""
    load = rig.data.safe_load
    rig.connect(load)
    return residual_through(rig, load, channel, aperture_s)


def residual_through(rig: Rig, load: Load, channel: int, aperture_s: float | None = None) -> Reading:
    """Read what still flows through a load that is connected; with the electrodes closed before and after.

    Raises:
        Refused: the electrode relay was open: zero would have been read whatever the unit does.
    """
    rig.connect_electrodes(channel)
    reading = _residual(rig, load, aperture_s)
    rig.check_electrodes(channel)
    return reading


def _residual(rig: Rig, load: Load, aperture_s: float | None) -> Reading:
    finest, *coarser = rig.data.residual_paths(load, aperture_s)
    try:
        return rig.read("residual", finest, RESIDUAL_READINGS, None, "output off")
    except Overload:
        if not coarser:
            raise
    return _beyond_finest(rig, finest, coarser)


def _beyond_finest(rig: Rig, finest: SignalPath, coarser: Sequence[SignalPath]) -> Reading:
    """More flows than the finest range holds: read it on the first that does, which must agree that it is so much.

    Raises:
        Overload: beyond every range.
        BadAnswer: a coarser range reads less than what overloads the finest: one of the two answers is wrong, unless
            the unit's current comes and goes, so that its mean is less than its peaks, and overloads that again.
    """
    for number, path in enumerate(coarser):
        try:
            reading = rig.read("residual", path, RESIDUAL_READINGS, None, "output off, beyond the finest range")
        except Overload:
            if number == len(coarser) - 1:
                raise
            continue
        if min(abs(value) for value in reading.values_v) < finest.range:
            # Short pulses may miss the next readings.
            short = any(mode.kind == "short-pulses" for mode in rig.profile.modes)
            if short or (_comes_and_goes(rig) and _overloads(rig, finest)):
                return _pulses_beyond(reading, finest)
            raise no_overload(finest, reading)
        return reading
    raise AssertionError("not reached: a coarser range was there")


def no_overload(finer: SignalPath, reading: Reading) -> BadAnswer:
    """The error of a range that said overload, where a coarser one reads less than that: one of the two is wrong."""
    return BadAnswer(
        f"multimeter said overload on its {finer.range:g} V range, but reads {reading.values_v} V on the "
        f"{reading.path.range:g} V range; one of the two is wrong"
    )


def _comes_and_goes(rig: Rig) -> bool:
    return any(mode.waveform.value != "dc" or mode.alternation_hz is not None for mode in rig.profile.modes)


def _overloads(rig: Rig, path: SignalPath) -> bool:
    """True where a range is overloaded, asked once more: one wrong answer is no evidence against a unit."""
    try:
        rig.read("residual", path, RESIDUAL_READINGS, None, "output off, once more")
    except Overload:
        return True
    return False


def _pulses_beyond(reading: Reading, finest: SignalPath) -> Reading:
    """What overloads the finest range in pulses, by its least magnitude, that range: a mean would hide a live unit."""
    how = f"output off: pulses of at least {finest.range:g} V, the range that they overload; mean {reading.values_v} V"
    return replace(reading, values_v=tuple(finest.range for _ in reading.values_v), gate=how)


def is_live(rig: Rig, residual: Reading) -> bool:
    """True where the residual current as read is above the device's limit."""
    return _current(residual) > rig.data.residual_a


def live_text(rig: Rig, residual: Reading, load: Load) -> str:
    """The same in words, with the load that it was read through."""
    flowing, allowed = si(_current(residual), "A"), si(rig.data.residual_a, "A")
    return f"with the output off {flowing} still flow through {si(load.stated_ohm, 'Ω')}; allowed are {allowed}"


def _current(residual: Reading) -> float:
    return max(abs(value) for value in residual.values_v) / residual.path.resistor.resistance_ohm


def _await_watchdog(rig: Rig, problems: list[str]) -> None:
    """A silent stimulator: keep silent too, until its watchdog has switched the output off.

    Without one the residual is read at once, and a live unit is cut off by the electrode relay.
    """
    period = rig.watchdog_s
    if period is not None:
        _attempt(problems, lambda: rig.clock.sleep_without_keep_alive(_WATCHDOG_RESERVE * period))


def _attempt(problems: list[str], step: Callable[[], object]) -> bool:
    try:
        step()
    except BenchFault as fault:
        problems.append(str(fault))
        return False
    except Exception as error:  # noqa: BLE001 - whatever one step ran into, the next ones have to be tried
        problems.append(f"{type(error).__name__}: {error}")
        return False
    return True
