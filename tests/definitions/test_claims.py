"""Requirements that others prove, and the claims, clauses and contradictions of the checkout."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest

from harness.definitions.devices import load_device
from harness.definitions.document import Stated
from harness.definitions.requirements import load_contradictions, load_requirements
from harness.errors import DefinitionError
from tests.examples import REQUIREMENTS

if TYPE_CHECKING:
    from pathlib import Path

OURS = load_requirements()[0]
BY_ID = {requirement.id: requirement for requirement in OURS}
TONER = load_device("foreo-bear-2")[0]
DEVICES = (
    *("pantheon-clinical", "pantheon-4c-pro", "pantheon-8c-pro", "pantheon-12c-pro-advanced", "foreo-bear-2"),
    *("mps-pen", "nuface-like", "tens-reference", "electroacupuncture-reference"),
)
"""Profiles that claims may be about, those that are still to come included."""

CLAIM = """
schema = 1
[[requirements]]
id = "{id}"
title = "A claim"
kind = "function"
owner = "unit"
text = "What somebody says."
document = "an article"
edition = "1"
clause = "somewhere"
certainty = "verified"
witness = {witness}
{proof}
"""


def load_with(folder: Path, proof: str, *, name: str = "claim.x", witness: str = '"instrument"') -> None:
    """Load the small requirements with one more file."""
    (folder / "output.toml").write_bytes((REQUIREMENTS / "output.toml").read_bytes())
    (folder / "claims.toml").write_text(CLAIM.format(id=name, witness=witness, proof=proof), encoding="utf-8")
    load_requirements(folder)


@pytest.mark.parametrize(
    ("proof", "key", "words"),
    [
        ('evidence = ["nobody"]', "requirements.claim.x.evidence", "'nobody' is no requirement"),
        ('evidence = ["claim.x"]', "requirements.claim.x.evidence", "rests on itself"),
        ("", "requirements.0", "requirement claim.x has no row"),
        ('evidence = []\nattach = "a report"', "requirements.0", "has values or evidence, a document to attach, or"),
        ('attach = "a report"', "requirements.0", "is proved by a document, so its kind is document"),
        ('attach = "a"\nout_of_scope = "b"', "requirements.0", "has values or evidence, a document to attach, or"),
        ('out_of_scope = "b"\nuntested = ["c"]', "requirements.0", "has untested parts besides its evidence"),
        ('evidence = []\nclasses = ["toaster"]', "requirements.0.classes.0", "'toaster'"),
        ('evidence = []\nwhere = "heaven"', "requirements.0.where", "'heaven'"),
    ],
)
def test_a_wrong_proof_is_one_sentence(tmp_path: Path, proof: str, key: str, words: str) -> None:
    """Evidence that is not there, that goes in a circle, or that is not the only way is refused by file and key."""
    with pytest.raises(DefinitionError) as caught:
        load_with(tmp_path, proof)
    assert str(caught.value).startswith(f"{tmp_path / 'claims.toml'}: {key}")
    assert words in str(caught.value)


def test_a_long_circle_is_found(tmp_path: Path) -> None:
    """Two that prove each other prove nothing."""
    second = CLAIM.format(id="claim.y", witness='"instrument"', proof='evidence = ["claim.x"]')
    proof = 'evidence = ["current.accuracy", "claim.y"]\n' + second.replace("schema = 1", "")
    with pytest.raises(DefinitionError, match="rests on itself"):
        load_with(tmp_path, proof)


@pytest.mark.parametrize("name", ["display.intensity", "tone.pitch", "battery.flag"])
@pytest.mark.parametrize(
    ("witness", "allowed"),
    [
        ('"telemetry"', False),
        ('["telemetry"]', False),
        ('["instrument", "telemetry"]', True),
        ('"operator"', True),
        ("[]", False),
    ],
)
def test_telemetry_alone_is_no_witness(tmp_path: Path, name: str, witness: str, *, allowed: bool) -> None:
    """Of a display, a tone or a battery the unit's own word alone is refused when the file is loaded."""
    if allowed:
        load_with(tmp_path, "evidence = []", name=name, witness=witness)
        return
    with pytest.raises(DefinitionError, match="witness"):
        load_with(tmp_path, "evidence = []", name=name, witness=witness)


def test_a_contradiction_names_requirements_that_there_are(tmp_path: Path) -> None:
    """A contradiction about a requirement that nobody knows is refused."""
    text = (
        'evidence = []\n[[contradictions]]\ntopic = "t"\none = "a"\none_source = "b"\nother = "c"\n'
        'other_source = "d"\nhandling = "e"\nrequirements = ["nobody"]'
    )
    with pytest.raises(DefinitionError, match=r"contradictions\.t: 'nobody' is no requirement"):
        load_with(tmp_path, text)


