"""Which kind of waveform a record is."""

from __future__ import annotations

import numpy as np
import pytest

from harness.errors import NotFinite, NotMeasurable, RequestError, StimcertError
from harness.waveform import analyze, to_dict

COUNT = 5000
INDEX = np.arange(COUNT)
RNG_SEED = 7


def noise(sigma: float) -> np.ndarray:
    """Return white noise, the same in every run."""
    return np.random.default_rng(RNG_SEED).normal(0, sigma, COUNT)


def codes(record: np.ndarray, step: float) -> np.ndarray:
    """Return the record in codes of one size."""
    return np.round(record / step) * step


def square(period: float = 400, duty: float = 0.5) -> np.ndarray:
    """Return a rectangle between 0 and 1."""
    return ((INDEX / period + 0.13) % 1 < duty).astype(np.float64)


def spiked(record: np.ndarray, *, size: float, at: tuple[int, ...] = (301, 1503, 2222, 4100)) -> np.ndarray:
    """Add lone samples at irregular places."""
    changed = record.copy()
    changed[list(at)] += size
    return changed


def phases(first: float, second: float, widths: tuple[int, int, int]) -> np.ndarray:
    """Return two phases with a gap, every 500 samples, with a rest at zero."""
    width, gap, after = widths
    place = (INDEX + 120) % 500
    return np.where(place < width, first, 0.0) + np.where(
        (place >= width + gap) & (place < width + gap + after), second, 0.0
    )


