"""The verifier in one file: Ed25519 as in RFC 8032, and the same findings as the verb on whatever was tampered with."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from harness.cli import main
from harness.definitions.signatories import is_weak
from harness.evidence import seal, standalone
from harness.evidence.codec import canonical
from tests.examples import make_run
from tests.signing import Office, make_office

if TYPE_CHECKING:
    from collections.abc import Callable

VECTORS = {
    "1": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
            "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    "2": (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da0"
            "85ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    "3": (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac1"
            "8ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
    "SHA(abc)": (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        (
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
        (
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b5890"
            "9351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
        ),
    ),
}
"""RFC 8032, section 7.1: public key, message, signature."""


def by_library(key: bytes, message: bytes, signature: bytes) -> bool:
    """What `cryptography` says of a signature, with keys refused that the verb refuses."""
    if is_weak(key.hex()):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize("name", VECTORS)
def test_published_signatures_are_valid(name: str) -> None:
    """The signatures printed in RFC 8032 are valid, and none of them with any single byte changed."""
    key, message, signature = (bytes.fromhex(text) for text in VECTORS[name])
    assert standalone.is_signed(key, message, signature)
    for place in range(0, 64, 5):
        changed = signature[:place] + bytes([signature[place] ^ 1]) + signature[place + 1 :]
        assert not standalone.is_signed(key, message, changed)
    assert not standalone.is_signed(key, message + b"\0", signature)


def test_ed25519_agrees_with_a_library() -> None:
    """On signatures of random keys, true and damaged, and on odd keys and numbers, both say the same."""
    chance = random.Random(8032)  # noqa: S311 - examples, not secrets
    cases = []
    for number in range(16):
        private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        key, message = private.public_key().public_bytes_raw(), chance.randbytes(number * 7)
        signature = private.sign(message)
        scalar = int.from_bytes(signature[32:], "little")
        cases += [
            (key, message, signature),
            (key, message, signature[:32] + (scalar + standalone.L).to_bytes(32, "little")),
            (chance.randbytes(32), message, signature),
            (key, message, chance.randbytes(64)),
        ]
    zero, one = bytes(32), (1).to_bytes(32, "little")
    above = (standalone.P + 1).to_bytes(32, "little")
    minus_one = (standalone.P - 1).to_bytes(32, "little")
    eighth = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
    odd = (zero, one, above, minus_one, b"\xff" * 32, (1 | 1 << 255).to_bytes(32, "little"), eighth)
    cases += [(key, b"x", start + end) for key in odd for start in odd for end in (zero, one)]
    said = [standalone.is_signed(*case) for case in cases]
    assert said == [by_library(*case) for case in cases]
    assert (said[: 4 * 16].count(True), said.count(True)) == (16, 16)
    assert Ed25519PublicKey.from_public_bytes(one).verify(one + zero, b"whatever") is None  # why weak keys are refused


def test_python_of_years_ago_reads_it() -> None:
    """The grammar is that of Python 3.8, and nothing but the standard library is imported."""
    with open(standalone.__file__, encoding="utf-8") as file:  # noqa: PTH123
        tree = ast.parse(file.read(), feature_version=(3, 8))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [str(node.module)])
    }
    assert imported - set(sys.stdlib_module_names) == set()


def test_it_is_handed_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--write-verifier` writes a program that stands alone, and never over a file; with RUN it also verifies."""
    run, file = make_run(tmp_path / "run"), tmp_path / "check.py"
    assert main(["verify", f"--write-verifier={file}"]) == 0
    done = subprocess.run([sys.executable, "-I", "-S", file, run], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "whole\n", "")
    assert main(["verify", f"--write-verifier={file}"]) == 2
    assert "exists already" in capsys.readouterr().err
    (run / "run.json").unlink()
    assert main(["verify", str(run), f"--write-verifier={tmp_path / 'again.py'}"]) == 1
    done = subprocess.run([sys.executable, "-I", "-S", file, run], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "run.json: missing\n")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """People who sign."""
    return make_office(tmp_path_factory.mktemp("signing") / "office")


@pytest.fixture(scope="module")
def signed(office: Office) -> Path:
    """A run with three signatures."""
    run = make_run(office.folder / "run")
    assert office.sign(run, "op", "authorship") == 0
    assert office.sign(run, "rs", "review", "--comment=all of it read") == 0
    assert office.sign(run, "kb", "approval") == 0
    return run