def test_every_claim_of_the_articles_is_there() -> None:
    """P1 to P30 and F1 to F22, three of F11; each says how it is proved, or why it is not."""
    due = {f"claim.p{number}" for number in range(1, 31)} | {f"claim.f{number}" for number in range(1, 23)}
    due = (due - {"claim.f11"}) | {"claim.f11a", "claim.f11b", "claim.f11c"}
    assert due <= BY_ID.keys()
    for name in due:
        claim = BY_ID[name]
        assert claim.rows or claim.evidence or claim.untested or claim.attach or claim.out_of_scope, name
        assert claim.document.startswith(("Pantheon Research", "FOREO"))


def test_what_no_bench_can_test_is_out_of_scope() -> None:
    """Cells, pain and muscles are listed with the reason, and nothing of them can pass."""
    biological = [
        BY_ID[f"claim.{name}"] for name in ("p-energy", "p-pain", "p-nerves", "f-energy", "f-skin", "f-muscles")
    ]
    for claim in biological:
        assert claim.out_of_scope
        assert (claim.rows, claim.evidence) == ((), None)


def test_claims_are_about_devices_that_there_are() -> None:
    """A misspelt device would make a claim not applicable everywhere."""
    patterns = {pattern for requirement in OURS for pattern in requirement.devices}
    assert patterns
    for pattern in patterns:
        assert any(fnmatchcase(name, pattern) for name in DEVICES), pattern


def test_no_standard_that_was_not_at_hand_is_verified() -> None:
    """Clauses of IEC 60601 are unverified, but for words on instructions for use, which a public excerpt has."""
    verified = {
        requirement.id
        for requirement in OURS
        if requirement.document.startswith("IEC") and requirement.certainty == "verified"
    }
    assert verified == {
        "iec-2-10.current-density",
        "iec-2-10.instructions-output",
        "iec-2-10.instructions-warnings",
    }


def test_current_density_never_decides() -> None:
    """2 mA/cm² is 20 A/m², at which J / (J + 20 A/m²) is a half, and asks for attention only."""
    density = BY_ID["iec-2-10.current-density"]
    (row,) = density.rows
    assert (density.kind, density.decides, row.upper, row.arguments["density"]) == ("attention", False, 0.5, "20.0")


def test_output_current_is_limited_by_frequency() -> None:
    """80 mA d.c., 50 mA to 400 Hz, 80 mA to 1500 Hz, 100 mA above; each frequency has one r.m.s. row."""
    rows = BY_ID["iec-2-10.output-current"].rows
    bands = [(row.above_hz, row.up_to_hz, row.upper) for row in rows if row.measurand == "table-rms-current"]
    assert bands == [(None, 400.0, 50e-3), (400.0, 1500.0, 80e-3), (1500.0, None, 100e-3)]
    assert {row.upper for row in rows if row.measurand != "table-rms-current"} == {80e-3}


@pytest.mark.parametrize("limit", [2500.0, 20.0])
def test_a_limit_of_a_regulation_stands_once(limit: float) -> None:
    """0.25 W/cm² and 2 mA/cm² each in one requirement, with one certainty."""
    having = [
        requirement.id
        for requirement in OURS
        for row in requirement.rows
        if limit in (row.upper, row.arguments.get("density")) or row.arguments.get("density") == str(limit)
    ]
    assert len(having) == 1


def test_contradictions_are_kept() -> None:
    """What the sources do not agree on stands beside the requirements, with both sources and what is done."""
    topics = [entry.topic for entry in load_contradictions()]
    assert len(topics) == len(set(topics)) == 8


def test_the_claim_of_680_microamperes_has_a_level() -> None:
    """The profile of BEAR 2 has the level that is claimed, at its top; a profile without it has nothing to prove."""
    (row,) = BY_ID["claim.f4"].rows
    top_a = TONER.modes[0].levels_a.value[-1]
    assert row.currents_a == (top_a,) == (680e-6,)
    assert row.may_concern(TONER)
    assert not row.may_concern(load_device("nuface-like")[0])


@pytest.mark.parametrize(
    ("device_class", "kind"), [(None, "function"), ("microcurrent", "function"), ("tens", "observation")]
)
def test_a_class_is_judged_where_it_is_claimed(device_class: str | None, kind: str) -> None:
    """A device that claims to be microcurrent has to be; of another class it is an observation."""
    stated = None if device_class is None else Stated(value=device_class, basis="assumed", source="tests")
    profile = TONER.model_copy(update={"device_class": stated})
    found = BY_ID["class.microcurrent-current"].of(profile)
    assert (found.kind, found.decides) == (kind, kind == "function")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"devices": ("pantheon-*",)}, "a claim about another device"),
        ({"devices": ("foreo-*", "pantheon-*")}, ""),
        ({"classes": ("tens",)}, "about devices of another class than microcurrent"),
        ({"classes": ("microcurrent", "tens")}, ""),
    ],
)
def test_whom_a_claim_is_about(changes: dict[str, tuple[str, ...]], reason: str) -> None:
    """A claim about others does not concern a device, and says so."""
    plain = BY_ID["claim.p1"].model_copy(update={"devices": (), "classes": (), **changes})
    assert plain.not_applicable(TONER) == reason
