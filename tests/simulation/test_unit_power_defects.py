"""Signatures of the defects of power, supervision, session and display, in the ground truth and on the unit's line."""

from __future__ import annotations

import math

import pytest

from tests.simulation.client import crc
from tests.simulation.units import MS, US, S, Wired, exact

BEAR, PANTHEON = "foreo-bear-2", "pantheon-clinical"
BEAR_TOP, PANTHEON_TOP = 680e-6, 600e-6
LEAKAGE = 2e-9
TICK, RISE = 5 * MS, 800 * MS


def bear(name: str, mode: str = "steady", **changes: object) -> tuple[Wired, int]:
    """Let a foreo-bear-2 deliver level 5; answer when it was switched on."""
    wired = Wired(exact(name, **{"watchdog_s": 0.0, **changes}))
    on_ns = wired.start(f"MODE={mode}", "LEVEL=5", "POLARITY=positive")
    return wired, on_ns


def pantheon(name: str, *, level: int = 9, **changes: object) -> tuple[Wired, int]:
    """Let a pantheon-clinical deliver a level at 0.5 Hz; answer when it was switched on."""
    wired = Wired(exact(name, **{"watchdog_s": 0.0, **changes}))
    on_ns = wired.start(f"LEVEL={level}", "POLARITY=positive")
    return wired, on_ns


def supply(wired: Wired, volts: float | None) -> None:
    """Let the bench's supply hold the battery's terminals, None: not."""
    with wired.keeper:
        wired.unit.power.supply(volts)


def is_silent(wired: Wired) -> bool:
    """Whether nothing answers on the line."""
    body = b"0001 HELLO"
    protocol = wired.unit.protocol
    assert protocol is not None
    with wired.keeper:
        return protocol.answer(body + b"*" + crc(body)) is None


@pytest.mark.parametrize(
    ("name", "ends_s"),
    [(BEAR, 1200.0), (f"{BEAR}-D46", 1110.0), (f"{BEAR}-D46-never", None)],
)
def test_d46_the_shut_off_is_fast_or_never_comes(name: str, ends_s: float | None) -> None:
    """20 minutes after it was switched on the output is off, without a trip; keep-alives do not put it off."""
    wired, on_ns = bear(name, watchdog_s=3.0)
    wired.keep((round(ends_s or 1200.0) - 1) * S)
    assert wired.state() == "RUN"
    wired.keep(2 * S)
    assert wired.state() == ("RUN" if ends_s is None else "OFF")
    if ends_s is None:
        wired.keep(1200 * S)
        assert wired.current() == pytest.approx(0.5 * BEAR_TOP, rel=1e-3)
        return
    assert wired.say("STATE? 1") == "OK STATE=OFF TRIP=none POLARITY=positive"
    found = wired.crossings(0.25 * BEAR_TOP, on_ns + 10 * S, wired.now_ns, rising=False)
    assert [(at_ns - on_ns) / S for at_ns in found] == pytest.approx([ends_s], abs=1e-5)
    assert wired.current() == pytest.approx(LEAKAGE, rel=1e-2)
    assert wired.say("ON 1") == "OK STATE=ARMED"


def test_a_session_without_contact_ends_sooner() -> None:
    """Three minutes in ARMED, counted anew after each contact."""
    wired, on_ns = bear(BEAR)
    wired.until_ns(on_ns + 100 * S)
    wired.touch(closed=False)
    wired.pass_ns(170 * S)
    assert wired.state() == "ARMED"
    wired.touch(closed=True)
    wired.pass_ns(10 * S)
    wired.touch(closed=False)
    wired.pass_ns(179 * S)
    assert wired.state() == "ARMED"
    wired.pass_ns(2 * S)
    assert wired.state() == "OFF"


def test_a_session_follows_the_crystal() -> None:
    """1000 ppm fast: 1.2 s too early."""
    wired, on_ns = bear(BEAR, clock_ppm=1000.0)
    wired.until_ns(on_ns + 1200 * S - 1_199 * MS - 10 * MS)
    assert wired.state() == "RUN"
    wired.pass_ns(15 * MS)
    assert wired.state() == "OFF"


