"""Real oscilloscope records, against what their makers say of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.waveform import Analysis, Trace, analyze, decode, read_csv
from harness.waveform.load import load_parameters
from harness.waveform.stimulus import stimulus_parameters

CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "captures"
HOWLAND = "howland_square_1kHz_10k.csv"
LOAD_STEP = "howland_load_step_100R_10k.csv"
RC_EDGE = "rigol_ds2072a_rc_edge.csv"

pytestmark = pytest.mark.skipif(
    not CAPTURES.is_dir(), reason=f"the real captures are not in the repository; put them into {CAPTURES} to run this"
)


def trace(name: str, column: str) -> Trace:
    """Read one column of a capture."""
    return read_csv(decode((CAPTURES / name).read_bytes(), source=name), source=name, column=column)


def analysis(name: str, column: str, scale: float = 1.0) -> Analysis:
    """Analyse one column of a capture."""
    recorded = trace(name, column)
    return analyze(recorded.samples * scale, recorded.interval_s)


def test_a_howland_source_gives_its_square_wave() -> None:
    """CH3 at 0.51 V per mA: biphasic, 1 kHz, +1.020 and -1.035 mA, half duty, edges of about 8 µs."""
    found = analysis(HOWLAND, "CH3", 0.00196078)
    assert found.kind == "biphasic"
    assert found.frequency_hz == pytest.approx(1000, rel=2e-3)
    assert found.high_state == pytest.approx(1.020e-3, abs=0.02e-3)
    assert found.low_state == pytest.approx(-1.035e-3, abs=0.02e-3)
    assert found.positive_duty == pytest.approx(0.5, abs=2e-3)
    assert found.rise_time_s == pytest.approx(8e-6, abs=2e-6)
    assert found.fall_time_s == pytest.approx(8e-6, abs=2e-6)


def test_its_file_says_when_and_how_fast_it_sampled() -> None:
    """1200 points, 2 µs apart, from -1.2 ms."""
    recorded = trace(HOWLAND, "CH2")
    assert (recorded.samples.size, recorded.interval_s, recorded.start_s) == (1200, 2e-6, -1.2e-3)
    assert recorded.samples[:2].tolist() == [10.2, 10.0]


@pytest.mark.parametrize("column", ["CH1", "CH2", "CH3", "CH4"])
def test_every_channel_of_the_square_wave_is_biphasic_at_1_khz(column: str) -> None:
    """Command, load voltage and monitors are one waveform, even where converters toggle between two codes."""
    found = analysis(HOWLAND, column)
    assert (found.kind, found.frequency_hz) == ("biphasic", pytest.approx(1000, rel=2e-3))
    assert found.positive_duty == pytest.approx(0.5, abs=2e-3)


@pytest.mark.parametrize(("column", "tolerance"), [("CH1", 0.05), ("CH2", 0.1)])
def test_an_rc_edge_lasts_3_08_microseconds(column: str, tolerance: float) -> None:
    """CH1 in 150 codes within 5 %; CH2 shows the same edge in eight codes."""
    found = analysis(RC_EDGE, column)
    assert found.kind == "single-transition"
    assert found.rise_time_s == pytest.approx(3.08e-6, rel=tolerance)
    assert found.high_state == pytest.approx(0.3, abs=0.01)
    assert found.frequency_hz is None


def test_a_switch_of_the_load_is_a_fast_monophasic_rectangle() -> None:
    """CH2 swings between 0 and 7.5 V at 1 kHz, too fast for 1 µs a point to time its edges."""
    found = analysis(LOAD_STEP, "CH2")
    assert (found.kind, found.rise_time_s, found.fall_time_s) == ("monophasic", None, None)
    assert found.high_state == pytest.approx(7.47, abs=0.05)
    assert found.frequency_hz == pytest.approx(1000, rel=5e-3)


def test_the_load_voltage_is_one_pulse() -> None:
    """CH4 rises once to nearly 10 V and falls once: states and edges, no period."""
    found = analysis(LOAD_STEP, "CH4")
    assert (found.kind, found.frequency_hz) == ("monophasic", None)
    assert found.high_state == pytest.approx(9.85, abs=0.1)
    assert found.fall_time_s > found.rise_time_s > 1e-5


def test_two_lone_transients_have_a_peak_and_no_states() -> None:
    """CH1 never stays at a level but zero; its peak is the transient's -0.88 V."""
    found = analysis(LOAD_STEP, "CH1")
    assert (found.peak, found.frequency_hz, found.high_state, found.low_state) == (0.88, None, None, None)


def test_the_howland_source_carries_half_a_microcoulomb_a_phase() -> None:
    """+1.020 and -1.035 mA for half a millisecond each; what it leaves is smaller than an 8-bit record can tell."""
    recorded = trace(HOWLAND, "CH3")
    found = {
        parameter.name: parameter.estimate
        for parameter in stimulus_parameters(recorded.samples * 0.00196078, recorded.interval_s)
    }
    positive, negative = found["positive.phase_charge"], found["negative.phase_charge"]
    mean, average = found["dc_component"], found["rectified_mean"]
    assert positive is not None
    assert negative is not None
    assert mean is not None
    assert average is not None
    assert positive.value == pytest.approx(0.51e-6, abs=0.01e-6)
    assert negative.value == pytest.approx(-0.515e-6, abs=0.01e-6)
    assert abs(mean.value) <= mean.bound
    assert average.value == pytest.approx(1.02e-3, abs=0.02e-3)


def test_its_voltage_and_current_are_those_of_10_kiloohms() -> None:
    """CH2 over CH3 at 0.51 V per mA, within the few percent of an oscilloscope's gain."""
    voltage, current = trace(HOWLAND, "CH2"), trace(HOWLAND, "CH3")
    found = {each.name: each for each in load_parameters(current.samples / 510, voltage.samples, current.interval_s)}
    resistance = found["load_resistance"].estimate
    assert resistance is not None
    assert resistance.value == pytest.approx(10e3, rel=0.03)
    assert resistance.bound < 0.03 * resistance.value


def test_they_are_numbered_files_of_rigol() -> None:
    """The dialect is told by content."""
    assert {trace(*each).dialect for each in ((HOWLAND, "CH1"), (LOAD_STEP, "CH1"), (RC_EDGE, "CH1"))} == {
        "Rigol, numbered"
    }