@pytest.fixture
def run(signed: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return shutil.copytree(signed, tmp_path / "copy")


def both(office: Office, run: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    """What the verb says, which is what the single file says, to the letter."""
    capsys.readouterr()
    code = office.verify(run, *options)
    streams = capsys.readouterr()
    assert standalone.main([str(run), f"--signatories={office.file}", *options]) == code
    assert capsys.readouterr() == streams
    return code, streams.out + streams.err


def damage(run: Path, chance: random.Random) -> set[str]:
    """Change one thing in a run, and say which items that concerns."""
    files = sorted(path for path in run.rglob("*") if path.is_file())
    kind = chance.choice(("change", "insert", "cut", "delete", "add", "swap", "rename", "link"))
    if kind == "delete":
        # That nobody signed after all is what the last signature alone could say.
        files.remove(next(run.glob("signatures/*-kb-*")))
    one = chance.choice(files)
    data = one.read_bytes()
    place = chance.randrange(len(data))
    items = {one.relative_to(run).as_posix()}
    if kind == "change":
        one.write_bytes(data[:place] + bytes([data[place] ^ chance.randrange(1, 256)]) + data[place + 1 :])
    elif kind == "insert":
        one.write_bytes(data[:place] + chance.randbytes(1) + data[place:])
    elif kind == "cut":
        one.write_bytes(data[:place] + data[place + 1 :])
    elif kind == "delete":
        one.unlink()
    elif kind == "add":
        added = one.with_name(f"{chance.randrange(10**6)}{one.suffix}")
        added.write_bytes(chance.choice((b"", data, chance.randbytes(9))))
        items = {added.relative_to(run).as_posix()}
    elif kind == "swap":
        other = chance.choice([path for path in files if path.read_bytes() != data])
        one.write_bytes(other.read_bytes())
        other.write_bytes(data)
        items.add(other.relative_to(run).as_posix())
    elif kind == "rename":
        renamed = one.rename(one.with_name(f"{chance.randrange(10**6)}{one.suffix}"))
        items.add(renamed.relative_to(run).as_posix())
    else:
        elsewhere = one.rename(run.with_name(f"elsewhere-{chance.randrange(10**9)}"))
        one.symlink_to(elsewhere)
    return items


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.soak)])
def test_whatever_is_changed_is_named(
    office: Office, signed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], count: int
) -> None:
    """A byte, a file or two of a signed run: verb and single file say no, alike, and name each item."""
    chance = random.Random(11)  # noqa: S311 - damages, not secrets
    run = tmp_path / "run"
    for number in range(count):
        shutil.rmtree(run, ignore_errors=True)
        shutil.copytree(signed, run, symlinks=True)
        items = damage(run, chance)
        code, said = both(office, run, capsys)
        problems = "".join(
            line for line in said.splitlines() if not re.search(r": (review|approval|auth\w+) by ", line)
        )
        # Without a manifest that is the only thing that can be said.
        items = {"manifest.json"} if "has no manifest.json" in said else items
        unnamed = {item for item in items if item.removeprefix("signatures/") not in problems}
        assert (code, unnamed) == (1, set()), (number, items, said)