@pytest.mark.parametrize(
    ("name", "level", "state"), [(BEAR, 0, "OFF"), (f"{BEAR}-D58", 5, "RUN"), (f"{BEAR}-D58-full-scale", 10, "RUN")]
)
def test_d58_the_output_comes_back_after_a_brown_out(name: str, level: int, state: str) -> None:
    """3.7 V, 2.5 V for a second, 3.7 V: nothing while it is down; then OFF at level 0, or a step to a level."""
    wired, on_ns = bear(name)
    wired.until_ns(on_ns + 2 * S)
    supply(wired, 3.7)
    wired.pass_ns(S)
    supply(wired, 2.5)
    wired.pass_ns(MS)
    assert wired.current() == pytest.approx(LEAKAGE, rel=1e-2)
    assert is_silent(wired)
    wired.pass_ns(S)
    supply(wired, 3.7)
    back_ns = wired.now_ns
    wired.pass_ns(199 * MS)
    assert is_silent(wired)
    wired.pass_ns(2 * MS)
    assert not is_silent(wired)
    wired.pass_ns(10 * MS)
    assert wired.say("STATE? 1").startswith(f"OK STATE={state} TRIP=none")
    assert f"LEVEL={level} " in wired.say("GET 1")
    expected_a = level * 68e-6 if level else LEAKAGE
    assert wired.current() == pytest.approx(expected_a, rel=1e-2)
    if level:
        rise_ns = wired.crossings(0.9 * expected_a, back_ns, wired.now_ns)[0]
        assert rise_ns == pytest.approx(back_ns + 200 * MS, abs=20 * US)  # no rise: it is there at once
    wired.touch(closed=False)
    wired.pass_ns(20 * MS)
    assert wired.state() == ("ARMED" if level else "OFF")  # it goes on sensing as it does


@pytest.mark.parametrize(("name", "changes"), [(f"{BEAR}-D58", {}), (BEAR, {"on_output": True, "on_level": 5})])
def test_a_battery_that_sags_under_the_output_restarts_the_unit_over_and_over(
    name: str, changes: dict[str, object]
) -> None:
    """21 ohm: 2.97 V alone, 2.89 V with the output; each restart takes 1 ms at least, and bench time goes on."""
    unit = exact(name, watchdog_s=0.0, battery_ohm=21.0, restart_s=0.0, recovers_v=2.9, sensing=False, **changes)
    wired = Wired(unit)
    supply(wired, 3.7)
    wired.pass_ns(2 * MS)
    assert wired.say("OFF 1") == "OK STATE=OFF"
    wired.start("LEVEL=5", "POLARITY=positive")
    supply(wired, None)
    before = wired.keeper.events
    wired.pass_ns(50 * MS)
    assert is_silent(wired)
    assert 45 <= wired.keeper.events - before <= 200  # a few events for each millisecond
    supply(wired, 3.7)
    wired.pass_ns(20 * MS)
    assert wired.state() == "RUN"
    assert abs(wired.current()) == pytest.approx(340e-6, rel=1e-2)


