"""The control port against its document, and the truth against closed forms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from tests.simulation.client import Simulation

if TYPE_CHECKING:
    from pathlib import Path

OUTPUT_OHM = 1e7


def test_the_ready_line_and_describe_agree(simulation: Simulation) -> None:
    """`describe` answers the ready line with unit and process."""
    answer = simulation.control("describe")
    assert answer.pop("unit") == "SIM-BEAR2-0001"
    assert answer.pop("pid") == simulation.process.pid
    assert answer == simulation.ready
    assert list(answer) == ["control", "stimulator", "instruments", "hislip", "clock", "seed"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ('{"op": "dance"}', "none of describe, time"),
        ("{}", "op is missing"),
        ('{"op": "time", "zone": 1}', "unknown key 'zone'"),
        ('{"op": "advance", "seconds": -1}', "only goes forward"),
        ('{"op": "advance", "seconds": NaN}', "NaN"),
        ('{"op": "advance", "seconds": true}', "not a number"),
        ('{"op": "begin"}', "key is missing"),
        ('{"op": "reseed", "seed": 1.5}', "not a whole number"),
        ('{"op": "truth", "quantity": "charm", "from": 0, "to": 1}', "none of current, voltage"),
        ('{"op": "truth", "quantity": "current", "channel": 2, "from": 0, "to": 1}', "1 to 1"),
        ('{"op": "truth", "quantity": "current", "from": 0, "to": 1e6}', "no past interval"),
        ('{"op": "fault", "target": "moon", "kind": "silent"}', "none of oscilloscope"),
        ('{"op": "fault", "target": "switch", "kind": "nan"}', "it takes close, silent"),
        ('{"op": "fault", "target": "RM100", "kind": "resistance"}', "factor is missing"),
        ('{"op": "fault", "target": "switch", "kind": "dead", "count": -1}', "0 or more"),
    ],
)
def test_a_wrong_request_is_refused_with_a_sentence(shared: Simulation, line: str, said: str) -> None:
    """Nothing is done, and the error says what was allowed."""
    client = shared.connect(shared.ready["control"])
    answer = client.query(line)
    assert answer.startswith('{"ok": false, "error": ')
    assert said in answer


def test_faults_without_end_are_refused(simulation: Simulation) -> None:
    """Two hundred can be on; cleared, there is room again."""
    for _ in range(200):
        simulation.control("fault", target="switch", kind="silent", after=1000)
    answer = simulation.connect(simulation.ready["control"]).query(
        '{"op": "fault", "target": "switch", "kind": "silent"}'
    )
    assert answer == '{"ok": false, "error": "200 faults are on, which is the most; clear them first"}'
    simulation.control("fault", clear=True)
    assert len(simulation.control("fault", target="switch", kind="silent")["faults"]) == 1


def test_truth_is_the_closed_form(exact_unit: Path, tmp_path: Path) -> None:
    """With parts that are given, mean, r.m.s., extremes and samples of a bipolar current are the divider's."""
    overlay = tmp_path / "as-built.toml"
    overlay.write_text("[resistors]\nRM100 = 90.0\nRS100 = 110.0\n[loads]\n500R = 300.0\n", encoding="utf-8")
    with Simulation(f"--as-built={overlay}", unit=exact_unit) as simulation:
        simulation.run(2, "bipolar")
        start = simulation.now()
        simulation.advance(2.5)
        resistors = simulation.control("state")["errors"]["resistors"]
        assert (resistors["RM100"], resistors["RS100"]) == (90.0, 110.0)
        current = 1e-3 * OUTPUT_OHM / (OUTPUT_OHM + 500.0)
        pickup = 2e-7
        whole = (start, start + 2.0)
        # contacts are below 0.6 ohm of the 1e7 ohm beside them
        assert simulation.truth("current", *whole, "rms") == pytest.approx(current, rel=1e-6)
        assert simulation.truth("current", *whole) == pytest.approx(0.0, abs=2e-8)
        assert simulation.truth("current", *whole, "maximum") == pytest.approx(current, abs=1.1 * pickup)
        assert simulation.truth("current", *whole, "minimum") == pytest.approx(-current, abs=1.1 * pickup)
        assert simulation.truth("current", *whole, "peak") == pytest.approx(current, abs=1.1 * pickup)
        samples = simulation.truth("current", *whole, "samples", interval=0.01)
        assert len(samples) == 200
        assert samples == pytest.approx([current if abs(x) == x else -current for x in samples], abs=1.1 * pickup)
        assert simulation.truth("meter-voltage", *whole, "rms") == pytest.approx(current * 90.0, rel=1e-4)
        assert simulation.truth("scope-voltage", *whole, "rms") == pytest.approx(current * 110.0, rel=2e-4)
        assert simulation.truth("voltage", *whole, "rms") == pytest.approx(current * 500.0, rel=2e-3)


