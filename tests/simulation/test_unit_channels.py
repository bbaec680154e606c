"""Two channels, settable frequencies, and the replies that speak of them."""

from __future__ import annotations

import pytest

from harness.simulation.circuit.history import Edge, Quantity
from harness.simulation.draws import HiddenErrors
from harness.simulation.files.unitfile import Mode, read_unit
from tests.simulation.units import MS, ROOT, S, Wired, exact


@pytest.fixture
def clinical() -> Wired:
    """A pantheon-clinical, channel 1 connected to 10 kilohm."""
    return Wired(exact("pantheon-clinical"))


def mixed() -> Wired:
    """A unit with one mode whose frequency can be set and two without."""
    square = Mode("square", "square", frequencies_hz=(2.0, 0.5), settable=True)
    fixed = Mode("fixed", "square", frequencies_hz=(5.0,))
    direct = Mode("direct", "dc", alternation_period_s=1.0)
    return Wired(exact("pantheon-clinical", modes=(square, fixed, direct)))


def test_settings_list_the_frequency(clinical: Wired) -> None:
    """After power-on it is the mode's first; SET and GET answer it in thousandths of a hertz."""
    assert clinical.say("GET 2") == "OK MODE=square LEVEL=0 POLARITY=positive FREQUENCY_MHZ=500"
    said = clinical.say("SET 2 FREQUENCY_MHZ=1500000 LEVEL=3")
    assert said == "OK MODE=square LEVEL=3 POLARITY=positive FREQUENCY_MHZ=1500000"
    assert clinical.say("GET 1").endswith("FREQUENCY_MHZ=500")


def test_a_unit_without_settable_frequencies_does_not_know_the_key() -> None:
    """Neither its replies nor its SET have it."""
    wired = Wired(exact("foreo-bear-2"))
    assert wired.say("GET 1") == "OK MODE=steady LEVEL=0 POLARITY=positive"
    assert wired.say("SET 1 FREQUENCY_MHZ=10000") == "ERR 3 unknown key: FREQUENCY_MHZ"
    assert wired.say("SET 1 MODE=sculpting FREQUENCY_MHZ=5000").startswith("ERR 3 ")


@pytest.mark.parametrize("value", ["501", "0", "0.5", "-500", "1e3", "", "500 "])
def test_a_frequency_the_mode_does_not_offer_is_refused(clinical: Wired, value: str) -> None:
    """Only the listed ones, as whole numbers."""
    assert clinical.say(f"SET 1 FREQUENCY_MHZ={value}")[:5] in {"ERR 4", "ERR 2"}
    assert clinical.say("GET 1").endswith("FREQUENCY_MHZ=500")


def test_a_mode_without_a_frequency_shows_zero_and_refuses_one() -> None:
    """The key belongs to the mode that the SET leads to; another mode begins with its first frequency."""
    wired = mixed()
    assert wired.say("SET 1 FREQUENCY_MHZ=500").endswith("FREQUENCY_MHZ=500")
    for name in ("fixed", "direct"):
        assert wired.say(f"SET 1 MODE={name}").endswith("FREQUENCY_MHZ=0")
        assert wired.say("SET 1 FREQUENCY_MHZ=5000").startswith("ERR 3 ")
        assert wired.say("SET 1 LEVEL=2").endswith("FREQUENCY_MHZ=0")
    assert wired.say("SET 1 MODE=square").endswith("FREQUENCY_MHZ=2000")
    assert wired.say("SET 1 MODE=direct FREQUENCY_MHZ=500").startswith("ERR 3 ")
    assert wired.say("SET 1 FREQUENCY_MHZ=500 MODE=square").endswith("FREQUENCY_MHZ=500")