def test_both_channels_come_back_together_after_restarts_that_the_battery_did_not_stand() -> None:
    """Output 1 draws the battery below its limit at each restart: output 2 is not on without power, nor forgotten."""
    unit = exact(PANTHEON, watchdog_s=0.0, battery_ohm=100.0, recovers_v=8.0, restart="resumes", restart_s=0.0)
    wired = Wired(unit)
    supply(wired, 12.0)
    for channel in (1, 2):
        wired.start("LEVEL=9", "POLARITY=bipolar", channel=channel)
    supply(wired, None)
    for _ in range(20):
        wired.pass_ns(MS // 2)
        assert is_silent(wired)
        assert [wired.state(channel) for channel in (1, 2)] == ["OFF", "OFF"]
    supply(wired, 12.0)
    wired.pass_ns(20 * MS)
    assert [wired.state(channel) for channel in (1, 2)] == ["RUN", "RUN"]


def test_the_battery_sags_when_the_electrodes_touch() -> None:
    """Open, 100 ohm carry the quiescent 35 mA; closed, 72 V x 600 uA over 0.8 and the battery voltage as well."""
    wired = Wired(exact(PANTHEON, watchdog_s=0.0, battery_ohm=100.0, brown_out_v=0.0))
    wired.touch(closed=False)
    wired.start("LEVEL=9", "POLARITY=bipolar")
    wired.pass_ns(MS)
    assert wired.unit.power.volts() == pytest.approx(12.0 - 3.5, rel=1e-9)
    wired.touch(closed=True)
    closed_v = (8.5 + math.sqrt(8.5**2 - 4.0 * 100.0 * 72.0 * 600e-6 / 0.8)) / 2.0  # U (8.5 V - U) = 100 ohm x P
    assert wired.unit.power.volts() == pytest.approx(closed_v, rel=1e-3)
    wired.touch(closed=False)
    assert wired.unit.power.volts() == pytest.approx(12.0 - 3.5, rel=1e-3)


def test_a_battery_whose_sag_lowers_the_compliance_settles() -> None:
    """Stage, battery and load follow each other through a touch and come to an end."""
    wired = Wired(exact(PANTHEON, watchdog_s=0.0, battery_ohm=300.0, boost_ratio=6.0, brown_out_v=0.0, quiescent_a=0.0))
    wired.start("LEVEL=9", "POLARITY=bipolar")
    for ohm in (50e3, 1e3, 200e3):
        wired.resist(ohm)
        for closed in (False, True):
            wired.touch(closed=closed)
            wired.pass_ns(MS)
            assert 0.0 < wired.unit.power.volts() <= 12.0


def test_a_slow_battery_has_a_hysteresis() -> None:
    """Down below 2.9 V, up from 3.2 V on, and settings are those of power-on."""
    wired, on_ns = bear(BEAR)
    wired.until_ns(on_ns + S)
    down = []
    for volts in (3.3, 3.0, 2.95, 2.85, 3.0, 3.15, 3.25, 3.0):
        supply(wired, volts)
        wired.pass_ns(S)
        down.append(is_silent(wired))
    assert down == [False, False, False, True, True, True, False, False]
    assert wired.say("GET 1") == "OK MODE=steady LEVEL=0 POLARITY=positive"


def test_a_supply_that_bounces_is_one_brown_out() -> None:
    """A second one before the firmware has begun: what was on before the first one is what comes back."""
    wired, on_ns = bear(f"{BEAR}-D58")
    wired.until_ns(on_ns + 2 * S)
    for volts in (2.5, 3.7, 2.5, 3.7):
        supply(wired, volts)
        wired.pass_ns(50 * MS)
    assert is_silent(wired)
    wired.pass_ns(200 * MS)
    assert wired.say("STATE? 1").startswith("OK STATE=RUN")


def test_settings_survive_where_the_unit_keeps_them() -> None:
    """The output is off all the same."""
    wired, on_ns = bear(BEAR, keeps_settings=True)
    wired.until_ns(on_ns + S)
    supply(wired, 2.0)
    wired.pass_ns(MS)
    supply(wired, None)
    wired.pass_ns(300 * MS)
    assert wired.say("GET 1") == "OK MODE=steady LEVEL=5 POLARITY=positive"
    assert wired.state() == "OFF"


def test_a_unit_without_a_battery_of_its_own_lives_by_the_supply() -> None:
    """Nobody answers until the supply is there, and for its restart time after that; D71 is on then."""
    wired = Wired(exact(f"{PANTHEON}-D71", battery_v=0.1, watchdog_s=0.0))
    wired.pass_ns(S)
    assert is_silent(wired)
    assert wired.current() == pytest.approx(LEAKAGE, rel=1e-2)
    supply(wired, 12.0)
    wired.pass_ns(190 * MS)
    assert is_silent(wired)
    wired.pass_ns(20 * MS)
    assert wired.say("STATE? 1").startswith("OK STATE=RUN")
    assert wired.current() == pytest.approx(50e-6, rel=1e-2)


@pytest.mark.parametrize(("name", "states"), [(PANTHEON, "OFF"), (f"{PANTHEON}-D59", "RUN")])
def test_d59_the_host_watchdog_is_announced_and_does_not_act(name: str, states: str) -> None:
    """Both say 3 s; without a frame the sound unit is off after them, the other one goes on for an hour."""
    wired, on_ns = pantheon(name, watchdog_s=3.0, session_s=0.0)
    assert wired.say("CAPS?") == "OK CHANNELS=2 WATCHDOG_MS=3000"
    wired.until_ns(on_ns + 2_990 * MS)
    assert wired.state() == "RUN"
    wired.until_ns(on_ns + 3600 * S + S // 2)
    assert wired.state() == states
    assert wired.current() == pytest.approx(PANTHEON_TOP if states == "RUN" else LEAKAGE, rel=1e-2)


def test_d59_the_output_is_frozen_when_the_firmware_hangs() -> None:
    """10 s after ON, 0.5 s into a half of bipolar 0.5 Hz: the last value for ever, and nobody answers."""
    wired = Wired(exact(f"{PANTHEON}-D59-hangs"))
    on_ns = wired.start("LEVEL=9", "POLARITY=bipolar")
    wired.keep(9_500 * MS)
    wired.until_ns(on_ns + 20 * S)
    assert is_silent(wired)
    low, high = wired.extremes(on_ns + 10 * S + MS, on_ns + 20 * S)
    assert (low, high) == pytest.approx((PANTHEON_TOP, PANTHEON_TOP), rel=1e-3)
    wired.until_ns(on_ns + 3600 * S)
    assert wired.current() == pytest.approx(PANTHEON_TOP, rel=1e-3)


def test_a_unit_that_resets_itself_ends_a_hang() -> None:
    """With the controller's own watchdog the output is off after its half second, and the unit answers again."""
    wired = Wired(exact(PANTHEON, hangs_after_s=10.0))
    on_ns = wired.start("LEVEL=9", "POLARITY=bipolar")
    wired.keep(9_500 * MS)
    wired.until_ns(on_ns + 10_490 * MS)
    assert is_silent(wired)
    assert wired.current() == pytest.approx(PANTHEON_TOP, rel=1e-3)
    wired.until_ns(on_ns + 10_510 * MS)
    assert wired.current() == pytest.approx(LEAKAGE, rel=1e-2)
    wired.until_ns(on_ns + 10_710 * MS)
    assert wired.say("STATE? 1") == "OK STATE=OFF TRIP=none POLARITY=positive"


@pytest.mark.parametrize(
    ("name", "low_below_v"), [(PANTHEON, 11.0), (f"{PANTHEON}-D60", 9.5), (f"{PANTHEON}-D60-inverted", None)]
)
def test_d60_the_battery_flag_is_late_or_inverted(name: str, low_below_v: float | None) -> None:
    """Over the battery's voltages, and on the unit's own battery of 12 V."""
    wired = Wired(exact(name))
    for volts in (12.5, 12.0, 11.1, 10.9, 10.0, 9.6, 9.4, 9.1):
        supply(wired, volts)
        wired.pass_ns(S)
        low = volts >= 11.0 if low_below_v is None else volts < low_below_v
        assert wired.say("POWER?") == f"OK BATTERY={'low' if low else 'good'} CHARGING=no"
    supply(wired, None)
    assert wired.say("POWER?") == f"OK BATTERY={'low' if low_below_v is None else 'good'} CHARGING=no"


@pytest.mark.parametrize(("name", "locked"), [(BEAR, True), (f"{BEAR}-D61", False)])
def test_d61_the_charger_does_not_lock_the_output(name: str, locked: bool) -> None:  # noqa: FBT001 - a parameter
    """Connected while the output is on, and before it is switched on."""
    wired, on_ns = bear(name)
    wired.until_ns(on_ns + 2 * S)
    with wired.keeper:
        wired.unit.charger(connected=True)
    wired.pass_ns(MS)
    assert wired.say("POWER?").endswith("CHARGING=yes")
    assert wired.current() == pytest.approx(LEAKAGE if locked else 340e-6, rel=1e-2)
    assert wired.say("OFF 1") == "OK STATE=OFF"
    assert wired.say("ON 1").startswith("ERR 6 " if locked else "OK STATE=ARMED")
    with wired.keeper:
        wired.unit.charger(connected=False)
    wired.pass_ns(S)
    assert wired.say("ON 1").startswith("OK STATE=")


def test_a_charger_clears_no_trip() -> None:
    """A latched overload is still there when the charger comes and goes."""
    wired, on_ns = bear(BEAR)
    wired.until_ns(on_ns + 2 * S)
    with wired.keeper:
        wired.loop.connect(frozenset({103, 113, 114, 117, 118, 120}))
        wired.loop.auxiliary(20.0)
    wired.pass_ns(2 * MS)
    for connected in (True, False):
        with wired.keeper:
            wired.unit.charger(connected=connected)
        assert wired.say("STATE? 1").startswith("OK STATE=OFF TRIP=overload")


@pytest.mark.parametrize(("name", "answer"), [(PANTHEON, "ERR 6 "), (f"{PANTHEON}-D65", "OK STATE=RUN")])
def test_d65_channel_2_is_on_though_channel_1_is_off(name: str, answer: str) -> None:
    """And delivers, where it may, through the terminals that the relay connects."""
    wired = Wired(exact(name, watchdog_s=0.0))
    with wired.keeper:
        wired.loop.select(2)
    wired.say("SET 2 LEVEL=6 POLARITY=positive")
    assert wired.say("ON 2").startswith(answer)
    wired.pass_ns(S // 2)
    assert wired.current() == pytest.approx(300e-6 if answer.startswith("OK") else LEAKAGE, rel=1e-2)
    assert wired.state(1) == "OFF"


@pytest.mark.parametrize(
    ("name", "current_a", "state"), [(PANTHEON, LEAKAGE, "OFF"), (f"{PANTHEON}-D71", 50e-6, "RUN")]
)
def test_d71_power_on_at_a_level(name: str, current_a: float, state: str) -> None:
    """Half a second after power-on, before anybody has said a word: level 3 is 50 uA."""
    wired = Wired(exact(name))
    wired.pass_ns(S // 2)
    assert wired.current() == pytest.approx(current_a, rel=1e-2)
    assert wired.say("STATE? 1").startswith(f"OK STATE={state} ")
    assert f"LEVEL={3 if state == 'RUN' else 0} " in wired.say("GET 1")


@pytest.mark.parametrize(("name", "peak_a"), [(BEAR, LEAKAGE), (f"{BEAR}-D72", 10e-6)])
def test_d72_pulses_go_on_after_the_automatic_shut_off(name: str, peak_a: float) -> None:
    """Tapping, 5 minutes after the end of the session: the state is OFF; OFF as a command ends it."""
    wired, on_ns = bear(name, mode="tapping")
    wired.until_ns(on_ns + 1500 * S)
    assert wired.say("STATE? 1").startswith("OK STATE=OFF")
    high = wired.extremes(wired.now_ns - S, wired.now_ns)[1]
    assert high == pytest.approx(peak_a, rel=2e-3)
    pulses = wired.crossings(5e-6, wired.now_ns - S, wired.now_ns)
    assert len(pulses) == (20 if peak_a > LEAKAGE else 0)
    wired.say("OFF 1")
    wired.pass_ns(S)
    assert wired.extremes(wired.now_ns - S // 2, wired.now_ns)[1] == pytest.approx(LEAKAGE, rel=1e-2)


def test_d66_the_latch_never_clears() -> None:
    """The file that stays off: after a trip neither OFF nor ON help; the sound unit starts again from zero."""
    for name, again in ((BEAR, "OK STATE=ARMED"), (f"{BEAR}-D66-stays-off", "ERR 7 tripped: overload")):
        wired, on_ns = bear(name)
        wired.until_ns(on_ns + 2 * S)
        with wired.keeper:
            wired.loop.connect(frozenset({103, 113, 114, 117, 118, 120}))
            wired.loop.auxiliary(20.0)
        wired.pass_ns(2 * MS)
        with wired.keeper:
            wired.loop.auxiliary(0.0)
        assert wired.say("STATE? 1").startswith("OK STATE=OFF TRIP=overload")
        wired.say("OFF 1")
        assert wired.say("ON 1") == again


def test_an_hour_of_treatment_is_a_handful_of_events() -> None:
    """What makes an hour cheap: nothing is scheduled, and one period is solved for all of them."""
    for mode in ("steady", "lifting", "tapping", "sculpting"):
        wired, on_ns = bear(BEAR, mode=mode, session_s=1e5)
        wired.until_ns(on_ns + 2 * S)
        events = wired.keeper.events
        wired.until_ns(on_ns + 3602 * S)
        assert wired.keeper.events <= events + 1
        mean_a = wired.mean(on_ns + 2 * S, on_ns + 3602 * S)
        share = {"steady": 1.0, "lifting": 0.5, "tapping": 0.04, "sculpting": 0.5}[mode]
        assert mean_a == pytest.approx(share * 340e-6, rel=2e-3)
        assert wired.loop.history.last.evolution.walked <= 20  # the rise has 16 periods of 20 Hz
