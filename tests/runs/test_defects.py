"""Each defect fails the requirements that a person would name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runs.support import QUICK_D02, ROOT, at, soak_unless

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runs.support import Run

BEAR, PANTHEON = "foreo-bear-2", "pantheon-clinical"
PREFIX = {BEAR: "ch1-steady-", PANTHEON: "ch1-square-"}
DIRECTION = {"polarity.sign", "polarity.indicator"}
OFF = {"off.residual", "off.pulses"}

# Unit, operating points that show it, requirements that fail there.
SEEN_AT = [
    (BEAR, "D01", ("L01-positive-10k", "L10-positive-10k"), {"current.accuracy"}),
    (BEAR, "D02", ("L01-positive-10k", "L10-positive-10k"), {"current.accuracy"}),
    (BEAR, "D11", ("L01-positive-10k",), {"current.accuracy"}),
    (BEAR, "D15", ("L10-positive-10k", "L10-negative-10k"), {"current.accuracy"} | DIRECTION),
    (
        BEAR,
        "D21",
        ("L01-positive-10k", "L01-positive-10k-off"),
        {"current.accuracy", "off.residual", "overload.ceiling"},
    ),
    (BEAR, "D22", ("L10-positive-10k", "L10-positive-10k-off"), OFF),
    (
        BEAR,
        "D30",
        ("L10-bipolar-1Hz-10k", "L10-bipolar-1Hz-10k-shape"),
        {"polarity.net-direct-current", "polarity.alternation"} | DIRECTION,
    ),
    (BEAR, "D31", ("L10-positive-10k",), DIRECTION),
    (BEAR, "D48", ("L10-positive-10k-first-contact-touch", "L10-positive-10k-gap-20ms"), {"anti-shock.restart"}),
    (BEAR, "D49", ("L10-positive-10k-first-contact-touch",), {"anti-shock.rise"}),
    (BEAR, "D50", ("L10-positive-10k-first-contact-touch",), {"anti-shock.rise"}),
    (BEAR, "D55", ("L10-positive-10k-loss-15ms",), {"anti-shock.off-after-loss"}),
    (BEAR, "D66", ("L10-positive-500R-overcurrent",), {"overload.trip"}),
    (BEAR, "D66-stays-off", ("L10-positive-500R-overcurrent",), {"overload.trip"}),
    (BEAR, "stays-live", ("L10-positive-10k-loss-15ms",), {"anti-shock.off-after-loss"}),
    (PANTHEON, "D06", ("L01-bipolar-0.5Hz-10k", "L09-bipolar-0.5Hz-10k"), {"current.accuracy"} | DIRECTION),
    (PANTHEON, "D11", ("L01-bipolar-0.5Hz-10k",), {"current.accuracy"}),
    (PANTHEON, "D19", ("L09-bipolar-0.5Hz-10k-shape",), {"shape.droop", "shape.amplitude"}),
    (PANTHEON, "D21", ("L01-positive-0.5Hz-10k",), {"current.accuracy", "off.residual", "overload.ceiling"}),
    (PANTHEON, "D22", ("L09-positive-0.5Hz-10k", "L09-positive-0.5Hz-10k-off"), OFF),
    (PANTHEON, "D30", ("L09-bipolar-1500Hz-10k-shape",), {"polarity.net-direct-current", "shape.amplitude"}),
    (PANTHEON, "D32", ("L09-bipolar-1500Hz-10k-shape",), {"polarity.net-direct-current"}),
    (PANTHEON, "D33", ("L09-bipolar-1500Hz-10k-shape",), {"polarity.net-direct-current", "shape.duty"}),
    (PANTHEON, "D37", ("L09-bipolar-1500Hz-10k-shape",), {"shape.frequency", "shape.divider"}),
    (PANTHEON, "2nF", ("L09-positive-0.5Hz-10k-touch",), {"overload.touch"}),
    (BEAR, "D36", ("L10-positive-10k-mode-change",), {"mode-change.direction"}),
    (PANTHEON, "D26", ("L09-bipolar-2Hz-10k-events",), {"mode-change.events"}),
    (PANTHEON, "D63", ("L04-bipolar-10Hz-10k-keyed-free",), {"channels.keyed", "channels.independence"}),
    (PANTHEON, "D64", ("L04-bipolar-10Hz-10k-keyed-free",), {"channels.independence"}),
    (PANTHEON, "D69", ("L09-bipolar-0.5Hz-10k-continuity",), {"leads.continuity"}),
]
SAMPLE = {
    (BEAR, "D21"), (BEAR, "D48"), (PANTHEON, "D37"),
}  # fmt: skip
"""Those that CI tries. All others, whole plans, and the kill table are for the soak."""

LEVELS = {"current.accuracy", "overload.cycles"}
WHOLE = {
    # A quarter too much: every level, also after shorts and opens, at other frequencies, and after a short gap.
    (BEAR, "D01"): LEVELS | {"shape.amplitude", "anti-shock.short-gap"},
    (BEAR, "D02"): LEVELS,
    (BEAR, "D11"): LEVELS,
    (BEAR, "D15"): {"current.accuracy", "polarity.net-direct-current", "shape.amplitude"} | DIRECTION,
    # Wherever the output has to be off: in OFF, while it waits for contact, after a loss, after a trip.
    (BEAR, "D22"): OFF | {"anti-shock.rise", "anti-shock.off-after-loss", "overload.trip"},
    (BEAR, "D30"): {
        "current.accuracy", "polarity.net-direct-current", "polarity.alternation", "shape.amplitude",
    } | DIRECTION,
    (BEAR, "D31"): DIRECTION,
    (BEAR, "D48"): {"anti-shock.restart"},
    # A rise that is a step: at first contact, after a loss, after a trip was cleared.
    (BEAR, "D49"): {"anti-shock.rise", "anti-shock.restart", "overload.trip-restart"},
    (BEAR, "D50"): {"anti-shock.rise", "anti-shock.restart"},
    (BEAR, "D55"): {"anti-shock.rise", "anti-shock.restart", "anti-shock.off-after-loss"},
    (BEAR, "D66"): {"overload.trip"},
    (BEAR, "D66-stays-off"): {"overload.trip"},
    (BEAR, "stays-live"): {"anti-shock.restart", "anti-shock.off-after-loss"},
    (PANTHEON, "D06"): LEVELS | DIRECTION,
    (PANTHEON, "D11"): LEVELS | {"overload.touch"},
    (PANTHEON, "D22"): OFF,
    (PANTHEON, "D30"): LEVELS | {"polarity.net-direct-current", "shape.amplitude"} | DIRECTION,
    (PANTHEON, "D32"): {"polarity.net-direct-current"},
    (PANTHEON, "D33"): {"polarity.net-direct-current", "shape.duty"},
    (PANTHEON, "D37"): {"shape.frequency", "shape.divider"},
    # Every contact that is made with an output that rested on an open circuit.
    (PANTHEON, "2nF"): {"overload.touch", "overload.cycles"},
}  # fmt: skip
AT_LEAST = {
    # What flows whatever is asked spoils nearly everything: these have to be among it.
    (BEAR, "D21"): {"current.accuracy", "overload.touch"} | OFF,
    (PANTHEON, "D19"): {"current.accuracy", "shape.droop", "shape.amplitude"},
    (PANTHEON, "D21"): {"current.accuracy", "overload.touch"} | OFF,
    (BEAR, "D36"): {"mode-change.direction"},
    (PANTHEON, "D26"): {"mode-change.events", "shape.edges"},
    (PANTHEON, "D63"): {"channels.keyed", "channels.independence"},
    (PANTHEON, "D64"): {"channels.independence"},
    (PANTHEON, "D69"): {"leads.continuity"},
}


def certify_defect(certify: Callable[..., Run], device: str, defect: str, *options: str) -> Run:
    """Certify a defective unit; it is refused."""
    run = certify(f"--device={device}", f"--simulated-unit={device}-{defect}", *options)
    assert run.code == 1, run.output
    return run


@pytest.mark.parametrize(
    ("device", "defect", "points", "failing"),
    soak_unless(lambda case: case[:2] in SAMPLE, SEEN_AT),
    ids=[f"{device}-{defect}" for device, defect, *_ in SEEN_AT],
)
def test_a_defect_is_seen_where_it_shows(
    certify: Callable[..., Run], device: str, defect: str, points: tuple[str, ...], failing: set[str]
) -> None:
    """At the operating points that show a defect the unit fails what a person would name."""
    run = certify_defect(certify, device, defect, *at(PREFIX[device], *points))
    assert run.failing >= failing, run.output


def test_every_defect_that_is_tried_is_a_file() -> None:
    """Each line, narrowed and whole, names a unit file; files without a line show what no requirement looks at yet."""
    files = {path.stem for path in (ROOT / "fixtures/units").glob("*.toml")} - {BEAR, PANTHEON}
    tried = {f"{device}-{defect}" for device, defect, *_ in SEEN_AT}
    assert tried <= files
    assert {f"{device}-{defect}" for device, defect in WHOLE.keys() | AT_LEAST.keys()} == tried


@pytest.mark.soak
@pytest.mark.parametrize(("device", "defect"), sorted(WHOLE))
def test_a_defect_fails_what_it_touches(certify: Callable[..., Run], device: str, defect: str) -> None:
    """Over the whole plan a defective unit fails all requirements that its defect is known to touch."""
    run = certify_defect(certify, device, defect)
    assert run.failing >= WHOLE[device, defect], run.output
    assert run.state["verdict"] == "FAIL"


@pytest.mark.soak
@pytest.mark.parametrize(("device", "defect"), sorted(AT_LEAST))
def test_a_gross_defect_fails_what_it_is_named_for(certify: Callable[..., Run], device: str, defect: str) -> None:
    """Where a defect spoils nearly everything, what it is named for is among it, and the ceiling does not pass."""
    run = certify_defect(certify, device, defect)
    assert run.failing >= AT_LEAST[device, defect], run.output
    assert run.outcomes["overload.ceiling"] != "PASS"


def test_an_offset_shows_at_the_lowest_level_only(certify: Callable[..., Run]) -> None:
    """An offset of 8 µA leaves the tolerance at 68 µA and nowhere else, also where that level is set under load."""
    run = certify(f"--simulated-unit={QUICK_D02}")
    failed = {(row["quantity"], row["level"]) for row in run.rows if row["verdict"] == "FAIL"}
    assert {level for quantity, level in failed if quantity != "events.setting-down"} == {"1"}
    assert ("events.setting-down", "2") in failed


@pytest.mark.soak
def test_an_open_leg_shows_in_the_negative_phase_only(certify: Callable[..., Run]) -> None:
    """A dead negative direction fails negative phases, also of the bipolar setting, and no positive one."""
    settings = [f"L10-{polarity}10k" for polarity in ("positive-", "negative-", "bipolar-1Hz-")]
    run = certify(f"--device={BEAR}", "--simulated-unit=D15", *at(PREFIX[BEAR], *settings))
    failed = {(row["quantity"], row["polarity"]) for row in run.rows if row["verdict"] == "FAIL"}
    assert failed == {
        (name, polarity)
        for name in ("current.negative-plateau", "polarity.negative-phase", "polarity.negative-indicated")
        for polarity in ("negative", "bipolar")
    }