def test_another_frequency_acts_at_once_from_the_start_of_its_period(clinical: Wired) -> None:
    """In the middle of a negative half a new period begins with its positive half."""
    clinical.start("LEVEL=9", "POLARITY=bipolar")
    clinical.pass_ns(1630 * MS)
    assert clinical.current() < -590e-6
    assert clinical.say("SET 1 FREQUENCY_MHZ=2000").endswith("FREQUENCY_MHZ=2000")
    changed_ns = clinical.now_ns
    clinical.pass_ns(S)
    falling = Edge(Quantity.CURRENT, 0.0, rising=False, hysteresis=1e-5)
    edge_ns, _ = clinical.loop.history.first_crossing(falling, changed_ns, changed_ns + S, primed=False)
    assert edge_ns == pytest.approx(changed_ns + 250 * MS, abs=10_000)


def test_level_and_polarity_keep_the_phase(clinical: Wired) -> None:
    """They act at once, within the period that runs."""
    on_ns = clinical.start("LEVEL=9", "POLARITY=bipolar")
    clinical.pass_ns(300 * MS)
    clinical.say("SET 1 LEVEL=4")
    clinical.pass_ns(100 * MS)
    assert clinical.current() == pytest.approx(100e-6, rel=1e-3)
    clinical.until_ns(on_ns + 1100 * MS)
    assert clinical.current() == pytest.approx(-100e-6, rel=1e-3)
    clinical.say("SET 1 POLARITY=negative")
    clinical.pass_ns(MS)
    assert clinical.current() == pytest.approx(0.0, abs=1e-9)  # the second half of a monopolar period


def test_the_second_channel_needs_the_first(clinical: Wired) -> None:
    """ON 2 is error 6 while channel 1 is OFF, and OFF 1 stops both."""
    assert clinical.say("ON 2") == "ERR 6 not in this state: ON 2 while channel 1 is OFF"
    clinical.start("LEVEL=1")
    clinical.start("LEVEL=2", channel=2)
    assert (clinical.state(1), clinical.state(2)) == ("RUN", "RUN")
    assert clinical.say("OFF 2") == "OK STATE=OFF"
    assert (clinical.state(1), clinical.state(2)) == ("RUN", "OFF")
    assert clinical.say("ON 2") == "OK STATE=RUN"
    assert clinical.say("OFF 1") == "OK STATE=OFF"
    assert (clinical.state(1), clinical.state(2)) == ("OFF", "OFF")
    assert clinical.say("STATE? 2") == "OK STATE=OFF TRIP=none POLARITY=positive"


def test_channels_that_do_not_need_each_other_are_free() -> None:
    """Without the rule channel 2 starts and stays alone."""
    wired = Wired(exact("pantheon-clinical", second_channel_needs_first=False))
    assert wired.say("ON 2") == "OK STATE=RUN"
    assert wired.say("OFF 1") == "OK STATE=OFF"
    assert wired.state(2) == "RUN"


def test_the_watchdog_stops_and_latches_both_channels(clinical: Wired) -> None:
    """Both say watchdog, and each needs its OFF."""
    clinical.start("LEVEL=1")
    clinical.pass_ns(S)
    clinical.start("LEVEL=2", channel=2)
    clinical.pass_ns(3 * S)
    for channel in (1, 2):
        assert clinical.say(f"STATE? {channel}") == "OK STATE=OFF TRIP=watchdog POLARITY=positive"
        assert clinical.say(f"ON {channel}").startswith("ERR 7 ")
    assert clinical.say("OFF 1") == "OK STATE=OFF"
    assert clinical.say("ON 1") == "OK STATE=RUN"
    assert clinical.say("ON 2").startswith("ERR 7 ")
    assert clinical.say("OFF *") == "OK STATE=OFF"
    assert clinical.say("STATE? 2") == "OK STATE=OFF TRIP=none POLARITY=positive"


