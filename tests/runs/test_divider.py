"""A divider that is off by one is refused as long as the bench can see one tick of the timer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runs.support import ROOT, soak_unless

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.support import Run

DEVICE = (ROOT / "fixtures/devices/pantheon-clinical.toml").read_text(encoding="utf-8")
TICK = "[timer_tick_s]\nvalue = 10e-6"
ONE_VALUE = {
    TICK: "[timer_tick_s]\nvalue = {tick_s!r}",
    "[channels]\nvalue = 2": "[channels]\nvalue = 1",
    'value = ["positive", "negative", "bipolar"]': 'value = ["positive"]',
}
"""What is changed in the profile, so that there is one divider to judge, at the tick asked for."""

TICK_48_MHZ = 1 / 48e6


@pytest.fixture
def certify_divider(certify: Callable[..., Run], tmp_path: Path) -> Callable[[float, int], Run]:
    """Certify the divider of a unit with a timer tick of so many seconds, whose periods are so many ticks too long."""

    def run(tick_s: float, error: int) -> Run:
        device, unit = tmp_path / "device.toml", tmp_path / "unit.toml"
        text = DEVICE
        for old, new in ONE_VALUE.items():
            assert old in text
            text = text.replace(old, new.replace("{tick_s!r}", repr(tick_s)))
        device.write_text(text, encoding="utf-8")
        unit.write_text(
            'schema = 1\nextends = "pantheon-clinical"\n[firmware]\n'
            f"timer_tick_s = {tick_s!r}\ntimer_reload_error = {error}\n",
            encoding="utf-8",
        )
        return certify(f"--device={device}", f"--simulated-unit={unit}", "-k", "test_timer_counts_right")

    return run


@pytest.mark.parametrize("tick_s", [10e-6, 1e-6], ids=["100kHz", "1MHz"])
def test_a_divider_off_by_one_is_refused(certify_divider: Callable[[float, int], Run], tick_s: float) -> None:
    """At ticks of 10 µs and 1 µs a period that is one tick too long fails, by a whole tick."""
    run = certify_divider(tick_s, 1)
    assert run.code == 1, run.output
    assert run.outcomes["shape.divider"] == "FAIL"
    (row,) = run.rows
    assert float(row["value"]) == pytest.approx(tick_s, rel=0.05)


@pytest.mark.parametrize("tick_s", soak_unless(lambda tick_s: tick_s < 10e-6, [10e-6, 1e-6]), ids=["100kHz", "1MHz"])
def test_a_right_divider_passes(certify_divider: Callable[[float, int], Run], tick_s: float) -> None:
    """At ticks of 10 µs and 1 µs a healthy divider passes."""
    run = certify_divider(tick_s, 0)
    assert run.code == 16, run.output
    (row,) = run.rows
    assert row["verdict"] == "PASS"


@pytest.mark.parametrize("error", soak_unless(bool, [0, 1]))
def test_a_fast_timer_is_not_resolvable(certify_divider: Callable[[float, int], Run], error: int) -> None:
    """At 48 MHz the divider is NOT TESTED, "not resolvable", whether it is right or not."""
    run = certify_divider(TICK_48_MHZ, error)
    assert run.code == 1, run.output
    assert run.outcomes["shape.divider"] == "NOT TESTED"
    assert "not resolvable" in run.state["notes"]["shape.divider"]
