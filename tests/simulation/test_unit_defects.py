"""What each defect does to the current that really flows, beside the healthy unit."""

from __future__ import annotations

import math

import pytest

from harness.simulation.circuit.history import Edge, Quantity
from harness.simulation.draws import HiddenErrors
from harness.simulation.files.unitfile import read_unit
from harness.simulation.unit.output import OutputStage
from tests.simulation.units import MS, ROOT, US, S, Wired, exact

BEAR_TOP, PANTHEON_TOP = 680e-6, 600e-6
LEAKAGE = 2e-9


def bear(name: str, polarity: str = "positive", level: int = 10) -> tuple[Wired, int]:
    """Let a foreo-bear-2 run in its steady mode; answer the start of its first period."""
    wired = Wired(exact(name))
    on_ns = wired.start("MODE=steady", f"LEVEL={level}", f"POLARITY={polarity}")
    wired.keep(3 * S)
    return wired, on_ns + 5 * MS


def pantheon(
    name: str, *, level: int = 9, polarity: str = "bipolar", hertz: float = 10.0, load: str = "10k"
) -> tuple[Wired, int]:
    """Let a pantheon-clinical run; answer when it was switched on."""
    wired = Wired(exact(name), load)
    on_ns = wired.start(f"LEVEL={level}", f"POLARITY={polarity}", f"FREQUENCY_MHZ={round(1000 * hertz)}")
    wired.keep(5 * S)
    return wired, on_ns


def period_s(wired: Wired, from_ns: int, count: int) -> float:
    """Measure the mean period over `count` rising edges of half the positive level."""
    edge = Edge(Quantity.CURRENT, 0.5 * PANTHEON_TOP, rising=True, hysteresis=1e-5)
    times = []
    for _ in range(count + 1):
        found_ns, _ = wired.loop.history.first_crossing(edge, from_ns, from_ns + 5 * S, primed=False)
        assert found_ns is not None
        times.append(found_ns)
        from_ns = found_ns + 1
    return (times[-1] - times[0]) / count / S


def test_the_healthy_bear_delivers_its_levels() -> None:
    """68 uA for each level into 10 kilohm, less what the output resistance of 20 megohm takes."""
    for level in (1, 5, 10):
        wired, start_ns = bear("foreo-bear-2", level=level)
        expected = level * 68e-6 * 20e6 / (20e6 + 10e3)
        assert wired.mean(start_ns + S, start_ns + 2 * S) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("level", "expected"), list(enumerate([10, 25, 50, 100, 200, 300, 400, 500, 600], start=1)))