def test_a_trip_of_the_first_channel_stops_the_second() -> None:
    """An overload on channel 1 is the end of both, and both say so."""
    wired = Wired(exact("pantheon-clinical", trip_a=550e-6, trip_s=1e-3))
    wired.start("LEVEL=7", "POLARITY=positive")
    wired.start("LEVEL=1", channel=2)
    wired.pass_ns(100 * MS)
    assert wired.state(1) == wired.state(2) == "RUN"
    wired.say("SET 1 LEVEL=9")
    wired.pass_ns(2 * MS)
    assert wired.say("STATE? 1").startswith("OK STATE=OFF TRIP=overload")
    assert wired.say("STATE? 2").startswith("OK STATE=OFF TRIP=overload")


def test_each_channel_drives_its_own_terminals(clinical: Wired) -> None:
    """Channel 2 comes into the loop only with its relay; a channel without one stands at compliance."""
    clinical.start("LEVEL=4", "POLARITY=positive", "FREQUENCY_MHZ=500")
    clinical.start("LEVEL=6", "POLARITY=negative", "FREQUENCY_MHZ=500", channel=2)
    clinical.pass_ns(500 * MS)
    assert clinical.current() == pytest.approx(100e-6, rel=1e-3)
    assert clinical.loop.output(2).at(Quantity.VOLTAGE, clinical.now_ns) == pytest.approx(-72.0, rel=1e-2)
    with clinical.keeper:
        clinical.loop.select(2)
    clinical.pass_ns(100 * MS)
    assert clinical.current() == pytest.approx(-300e-6, rel=1e-3)
    assert clinical.loop.output(1).at(Quantity.VOLTAGE, clinical.now_ns) == pytest.approx(72.0, rel=1e-2)


def test_the_indicator_shows_the_setting(clinical: Wired) -> None:
    """POLARITY of STATE? follows SET, in OFF too."""
    for polarity in ("negative", "bipolar", "positive"):
        clinical.say(f"SET 2 POLARITY={polarity}")
        assert clinical.say("STATE? 2") == f"OK STATE=OFF TRIP=none POLARITY={polarity}"


def test_stays_live_keeps_every_output() -> None:
    """The fault of the control port holds what flowed through the OFF, until it is cleared."""
    wired = Wired(exact("pantheon-clinical"))
    wired.start("LEVEL=9", "POLARITY=bipolar")
    wired.unit.stays_live(on=True)
    assert wired.say("OFF *") == "OK STATE=OFF"
    wired.pass_ns(100 * MS)
    assert wired.current() == pytest.approx(600e-6, rel=1e-3)
    wired.unit.stays_live(on=False)
    wired.pass_ns(100 * MS)
    assert wired.current() == pytest.approx(2e-9, abs=1e-10)


def test_another_seed_is_another_unit() -> None:
    """Redrawn, gain, offset and clock are those of a unit made with that seed."""
    unit = read_unit(ROOT / "fixtures/units/pantheon-clinical.toml")
    wired, other = Wired(unit), Wired(unit)
    wired.unit.redraw(HiddenErrors(2))
    assert wired.unit.outputs[1].gain != other.unit.outputs[1].gain
    assert wired.unit.clock.ppm != other.unit.clock.ppm
    other.unit.redraw(HiddenErrors(2))
    assert wired.unit.outputs[1].gain == other.unit.outputs[1].gain
    assert wired.unit.clock.ppm == other.unit.clock.ppm


def test_a_running_unit_becomes_another_at_once() -> None:
    """What it delivers has the new clock: its first period ends where that says."""
    wired = Wired(exact("pantheon-clinical", clock_spread_ppm=1e4, modes=(Mode("a", "square", frequencies_hz=(1.0,)),)))
    on_ns = wired.start("LEVEL=9", "POLARITY=bipolar")
    wired.unit.redraw(HiddenErrors(2))
    wired.pass_ns(2 * S)
    rising = Edge(Quantity.CURRENT, 0.0, rising=True, hysteresis=1e-5)
    edge_ns, _ = wired.loop.history.first_crossing(rising, on_ns, wired.now_ns, primed=False)
    assert abs(wired.unit.clock.ppm) > 100.0
    assert edge_ns == pytest.approx(on_ns + S / (1.0 + wired.unit.clock.ppm * 1e-6), abs=10_000)