def test_an_open_output_stands_at_compliance(exact_unit: Path) -> None:
    """Running into nothing: 24 V and no current."""
    with Simulation(unit=exact_unit) as simulation:
        simulation.run(2, channels="111")
        start = simulation.now()
        simulation.advance(0.5)
        assert simulation.truth("voltage", start, start + 0.5) == pytest.approx(24.0)
        assert simulation.truth("current", start, start + 0.5, "peak") == 0.0


def test_a_rise_is_linear_from_on(exact_unit: Path, tmp_path: Path) -> None:
    """The mean over a rise of 0.8 s is half the plateau."""
    rising = tmp_path / "rising.toml"
    rising.write_text('extends = "exact"\n[firmware]\nrise_s = 0.8\n', encoding="utf-8")
    assert rising.parent == exact_unit.parent
    with Simulation(unit=rising) as simulation:
        before = simulation.now()
        simulation.run(2)
        simulation.advance(2.0)
        now = simulation.now()
        plateau = simulation.truth("current", now - 0.5, now)
        samples = simulation.truth("current", before, now, "samples", interval=1e-4)
        begin = next(i for i, value in enumerate(samples) if value > 1e-3 * plateau) * 1e-4 + before - 0.8e-3
        assert simulation.truth("current", begin, begin + 0.8) == pytest.approx(plateau / 2, rel=1e-3)


def test_true_resistors_follow_their_certificates(simulation: Simulation) -> None:
    """Over many seeds the true resistance scatters about the certificate with half its expanded uncertainty."""
    deviates = []
    for seed in range(200):
        simulation.control("reseed", seed=seed)
        true = simulation.control("state")["errors"]["resistors"]["RM100"]
        deviates.append((true - 100.004) / 0.005)
    mean = sum(deviates) / len(deviates)
    scatter = math.sqrt(sum((d - mean) ** 2 for d in deviates) / (len(deviates) - 1))
    assert abs(mean) < 4 / math.sqrt(200)
    assert 0.8 < scatter < 1.25  # the temperature adds up to 2.5 mohm, evenly


def test_hidden_errors_stay_within_the_data_sheets(simulation: Simulation) -> None:
    """No seed draws an instrument outside its specification."""
    for seed in range(100):
        simulation.control("reseed", seed=seed)
        errors = simulation.control("state")["errors"]
        gain, offset = errors["multimeter"]["0.1"]["gain"], errors["multimeter"]["0.1"]["offset_v"]
        assert abs(gain) <= 0.0050e-2
        assert abs(offset) <= 0.0035e-2 * 0.1
        assert abs(errors["oscilloscope"]["time_base"]) <= 50e-6
        for channel in errors["oscilloscope"]["channels"].values():
            assert abs(channel["gain"]) <= 0.03
            assert abs(channel["offset_share"]) <= 1.0
        assert 0.97 <= errors["unit"]["gain"] <= 1.03


def test_begin_names_the_work_and_keeps_the_bench(exact_unit: Path) -> None:
    """After `begin` the key is new; relays, settings and the output are what they were."""
    with Simulation(unit=exact_unit) as simulation:
        simulation.run(2, "bipolar")
        before = simulation.control("state")
        simulation.control("begin", key="a/b")
        after = simulation.control("state")
        assert after["key"] == "a/b"
        assert after["relays"] == before["relays"]
        assert after["output"][0]["state"] == "RUN"
        assert after["output"][0]["level"] == 2


def test_begin_makes_a_test_alone_equal_to_one_in_a_row(exact_unit: Path) -> None:
    """The same work under the same key reads the same, whatever was measured before it."""

    def work(simulation: Simulation) -> str:
        simulation.control("begin", key="work")
        simulation.multimeter.query("*RST;:CONF:VOLT:DC 1;:VOLT:NPLC 1;*OPC?")
        simulation.run(1, "bipolar")
        answer = simulation.multimeter.query("TRIG:SOUR INT;SLOP POS;DEL 0.1;:SAMP:COUN 5;:READ?")
        simulation.stimulator.query("OFF *")
        simulation.switch.query("*RST;*OPC?")
        return answer

    with Simulation(unit=exact_unit) as alone, Simulation(unit=exact_unit) as row:
        expected = work(alone)
        row.control("begin", key="other")
        row.multimeter.query("CONF:VOLT:DC 1;:SAMP:COUN 17;:READ?")
        row.advance(123.456789)
        assert work(row) == expected
        row.control("begin", key="third")
        row.multimeter.query("*RST;:READ?")
        assert work(row) == expected


def test_messages_are_counted(simulation: Simulation) -> None:
    """`state` counts what each instrument executed."""
    simulation.multimeter.query("*OPC?")
    simulation.multimeter.query("*OPC?")
    simulation.stimulator.query("KEEP")
    messages = simulation.control("state")["messages"]
    assert messages == {"oscilloscope": 0, "multimeter": 2, "switch": 0, "stimulator": 1}


def test_stop_answers_and_ends_the_process(simulation: Simulation) -> None:
    """The reply comes, then the process ends with code 0."""
    assert simulation.ask("stop") == {"ok": True}
    assert simulation.process.wait(5.0) == 0
