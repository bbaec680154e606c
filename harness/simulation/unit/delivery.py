"""What the electronics of a channel make of a sequence in one moment: the drive of its source and its limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.simulation.circuit.drive import Drive, Piece, Schedule, steady
from harness.simulation.timekeeper import NS_PER_S
from harness.simulation.unit.edges import Plateau, difference, rotated, settled, shape
from harness.simulation.unit.hum import hum
from harness.simulation.unit.levels import Surrounds, delivered_a, sensing_a
from harness.simulation.unit.limits import compliance_v, stage

if TYPE_CHECKING:
    from harness.simulation.circuit.history import Stage
    from harness.simulation.files.electronicsfile import Electronics
    from harness.simulation.files.only import Situation
    from harness.simulation.unit.board import Sequence, Step
    from harness.simulation.unit.levels import Specimen


@dataclass(frozen=True, slots=True)
class Moment:
    """What a delivery depends on besides the sequence.

    Attributes:
        now_ns: bench time.
        origin_ns: of what hums.
        situation: what the conditions of the unit file look at; direction and frequency are each step's own.
        battery_v: at the battery terminals.
        warmth_k: above the temperature of the certificate.
        dried_ohm: what the gel has become more.
        motor_hz: of the vibration motor; 0: it stands.
        before: what flows until now.
    """

    now_ns: int
    origin_ns: int
    situation: Situation
    battery_v: float
    warmth_k: float
    dried_ohm: float
    motor_hz: float
    before: Drive


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the electronics make of it.

    Attributes:
        drive: of the current source.
        stage: its limits.
        cause: what it follows from, besides the plateaus.
        plateaus: one period of what the large source delivers, before its edges are shaped; empty where it is off.
        lead_in: what is added once, because the first edge does not begin where the later ones do; None: nothing.
    """

    drive: Drive
    stage: Stage
    cause: tuple[object, ...] = ()
    plateaus: tuple[Plateau, ...] = ()
    lead_in: Drive | None = None

    def continues(self, other: Delivery) -> bool:
        """Whether it is the same as another one, apart from when that began."""
        return (self.stage, self.cause, self.plateaus) == (other.stage, other.cause, other.plateaus)

    @property
    def whole(self) -> Drive:
        """The drive with its lead-in."""
        return replace(self.drive, added=(*self.drive.added, self.lead_in)) if self.lead_in is not None else self.drive

    def supply_a(self, electronics: Electronics, load_ohm: float, battery_v: float) -> float:
        """Answer what the stage draws from the battery, averaged over a period.

        The source works from the rail of the boost converter, whatever voltage the load needs: the rail's power, what
        shoots through the bridge at each turn, and what a shorted leg draws in its direction.
        """
        if not self.plateaus or battery_v <= 0.0:
            return 0.0
        rail_v, most_a = self.stage.compliance_v, self.stage.compliance_v / max(load_ohm, 1.0)
        whole_s = sum(plateau.duration_ns for plateau in self.plateaus) / NS_PER_S
        flowing_c = sum(p.duration_ns / NS_PER_S * min(abs(p.current_a), most_a) for p in self.plateaus)
        bridges = [plateau.bridge for plateau in self.plateaus]
        turns = sum(a * b < 0 for a, b in zip(bridges, [*bridges[1:], bridges[0]], strict=True))
        shorted = {"positive": 1, "negative": -1}.get(electronics.bridge_shorted)
        shorted_s = sum(p.duration_ns for p in self.plateaus if p.bridge == shorted) / NS_PER_S
        drawn_c = rail_v * flowing_c / (electronics.boost_efficiency * battery_v)
        drawn_c += electronics.shoot_through_c * turns + battery_v / electronics.bridge_short_ohm * shorted_s
        return drawn_c / whole_s


def deliver(electronics: Electronics, specimen: Specimen, sequence: Sequence | None, moment: Moment) -> Delivery:
    """Answer what the electronics make of a sequence in a moment; None: off."""
    built = electronics.under(moment.situation)
    largest_a = max(built.dac.value(step.code) for step in sequence.steps) if sequence and not sequence.sense else 0.0
    clamp_v = compliance_v(built, moment.battery_v, largest_a)
    limits = stage(built, clamp_v, built.series_ohm + moment.dried_ohm)
    cause: tuple[object, ...] = (built, sequence, moment.motor_hz)
    if built.stuck_a:
        return Delivery(steady(built.stuck_a), limits, cause, (Plateau(NS_PER_S, built.stuck_a, 0),))
    if sequence is None:
        return Delivery(_with_hum(steady(built.off_leakage_a), built, moment), limits, cause)
    if sequence.sense:
        return Delivery(_with_hum(_sensing(built, sequence), built, moment), limits, cause)
    plateaus = _plateaus(electronics, specimen, sequence, moment, clamp_v)
    pieces, lead_in = _shaped(plateaus, sequence, moment)
    drive = Drive(1.0, pieces, sequence.origin_ns, sequence.envelope, sequence.on_ns, built.bias_a)
    return Delivery(_with_hum(drive, built, moment), limits, cause, plateaus, lead_in)