def test_the_healthy_pantheon_delivers_its_levels(level: int, expected: float) -> None:
    """Plateaus of the published levels, both directions, at 0.5 Hz."""
    wired, on_ns = pantheon("pantheon-clinical", level=level, hertz=0.5)
    assert wired.mean(on_ns + S // 2, on_ns + S - MS) == pytest.approx(expected * 1e-6, rel=2e-4)
    assert wired.mean(on_ns + 3 * S // 2, on_ns + 2 * S - MS) == pytest.approx(-expected * 1e-6, rel=2e-4)


@pytest.mark.parametrize(("mode", "charge_free_ns"), [("lifting", 4 * S), ("tapping", S // 20), ("sculpting", S // 5)])
def test_the_other_modes_of_the_bear_leave_no_charge(mode: str, charge_free_ns: int) -> None:
    """The mean over a whole programme is zero, its peak is the level in both directions."""
    wired = Wired(exact("foreo-bear-2"))
    on_ns = wired.start(f"MODE={mode}", "LEVEL=10", "POLARITY=bipolar")
    wired.keep(10 * S)
    from_ns = on_ns + 5 * MS + 4 * S
    assert wired.mean(from_ns, from_ns + charge_free_ns) == pytest.approx(0.0, abs=1e-10)
    assert wired.extremes(from_ns, from_ns + charge_free_ns) == pytest.approx((-BEAR_TOP, BEAR_TOP), rel=1e-3)


def test_d01_every_level_is_a_quarter_too_high() -> None:
    """1.25 times 340 uA."""
    wired, start_ns = bear("foreo-bear-2-D01", level=5)
    assert wired.mean(start_ns + S, start_ns + 2 * S) == pytest.approx(1.25 * 340e-6, rel=1e-3)


def test_d02_adds_the_same_to_every_level() -> None:
    """8 uA on top of 68 uA, and nothing at level 0."""
    wired, start_ns = bear("foreo-bear-2-D02", level=1)
    assert wired.mean(start_ns + S, start_ns + 2 * S) == pytest.approx(76e-6, rel=1e-3)
    assert wired.say("SET 1 LEVEL=0").startswith("OK ")
    wired.pass_ns(MS)
    assert wired.current() == 0.0


@pytest.mark.parametrize(("level", "expected"), [(1, 0.0), (2, 25e-6)])
def test_d06_gives_nothing_at_the_lowest_level(level: int, expected: float) -> None:
    """10 uA lie in the dead zone, 25 uA do not."""
    wired, on_ns = pantheon("pantheon-clinical-D06", level=level, polarity="positive", hertz=0.5)
    assert wired.mean(on_ns + S // 2, on_ns + S - MS) == pytest.approx(expected, rel=1e-3, abs=1e-12)


@pytest.mark.parametrize(
    ("device", "level", "expected"),
    [("foreo-bear-2", 1, 136e-6), ("foreo-bear-2", 10, 748e-6), ("pantheon-clinical", 4, 200e-6),
     ("pantheon-clinical", 9, 700e-6)],
)  # fmt: skip
def test_d11_delivers_the_next_row(device: str, level: int, expected: float) -> None:
    """Level k gives row k + 1; the last level goes one more step up."""
    wired = Wired(exact(f"{device}-D11"))
    wired.start(f"LEVEL={level}", "POLARITY=positive")
    wired.keep(S)
    peak = wired.extremes(wired.now_ns - S // 10, wired.now_ns)[1]
    assert peak == pytest.approx(expected, rel=1e-3)


def test_d15_the_negative_direction_is_missing() -> None:
    """Bipolar gives the positive half and nothing: a mean of half the level."""
    wired, start_ns = bear("foreo-bear-2-D15", "bipolar")
    assert wired.mean(start_ns + S, start_ns + 2 * S) == pytest.approx(0.5 * BEAR_TOP, rel=1e-3)


def test_d19_droops_behind_its_coupling_capacitor() -> None:
    """The level holds until the source is at compliance, C(Vc - IR)/I after the edge, then decays with RC."""
    wired, on_ns = pantheon("pantheon-clinical-D19", polarity="positive", hertz=0.5)
    farad, ohm, volts = 1e-6, 10e3, 72.0
    holds_s = farad * (volts - PANTHEON_TOP * ohm) / PANTHEON_TOP
    assert wired.current(on_ns + round(0.9 * holds_s * S)) == pytest.approx(PANTHEON_TOP, rel=5e-3)
    later_ns = on_ns + round(holds_s * S) + 20 * MS
    assert wired.current(later_ns) == pytest.approx(PANTHEON_TOP * math.exp(-0.020 / (farad * ohm)), rel=5e-2)
    assert wired.mean(on_ns + 900 * MS, on_ns + 990 * MS) < 1e-6  # no direct current passes


def test_d19_is_hidden_at_high_frequencies() -> None:
    """At 100 Hz the capacitor never charges far enough to be seen in the level."""
    wired, on_ns = pantheon("pantheon-clinical-D19", hertz=100.0)
    assert wired.current(on_ns + 4 * S + 4 * MS) == pytest.approx(PANTHEON_TOP, rel=5e-3)


@pytest.mark.parametrize("device", ["foreo-bear-2", "pantheon-clinical"])
def test_d21_flows_whatever_the_firmware_asks(device: str) -> None:
    """1.1 mA in OFF, at a level and after OFF."""
    unit = exact(f"{device}-D21")
    wired, built = Wired(unit), unit.electronics
    wired.pass_ns(MS)
    assert wired.current() == pytest.approx(1.1e-3, rel=1e-3)
    stuck_a = 1.1e-3 * built.compliance_v / (built.boost_efficiency * built.battery_v)  # in OFF too, from the battery
    assert wired.unit.power.drawn_a() - built.quiescent_a == pytest.approx(stuck_a, rel=1e-6)
    wired.start("LEVEL=1", "POLARITY=negative")
    wired.pass_ns(MS)
    assert wired.current() == pytest.approx(1.1e-3, rel=1e-3)
    assert wired.say("OFF *") == "OK STATE=OFF"
    wired.pass_ns(MS)
    assert wired.current() == pytest.approx(1.1e-3, rel=1e-3)


@pytest.mark.parametrize("device", ["foreo-bear-2", "pantheon-clinical"])
@pytest.mark.parametrize("load", ["10k", "1M"])
def test_d22_leaks_in_off(device: str, load: str) -> None:
    """20 uA through 10 kilohm, and nearly as much through 1 megohm."""
    wired = Wired(exact(f"{device}-D22"), load)
    wired.start("LEVEL=1")
    wired.keep(S)
    assert wired.say("OFF 1") == "OK STATE=OFF"
    wired.pass_ns(100 * MS)
    assert wired.current() == pytest.approx(20e-6, rel=0.06)


@pytest.mark.parametrize(("device", "mean"), [("foreo-bear-2", BEAR_TOP), ("pantheon-clinical", 0.5 * PANTHEON_TOP)])
def test_d30_leaves_net_charge_in_the_bipolar_setting(device: str, mean: float) -> None:
    """What should be without a mean is monopolar; the indicator shows bipolar."""
    wired = Wired(exact(f"{device}-D30"))
    on_ns = wired.start("LEVEL=LAST".replace("LAST", str(wired.unit.channels[0].levels)), "POLARITY=bipolar")
    wired.keep(10 * S)
    from_ns = on_ns + (5 * MS if device.startswith("foreo") else 0) + 4 * S
    assert wired.mean(from_ns, from_ns + 4 * S) == pytest.approx(mean, rel=1e-3)
    assert wired.extremes(from_ns, from_ns + 4 * S)[0] > -1e-9
    assert wired.say("STATE? 1").endswith("POLARITY=bipolar")


def test_d31_the_output_contradicts_the_indicator() -> None:
    """Positive flows the other way."""
    wired, start_ns = bear("foreo-bear-2-D31")
    assert wired.mean(start_ns + S, start_ns + 2 * S) == pytest.approx(-BEAR_TOP, rel=1e-3)
    assert wired.say("STATE? 1").endswith("POLARITY=positive")


@pytest.mark.parametrize("hertz", [0.5, 10.0, 1500.0])
def test_d32_the_directions_are_unequal(hertz: float) -> None:
    """At 1500 Hz, 67 ticks, I+ is 1.03 I-: a net direct current of (1 - 1/1.03) / 2 of the level; it grows with f."""
    wired, on_ns = pantheon("pantheon-clinical-D32", hertz=hertz)
    ticks = round(1e5 / hertz)
    periods = 1 if hertz < 1.0 else round(hertz / 10.0)
    net = PANTHEON_TOP * (1.0 - 1.0 / 1.03) / 2 * 67 / ticks
    window_ns = periods * ticks * 10 * US
    from_ns = on_ns + window_ns * max(1, (2 * S) // window_ns)
    assert wired.mean(from_ns, from_ns + window_ns) == pytest.approx(net, rel=5e-3)


def test_d33_one_half_is_longer() -> None:
    """55 to 45: a net direct current of a tenth of the level."""
    wired, on_ns = pantheon("pantheon-clinical-D33")
    assert wired.mean(on_ns + S, on_ns + 2 * S) == pytest.approx(0.1 * PANTHEON_TOP, rel=2e-3)


@pytest.mark.parametrize(("hertz", "ticks"), [(10.0, 10_000), (160.0, 625), (1000.0, 100), (1500.0, 67)])
def test_d37_each_period_is_one_tick_too_long(hertz: float, ticks: int) -> None:
    """0.01 % at 10 Hz, 1.5 % at 1500 Hz: the divider's intercept is one tick of 10 us."""
    right, on_ns = pantheon("pantheon-clinical", hertz=hertz)
    assert period_s(right, on_ns + S, 10) == pytest.approx(ticks * 10e-6, abs=1e-9)
    wrong, on_ns = pantheon("pantheon-clinical-D37", hertz=hertz)
    assert period_s(wrong, on_ns + S, 10) == pytest.approx((ticks + 1) * 10e-6, abs=1e-9)


@pytest.mark.parametrize(("name", "beyond_s"), [("pantheon-clinical", 3.5e-6), ("pantheon-clinical-2nF", 39e-6)])
def test_two_nanofarad_make_a_shock_of_a_first_touch(name: str, beyond_s: float) -> None:
    """At 70 V into 10 kilohm the time above 1 mA is R C ln(V / (R 1 mA)): 3.5 us with 180 pF, 39 us with 2 nF."""
    wired = Wired(exact(name, compliance_v=70.0))
    wired.touch(closed=False)
    wired.start("LEVEL=1", "POLARITY=positive", "FREQUENCY_MHZ=500")
    wired.pass_ns(900 * MS)
    wired.touch(closed=True)
    touched_ns = wired.now_ns
    wired.pass_ns(MS)
    edge = Edge(Quantity.CURRENT, 1e-3, rising=False, hysteresis=0.0)
    fallen_ns, _ = wired.loop.history.first_crossing(edge, touched_ns, touched_ns + MS, primed=True)
    assert fallen_ns is not None
    assert (fallen_ns - touched_ns) / S == pytest.approx(beyond_s, rel=0.1)


def test_the_spread_is_drawn_for_each_channel_and_each_seed() -> None:
    """Channels of one unit differ, and so do units of different seeds; the same seed repeats itself."""
    electronics = read_unit(ROOT / "fixtures/units/pantheon-clinical.toml").electronics
    wired = Wired(exact("pantheon-clinical"))

    def gain(seed: int, channel: int) -> float:
        at = {"power": wired.unit.power, "timekeeper": wired.keeper, "channel": channel}
        return OutputStage(electronics, HiddenErrors(seed), wired.loop, **at).gain

    drawn = {(seed, channel): gain(seed, channel) for seed in range(50) for channel in (1, 2)}
    assert len(set(drawn.values())) == 100
    assert all(0.98 <= gain <= 1.02 for gain in drawn.values())
    assert gain(3, 2) == drawn[3, 2]
