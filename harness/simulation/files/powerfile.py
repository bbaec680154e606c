"""Power, session and supervision of a unit file (`docs/simulated-units.md`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.simulation.files.only import read_limited

if TYPE_CHECKING:
    from harness.simulation.files.only import Only
    from harness.simulation.files.table import Table

LEAST_RESTART_S = 1e-3
"""No controller is back from its own reset sooner; assumed."""

_RESTARTS = ("off", "resumes", "full-scale")


@dataclass(frozen=True, slots=True)
class Power:
    """Battery flag, charger, brown-out, and what the unit is like when its power comes."""

    low_v: float = 0.0
    low_inverted: bool = False
    brown_out_v: float = 0.0
    recovers_v: float = 0.0
    restart_s: float = 0.0
    restart: str = "off"
    keeps_settings: bool = False
    output_while_charging: bool = False
    on_level: int = 0
    on_output: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """The timer of a treatment, and what ends without contact; 0: none."""

    session_s: float = 0.0
    idle_s: float = 0.0
    error: float = 0.0
    acts: bool = True
    residual_a: float = 0.0
    only: tuple[Only, ...] = ()


@dataclass(frozen=True, slots=True)
class Supervision:
    """What happens when the host, or the firmware itself, says nothing more."""

    watchdog_acts: bool = True
    hangs_after_s: float = 0.0
    reset_s: float = 0.0
    only: tuple[Only, ...] = ()


def read_power(table: Table) -> Power:
    """Read the table `power`."""
    brown_out_v = table.number("brown_out_v", 0.0)
    power = Power(
        low_v=table.number("low_v", 0.0),
        low_inverted=table.flag("low_inverted", default=False),
        brown_out_v=brown_out_v,
        recovers_v=table.number("recovers_v", brown_out_v),
        restart_s=table.number("restart_s", 0.0),
        restart=table.text("restart", "off"),
        keeps_settings=table.flag("keeps_settings", default=False),
        output_while_charging=table.flag("output_while_charging", default=False),
        on_level=table.integer("on_level", 0),
        on_output=table.flag("on_output", default=False),
    )
    table.at_least_zero(power, ("low_v", "brown_out_v", "restart_s", "on_level"), "it")
    if power.restart not in _RESTARTS:
        raise table.error("restart", f"{power.restart!r} is none of {', '.join(_RESTARTS)}")
    if power.recovers_v < power.brown_out_v:
        raise table.error("recovers_v", "is below brown_out_v: the unit would never be up")
    table.done()
    return power


def read_session(table: Table) -> Session:
    """Read the table `session` with its rows `only`."""
    session, only = read_limited(table, _session)
    return replace(session, only=only)


def _session(table: Table) -> Session:
    session = Session(
        session_s=table.number("session_s", 0.0),
        idle_s=table.number("idle_s", 0.0),
        error=table.number("error", 0.0, above=-1.0),
        acts=table.flag("acts", default=True),
        residual_a=table.number("residual_a", 0.0),
    )
    table.at_least_zero(session, ("session_s", "idle_s", "residual_a"), "it")
    table.done()
    return session


def read_supervision(table: Table) -> Supervision:
    """Read the table `supervision` with its rows `only`."""
    supervision, only = read_limited(table, _supervision)
    return replace(supervision, only=only)


def _supervision(table: Table) -> Supervision:
    supervision = Supervision(
        watchdog_acts=table.flag("watchdog_acts", default=True),
        hangs_after_s=table.number("hangs_after_s", 0.0),
        reset_s=table.number("reset_s", 0.0),
    )
    table.at_least_zero(supervision, ("hangs_after_s", "reset_s"), "it")
    table.done()
    return supervision
