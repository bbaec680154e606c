"""The catalogue of defects: whole, in the size that each device asks for, and the same as the unit files beside it."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from harness.definitions.devices import load_device
from harness.definitions.document import LIBRARY
from harness.definitions.requirements import load_requirements
from harness.errors import DefinitionError, RequestError
from harness.simulation.files.unitfile import read_unit
from harness.studies.defects_catalogue import Variant, chosen, load_catalogue
from harness.studies.defects_devices import CONDITIONS, FIGURES, Subject
from harness.studies.defects_units import missing, tables, unit_file

if TYPE_CHECKING:
    from pathlib import Path

EVERY = chosen(load_catalogue(), ())
DEVICES = sorted(path.stem for path in (LIBRARY / "devices").glob("*.toml"))
BEAR, PANTHEON = "foreo-bear-2", "pantheon-clinical"


@cache
def subject(device: str, extends: str = "") -> Subject:
    """The healthy unit of a device."""
    return Subject(load_device(device)[0], extends)


def a_variant(**unit: dict[str, Any]) -> Variant:
    """A defect with these changes."""
    return Variant(what="anything", expected=("any",), unit=unit)


def test_all_72_are_there() -> None:
    """D01 to D72 stand once each, in six groups, and each names what has to see it."""
    groups = load_catalogue()
    assert [defect.id for group in groups for defect in group.defects] == [f"D{n:02d}" for n in range(1, 73)]
    assert len(groups) == 6


def test_every_requirement_that_is_expected_to_fail_is_there() -> None:
    """A defect names requirements that exist, and that can fail: a disclosure never does."""
    known = {requirement.id: requirement for requirement in load_requirements()[0]}
    expected = {name for _, variant in EVERY for name in variant.expected}
    assert expected <= known.keys()
    assert not [name for name in expected if not known[name].decides]


def test_every_condition_and_figure_is_used() -> None:
    """No condition and no figure of a device stands for nothing."""
    needed = {name for _, variant in EVERY for name in variant.needs}
    assert needed == set(CONDITIONS)
    text = "".join(path.read_text(encoding="utf-8") for path in (LIBRARY / "defects").glob("*.toml"))
    assert not [name for name in FIGURES if f'"{name}"' not in text]


@pytest.mark.parametrize("device", DEVICES)
def test_every_defect_is_a_unit_that_the_simulation_takes(tmp_path: Path, device: str) -> None:
    """On each device each defect that applies gives a unit file that can be read, and differs from the healthy unit."""
    healthy = cache(read_unit)
    for defect, variant in EVERY:
        unit = subject(device, variant.extends)
        if missing(variant, unit):
            continue
        file = tmp_path / f"{defect.label(variant)}.toml"
        file.write_text(unit_file(defect.label(variant), variant, unit), encoding="utf-8")
        made = read_unit(file)
        assert made.defect == defect.id
        changed = [part for part in variant.unit if getattr(made, part) != getattr(healthy(unit.file), part)]
        assert changed == list(variant.unit), defect.label(variant)


def test_the_unit_files_of_the_checkout_are_those_of_the_catalogue() -> None:
    """Each file that is called after a defect holds what the catalogue makes of it for that device."""
    files = {path.stem: path for path in (LIBRARY / "units").glob("*-D[0-9][0-9]*.toml")}
    for device in (BEAR, PANTHEON, "tens-reference"):
        for defect, variant in EVERY:
            file = files.pop(f"{device}-{defect.label(variant)}", None)
            if file is not None:
                unit = subject(device, variant.extends)
                assert not missing(variant, unit), file
                assert _flat(tomllib.loads(unit_file(defect.label(variant), variant, unit))) == pytest.approx(
                    _flat(tomllib.loads(file.read_text(encoding="utf-8")))
                ), file
    assert not files


def _flat(value: Any, path: str = "") -> dict[str, Any]:  # noqa: ANN401 - TOML
    """Leaves by their dotted paths."""
    if not isinstance(value, (dict, list)):
        return {path: value}
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    return {key: leaf for name, each in inner for key, leaf in _flat(each, f"{path}.{name}").items()}


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ({"of": "top-level", "times": 2.0}, 1200e-6),
        ({"of": "tolerance", "times": -1.0, "plus": 1.0}, 0.8),
        ({"of": "lowest-tolerance", "at_least": 8e-6}, 8e-6),
        ({"over": "top-voltage", "times": 3.0}, 0.5),
        ({"of": "table-entry"}, 160.0),
    ],
)
def test_a_size_follows_the_device(size: dict[str, object], expected: float) -> None:
    """600 µA ± 20 % into 10 kΩ at most, and twelve frequencies: factor, sum, reciprocal and least value."""
    made = tables(a_variant(electronics={"gain": size}), subject(PANTHEON))
    assert made["electronics"]["gain"] == pytest.approx(expected)


def test_a_size_of_nothing_is_refused() -> None:
    """A figure that nobody knows is refused with those that there are; a part that the unit lacks, with its place."""
    with pytest.raises(DefinitionError, match="follows 'colour'; known are boost"):
        tables(a_variant(electronics={"gain": {"of": "colour"}}), subject(BEAR))
    with pytest.raises(DefinitionError, match=r"tone\.high_ohm_hz: is no number"):
        tables(a_variant(tone={"low_ohm_hz": {"of": "tone-high-hz"}}), subject(BEAR))


@pytest.mark.parametrize(
    ("device", "label", "why"),
    [
        (BEAR, "D62", "it has one channel"),
        (BEAR, "D39", "no mode has frequencies to choose from"),
        (PANTHEON, "D48", "it does not sense contact"),
        (PANTHEON, "D42", "it has one mode"),
        (PANTHEON, "D62", ""),
    ],
)
def test_where_a_defect_cannot_be_the_reason_is_said(device: str, label: str, why: str) -> None:
    """A defect of a part that a unit does not have does not apply, in words."""
    ((_, variant),) = chosen(load_catalogue(), (label,))
    assert missing(variant, subject(device)) == why


def test_a_healthy_unit_that_has_what_is_spoilt_is_taken() -> None:
    """What the device's plain unit lacks is there in a healthy unit of another name."""
    assert subject(PANTHEON, "capacitor").file.stem == "pantheon-clinical-capacitor"
    assert subject(BEAR, "capacitor").file.stem == BEAR
    assert CONDITIONS["blocking-capacitor"][0](subject(PANTHEON, "capacitor"))


def test_an_unknown_defect_is_refused() -> None:
    """--only of a number that the catalogue does not have is a sentence; a number means all its ways."""
    with pytest.raises(RequestError, match="D99: is no defect of the catalogue; they are D01 to D72"):
        chosen(load_catalogue(), ("D99",))
    assert [defect.label(variant) for defect, variant in chosen(load_catalogue(), ("D40",))] == [
        "D40", "D40-skips", "D40-reversed",
    ]  # fmt: skip
