"""Lets the faults act that are simply on: in the wiring, in the instruments, in the unit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.simulation.circuit.wiring_faults import SOUND, WiringFaults
from harness.simulation.instruments.faulty import NO_FAULTS, ChannelFaults
from harness.simulation.instruments.waveform_generator import WaveformGenerator
from harness.simulation.lead_patterns import Bouncing, IntermittentLead
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.simulation.circuit.loop import Loop
    from harness.simulation.draws import NoiseSource
    from harness.simulation.faults import Fault, Faults
    from harness.simulation.files.benchfile import BenchFile
    from harness.simulation.instruments.base import Instrument
    from harness.simulation.timekeeper import Event, Timekeeper
    from harness.simulation.unit.unit import SimulatedUnit

DRIFT_STEPS = 100
"""A drift that takes its time comes in so many equal steps."""


class StandingFaults:
    """The side of the faults that does not depend on messages.

    Args:
        faults: what is on.
        loop: the circuit.
        instruments: by role.
        unit: the stimulator.
        timekeeper: bench time.
        noise: where random times come from.
        bench: which channel of the oscilloscope sits on a resistor, and behind which probe.
    """

    def __init__(
        self,
        faults: Faults,
        *,
        loop: Loop,
        instruments: Mapping[str, Instrument],
        unit: SimulatedUnit,
        timekeeper: Timekeeper,
        noise: NoiseSource,
        bench: BenchFile,
    ) -> None:
        self._faults = faults
        self._loop = loop
        self._instruments = instruments
        self._unit = unit
        self._timekeeper = timekeeper
        self._noise = noise
        self._bench = bench
        self._leads: dict[Fault, IntermittentLead] = {}
        self._relays = Bouncing("relay", timekeeper, noise, self._rewire)
        self._electrodes = Bouncing("electrode relay", timekeeper, noise, self._rewire)
        self._drifting: Event | None = None
        self._wired = SOUND
        loop.on_change(self._look)

    def apply(self) -> None:
        """Let act what is on, and nothing else; call it after every change."""
        self._follow_leads()
        self._loop.scale_resistors(self._resistor_factors())
        self._rewire()
        self._unit.stays_live(on=any(self._faults.of("stays-live")))
        for role, instrument in self._instruments.items():
            instrument.stale = any(self._faults.of("stale", role))
            if instrument.reading_faults is not None:
                instrument.reading_faults.stale = instrument.stale
            if isinstance(instrument, WaveformGenerator):
                instrument.module.stick(on=any(self._faults.of("stuck-closed", role)))
        self._apply_drifts()

    def begin(self) -> None:
        """Start the random times of a new stretch of work."""
        for lead in self._leads.values():
            lead.restart()
        self._rewire()

    def _look(self) -> None:
        """Let relays bounce that have just closed."""
        told = self._loop.told
        self._relays.look(self._loop.closed_relays, next(self._faults.of("bounce", "switch"), None))
        closed = frozenset(() if told is None else (told,))
        self._electrodes.look(closed, next(self._faults.of("bounce", "watchdog"), None))

    def _resistor_factors(self) -> dict[str, float]:
        factors: dict[str, float] = {}
        for fault in self._faults.of("resistance"):
            factors[fault.target] = factors.get(fault.target, 1.0) * fault.number("factor")
        return factors

    def _follow_leads(self) -> None:
        """Let the leads come and go that are intermittent now, and no others."""
        wanted = list(self._faults.of("intermittent-lead"))
        for fault in [fault for fault in self._leads if fault not in wanted]:
            self._leads.pop(fault).stop()
        for fault in wanted:
            if fault not in self._leads:
                self._leads[fault] = IntermittentLead(fault, self._timekeeper, self._noise, self._rewire)

    def _rewire(self) -> None:
        wired = self._wiring()
        if wired != self._wired:
            self._wired = wired
            self._loop.take_faults(wired)

    def _wiring(self) -> WiringFaults:
        of = self._faults.of
        leads = {fault.target for fault in of("open-lead")}
        leads.update(fault.target for fault, lead in self._leads.items() if lead.open)
        return WiringFaults(
            swapped=frozenset(fault.target for fault in of("swapped-leads")),
            open_leads=frozenset(leads),
            stuck_open=_channels(of("stuck-open", "switch")) | self._relays.lifted,
            stuck_closed=_channels(of("stuck-closed", "switch")),
            leakage_ohm=_leakages(of("leakage", "switch")),
            electrode_open=_channels(of("stuck-open", "watchdog")) | self._electrodes.lifted,
            electrode_closed=_channels(of("stuck-closed", "watchdog")),
            electrode_leakage_ohm=_leakages(of("leakage", "watchdog")),
            scope_input_ohm=self._scope_input_ohm(),
            auxiliary_factor=_product(of("voltage")),
            emf_v=sum(fault.number("emf_v") for fault in of("emf")),
            emf_swing_v=sum(fault.number("swing_v") for fault in of("emf")),
            pickup_a=sum(fault.number("current_a") for fault in of("pickup")),
        )

    def _scope_input_ohm(self) -> float | None:
        """Answer what another probe on the resistor makes of the oscilloscope's input resistance, None: as built."""
        own, channel = max(1.0, self._bench.probe_ratio), self._bench.scope_channel
        ratios = [fault.number("ratio") for fault in self._faults.of("probe") if fault.number("channel") == channel]
        return self._loop.parts.scope_input_ohm / own * max(1.0, ratios[-1]) if ratios else None

    def _apply_drifts(self) -> None:
        """Bring every drift to where it is now, and come back for its next step."""
        if self._drifting is not None:
            self._drifting.cancel()
            self._drifting = None
        for role, instrument in self._instruments.items():
            faults = instrument.reading_faults
            if faults is not None:
                faults.gain, faults.offset_v = self._drift(self._faults.of("drift", role))
            instrument.channel_faults = self._channel_faults(role)
        steps_ns = [ns for ns in map(self._next_step_ns, self._faults.of("drift")) if ns is not None]
        if steps_ns:
            self._drifting = self._timekeeper.schedule(min(steps_ns), self._apply_drifts)

    def _drift(self, faults: Iterable[Fault]) -> tuple[float, float]:
        shares = [(fault, self._drifted(fault)) for fault in faults]
        gain = sum(share * fault.number("gain") for fault, share in shares)
        return gain, sum(share * fault.number("offset_v") for fault, share in shares)

    def _drifted(self, fault: Fault) -> float:
        """Answer the share of a drift that has come by now."""
        over_ns = round(fault.number("over_s") * NS_PER_S)
        passed_ns = self._timekeeper.now_ns - fault.since_ns
        return min(1.0, passed_ns * DRIFT_STEPS // over_ns / DRIFT_STEPS) if over_ns else 1.0

    def _next_step_ns(self, fault: Fault) -> int | None:
        """Answer the bench time of a drift's next step, None after the last."""
        over_ns = round(fault.number("over_s") * NS_PER_S)
        passed_ns = self._timekeeper.now_ns - fault.since_ns
        if passed_ns >= over_ns:
            return None
        step = passed_ns * DRIFT_STEPS // over_ns + 1
        return fault.since_ns - (-over_ns * step // DRIFT_STEPS)

    def _channel_faults(self, role: str) -> dict[int, ChannelFaults]:
        """Answer what is wrong with each channel of an oscilloscope."""
        found: dict[int, ChannelFaults] = {}
        for fault in self._faults.on(role):
            if fault.kind in _OF_CHANNELS and "channel" in fault.values:
                channel = int(fault.number("channel"))
                found[channel] = self._worse(found.get(channel, NO_FAULTS), fault)
        return found

    def _worse(self, channel: ChannelFaults, fault: Fault) -> ChannelFaults:
        if fault.kind == "probe":
            return replace(channel, ratio=fault.number("ratio"))
        if fault.kind == "ac-coupled":
            return replace(channel, ac_coupled=True)
        if fault.kind == "clipped":
            return replace(channel, clip_divisions=min(channel.clip_divisions, fault.number("divisions")))
        share = self._drifted(fault)
        return replace(
            channel,
            gain=channel.gain + share * fault.number("gain"),
            offset_v=channel.offset_v + share * fault.number("offset_v"),
        )


_OF_CHANNELS = ("probe", "ac-coupled", "clipped", "drift")


def _channels(faults: Iterable[Fault]) -> frozenset[int]:
    return frozenset(int(fault.number("channel")) for fault in faults)


def _leakages(faults: Iterable[Fault]) -> dict[int, float]:
    return {int(fault.number("channel")): fault.number("resistance_ohm") for fault in faults}


def _product(faults: Iterable[Fault]) -> float:
    product = 1.0
    for fault in faults:
        product *= fault.number("factor")
    return product
