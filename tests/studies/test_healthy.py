"""Healthy units: how they are drawn, what is predicted of them, and what a study of them says."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.cli import main
from harness.definitions.document import LIBRARY
from harness.studies.healthy import Expected, Odd, Request, Study, Unit, study
from harness.studies.healthy_draws import Band, draw
from harness.studies.healthy_tables import data, lines, shares, sound

if TYPE_CHECKING:
    from pathlib import Path

DATA = LIBRARY.parent / "tests/data"
QUICK, QUICK_UNIT = str(DATA / "devices/quick.toml"), str(DATA / "units/quick.toml")
BAND = Band(gain=0.1, offset_a=1e-6, clock=0.01, duty=0.02, leak_a=1e-6)
PASSED = Unit(1, "PASS", 10, ())
DOUBTFUL = Unit(2, "CONDITIONAL PASS", 10, (Odd(2, "r/q", "p", "CONDITIONAL PASS", 0.01),))
FAILED = Unit(3, "FAIL", 10, (Odd(3, "r/q", "p", "FAIL", -0.2),))
STUDY = Study("device", "certifiable", BAND, (1, 1), (), (PASSED,) * 200)


def of(*units: Unit) -> Study:
    """A study of 200 units, these among them."""
    return replace(STUDY, units=(*units, *(PASSED,) * (200 - len(units))))


def spread(found: int, share: float = 0.05, quantities: int = 1) -> Study:
    """A study over the whole tolerance with so many doubtful values of 200."""
    expected = tuple(Expected(f"r/q{n or ''}", "p", "gain", share) for n in range(quantities))
    return replace(of(*(DOUBTFUL,) * found), within="tolerance", expected=expected)


def test_units_fill_their_band_and_are_always_the_same() -> None:
    """Each parameter lies evenly within its band, for itself; one seed is one unit."""
    units = [draw(BAND, seed) for seed in range(2000)]
    assert units[:5] == [draw(BAND, seed) for seed in range(5)]
    for name, low, high in (("gain", -0.1, 0.1), ("clock", -0.01, 0.01), ("duty", -0.02, 0.02), ("leak_a", 0.0, 1e-6)):
        values = sorted(getattr(unit, name) for unit in units)
        assert low <= values[0] < low + 0.01 * (high - low)
        assert high - 0.01 * (high - low) < values[-1] <= high
        # The largest distance to an even distribution, Kolmogorov's at 0.1 %.
        distance = max(abs((v - low) / (high - low) - (n + 0.5) / 2000) for n, v in enumerate(values))
        assert distance < 1.95 / math.sqrt(2000)
    assert draw(replace(BAND, leak_a=None), 1).leak_a is None


@pytest.mark.parametrize(
    ("units", "enough"),
    [((), True), ((DOUBTFUL,), True), ((DOUBTFUL, DOUBTFUL), False), ((FAILED,), False),
     ((replace(PASSED, verdict="ERROR"),), False)],
)  # fmt: skip
def test_one_healthy_unit_of_200_may_be_doubtful(units: tuple[Unit, ...], enough: bool) -> None:  # noqa: FBT001
    """At most one run is not PASS, and that one CONDITIONAL: a second one, a FAIL and an ERROR are too many."""
    assert sound(of(*units)) is enough
    assert ("NOT AS IT HAS TO BE" in "\n".join(lines(of(*units)))) is not enough


def test_doubtful_values_come_as_often_as_predicted() -> None:
    """Of 200 at 5 % the band at 1 - 0.01 is that of binomial sums, and wider where there are more quantities."""

    def below(count: int) -> float:
        return math.fsum(math.comb(200, k) * 0.05**k * 0.95 ** (200 - k) for k in range(count))

    (share,) = shares(spread(10))
    assert below(share.least) <= 0.005 < below(share.least + 1)
    assert below(share.most) < 0.995 <= below(share.most + 1)
    assert (share.found, share.of) == (10, 200)
    for found in (share.least - 1, share.least, share.most, share.most + 1):
        assert sound(spread(found)) is (share.least <= found <= share.most)
    wider = shares(spread(10, quantities=20))[0]
    assert wider.least < share.least
    assert wider.most > share.most


def test_a_conforming_unit_that_fails_is_never_as_predicted() -> None:
    """Over the whole tolerance a unit may be doubtful; a FAIL or an ERROR is wrong, however many are doubtful."""
    good = spread(10)
    assert sound(good)
    assert not sound(replace(good, units=(FAILED, *good.units[:-1])))
    assert not sound(replace(good, expected=()))
    assert "seed 3: FAIL r/q at p, margin -0.200 T" in list(lines(of(FAILED)))


def test_the_whole_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two units inside their band pass on two benches; the file holds what is said."""
    file = tmp_path / "healthy.json"
    asked = ["study", "healthy", "--device", QUICK, "--simulated-unit", QUICK_UNIT, "--units", "2", "--json"]
    assert main([*asked, "--output", str(file)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert json.loads(file.read_text(encoding="ascii")) == answer
    assert [unit["verdict"] for unit in answer["units"]] == ["PASS", "PASS"]
    assert all(unit["judged"] > 20 for unit in answer["units"])
    assert 0 < answer["band"]["gain"] < 0.1


def test_a_level_at_the_edge_is_doubtful() -> None:
    """Over the whole tolerance each quantity is judged at one point, and the units there are those that were drawn."""
    found = study(Request(QUICK, "tolerance", units=1, healthy=QUICK_UNIT), lambda _done, _total: None)
    assert {each.quantity for each in found.expected} >= {
        "current.accuracy/current.positive-plateau",
        "off.residual/off.residual-current",
    }
    assert all(0 < each.share < 0.25 for each in found.expected)
    assert found.units[0].judged == len(found.expected)
    assert data(found)["device"] == "quick"


@pytest.mark.soak
@pytest.mark.parametrize("within", ["certifiable", "tolerance"])
@pytest.mark.parametrize("device", ["foreo-bear-2", "pantheon-clinical"])
def test_200_healthy_units(device: str, within: str) -> None:
    """Inside the certifiable band at most one of 200 is doubtful; over the tolerance as many as predicted."""
    assert main(["study", "healthy", "--device", device, "--within", within]) == 0
