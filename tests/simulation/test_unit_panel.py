"""The unit's display, motor and further verbs; signatures of the display's defects."""

from __future__ import annotations

import pytest

from tests.simulation.units import MS, S, Wired, exact

BEAR, PANTHEON = "foreo-bear-2", "pantheon-clinical"
TICK = 5 * MS


def pantheon(name: str, *, level: int = 9) -> tuple[Wired, int]:
    """Let a pantheon-clinical deliver a level at 0.5 Hz; answer when it was switched on."""
    wired = Wired(exact(name, watchdog_s=0.0))
    on_ns = wired.start(f"LEVEL={level}", "POLARITY=positive")
    return wired, on_ns


def motor_hz(wired: Wired) -> object:
    """Answer how fast the motor turns."""
    state = wired.unit.state()
    assert state is not None
    return state["motor_hz"]


def shown(wired: Wired) -> dict[str, str]:
    """Answer the fields of the display."""
    reply = wired.say("DISPLAY? 1")
    assert reply.startswith("OK ")
    return dict(field.split("=") for field in reply[3:].split())


@pytest.mark.parametrize(("name", "seconds"), [(PANTHEON, 1000), (f"{PANTHEON}-D47", 1030)])
def test_d47_the_run_time_drifts(name: str, seconds: int) -> None:
    """After 1000 s of RUN the display shows 3 % more; it stays after OFF and begins anew with ON."""
    wired, on_ns = pantheon(name)
    wired.until_ns(on_ns + 1000 * S + 10 * MS)
    assert int(shown(wired)["RUN_S"]) == seconds
    wired.say("OFF 1")
    wired.pass_ns(50 * S)
    assert int(shown(wired)["RUN_S"]) == seconds
    wired.say("ON 1")
    wired.pass_ns(10 * S + MS)
    assert int(shown(wired)["RUN_S"]) == 10


def test_run_time_counts_in_run_only() -> None:
    """10 s of contact, 20 s without, 5 s with contact again."""
    wired = Wired(exact(f"{BEAR}", watchdog_s=0.0, unit="uA", label="uA"))
    wired.start("LEVEL=5")
    for duration_s in (10, 20, 5):
        wired.pass_ns(duration_s * S)
        wired.touch(closed=duration_s == 20)
    assert 14 <= int(shown(wired)["RUN_S"]) <= 15


@pytest.mark.parametrize(
    ("name", "level", "shows"),
    [
        (PANTHEON, 4, ("100", "uA")),
        (PANTHEON, 9, ("600", "uA")),
        (PANTHEON, 0, ("0", "uA")),
        (f"{PANTHEON}-D68", 4, ("10", "uA")),
        (f"{PANTHEON}-D68", 9, ("60", "uA")),
        (f"{PANTHEON}-D68-unit", 4, ("100", "mA")),
    ],
)
def test_d68_the_display_loses_a_digit_or_has_the_wrong_unit(name: str, level: int, shows: tuple[str, str]) -> None:
    """What flows is the level; what is shown is not."""
    wired, on_ns = pantheon(name, level=level)
    wired.until_ns(on_ns + S // 2)
    assert (shown(wired)["INTENSITY"], shown(wired)["UNIT"]) == shows
    assert shown(wired)["POLARITY"] == "positive"
    nominal_a = [0.0, 10e-6, 25e-6, 50e-6, 100e-6, 200e-6, 300e-6, 400e-6, 500e-6, 600e-6][level]
    assert wired.current() == pytest.approx(nominal_a, rel=1e-3, abs=1e-8)


def test_the_motor_runs_when_its_user_wants() -> None:
    """MOTOR ON and OFF; a motor that needs the output waits for RUN."""
    wired = Wired(exact(BEAR, watchdog_s=0.0))
    assert wired.say("MOTOR?") == "OK MOTOR=OFF"
    assert wired.say("MOTOR ON") == "OK MOTOR=ON"
    assert motor_hz(wired) == 130.0
    assert wired.say("MOTOR both").startswith("ERR 4 ")
    wired.say("MOTOR OFF")
    assert motor_hz(wired) == 0.0
    tied = Wired(exact(BEAR, watchdog_s=0.0, only_in_run=True))
    tied.say("MOTOR ON")
    on_ns = tied.start("LEVEL=1")
    turns = []
    for at_ns in (on_ns + TICK - 1, on_ns + TICK, on_ns + S):
        tied.until_ns(at_ns)
        turns.append(motor_hz(tied))
    tied.say("OFF 1")
    assert [*turns, motor_hz(tied)] == [0.0, 130.0, 130.0, 0.0]


def test_the_motor_reaches_the_electronics() -> None:
    """Where the motor couples into the output its hum is there with the motor and gone without it."""
    wired = Wired(exact(BEAR, watchdog_s=0.0, motor_hum_a=5e-6))
    wired.start("LEVEL=10")
    swings = []
    for command in ("MOTOR OFF", "MOTOR ON", "MOTOR OFF"):
        wired.say(command)
        wired.pass_ns(2 * S)
        low, high = wired.extremes(wired.now_ns - S // 2, wired.now_ns)
        swings.append(high - low)
    assert swings == pytest.approx([0.0, 10e-6, 0.0], rel=0.02, abs=1e-8)


def test_what_a_unit_does_not_have_is_an_unknown_verb() -> None:
    """No display, no battery flag, no motor."""
    wired = Wired(exact(BEAR))
    assert wired.say("DISPLAY? 1").startswith("ERR 1 ")
    assert Wired(exact(PANTHEON)).say("MOTOR?").startswith("ERR 1 ")
    assert Wired(exact(PANTHEON, low_v=0.0)).say("POWER?").startswith("ERR 1 ")


def test_the_motor_stands_after_a_brown_out() -> None:
    """It loses its power with the unit, and its user has to switch it on again."""
    wired = Wired(exact(BEAR, watchdog_s=0.0))
    wired.say("MOTOR ON")
    for volts, running_hz in ((3.7, 130.0), (2.0, 0.0), (3.7, 0.0)):
        with wired.keeper:
            wired.unit.power.supply(volts)
        wired.pass_ns(S)
        assert motor_hz(wired) == running_hz
    assert wired.say("MOTOR?") == "OK MOTOR=OFF"
