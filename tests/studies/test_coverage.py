"""The coverage study: what it counts, what it keeps, and that it sees a budget from which something is missing."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.cli import main
from harness.errors import RequestError
from harness.metrology import Budget
from harness.studies.coverage import Request, run
from harness.studies.coverage_figures import dominating, expanded, family, figures, least, without
from harness.studies.coverage_results import (
    Absent,
    BenchResult,
    Header,
    Line,
    ResultFile,
    Value,
    lines_of,
    read_results,
)

if TYPE_CHECKING:
    from pathlib import Path

HEADER = Header(1, "device", "bench", "unit", 1, (), "program", {"a.toml": "00"}, {"current": 1}, {})
RECTANGLE = Line("the bound", "rectangular", 1.0, math.inf)
NOISE = Line("noise", "normal", 0.1, math.inf)


def value(error: float, *lines: Line, quantity: str = "current@steady") -> Value:
    """A value of 100 with an error, whose budget has these lines."""
    return Value(quantity, "point", "A", 100.0 + error, 100.0, expanded(lines), lines)


def benches(*values: Value) -> list[BenchResult]:
    """One bench for each value."""
    return [BenchResult(seed, (each,)) for seed, each in enumerate(values, start=1)]


def spread(count: int, half: float) -> list[float]:
    """Errors that fill a rectangle evenly."""
    return [half * ((2 * number + 1) / count - 1) for number in range(count)]


# Figures.


@pytest.mark.parametrize(("covered", "enough"), [(1870, True), (1869, False)])
def test_a_quantity_has_to_be_covered_in_93_5_of_100(covered: int, enough: bool) -> None:  # noqa: FBT001
    """Of 2000 benches at least 1870 intervals hold the truth."""
    inside, outside = value(0.0, RECTANGLE), value(10.0, RECTANGLE)
    study = figures(benches(*[inside] * covered, *[outside] * (2000 - covered)))
    assert study.quantities[0].count.enough is enough
    assert study.quantities[0].count.share == covered / 2000


def test_all_together_have_to_be_covered_in_94_5_of_100() -> None:
    """Two quantities at 94 % each are covered often enough alone, and too seldom together."""
    pairs = [
        BenchResult(
            seed,
            tuple(value(0.0 if seed < 1880 else 10.0, RECTANGLE, quantity=name) for name in ("a@steady", "b@steady")),
        )
        for seed in range(2000)
    ]
    study = figures(pairs)
    assert all(each.count.enough for each in study.quantities)
    assert not study.pooled.enough
    assert not study.sound


def test_the_interval_is_that_of_clopper_and_pearson() -> None:
    """4 of 20 and 90 % confidence is the example of NIST 7.2.4.1; of 1870 in 2000 the limits solve binomial sums."""
    low, high = figures(benches(*[value(0.0, NOISE)] * 1870, *[value(9.0, NOISE)] * 130)).quantities[0].count.interval
    tail = [math.fsum(_binomial(2000, k, low) for k in range(1870, 2001))]
    tail.append(math.fsum(_binomial(2000, k, high) for k in range(1871)))
    assert tail == pytest.approx([0.025, 0.025], rel=1e-6)


def _binomial(count: int, successes: int, share: float) -> float:
    logarithm = math.lgamma(count + 1) - math.lgamma(successes + 1) - math.lgamma(count - successes + 1)
    return math.exp(logarithm + successes * math.log(share) + (count - successes) * math.log1p(-share))


@pytest.mark.parametrize(("count", "fewest"), [(12, 8), (20, 15), (200, 179)])
def test_few_benches_are_held_to_what_so_few_can_show(count: int, fewest: int) -> None:
    """The least count is the 0.1 % quantile of the binomial distribution with 95 %."""
    below = math.fsum(_binomial(count, k, 0.95) for k in range(fewest))
    assert below <= 0.001 < below + _binomial(count, fewest, 0.95)
    assert least(count, 0.935) == fewest / count


def test_a_bench_without_a_value_is_counted_and_not_sound() -> None:
    """A quantity that could not be measured on a healthy unit is said with its reason."""
    study = figures([*benches(value(0.0, NOISE)), BenchResult(2, (), (Absent("current@steady", "p", "p: no edge"),))])
    assert study.absences == (("current@steady", "no edge", 1),)
    assert not study.sound


# What a budget rests on.


def test_the_kept_budget_gives_the_same_uncertainty() -> None:
    """From the lines that are kept of a budget follows its U, small influences together as one."""
    budget = Budget()
    result = (
        budget.bounded("a", 5.0, 0.3, None, "")
        + budget.bounded("b", 0.0, 0.4, 2.0, "")
        + budget.observed("c", [0.0, 0.1, -0.1])
        + budget.bounded("d", 0.0, 1e-3, None, "")
        + budget.bounded("e", 0.0, 1e-3, None, "")
    )
    measurement = budget.measurement(result, "A")
    lines = lines_of(measurement)
    assert len(lines) == 4
    assert expanded(lines) == pytest.approx(measurement.expanded_uncertainty, rel=1e-4)


def test_without_what_dominates_the_study_is_red() -> None:
    """Errors that fill a rectangle are covered with it in the budget, and hardly ever without it."""
    results = benches(*[value(error, RECTANGLE, NOISE) for error in spread(2000, math.sqrt(3))])
    study = figures(results)
    assert study.sound
    assert study.quantities[0].largest.name == "the bound"
    assert dominating(study) == ("the bound",)
    missing = without(results, study, "the bound")
    assert missing.turns_red
    assert missing.red == missing.dominated == ("current@steady",)
    # What is left is 0.2 of a half width of 1.73.
    assert missing.pooled.share == pytest.approx(0.2 / math.sqrt(3), abs=0.002)


def test_without_what_no_bench_shows_the_study_stays_green() -> None:
    """A bound that errors never come near is named as one on which nothing rests."""
    results = benches(*[value(error, RECTANGLE, NOISE) for error in spread(2000, 0.1)])
    assert not without(results, figures(results), "the bound").turns_red


@pytest.mark.parametrize(("name", "expected"), [
    ("plateau of the negative phase: nonlinearity", "plateau of the either phase: nonlinearity"),
    ("multimeter: resistor RM1k", "multimeter: resistor"),
    ("multimeter: temperature of the resistor", "multimeter: temperature of the resistor"),
])  # fmt: skip
def test_one_influence_has_one_name_at_every_point(name: str, expected: str) -> None:
    """Phases and resistors differ between operating points; the influence is the same."""
    assert family(name) == expected


# The file.


def test_a_file_is_gone_on_with_and_a_torn_line_is_dropped(tmp_path: Path) -> None:
    """What is whole stays, what was being written is measured again."""
    path = tmp_path / "coverage.jsonl"
    file = ResultFile(path, HEADER)
    first, second = benches(value(0.0, NOISE), value(0.1, NOISE))
    file.append(first)
    whole = path.read_bytes()
    file.append(second)
    path.write_bytes(path.read_bytes()[:-7])
    assert read_results(path) == (HEADER, [first])
    assert ResultFile(path, HEADER).done == {1}
    assert path.read_bytes() == whole


@pytest.mark.parametrize("change", [
    {"device": "other"}, {"program": "other"}, {"inputs": {"a.toml": "01"}}, {"versions": {"current": 2}},
    {"from_seed": 2}, {"only": ("a",)},
])  # fmt: skip
def test_a_file_of_another_study_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    """Values of two programs, devices or sets of files are not mixed; the sentence names what differs."""
    path = tmp_path / "coverage.jsonl"
    ResultFile(path, HEADER)
    with pytest.raises(RequestError, match=next(iter(change))):
        ResultFile(path, replace(HEADER, **change))  # type: ignore[arg-type]


def test_what_is_no_study_is_refused_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of something else, and one that is not there, are bad input."""
    other = tmp_path / "other.jsonl"
    other.write_text("time,volts\n")
    for path, said in ((other, "is no file of a coverage study"), (tmp_path / "none", "cannot be read")):
        assert main(["study", "coverage", "--figures", "--output", str(path)]) == 2
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1


