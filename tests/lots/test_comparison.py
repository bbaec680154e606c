"""Two runs compared: what both have in common cancels, and whatever is not the same says so."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.cli import main
from harness.lots.comparison import CHANGED, INCOMPARABLE, SAME, compare
from harness.metrology import decide
from harness.quantity import Influence
from tests.reports.support import PATH, Seen, Story, accuracy, observation, point, residual, sealed

if TYPE_CHECKING:
    from pathlib import Path

    from harness.capture import Observation
    from harness.evidence import Judged

NANO = 1e-9


def measured(value_a: float, *, certificate: str = "C-1", freedom: float = math.inf) -> Judged:
    """680 µA or so: 3 nA of a resistor, 4 nA of an instrument, 1 nA of repeatability, 2 nA of temperature."""
    judged = accuracy(1.0)
    lines = (
        Influence("oscilloscope: accuracy", 4 * NANO, math.inf, "normal", "data sheet", 0.0, 4 * NANO, 1.0),
        Influence("oscilloscope: resistor S1k", 3 * NANO, math.inf, "normal", certificate, 1e3, 0.1, -3e-8),
        Influence("oscilloscope: temperature", 2 * NANO, math.inf, "rectangular", "bench file", 0.0, 2 * NANO, 1.0),
        Influence("oscilloscope: repeatability", 1 * NANO, freedom, "t", "scatter", 0.0, 1 * NANO, 1.0),
    )
    measurement = replace(
        judged.measurement, value=value_a, standard_uncertainty=math.sqrt(30) * NANO, budget=lines,
    )  # fmt: skip
    return replace(judged, measurement=measurement, decision=decide(measurement, judged.limit))


def by(serial: str) -> Observation:
    """The observation behind it, by another oscilloscope."""
    taken, path = observation(point()), replace(PATH, serial_number=serial)
    return replace(
        taken,
        readings=tuple(replace(reading, path=path) for reading in taken.readings),
        captures=tuple(replace(capture, path=path) for capture in taken.captures),
    )


def runs(tmp_path: Path, one: Story, other: Story) -> tuple[Path, Path]:
    """Both, sealed."""
    return sealed(tmp_path / "one", one), sealed(tmp_path / "two", other)


def test_what_both_have_in_common_cancels(tmp_path: Path) -> None:
    """By the same instrument and resistor only temperature and repeatability are left: u(d) = sqrt(2 (2² + 1²)) nA."""
    found = compare(*runs(tmp_path, Story([measured(680e-6)]), Story([measured(680.009e-6)])))
    (value,) = found.values
    assert value.expanded_uncertainty == pytest.approx(value.coverage_factor * math.sqrt(10) * NANO, rel=1e-9)
    assert value.independent_uncertainty == pytest.approx(value.coverage_factor * math.sqrt(60) * NANO, rel=1e-9)
    assert value.common == ("oscilloscope: accuracy", "oscilloscope: resistor S1k")
    assert (value.status, found.same) == (CHANGED, False)


def test_another_instrument_has_nothing_in_common_but_the_resistor(tmp_path: Path) -> None:
    """By another oscilloscope across the same resistor u(d) = sqrt(2 (4² + 2² + 1²)) nA."""
    other = Story([measured(680.009e-6)], observations=[by("CN2")])
    (value,) = compare(*runs(tmp_path, Story([measured(680e-6)]), other)).values
    assert value.common == ("oscilloscope: resistor S1k",)
    assert value.expanded_uncertainty == pytest.approx(value.coverage_factor * math.sqrt(42) * NANO, rel=1e-9)
    assert value.status == SAME


def test_another_certificate_is_another_resistor(tmp_path: Path) -> None:
    """A resistor that was calibrated anew is not the one that it was."""
    other = Story([measured(680e-6, certificate="C-2")])
    (value,) = compare(*runs(tmp_path, Story([measured(680e-6)]), other)).values
    assert value.common == ("oscilloscope: accuracy",)


def test_few_repetitions_widen_the_interval(tmp_path: Path) -> None:
    """Of 1 nA with one degree of freedom in each, u(d)⁴ / Σ u⁴/ν = 100 / 2 = 50 degrees: Student's factor is 2.01."""
    one, other = (Story([measured(680e-6, freedom=1.0)]) for _ in range(2))
    (value,) = compare(*runs(tmp_path, one, other)).values
    assert value.coverage_factor == pytest.approx(2.0086, abs=0.06)
    exact = compare(*runs(tmp_path / "exact", Story([measured(680e-6)]), Story([measured(680e-6)]))).values[0]
    assert value.coverage_factor > exact.coverage_factor


def test_the_same_run_is_the_same(tmp_path: Path) -> None:
    """A run beside itself differs in nothing, and exit code 0 says so."""
    run = sealed(tmp_path / "one", Story([accuracy(1.0), residual(1e-9)], outcomes=[("current.accuracy", "PASS")]))
    assert compare(run, run).same
    assert main(["compare", str(run), str(run)]) == 0


def test_nothing_in_common_is_not_the_same(tmp_path: Path) -> None:
    """Runs that share no value are not equal, and each lonely value is named."""
    found = compare(*runs(tmp_path, Story([accuracy(1.0)]), Story([residual(1e-9)])))
    assert not found.same
    assert [(lone.run, lone.quantity) for lone in found.alone] == [
        ("one", "current.positive-plateau"),
        ("two", "off.residual-current"),
    ]
    empty = compare(*runs(tmp_path / "empty", Story(), Story()))
    assert not empty.same


def test_other_units_and_versions_are_named(tmp_path: Path) -> None:
    """A value in another unit cannot be compared; another version of its measurand stands beside the difference."""
    value = residual(1e-9)
    derivation = replace(value.measurement.derivation, version=2)
    newer = replace(value, measurement=replace(value.measurement, derivation=derivation))
    limit = replace(value.limit, unit="V")
    measurement = replace(value.measurement, unit="V")
    volts = replace(value, limit=limit, measurement=measurement)
    (found,) = compare(*runs(tmp_path, Story([value]), Story([newer]))).values
    assert found.notes == ("residual-current version 1 and residual-current version 2",)
    (found,) = compare(*runs(tmp_path / "volts", Story([value]), Story([volts]))).values
    assert (found.status, found.notes[0]) == (INCOMPARABLE, "in A and in V")


def test_text_json_and_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All three say the same: what differs, by how much, and exit code 1; the page never lies in a sealed run."""
    one, two = runs(
        tmp_path,
        Story([accuracy(1.0), residual(1e-9)], outcomes=[("current.accuracy", "PASS")], simulated=True),
        Story([accuracy(1.2), residual(1e-9)], outcomes=[("current.accuracy", "FAIL")], unit="B2-0002"),
    )
    page = tmp_path / "page.html"
    assert main(["compare", str(one), str(two), "--html", str(page)]) == 1
    said = capsys.readouterr().out
    assert "current.positive-plateau at ch1-steady-L10-positive-10k: PASS -> FAIL" in said
    assert "current.accuracy: PASS -> FAIL" in said
    assert "2 values compared: 1 differ by more than their uncertainty" in said
    assert main(["compare", str(one), str(two), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["same"], answer["changed"], len(answer["values"])) == (False, 1, 2)
    seen = Seen(page.read_text(encoding="utf-8"))
    assert seen.balanced
    assert "They differ" in seen.text
    assert "SIMULATED" in seen.text
    assert "(136.0 ± 9." in seen.text
    assert main(["compare", str(one), str(two), "--html", str(one / "page.html")]) == 2
    assert not list(tmp_path.glob("**/*.new"))