def test_an_untouched_run_is_whole_to_both(
    office: Office, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With signatories and without, asked for signatures or not: the same lines."""
    code, said = both(office, run, capsys, "--signed")
    lines = said.splitlines()
    assert (code, lines[0], len(lines)) == (0, "whole", 4)
    code, _ = both(office, tmp_path / "gone", capsys)
    assert code == 2
    code, _ = both(office, tmp_path, capsys)
    assert code == 2
    (run / "manifest.json").unlink()
    code, said = both(office, run, capsys)
    assert (code, "was not ended" in said) == (1, True)


def chained(lines: list[dict[str, Any]]) -> list[bytes]:
    """Lines of records, each with its own hash, whatever else they say."""
    found = []
    for line in lines:
        bare = {key: line[key] for key in line if key != "sha256"}
        found.append(canonical({**bare, "sha256": hashlib.sha256(canonical(bare)).hexdigest()}))
    return found


BREAKS: dict[str, Callable[[list[dict[str, Any]]], list[bytes]]] = {
    "a record taken out": lambda lines: chained([*lines[:2], *lines[3:]]),
    "two records swapped": lambda lines: chained([lines[0], lines[2], lines[1], *lines[3:]]),
    "another number": lambda lines: chained([{**lines[0], "number": 1}, *lines[1:]]),
    "another line before": lambda lines: chained([lines[0], {**lines[1], "previous": "0" * 64}, *lines[2:]]),
    "another value": lambda lines: [canonical({**line, "data": {}}) for line in lines],
    "no kind": lambda lines: chained([{key: lines[0][key] for key in ("data", "number", "previous")}]),
    "blanks": lambda lines: [json.dumps(line).encode("ascii") for line in lines],
    "no object": lambda _: [b"[]"],
    "no JSON": lambda _: [b"\xff"],
    "depth": lambda _: [b"[" * 100_000],
    "an observation without captures": lambda lines: chained([{**lines[0], "kind": "observation"}]),
    "an observation with captures of no kind": lambda lines: chained(
        [{**lines[0], "kind": "observation", "data": {"files": {"zero": 5}}}]
    ),
    "no records": lambda _: [],
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_chain_is_one_to_both(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Records that were changed under a manifest made anew: both say the same sentence."""
    run = make_run(tmp_path / "run")
    path = run / "records.jsonl"
    lines = BREAKS[name]([json.loads(line) for line in path.read_bytes().splitlines()])
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    (run / "manifest.json").unlink()
    seal(run)
    code, said = both(office, run, capsys)
    assert code == 1
    assert said.startswith("records.jsonl: ")


def test_a_name_of_any_bytes_is_shown(office: Office, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file whose name is no text, or holds a line feed and "whole", is one line all the same."""
    for name in (b"\xff", b"x\nwhole\n", "\u00b5".encode()):
        Path(os.fsdecode(os.fsencode(run) + b"/" + name)).write_bytes(b"")
    Path(os.fsdecode(os.fsencode(run) + b"/signatures/\xfe")).write_bytes(b"")
    code, said = both(office, run, capsys)
    assert code == 1
    assert said.splitlines()[:4] == [
        "x\\nwhole\\n: added",
        "\u00b5: added",
        "\\udcff: added",
        "signatures/\\udcfe: is no signature",
    ]


@pytest.mark.parametrize(
    "change",
    [
        ("schema = 1", "schema = 2"),
        ("[roles]", "[rules]"),
        ('id = "kb"', 'id = "rs"'),
        ('valid_from = "', 'valid_from = "x'),
        ('roles = ["approver"]', 'roles = ["boss"]'),
        ('id = "kb"', 'ID = "kb"'),
        ("schema = 1", "schema 1"),
    ],
)
def test_a_signatories_file_that_is_wrong_is_refused_by_both(
    office: Office, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str]
) -> None:
    """Nobody is told that a run is signed by a file that leaves doubt: one sentence and exit 2."""
    file = tmp_path / "signatories.toml"
    file.write_text(office.file.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    for program in (lambda line: main(["verify", *line]), standalone.main):
        capsys.readouterr()
        assert program([str(run), "--signed", f"--signatories={file}"]) == 2
        streams = capsys.readouterr()
        assert (streams.out, streams.err.count("\n"), str(file) in streams.err) == ("", 1, True)


@pytest.mark.parametrize("who", ["kb", "op"])
def test_revoked_keys_count_for_nothing_to_both(
    office: Office, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], who: str
) -> None:
    """A key that was stolen before it signed: its signature is named, all others stay valid."""
    other = Office(shutil.copytree(office.folder, tmp_path / "office", ignore=shutil.ignore_patterns("run*")))
    assert other.revoke(who, "--reason=stolen", "--since=2026-01-02T00:00:00+01:00") == 0
    code, said = both(other, run, capsys, "--signed")
    assert code == 1
    assert [line for line in said.splitlines() if "revoked from 2026-01-02T00:00:00+01:00: stolen" in line] == [
        said.splitlines()[0]
    ]
    with suppress(FileNotFoundError):
        shutil.rmtree(run / "signatures")
    code, said = both(other, run, capsys, "--signed")
    assert (code, said) == (1, f"not signed: no valid signature by a signatory of {other.file}\n")
