"""A microcurrent pen: search with a small current, treatment of a point, probe tone."""

from __future__ import annotations

import pytest

from harness.simulation.circuit.history import Edge, Quantity
from tests.simulation.units import MS, US, S, Wired, exact

PEN, CLINICAL = "mps-pen-points", "pantheon-clinical"
TICK = 20 * MS


def pen(ohm: float, name: str = PEN, **changes: object) -> Wired:
    """Put a pen on so many ohms and start it; no time passes."""
    wired = Wired(exact(name, **{"watchdog_s": 0.0, **changes}))
    wired.resist(ohm)
    wired.start("LEVEL=2", "POLARITY=negative")
    return wired


@pytest.mark.parametrize(
    ("ohm", "state"), [(10e3, "ARMED"), (99e3, "ARMED"), (101e3, "RUN"), (1e6, "RUN"), (4.9e6, "RUN"), (5.1e6, "ARMED")]
)
def test_a_point_lies_between_two_resistances(ohm: float, state: str) -> None:
    """100 kilohm to 5 megohm."""
    wired = pen(ohm)
    wired.pass_ns(2 * TICK)
    assert wired.state() == state


def test_the_search_current_flows_all_the_time() -> None:
    """1 uA of direct current in the direction of the setting, on 10 kilohm, which is no point."""
    wired = pen(10e3)
    wired.pass_ns(S)
    low, high = wired.extremes(wired.now_ns - S // 2, wired.now_ns)
    assert (low, high) == pytest.approx((-1e-6 + 2e-9, -1e-6 + 2e-9), rel=1e-3)


def test_a_point_is_treated_for_its_time_and_once() -> None:
    """30 s of 2.5 Hz pulsed direct current, then search again; another treatment needs another point."""
    wired = pen(200e3)
    on_ns = wired.now_ns
    wired.until_ns(on_ns + 60 * S)
    begins = wired.crossings(-50e-6, on_ns, wired.now_ns, rising=False)
    assert len(begins) == 75
    assert begins[0] == pytest.approx(on_ns + TICK, abs=100 * US)
    assert wired.extremes(on_ns + TICK, on_ns + 30 * S)[1] <= 1e-9  # never the other sign
    assert wired.state() == "ARMED"
    wired.touch(closed=False)
    wired.pass_ns(100 * MS)
    wired.touch(closed=True)
    wired.pass_ns(100 * MS)
    assert wired.state() == "RUN"


def test_leaving_the_point_ends_its_treatment() -> None:
    """At the next look, and the debouncing after it."""
    wired = pen(200e3)
    wired.pass_ns(5 * S)
    assert wired.state() == "RUN"
    wired.touch(closed=False)
    wired.pass_ns(2 * TICK + MS)
    assert wired.state() == "ARMED"


def test_the_direction_alternates_after_whole_pulses() -> None:
    """In the bipolar setting: 12 pulses of 2.5 Hz in 5 s, then 12 of the other sign; the sum leaves no charge."""
    wired = Wired(exact(PEN, watchdog_s=0.0, treat_s=0.0))
    wired.resist(110e3)
    on_ns = wired.start("LEVEL=2", "POLARITY=bipolar")
    start_ns, half_ns = on_ns + TICK, round(12 * 0.4 * S)
    wired.until_ns(start_ns + 4 * half_ns)
    assert len(wired.crossings(50e-6, start_ns - MS, start_ns + half_ns)) == 12
    assert len(wired.crossings(-50e-6, start_ns + half_ns - MS, start_ns + 2 * half_ns, rising=False)) == 12
    assert wired.mean(start_ns + 2 * half_ns, start_ns + 4 * half_ns) == pytest.approx(0.0, abs=1e-9)


def pitch_hz(wired: Wired) -> float:
    """Pass half a second, then answer the pitch on the buzzer's pad over its last tenth; 0: silent."""
    wired.pass_ns(S // 2)
    from_ns = wired.now_ns - 100 * MS
    edge = Edge(Quantity.BUZZER, 1.0, rising=True, hysteresis=0.5)
    times: list[int] = []
    while True:
        found_ns, _ = wired.loop.history.first_crossing(edge, from_ns, wired.now_ns, primed=False)
        if found_ns is None:
            break
        times.append(found_ns)
        from_ns = found_ns + 1
    return (len(times) - 1) / (times[-1] - times[0]) * S if len(times) > 1 else 0.0


def on_clinical(name: str, ohm: float, **changes: object) -> Wired:
    """Let a clinical unit run on so many ohms."""
    wired = Wired(exact(name, **{"watchdog_s": 0.0, **changes}))
    wired.resist(ohm)
    wired.start("LEVEL=1")
    return wired


OHMS = (500.0, 1e3, 10e3, 100e3, 1e6, 5e6)


def law_hz(ohm: float, low_hz: float, high_hz: float) -> float:
    """A power law through (1 kilohm, low_hz) and (5 megohm, high_hz), held below."""
    exponent = (high_hz / low_hz) ** (1.0 / 3.698970004)  # decades from 1 kilohm to 5 megohm
    decades = {500.0: 0.0, 1e3: 0.0, 10e3: 1.0, 100e3: 2.0, 1e6: 3.0, 5e6: 3.698970004}[ohm]
    return float(low_hz * exponent**decades)


@pytest.mark.parametrize(
    ("name", "low_hz", "high_hz"),
    [(f"{CLINICAL}-tone", 3200.0, 400.0), (f"{CLINICAL}-D67", 400.0, 3200.0), (f"{CLINICAL}-D67-silent", 0.0, 0.0)],
)
def test_d67_the_pitch_is_inverted_or_absent(name: str, low_hz: float, high_hz: float) -> None:
    """From 500 ohm to 5 megohm, each on a fresh unit."""
    found = [pitch_hz(on_clinical(name, 0.999 * ohm)) for ohm in OHMS]
    expected = [law_hz(ohm, low_hz, high_hz) if low_hz else 0.0 for ohm in OHMS]
    assert found == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("name", "open_hz"), [(f"{CLINICAL}-tone", 0.0), (f"{CLINICAL}-D67", 3200.0)])
def test_d67_there_is_a_tone_without_contact(name: str, open_hz: float) -> None:
    """Open electrodes are silent on the sound unit; off is silent on both."""
    wired = on_clinical(name, 10e3)
    assert pitch_hz(wired) > 0.0
    wired.touch(closed=False)
    assert pitch_hz(wired) == pytest.approx(open_hz, rel=1e-3)
    wired.say("OFF 1")
    assert pitch_hz(wired) == 0.0


def test_the_tone_follows_within_one_of_its_looks() -> None:
    """At most 20 ms after the touch, and the pad swings between 0 and 3.3 V."""
    wired = on_clinical(f"{CLINICAL}-tone", 10e3)
    wired.touch(closed=False)
    wired.pass_ns(S)
    wired.touch(closed=True)
    touched_ns = wired.now_ns
    wired.pass_ns(100 * MS)
    edge = Edge(Quantity.BUZZER, 1.0, rising=True, hysteresis=0.0)
    sounds_ns, _ = wired.loop.history.first_crossing(edge, touched_ns, wired.now_ns, primed=True)
    assert sounds_ns is not None
    assert 0 <= sounds_ns - touched_ns <= 20 * MS
    history = wired.loop.history
    assert history.extremes(Quantity.BUZZER, wired.now_ns - 10 * MS, wired.now_ns) == pytest.approx((0.0, 3.3))
    assert history.mean(Quantity.BUZZER, sounds_ns, wired.now_ns) == pytest.approx(1.65, rel=0.02)


def test_an_hour_of_tone_costs_nothing() -> None:
    """A steady tone schedules nothing, and its mean over an hour is half its height."""
    wired = on_clinical(f"{CLINICAL}-tone", 10e3, session_s=0.0)
    wired.pass_ns(S)
    events = wired.keeper.events
    wired.pass_ns(3600 * S)
    assert wired.keeper.events <= events + 1
    assert wired.loop.history.mean(Quantity.BUZZER, wired.now_ns - 3600 * S, wired.now_ns) == pytest.approx(1.65)


def test_the_tone_of_a_firmware_that_hangs_follows_nothing() -> None:
    """It sounds on as it was, open electrodes or not."""
    wired = Wired(exact(f"{CLINICAL}-tone", watchdog_s=0.0, hangs_after_s=2.0, reset_s=0.0))
    wired.resist(10e3)
    wired.start("LEVEL=1")
    wired.pass_ns(S)
    before_hz = pitch_hz(wired)
    wired.pass_ns(S)
    wired.touch(closed=False)
    assert pitch_hz(wired) == pytest.approx(before_hz, rel=1e-6) == pytest.approx(1824.0, rel=1e-3)