DC = {
    "zero": np.zeros(COUNT),
    "level": np.full(COUNT, 5e-4),
    "noise about zero": noise(1),
    "level with noise": 1 + noise(0.01),
    "uniform noise": np.random.default_rng(RNG_SEED).uniform(-1, 1, COUNT),
    "noise in pairs": np.repeat(noise(1)[: COUNT // 2], 2),
    "two restless codes": codes(1.004 + noise(0.006), 0.008),
    "two alternating codes": 1 + 0.008 * (INDEX % 2),
    "zero between two codes": codes(0.004 + noise(0.003), 0.008),
    "drift": 1 + 0.005 * INDEX / COUNT,
    "drift over codes": codes(1 + 0.02 * INDEX / COUNT + noise(0.003), 0.008),
    "hum of two per cent": 1 + 0.02 * np.sin(INDEX / 100) + noise(0.002),
    "one glitch": spiked(1 + noise(0.01), size=2, at=(777,)),
    "four glitches": spiked(1 + noise(0.01), size=-3),
}
MONOPHASIC = {
    "rectangle": 6e-4 * square(),
    "short pulses": square(duty=0.01) + noise(0.01),
    "pulses of one sample": (INDEX % 500 == 77) + noise(0.01),
    "pulses of two samples": (INDEX % 500 // 2 == 77) + noise(0.01),
    "long pulses": square(duty=0.99) + noise(0.01),
    "negative": -square(duty=0.2) + noise(0.01),
    "offset of -5 %": square() - 0.05 + noise(0.01),
    "offset of +5 %": square() + 0.05 + noise(0.01),
    "glitches above": spiked(square() + noise(0.02), size=4),
    "glitches below": spiked(square() + noise(0.02), size=-1.5),
    "decaying undershoot": square(duty=0.2)
    - 0.15 * np.exp(-(((INDEX / 400 + 0.13) % 1) - 0.2) * 400 / 25) * (((INDEX / 400 + 0.13) % 1) >= 0.2),
    "one and a half periods": square(period=COUNT / 1.5),
}
BIPHASIC = {
    "rectangle": 2 * square() - 1,
    "noisy codes": codes(2 * square() - 1 + noise(0.02), 0.08),
    "small offset": 2 * square() - 0.95 + noise(0.02),
    "rest and gap": phases(1, -1, (20, 10, 20)) + noise(0.02),
    "rest, no gap": phases(1, -1, (20, 0, 20)) + noise(0.02),
    "negative first": phases(-1, 1, (20, 10, 20)) + noise(0.02),
    "long small recharge": phases(-1, 0.1, (20, 10, 200)) + noise(0.01),
    "recharge with offset": phases(-1, 0.1, (20, 10, 200)) + 0.02 + noise(0.01),
    "alternating pulses": phases(1, -1, (20, 230, 20)) + noise(0.02),
    "sine": np.sin(INDEX / 50) + noise(0.01),
}
SINGLE = {
    "step": (INDEX > 2000).astype(np.float64),
    "step down": (INDEX < 2000) + noise(0.05),
    "step over zero": np.where(INDEX > 2000, 1.0, -1.0) + noise(0.02),
    "step of 3 % on a level": 1 + 0.03 * (INDEX > 2000) + noise(0.003),
    "ramp and hold": np.clip((INDEX - 1000) / 1000, 0, 1),
    "step with glitches": spiked((INDEX > 2000) + noise(0.02), size=3),
    "staircase over a rest": np.select([INDEX < 1500, INDEX < 3000], [-1.0, 0.0], 1.0) + noise(0.02),
}


@pytest.mark.parametrize("case", DC)
def test_without_a_transition_larger_than_noise_it_is_dc(case: str) -> None:
    """A d.c. record has a mean and no states, period, edges or duty."""
    analysis = analyze(DC[case], 1e-5)
    assert analysis.kind == "dc"
    assert analysis.mean == pytest.approx(float(np.mean(DC[case])), abs=1e-12)
    nothing = (
        analysis.high_state, analysis.low_state, analysis.frequency_hz, analysis.period_s, analysis.positive_duty,
        analysis.rise_time_s, analysis.fall_time_s, analysis.overshoot_percent,
    )  # fmt: skip
    assert set(nothing) == {None}


@pytest.mark.parametrize("case", MONOPHASIC)
def test_pulses_of_one_sign_are_monophasic(case: str) -> None:
    """Offset, undershoot and glitches do not make a second phase."""
    assert analyze(MONOPHASIC[case], 1e-5).kind == "monophasic"


@pytest.mark.parametrize("case", BIPHASIC)
def test_states_of_opposite_sign_are_biphasic(case: str) -> None:
    """With and without a rest, and with a recharge phase of a tenth; each has its period."""
    analysis = analyze(BIPHASIC[case], 1e-5)
    assert analysis.kind == "biphasic"
    assert analysis.frequency_hz is not None


@pytest.mark.parametrize("case", SINGLE)
def test_one_step_is_a_single_transition(case: str) -> None:
    """One step has two states or none, and no period."""
    analysis = analyze(SINGLE[case], 1e-5)
    assert analysis.kind == "single-transition"
    assert analysis.frequency_hz is None


def test_one_pulse_has_states_and_no_period() -> None:
    """A period is between two like transitions, and there is one of each."""
    analysis = analyze(((INDEX > 1000) & (INDEX < 2000)) + noise(0.01), 1e-5)
    assert (analysis.kind, analysis.frequency_hz, analysis.positive_duty) == ("monophasic", None, None)
    assert analysis.high_state == pytest.approx(1, abs=0.01)


def test_glitches_do_not_move_the_states_but_are_the_peak() -> None:
    """A patient feels the glitch: the peak is of all samples."""
    analysis = analyze(spiked(square() + noise(0.02), size=4), 1e-5)
    assert analysis.high_state == pytest.approx(1, abs=0.01)
    assert analysis.peak > 3.9
    assert analysis.frequency_hz == pytest.approx(250, rel=1e-3)


def test_a_ramp_from_end_to_end_has_no_states() -> None:
    """Modes of a waveform that never stays say nothing, so none is stated."""
    analysis = analyze(INDEX / COUNT, 1e-5)
    assert (analysis.high_state, analysis.low_state, analysis.rise_time_s) == (None, None, None)


def test_bursts_have_no_single_period() -> None:
    """Transitions at two intervals give no frequency."""
    assert analyze(square(50) * square(1000), 1e-5).frequency_hz is None


@pytest.mark.parametrize(("unit", "suffixes"), [("A", ("a", "c")), ("V", ("v", "vs"))])
def test_the_public_form_has_its_fixed_keys(unit: str, suffixes: tuple[str, str]) -> None:
    """The keys are a public surface; their suffix is the unit."""
    plain, integral = suffixes
    assert list(to_dict(analyze(square(), 1e-5), unit)) == [
        "samples", "interval_s", "kind", f"high_state_{plain}", f"low_state_{plain}", f"peak_{plain}", f"mean_{plain}",
        f"rms_{plain}", "frequency_hz", "period_s", "positive_duty", "rise_time_s", "fall_time_s", "overshoot_percent",
        f"net_charge_{integral}",
    ]  # fmt: skip


def test_another_unit_has_no_public_form() -> None:
    """Watts are refused by name."""
    with pytest.raises(RequestError, match="'W'"):
        to_dict(analyze(square(), 1e-5), "W")


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), 9.9e37, -9.9e37])
def test_the_numeric_door_refuses_what_is_no_number(bad: float) -> None:
    """NaN, infinity and an overload answer are refused by name and place."""
    record = square()
    record[17] = bad
    with pytest.raises(NotFinite, match="sample 17"):
        analyze(record, 1e-5)


@pytest.mark.parametrize("interval", [0.0, -1e-6, 1e-30, float("nan"), float("inf")])
def test_an_interval_is_positive_and_possible(interval: float) -> None:
    """No instrument samples at an interval of zero, less, or a femtosecond's part."""
    with pytest.raises(StimcertError, match="interval"):
        analyze(square(), interval)


@pytest.mark.parametrize("samples", [[], [1.0] * 7, [[1.0] * 8] * 2])
def test_too_few_samples_or_a_table_are_refused(samples: list[float]) -> None:
    """Eight samples in one row are the least."""
    with pytest.raises(NotMeasurable, match="sampl"):
        analyze(samples, 1e-5)


def test_words_are_no_samples() -> None:
    """What numpy cannot read as numbers is refused in our words."""
    with pytest.raises(NotFinite, match="not numbers"):
        analyze(["a"] * 8, 1e-5)
