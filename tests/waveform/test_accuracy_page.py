"""The figures of docs/waveform-accuracy.md, and that no error exceeds its bound.

``python tests/waveform/test_accuracy_page.py`` writes them into the page.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.waveform import pulse_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).resolve().parents[2] / "docs" / "waveform-accuracy.md"
BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"

GRAINS = (
    ("ideal", 0, 0.0),
    ("12 bit", 12, 0.0),
    ("8 bit", 8, 0.0),
    ("noise 0.1 %", 0, 0.001),
    ("noise 1 %", 0, 0.01),
    ("8 bit, noise 0.3 %", 8, 0.003),
)
"""Name, bits over 1.25 times the amplitude, noise (standard deviation) in amplitudes."""

LENGTHS = (3, 10, 30, 100)
"""Samples of a transition from 10 to 90 %."""


def exponential(tau: float) -> Callable[[np.ndarray], np.ndarray]:
    """Return 1 - exp(-t/tau)."""
    return lambda t: 1 - np.exp(-np.maximum(t, 0) / tau)


def ramp(length: float) -> Callable[[np.ndarray], np.ndarray]:
    """Return a linear ramp."""
    return lambda t: np.clip(t / length, 0, 1)


def second_order(natural: float, zeta: float) -> Callable[[np.ndarray], np.ndarray]:
    """Return the unit step response; `natural` in radians per sample."""
    damped = natural * math.sqrt(1 - zeta**2)

    def step(t: np.ndarray) -> np.ndarray:
        t = np.maximum(t, 0)
        return 1 - np.exp(-zeta * natural * t) * (np.cos(damped * t) + zeta * natural / damped * np.sin(damped * t))

    return step


def crossing(step: Callable[[np.ndarray], np.ndarray], level: float, before: float) -> float:
    """Return when a step response first passes a level, by bisection."""
    low, high = 0.0, before
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if step(np.array([middle]))[0] < level else (low, middle)
    return low


@dataclass(frozen=True)
class Case:
    """A pulse train from 0 to 1 in samples, and what is known of it in closed form."""

    edge: Callable[[np.ndarray], np.ndarray]
    period: float
    width: float
    truth: dict[str, float]
    phase: float = 0.2137
    periods: float = 6.4
    fall: Callable[[np.ndarray], np.ndarray] | None = None

    def samples(self, bits: int, noise: float, seed: int) -> tuple[np.ndarray, float]:
        """Return the record and its code size."""
        t = np.arange(round(self.period * self.periods), dtype=np.float64)
        record = np.zeros(t.size)
        for index in range(-2, math.ceil(self.periods) + 1):
            begin = (index + self.phase) * self.period
            record += self.edge(t - begin) - (self.fall or self.edge)(t - begin - self.width)
        if noise:
            record += np.random.default_rng(seed).normal(0, noise, t.size)
        code = 1.25 / 2**bits if bits else 0.0
        return (np.round(record / code) * code if code else record), code

    def errors(self, bits: int, noise: float, seed: int) -> dict[str, tuple[float, float] | None]:
        """Return error and bound of each known parameter; None where there is no estimate."""
        record, code = self.samples(bits, noise, seed)
        found = {each.name: each.estimate for each in pulse_parameters(record, 1.0, code_size=code)}
        # A ringing above 30 % may count as a second phase; then these parameters have other names.
        shown = {name: found.get(name) for name in self.truth}
        return {
            name: None if each is None else (each.value - self.truth[name], each.bound) for name, each in shown.items()
        }


def repetition(period: float, width: float) -> dict[str, float]:
    """Return what any train of pulses between 0 and 1 has."""
    return {
        "low_state": 0.0, "high_state": 1.0, "amplitude": 1.0, "period": period, "frequency": 1 / period,
        "pulse_duration": width, "pulse_separation": period - width, "duty_factor": width / period,
    }  # fmt: skip


def durations(first: float, second: float) -> dict[str, float]:
    """Return the durations 10-90 and 20-80 % of both transitions."""
    return {
        f"{which}_transition_duration_{part}": length
        for which in ("first", "last")
        for part, length in (("10_90", first), ("20_80", second))
    }


def exponential_train(tau: float, period: float, width: float) -> Case:
    """Return an exponential with its closed forms."""
    truth = repetition(period, width) | durations(math.log(9) * tau, math.log(4) * tau)
    truth |= {"settling_duration_2": math.log(25) * tau, "settling_duration_5": math.log(10) * tau}
    truth |= {"first_transition_overshoot": 0.0, "first_transition_slew_rate": 0.8 / (math.log(9) * tau)}
    return Case(exponential(tau), period, width, truth)


def trapezoid_train(length: float, period: float, width: float) -> Case:
    """Return a trapezoid with its closed forms."""
    truth = repetition(period, width) | durations(0.8 * length, 0.6 * length)
    truth |= {"settling_duration_2": 0.48 * length, "settling_duration_5": 0.45 * length, "droop": 0.0, "tilt": 0.0}
    kinds = ("overshoot", "undershoot", "preshoot", "pre_overshoot")
    truth |= {f"{which}_transition_{kind}": 0.0 for which in ("first", "last") for kind in kinds}
    truth |= {"first_transition_slew_rate": 1 / length, "last_transition_slew_rate": -1 / length}
    return Case(ramp(length), period, width, truth)


def second_order_train(natural: float, zeta: float, period: float, width: float) -> Case:
    """Return a second-order step with its closed forms."""
    edge, root = second_order(natural, zeta), math.sqrt(1 - zeta**2)
    peak = math.pi / (natural * root)
    t10, t20, t80, t90 = (crossing(edge, level, peak) for level in (0.1, 0.2, 0.8, 0.9))
    truth = repetition(period, width) | durations(t90 - t10, t80 - t20)
    overshoot = 100 * math.exp(-math.pi * zeta / root)
    truth |= {"first_transition_overshoot": overshoot, "last_transition_overshoot": overshoot}
    truth |= {"first_transition_preshoot": 0.0, "last_transition_preshoot": 0.0}
    return Case(edge, period, width, truth)


def drooping_train(ratio: float, width: float) -> Case:
    """Return rectangles that decay with `width / tau` = `ratio` and are cut off; edges between two samples."""

    def edge(t: np.ndarray) -> np.ndarray:
        # The fall begins a width later, with what is left of the decay.
        return np.where(t >= 0, np.exp(-ratio * np.clip(t, 0, None) / width), 0.0)

    left = math.exp(-ratio)
    return Case(edge, 4 * width, width, {"droop": 100 * (1 - left)}, fall=lambda t: left * edge(t))


def second_order_of(length: float, zeta: float) -> Case:
    """Return a second-order step whose transition lasts `length` samples from 10 to 90 %."""
    unit = second_order(1.0, zeta)
    peak = math.pi / math.sqrt(1 - zeta**2)
    natural = (crossing(unit, 0.9, peak) - crossing(unit, 0.1, peak)) / length
    period = 1000.37 if length < 30 else 4000.37
    return second_order_train(natural, zeta, period, 0.5 * period)


def of_length(kind: Callable[[float, float, float], Case], scale: float, length: float) -> Case:
    """Return a train whose transition lasts `length` samples from 10 to 90 %."""
    period = 1000.37 if length < 30 else 4000.37
    return kind(length / scale, period, 0.4 * period)


FAMILIES: dict[str, tuple[Callable[[float], Case], tuple[tuple[str, str], ...]]] = {
    "Exponential edges": (
        lambda length: of_length(exponential_train, math.log(9), length),
        (("first_transition_duration_10_90", "%"), ("first_transition_duration_20_80", "%"),
         ("settling_duration_2", "%"), ("settling_duration_5", "%"), ("high_state", "% of amplitude")),
    ),
    "Trapezoid": (
        lambda length: of_length(trapezoid_train, 0.8, length),
        (("first_transition_duration_10_90", "%"), ("first_transition_slew_rate", "%"), ("pulse_duration", "samples"),
         ("period", "samples"), ("first_transition_overshoot", "% of amplitude"), ("tilt", "% of amplitude")),
    ),
    "Second-order step, zeta 0.4": (
        lambda length: second_order_of(length, 0.4), (("first_transition_overshoot", "% of amplitude"),)
    ),
    "Second-order step, zeta 0.5": (
        lambda length: second_order_of(length, 0.5),
        (("first_transition_overshoot", "% of amplitude"), ("first_transition_duration_10_90", "%")),
    ),
    "Second-order step, zeta 0.7": (
        lambda length: second_order_of(length, 0.7), (("first_transition_overshoot", "% of amplitude"),)
    ),
    "A.c.-coupled rectangle, width over time constant 0.1, width in samples": (
        lambda length: drooping_train(0.1, 10.0 * length), (("droop", "% of the begin"),)
    ),
}  # fmt: skip


def scale_of(case: Case, name: str, unit: str) -> float:
    """Return by what an error is multiplied for the page."""
    if unit == "%":
        return 100 / abs(case.truth[name])
    return 100 if unit == "% of amplitude" and name.endswith("_state") else 1


def figure(value: float) -> str:
    """Write a figure with two digits; rounding of float64 is 0."""
    return "0" if abs(value) < 1e-7 else f"{abs(value):.2g}"


def figures() -> str:
    """Return the tables of the page."""
    lines = []
    for family, (make, names) in FAMILIES.items():
        cells: dict[tuple[str, int], list[str]] = {}
        for length in LENGTHS:
            case = make(length)
            for column, (_, bits, noise) in enumerate(GRAINS):
                errors = case.errors(bits, noise, seed=1000 * length + column)
                for name, unit in names:
                    pair, scale = errors[name], scale_of(case, name, unit)
                    cell = "absent" if pair is None else f"{figure(pair[0] * scale)} / {figure(pair[1] * scale)}"
                    cells.setdefault((name, length), []).append(cell)
        for name, unit in names:
            lines += ["", f"**{family}**: `{name}`, error / bound in {unit}", ""]
            lines += ["| samples | " + " | ".join(each for each, *_ in GRAINS) + " |", "|---" * 7 + "|"]
            for length in LENGTHS:
                shown = 10 * length if "width" in family else length
                lines.append(f"| {shown} | " + " | ".join(cells[name, length]) + " |")
    return "\n".join(lines) + "\n"


def numbers(text: str) -> list[float | str]:
    """Return every figure of some tables, and every `absent`."""
    return [each if each == "absent" else float(each) for each in re.findall(r"absent|\d[\d.]*(?:e-?\d+)?", text)]


def test_the_page_shows_what_is_computed_now() -> None:
    """Each printed error and bound is within 5 % of today's."""
    text = PAGE.read_text(encoding="utf-8")
    printed, now = numbers(text.split(BEGIN)[1].split(END)[0]), numbers(figures())
    assert len(printed) == len(now) > 500
    for before, after in zip(printed, now, strict=True):
        assert before == (after if isinstance(after, str) else pytest.approx(after, rel=0.05, abs=1e-6))