def _sensing(built: Electronics, sequence: Sequence) -> Drive:
    steps = sequence.steps
    return Drive(
        amplitude_a=1.0,
        programme=tuple(Piece(step.duration_ns, sensing_a(built, step)) for step in steps),
        origin_ns=sequence.origin_ns,
        envelope=sequence.envelope,
        on_ns=sequence.on_ns,
        # The large source is off between sense pulses and leaks as in OFF.
        offset_a=built.off_leakage_a,
    )


def _plateaus(
    electronics: Electronics, specimen: Specimen, sequence: Sequence, moment: Moment, clamp_v: float
) -> tuple[Plateau, ...]:
    situation, plateaus = moment.situation, []
    largest_a = max(electronics.dac.value(step.code) for step in sequence.steps)
    for step, frequency_hz in zip(sequence.steps, frequencies_hz(sequence.steps), strict=True):
        direction = "positive" if step.bridge > 0 else "negative"
        built = electronics.under(replace(situation, polarity=direction, frequency_hz=frequency_hz))
        around = Surrounds(situation.load_ohm, clamp_v, moment.warmth_k, frequency_hz)
        current_a = delivered_a(built, specimen, step, around)
        how = shape(built, largest_a, situation.load_ohm, clamp_v)
        plateaus.append(Plateau(step.duration_ns, current_a, step.bridge, how))
    return tuple(plateaus)


def _shaped(
    plateaus: tuple[Plateau, ...], sequence: Sequence, moment: Moment
) -> tuple[tuple[Piece, ...], Drive | None]:
    """Answer one period as it repeats, from the sequence's origin, and how the first ones differ from it."""
    if all(plateau.shape.is_a_step for plateau in plateaus):
        return tuple(Piece(plateau.duration_ns, plateau.current_a) for plateau in plateaus), None
    if sequence.risen_ns > moment.now_ns:  # a rise begins at zero anyway
        return settled(plateaus, 0.0, 0)[1], None
    since_ns = (moment.now_ns - sequence.origin_ns) % sequence.period_ns
    before = next(Schedule(moment.before).lines(moment.now_ns - 1, moment.now_ns)).value - moment.before.offset_a
    first, then = settled(_begun(plateaus, since_ns), before, (before > 0.0) - (before < 0.0))
    differing = difference(first, then)
    pieces = rotated(then, sequence.period_ns - since_ns)
    if all(piece.factor == piece.last_factor == 0.0 for piece in differing):
        return pieces, None
    return pieces, Drive(1.0, differing, moment.now_ns, repeats=False)


def _begun(plateaus: tuple[Plateau, ...], since_ns: int) -> tuple[Plateau, ...]:
    """Answer one period of plateaus that begins inside the usual one."""
    turned, passed = list(plateaus), 0
    while passed + turned[0].duration_ns <= since_ns:
        passed += turned[0].duration_ns
        turned.append(turned.pop(0))
    if passed < since_ns:
        cut = since_ns - passed
        whole = turned.pop(0)
        turned.insert(0, replace(whole, duration_ns=whole.duration_ns - cut))
        turned.append(replace(whole, duration_ns=cut))
    return tuple(turned)


def _with_hum(drive: Drive, built: Electronics, moment: Moment) -> Drive:
    for amplitude_a, frequency_hz in ((built.hum_a, built.hum_hz), (built.motor_hum_a, moment.motor_hz)):
        if amplitude_a and frequency_hz:
            beside_ns = Schedule(drive).period_ns
            added = hum(amplitude_a, frequency_hz, moment.origin_ns, beside_ns)
            drive = replace(drive, added=(*drive.added, added))
    return drive


def frequencies_hz(steps: tuple[Step, ...]) -> tuple[float, ...]:
    """Answer for each step how often its direction comes back there: 0 where it never leaves."""
    runs: list[list[int]] = []
    for index, step in enumerate(steps):
        if runs and steps[runs[-1][0]].bridge == step.bridge:
            runs[-1].append(index)
        else:
            runs.append([index])
    if len(runs) > 1 and steps[0].bridge == steps[-1].bridge:
        runs[0] = runs.pop() + runs[0]
    found = [0.0] * len(steps)
    if len(runs) == 1:
        return tuple(found)
    lengths = [sum(steps[index].duration_ns for index in run) for run in runs]
    for number, run in enumerate(runs):
        turn_ns, following = lengths[number], (number + 1) % len(runs)
        while steps[runs[following][0]].bridge != steps[run[0]].bridge:
            turn_ns += lengths[following]
            following = (following + 1) % len(runs)
        for index in run:
            found[index] = NS_PER_S / turn_ns
    return tuple(found)
