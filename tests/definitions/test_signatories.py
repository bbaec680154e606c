"""The signatories file: an id and a key are of one person, and what is wrong is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.definitions.signatories import ROLES, is_weak, load_signatories, moment
from harness.errors import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path

KEY, OTHER = "02" * 32, "03" * 32
FILE = f"""
schema = 1

[roles]
reviewer = ["review"]

[[signatories]]
id = "rs"
name = "Rahel Suter"
roles = ["reviewer"]
public_key = "{KEY}"
valid_from = "2026-01-01T00:00:00+01:00"
"""
SECOND = FILE[FILE.index("[[signatories]]") :]
REVOKED = f'[[revocations]]\npublic_key = "{KEY}"\nsince = "2026-05-01T00:00:00+00:00"\nreason = "lost"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the file stands."""
    return tmp_path / "signatories.toml"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FILE + SECOND, "belongs to two signatories"),
        (FILE + SECOND.replace("Rahel Suter", "Somebody").replace(KEY, OTHER), "an id is of one person"),
        (FILE.replace('roles = ["reviewer"]', 'roles = ["boss"]'), "rs has the role 'boss'; known are reviewer"),
        (FILE.replace('["review"]', '["praise"]'), "roles.reviewer.0"),
        (FILE.replace(KEY, KEY[1:]), "is no Ed25519 public key"),
        (FILE.replace(KEY, KEY.replace("02", "0g")), "is no Ed25519 public key"),
        (FILE.replace(KEY, "00" * 32), "is no Ed25519 public key"),
        (FILE.replace('id = "rs"', 'id = "../rs"'), "is no id"),
        (FILE.replace('"Rahel Suter"', '"Rahel\\nSuter"'), "is not one line of printable text"),
        (FILE.replace("T00:00:00+01:00", ""), "is no time with its offset from UTC"),
        (FILE.replace("+01:00", ""), "is no time with its offset from UTC"),
        (FILE + REVOKED.replace(KEY, OTHER), "which is nobody's key"),
        (FILE + "password = 1\n", "is not a known key"),
        (FILE.replace("schema = 1", ""), "schema: is missing"),
        (FILE.replace("schema = 1", "schema = 2"), "schema"),
        ("[", "is not valid TOML"),
    ],
)
def test_what_is_wrong_is_named(file: Path, text: str, words: str) -> None:
    """A file that leaves doubt about who signs is refused with file and key."""
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_signatories(file)
    assert words in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_signature_counts_from_the_first_moment_to_the_last(file: Path) -> None:
    """A key counts from its first moment on, and no more at that of its end or of its revocation."""
    end = 'valid_until = "2026-06-01T00:00:00+00:00"\n'
    for tables, last in ((end, "2026-06-01T00:00:00+00:00"), (REVOKED, "2026-05-01T00:00:00+00:00")):
        file.write_text(FILE + tables, encoding="utf-8")
        found = load_signatories(file)
        said = [
            bool(found.objection(KEY, "reviewer", "review", moment(time)))
            for time in ("2025-12-31T22:59:59+00:00", "2025-12-31T23:00:00+00:00", last.replace(":00+", ":01+"), last)
        ]
        assert said == [True, False, True, True]
        before = moment("2026-04-30T23:59:59+00:00")
        assert found.objection(KEY, "reviewer", "review", before) == ""
        assert found.objection(KEY, "reviewer", "approval", before) == "the role reviewer does not give approval"
        assert found.objection(KEY, "approver", "approval", before) == "Rahel Suter has not the role approver"
        assert found.objection(OTHER, "reviewer", "review", before) == "its key belongs to no signatory"


def test_every_meaning_has_a_role_in_a_new_file() -> None:
    """Somebody may give each meaning that a signature can have: 21 CFR 11.50(a)(3)."""
    given = {meaning for meanings in ROLES.values() for meaning in meanings}
    assert given == {"review", "approval", "responsibility", "authorship"}


@pytest.mark.parametrize("sign", [0x00, 0x80])
def test_points_of_small_order_are_weak(sign: int) -> None:
    """Numbers that the curve has no key for, whatever the sign of x; the base point of RFC 8032 is a sound one."""
    p = 2**255 - 19
    for y in (0, 1, p - 1, p, p + 1, 2**255 - 1):
        data = bytearray(y.to_bytes(32, "little"))
        data[31] |= sign
        assert is_weak(data.hex())
    base = bytearray.fromhex("58" + "66" * 31)
    base[31] |= sign
    assert not is_weak(base.hex())