def test_no_printed_error_exceeds_its_bound() -> None:
    """In every cell of the page the first figure is at most the second."""
    text = PAGE.read_text(encoding="utf-8")
    pairs = re.findall(r"\| ([\d.e-]+) / ([\d.e-]+)(?= \|)", text.split(BEGIN)[1].split(END)[0])
    assert len(pairs) > 200
    assert [pair for pair in pairs if float(pair[0]) > float(pair[1])] == []


def random_case(rng: np.random.Generator) -> Case:
    """Draw a waveform of any family, shape and phase."""
    period = rng.uniform(300, 1500)
    width = period * rng.uniform(0.3, 0.6)
    shorter = min(width, period - width)
    match rng.integers(3):
        case 0:
            case = exponential_train(rng.uniform(0.7, shorter / 14), period, width)
        case 1:
            case = trapezoid_train(rng.uniform(1, shorter / 4), period, width)
        case _:
            zeta = rng.uniform(0.2, 0.8)
            slowest = 12 / zeta / shorter
            case = second_order_train(max(rng.uniform(slowest, 1.0), slowest), zeta, period, width)
    return Case(case.edge, period, width, case.truth, rng.uniform(0, 1), rng.uniform(3, 14))


@pytest.mark.parametrize("seed", range(60))
def test_no_error_exceeds_its_bound(seed: int) -> None:
    """Over random shapes, phases, periods, resolutions and noise, every parameter that exists keeps its bound."""
    rng = np.random.default_rng([20260101, seed])
    case = random_case(rng)
    bits, noise = int(rng.choice([0, 8, 12])), float(rng.choice([0, 0.0005, 0.002, 0.01, 0.03]))
    errors = case.errors(bits, noise, seed)
    assert errors["period"] is not None
    exceeded = {
        name: pair
        for name, pair in errors.items()
        # 1e-9 is left for the rounding of float64, which no bound counts.
        if pair is not None and abs(pair[0]) > pair[1] + 1e-9 * max(1, abs(case.truth[name]))
    }
    assert exceeded == {}


def main() -> None:
    """Write the figures into the page."""
    head, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(head + BEGIN + figures() + END + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    main()
