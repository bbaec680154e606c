"""A lot: every unit counts once, what was left out is told, and the figures are those of published data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.cli import main
from harness.errors import RequestError
from harness.evidence.index import Index, url_beside
from harness.lots.lot import Lot, lot_of, warnings_of
from harness.verdict import Limit
from tests.reports.support import Seen, Story, accuracy, judged, point, residual, sealed

if TYPE_CHECKING:
    from pathlib import Path

HANDBOOK = (49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1)
"""Flow rates of the NIST/SEMATECH e-Handbook, 6.3.2.2."""

PASSED, FAILED = [("current.accuracy", "PASS")], [("current.accuracy", "FAIL"), ("off.residual", "PASS")]


def begun(run: Path, minute: int) -> Path:
    """The same run, begun at another minute."""
    state = json.loads((run / "run.json").read_text(encoding="utf-8"))
    state["started"] = f"2026-01-02T03:{minute:02}:00+00:00"
    (run / "run.json").write_text(json.dumps(state), encoding="utf-8")
    return run


def gathered(folder: Path, lot: str = "L7") -> Lot:
    """The lot of a folder's runs."""
    index = Index(url_beside(folder))
    index.refresh([folder])
    found = lot_of(index, lot)
    index.close()
    return found


def flow(value: float) -> object:
    """One value of the handbook, with limits far around it."""
    return judged(("current.accuracy", "current.positive-plateau"), value, 1e-3, Limit("A", 40.0, 60.0, 50.0), point())


def test_the_handbooks_chart_comes_out(tmp_path: Path) -> None:
    """Ten units with the flow rates of the e-Handbook, 6.3.2.2: limits of 45.82 and 55.80, as published to rounding."""
    for number, value in enumerate(HANDBOOK):
        begun(sealed(tmp_path / f"r{number}", Story([flow(value)], unit=f"U{number}", outcomes=PASSED)), number)
    (quantity,) = gathered(tmp_path).quantities
    assert [value.serial_number for value in quantity.values] == [f"U{number}" for number in range(10)]
    assert quantity.process is not None
    assert quantity.process.chart is not None
    assert quantity.process.chart.lower == pytest.approx(45.8159, abs=0.002)
    assert quantity.process.chart.upper == pytest.approx(55.8041, abs=0.002)


def test_a_unit_counts_once(tmp_path: Path) -> None:
    """Its first run gives yield and value, its last one says whether it may leave; partial runs do not count."""
    bad = Story([residual(1e-9), accuracy(1.2)], unit="U1", verdict="FAIL", outcomes=FAILED)
    begun(sealed(tmp_path / "a", bad), 1)
    begun(sealed(tmp_path / "b", Story([accuracy(1.0)], unit="U1", outcomes=PASSED)), 2)
    begun(sealed(tmp_path / "c", Story([accuracy(0.99)], unit="U2", outcomes=PASSED)), 3)
    begun(sealed(tmp_path / "d", Story([accuracy(1.5)], unit="U3", scope="partial", verdict=None)), 4)
    begun(sealed(tmp_path / "e", Story([accuracy(1.5)], unit="U4", ended=False)), 5)
    found = gathered(tmp_path)
    assert [(unit.serial_number, unit.runs, unit.first_verdict, unit.last_verdict) for unit in found.units] == [
        ("U1", 2, "FAIL", "PASS"),
        ("U2", 1, "PASS", "PASS"),
    ]
    assert (found.first_pass.count, found.first_pass.of, found.final.count) == (1, 2, 2)
    assert found.failing == (("current.accuracy: current.positive-plateau", 1),)
    plateau = next(quantity for quantity in found.quantities if quantity.quantity == "current.positive-plateau")
    assert [value.value / 680e-6 for value in plateau.values] == pytest.approx([1.2, 0.99])
    told = " ".join(warnings_of(found))
    assert "2 runs do not count" in told
    assert "1 of the units were run more than once" in told


def test_the_share_has_its_published_interval(tmp_path: Path) -> None:
    """Of one success in two, Clopper and Pearson's 95 % interval is 1.26 % to 98.74 %."""
    begun(sealed(tmp_path / "a", Story([accuracy(1.0)], unit="U1", outcomes=PASSED)), 1)
    begun(sealed(tmp_path / "b", Story([accuracy(1.3)], unit="U2", verdict="FAIL", outcomes=FAILED)), 2)
    share = gathered(tmp_path).first_pass
    assert (share.value, share.lower, share.upper) == pytest.approx((0.5, 0.012579, 0.987421), abs=1e-6)


def test_what_cannot_be_said_has_its_reason(tmp_path: Path) -> None:
    """Other limits in other runs, or values that do not differ, give no index, and say why."""
    wide = judged(("off.residual", "off.residual-current"), 1e-9, 4e-9, Limit("A", -2e-6, 2e-6, 0.0), point())
    begun(sealed(tmp_path / "a", Story([accuracy(1.0), residual(1e-9)], unit="U1", outcomes=PASSED)), 1)
    begun(sealed(tmp_path / "b", Story([accuracy(1.0), wide], unit="U2", outcomes=PASSED)), 2)
    reasons = {quantity.quantity: quantity.reason for quantity in gathered(tmp_path).quantities}
    assert reasons["off.residual-current"] == "its limits are not the same in all runs"
    assert reasons["current.positive-plateau"]


def test_an_unknown_lot_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    """A slip of the pen is no empty lot."""
    sealed(tmp_path / "a", Story([accuracy(1.0)], outcomes=PASSED))
    with pytest.raises(RequestError, match="no run is of a lot 'L8': known are L7"):
        gathered(tmp_path, "L8")


def test_text_json_and_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All three tell yield, first failure and indices; 1 where a unit's last run is no PASS, 2 for no such lot."""
    for number, share in enumerate((0.98, 1.0, 1.01, 0.99, 1.2)):
        story = Story([accuracy(share)], unit=f"U{number}", outcomes=PASSED)
        if share > 1.1:
            story = Story([accuracy(share)], unit=f"U{number}", verdict="FAIL", outcomes=FAILED, simulated=True)
        begun(sealed(tmp_path / f"r{number}", story), number)
    page = tmp_path / "lot.html"
    assert main(["lot", "L7", str(tmp_path), "--html", str(page)]) == 1
    said = capsys.readouterr().out
    assert said.startswith("SIMULATED: lot L7 of toner: 5 units\nfirst-pass yield  4 of 5, 80.0%")
    assert "fails first       current.accuracy: current.positive-plateau: 1 unit" in said
    assert main(["lot", "L7", str(tmp_path), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["first_pass_yield"]["count"] == 4
    assert len(answer["quantities"][0]["values"]) == 5
    seen = Seen(page.read_text(encoding="utf-8"))
    assert seen.balanced
    assert "4 of 5 units PASS" in seen.text
    assert "SIMULATED" in seen.text
    assert page.read_text(encoding="utf-8").count("<svg") == 1
    assert main(["lot", "L9", str(tmp_path)]) == 2