# The whole way.

FEW = Request("foreo-bear-2", "simulated", from_seed=1, benches=12, only=("@overcurrent", "@first-contact"))


def test_twelve_benches_stopped_and_gone_on_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As many values are covered as twelve benches can show, though the study was stopped; a missing influence shows.

    A Ctrl-C loses no bench that was measured; one whose line is torn is measured again, and is the same in a simulation
    that has seen no other bench before.
    """

    def stop(done: int, _total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    file = tmp_path / "few.jsonl"
    with pytest.raises(KeyboardInterrupt):
        run(FEW, file, stop)
    third = read_results(file)[1][-1]
    assert third.seed == 3
    file.write_bytes(file.read_bytes()[:-20])
    asked = ["study", "coverage", "--benches", "12", "--output", str(file), "--json"]
    assert main([*asked, *(word for name in FEW.only for word in ("--only", name))]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {each["count"]["of"] for each in answer["quantities"]} == {answer["benches"]} == {12}
    assert not answer["absences"]

    again = read_results(file)[1][2]
    assert [(v.value, v.budget, v.point) for v in again.values] == [(v.value, v.budget, v.point) for v in third.values]
    assert [v.truth for v in again.values] == pytest.approx([v.truth for v in third.values], rel=1e-6, abs=1e-12)

    left_out = ["study", "coverage", "--figures", "--output", str(file), "--without"]
    assert main([*left_out, "trip: moving means"]) == 0
    assert "without trip: moving means: red" in capsys.readouterr().out
    assert main([*left_out, "the weather"]) == 2
    assert "they have " in capsys.readouterr().err
