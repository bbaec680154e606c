"""Electronic signatures: bound to one run, one person and one moment, and none of it can be changed or taken away."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import shutil
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from harness.cli import main
from harness.definitions.signatories import load_signatories
from harness.errors import EvidenceError
from harness.evidence import examine, seal, standalone
from harness.evidence.codec import canonical
from harness.evidence.signatures import add_signature, draft
from harness.evidence.signing_keys import open_key
from tests.examples import make_run
from tests.signing import PASSPHRASE, Office, make_office

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Said = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """People who sign."""
    return make_office(tmp_path_factory.mktemp("signing") / "office")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed run, not to be changed."""
    return make_run(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def run(sealed: Path, tmp_path: Path) -> Path:
    """A copy of it, to be signed."""
    return shutil.copytree(sealed, tmp_path / "run")


def content_of(run: Path) -> dict[str, Any]:
    """The newest signature of a run."""
    found: dict[str, Any] = json.loads(max((run / "signatures").iterdir()).read_bytes())
    return found


def said_by(office: Office, run: Path, capsys: Said, *options: str) -> tuple[int, str]:
    """What verb and single file say alike."""
    capsys.readouterr()
    code = office.verify(run, *options)
    out = capsys.readouterr().out
    assert standalone.main([str(run), f"--signatories={office.file}", *options]) == code
    assert capsys.readouterr().out == out
    return code, out


def refused(office: Office, run: Path, capsys: Said, who: str, meaning: str, *options: str) -> str:
    """The one sentence of a refusal, after which the run is as it was."""
    capsys.readouterr()
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} if run.is_dir() else {}
    assert office.sign(run, who, meaning, *options) == 2
    streams = capsys.readouterr()
    assert (streams.out, streams.err.count("\n")) == ("", 1)
    after = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} if run.is_dir() else {}
    assert after == before
    assert (run / "signatures").exists() == any(path.parent.name == "signatures" for path in before)
    return streams.err


def test_a_signature_says_who_when_and_what(office: Office, run: Path, capsys: Said) -> None:
    """21 CFR 11.50, 11.70: printed name, time with zone, meaning, bound to the manifest; verify prints them."""
    key = f"--key={office.key('rs')}"
    assert office.sign(run, "Rahel Suter", "review", "--comment=all of it read", key) == 0
    content = content_of(run)
    assert (content["name"], content["role"], content["meaning"]) == ("Rahel Suter", "reviewer", "review")
    signed = datetime.fromisoformat(content["signed"])
    assert signed.tzinfo is not None
    assert abs(signed - datetime.now(UTC)) < timedelta(minutes=10)
    assert content["manifest_sha256"] == hashlib.sha256((run / "manifest.json").read_bytes()).hexdigest()
    code, said = said_by(office, run, capsys, "--signed")
    who, when = "Rahel Suter (rs, reviewer)", f"{content['signed']} ({content['time_zone']})"
    assert (code, said.splitlines()[0]) == (0, "whole")
    assert f"{content['file']}: review by {who} on {when} (all of it read), key " in said


def test_signing_again_adds(office: Office, run: Path, capsys: Said) -> None:
    """Each signature is a file of its own, also of one person in one second; none is ever replaced."""
    for count in range(1, 4):
        assert office.sign(run, "kb", "approval") == 0
        assert len(list((run / "signatures").iterdir())) == count
    code, said = said_by(office, run, capsys, "--signed")
    assert (code, said.count("approval by Käthe Böhm")) == (0, 3)


def test_two_signatures_of_one_person_are_not_two_people(office: Office, run: Path, capsys: Said) -> None:
    """Where a second signature is due it is another person's: `--signers 2`."""
    assert said_by(office, run, capsys, "--signers=0")[0] == 0
    assert said_by(office, run, capsys, "--signers=1")[0] == 1
    for _ in range(2):
        assert office.sign(run, "kb", "approval", "--comment=relay R7 stuck, replaced") == 0
    code, said = said_by(office, run, capsys, "--signers=2")
    expected = f"not signed by 2 signatories of {office.file}: valid signatures are by 1"
    assert (code, said.splitlines()[0]) == (1, expected)
    assert office.sign(run, "rs", "review") == 0
    assert said_by(office, run, capsys, "--signers=2")[0] == 0
    assert said_by(office, run, capsys, "--signers=3", "--signed")[0] == 1


def test_an_earlier_signature_cannot_be_taken_away(office: Office, run: Path, capsys: Said) -> None:
    """Who signs later signs that the others were there."""
    for who, meaning in (("op", "authorship"), ("rs", "review"), ("kb", "approval")):
        assert office.sign(run, who, meaning) == 0
    first, *_ = sorted((run / "signatures").glob("*op*"))
    first.unlink()
    code, said = said_by(office, run, capsys)
    assert (code, said.splitlines()[0]) == (1, f"signatures/{first.name}: missing")


def reseal(run: Path) -> None:
    """Change a recorded value and make chain and manifest anew, as one does who knows the format."""
    path = run / "records.jsonl"
    previous, lines = "0" * 64, []
    for line in path.read_bytes().splitlines():
        entry = json.loads(line)
        del entry["sha256"]
        entry["previous"] = previous
        if entry["kind"] == "measurement":
            entry["data"]["measurement"]["value"] *= 1.0001
        previous = hashlib.sha256(canonical(entry)).hexdigest()
        lines.append(canonical({**entry, "sha256": previous}) + b"\n")
    path.write_bytes(b"".join(lines))
    (run / "manifest.json").unlink()
    seal(run)


def stranger_signs(content: dict[str, Any]) -> bytes:
    """The same signature with a key that somebody made for himself."""
    key = Ed25519PrivateKey.generate()
    content = {**content, "public_key": key.public_key().public_bytes_raw().hex()}
    del content["signature"]
    proof = key.sign(b"stimcert signature 1\n" + canonical(content)).hex()
    return canonical({**content, "signature": proof}) + b"\n"


def test_a_changed_record_of_a_signed_run_is_found(office: Office, run: Path, capsys: Said) -> None:
    """Whoever knows the format, but no key, can make a run whole again; its signatures tell on him."""
    assert office.sign(run, "rs", "review") == 0
    signature = next((run / "signatures").iterdir())
    reseal(run)
    code, said = said_by(office, run, capsys)
    expected = f"signatures/{signature.name}: signs another manifest.json than the one that is here\n"
    assert (code, said) == (1, expected)

    content = json.loads(signature.read_bytes())
    content["manifest_sha256"] = hashlib.sha256((run / "manifest.json").read_bytes()).hexdigest()
    signature.write_bytes(canonical(content) + b"\n")
    code, said = said_by(office, run, capsys)
    assert (code, "was changed after it was signed" in said) == (1, True)

    signature.write_bytes(stranger_signs(content))
    code, said = said_by(office, run, capsys)
    assert (code, said) == (1, f"signatures/{signature.name}: its key belongs to no signatory\n")

    signature.unlink()
    assert said_by(office, run, capsys)[0] == 0  # that nobody signed is no fault of a run
    code, said = said_by(office, run, capsys, "--signed")
    assert (code, said) == (1, f"not signed: no valid signature by a signatory of {office.file}\n")


def test_a_signature_cannot_be_moved_to_another_run(office: Office, run: Path, tmp_path: Path, capsys: Said) -> None:
    """A signature is worth nothing beside another manifest, and under another name."""
    assert office.sign(run, "rs", "review") == 0
    other = make_run(tmp_path / "other", currents_a=(681e-6,))
    shutil.copytree(run / "signatures", other / "signatures")
    code, said = said_by(office, other, capsys, "--signed")
    assert (code, "signs another manifest.json" in said, "not signed" in said) == (1, True, True)
    one = next((run / "signatures").iterdir())
    shutil.copy(one, one.with_name("copy.json"))
    code, said = said_by(office, run, capsys, "--signed")
    assert (code, said.splitlines()[0]) == (1, f"signatures/copy.json: was written as {one.name}")


def test_a_key_signs_for_its_owner_only(office: Office, run: Path, capsys: Said) -> None:
    """A signature by a signatory's key that names another person, or a role of another, is none."""
    assert office.sign(run, "kb", "approval") == 0
    signature = next((run / "signatures").iterdir())
    content = json.loads(signature.read_bytes())
    del content["signature"]
    key = open_key(office.key("kb"), PASSPHRASE)
    for change, words in (
        ({"name": "Rahel Suter", "signatory": "rs"}, "names Rahel Suter (rs), but its key belongs to Käthe Böhm (kb)"),
        ({"role": "reviewer"}, "Käthe Böhm has not the role reviewer"),
        ({"meaning": "review"}, "the role approver does not give review"),
    ):
        changed = {**content, **change}
        proof = key.sign(b"stimcert signature 1\n" + canonical(changed)).hex()
        signature.write_bytes(canonical({**changed, "signature": proof}) + b"\n")
        assert said_by(office, run, capsys) == (1, f"signatures/{signature.name}: {words}\n")


def test_a_signature_is_never_written_over(office: Office, run: Path) -> None:
    """Of two of the same name the second is refused, and the first stays."""
    (entry,) = load_signatories(office.file).named("kb")
    signed = datetime.now(UTC).replace(microsecond=0)
    drafted = draft(run, entry, signed, role="approver", meaning="approval", comment="")
    key = open_key(office.key("kb"), PASSPHRASE)
    path = add_signature(run, drafted, key)
    before = path.read_bytes()
    with pytest.raises(EvidenceError, match="exists already"):
        add_signature(run, replace(drafted, comment="another"), key)
    assert [file.read_bytes() for file in (run / "signatures").iterdir()] == [before]


CONTENTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another name": lambda content: {**content, "name": "Somebody"},
    "another meaning": lambda content: {**content, "meaning": "approval"},
    "another time": lambda content: {**content, "signed": "2026-05-05T05:05:05+00:00"},
    "no meaning": lambda content: {key: content[key] for key in content if key != "meaning"},
    "a further key": lambda content: {**content, "further": "x"},
    "another schema": lambda content: {**content, "schema": 2},
    "a schema that only equals": lambda content: {**content, "schema": True},
    "a list": lambda content: [content],
    "text": lambda _: "signed",
    "a number for a name": lambda content: {**content, "name": 5},
    "two lines": lambda content: {**content, "comment": "a\nb"},
    "a time without zone": lambda content: {**content, "signed": content["signed"][:19]},
    "a short key": lambda content: {**content, "public_key": content["public_key"][:-1]},
    "a short signature": lambda content: {**content, "signature": content["signature"][:-1]},
    "a key for which anybody can sign": lambda content: {
        **content,
        "public_key": f"01{'00' * 31}",
        "signature": f"01{'00' * 63}",
    },
    "earlier ones as a list": lambda content: {**content, "earlier": []},
}


@pytest.mark.parametrize("name", CONTENTS)
def test_what_is_no_valid_signature_is_named(office: Office, run: Path, capsys: Said, name: str) -> None:
    """Whatever is changed in a signature, verb and single file name it."""
    assert office.sign(run, "rs", "review") == 0
    signature = next((run / "signatures").iterdir())
    signature.write_bytes(canonical(CONTENTS[name](json.loads(signature.read_bytes()))) + b"\n")
    code, said = said_by(office, run, capsys)
    assert (code, said.split(": ")[0], said.count("\n")) == (1, f"signatures/{signature.name}", 1)


@pytest.mark.parametrize("data", [b"", b"\n", b"{}\n", b"[" * 100_000, b"\xff", b"NaN\n", b"1" * 5000])
def test_junk_among_signatures_is_named(office: Office, run: Path, capsys: Said, data: bytes) -> None:
    """Bytes that are no JSON of ours are no signature, and nobody stumbles over them."""
    (run / "signatures").mkdir()
    (run / "signatures" / "junk.json").write_bytes(data)
    assert said_by(office, run, capsys) == (1, "signatures/junk.json: is no signature\n")


def test_another_way_to_write_a_signature_is_none(office: Office, run: Path, capsys: Said) -> None:
    """The same content with blanks is not the file that was written."""
    assert office.sign(run, "rs", "review") == 0
    signature = next((run / "signatures").iterdir())
    signature.write_text(json.dumps(json.loads(signature.read_bytes())) + "\n", encoding="utf-8")
    assert said_by(office, run, capsys) == (1, f"signatures/{signature.name}: is no signature\n")


def test_folders_links_and_pipes_are_no_signatures(office: Office, run: Path, capsys: Said) -> None:
    """What is no plain file in `signatures/` is named and not read; nor may the folder be a link."""
    assert office.sign(run, "rs", "review") == 0
    folder = run / "signatures"
    signature = next(folder.iterdir())
    (folder / "folder").mkdir()
    (folder / "link.json").symlink_to(signature)
    os.mkfifo(folder / "pipe")
    code, said = said_by(office, run, capsys)
    names = ("folder", "link.json", "pipe")
    assert code == 1
    assert said.splitlines()[:3] == [f"signatures/{name}: is no signature" for name in names]
    shutil.move(folder, run.parent / "elsewhere")
    folder.symlink_to(run.parent / "elsewhere")
    code, said = said_by(office, run, capsys)
    assert (code, said) == (1, "signatures: added\n")


def test_without_a_signatories_file_a_key_has_no_owner(
    office: Office, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    """Then verify says so beside each signature, and --signed is a request that nobody can answer."""
    assert office.sign(run, "rs", "review") == 0
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nothing"))
    monkeypatch.delenv("STIMCERT_SIGNATORIES", raising=False)
    capsys.readouterr()
    assert main(["verify", str(run)]) == 0
    out = capsys.readouterr().out
    assert out.endswith("; whose key that is, no signatories file says\n")
    assert standalone.main([str(run)]) == 0
    assert capsys.readouterr().out == out
    assert main(["verify", str(run), "--signed"]) == 2
    with pytest.raises(SystemExit, match="2"):
        standalone.main([str(run), "--signed"])


def test_who_may_not_sign_is_refused(office: Office, run: Path, tmp_path: Path, capsys: Said) -> None:
    """Unknown people, roles that do not give it, wrong pass phrases and keys: a sentence, exit 2, nothing written."""
    wrong = tmp_path / "wrong"
    wrong.write_text("another one\n", encoding="utf-8")
    assert "nn: is no signatory of" in refused(office, run, capsys, "nn", "review")
    assert "may not sign for approval" in refused(office, run, capsys, "rs", "approval")
    assert "may not sign for review as approver" in refused(office, run, capsys, "rs", "review", "--role=approver")
    for options, words in (
        ((f"--passphrase-file={wrong}",), "does not open with this pass phrase"),
        ((f"--passphrase-file={tmp_path / 'gone'}",), "cannot be read"),
        ((f"--key={tmp_path / 'gone'}",), "cannot be read"),
        ((f"--key={office.key('kb')}",), "is no key of Rahel Suter"),
        ((f"--key={office.file}",), "is no key under a pass phrase"),
        (("--comment=a\nb",), "--comment"),
    ):
        assert words in refused(office, run, capsys, "rs", "review", *options)
    bare = tmp_path / "bare.pem"
    key = Ed25519PrivateKey.generate()
    bare.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert "is no key under a pass phrase" in refused(office, run, capsys, "rs", "review", f"--key={bare}")
    with pytest.raises(SystemExit, match="2"):
        office.sign(run, "rs", "approvel")


def test_what_is_not_whole_is_not_signed(office: Office, run: Path, tmp_path: Path, capsys: Said) -> None:
    """No run, an altered one, a killed one and one that is not complete get no signature."""
    assert "no such run directory" in refused(office, tmp_path / "gone", capsys, "rs", "review")
    (run / "extra").write_bytes(b"")
    assert "is not whole (extra: added)" in refused(office, run, capsys, "rs", "review")
    (run / "extra").unlink()
    state = run / "run.json"
    state.write_bytes(state.read_bytes().replace(b'"complete": true', b'"complete": false'))
    (run / "manifest.json").unlink()
    assert "was not ended" in refused(office, run, capsys, "rs", "review")
    seal(run)
    assert "is not complete" in refused(office, run, capsys, "rs", "review")
    state.write_bytes(
        state.read_bytes()
        .replace(b'"complete": false', b'"complete": true')
        .replace(b"2026-01-01T00:01", b"2999-01-01T00:01")
    )
    (run / "manifest.json").unlink()
    seal(run)
    assert "clock has not reached" in refused(office, run, capsys, "rs", "review")


def test_a_signature_of_before_the_run_is_none(office: Office, run: Path, capsys: Said) -> None:
    """A date that cannot be is named, though the key is right."""
    assert office.sign(run, "rs", "review") == 0
    state = run / "run.json"
    state.write_bytes(state.read_bytes().replace(b"2026-01-01T00:01", b"2999-01-01T00:01"))
    code, said = said_by(office, run, capsys)
    assert (code, "run.json: altered" in said) == (1, True)
    # The manifest is as it was signed: of the signature itself only its date is wrong.
    assert "before the run ended" in said


def test_a_revoked_key_signs_nothing_more(run: Path, tmp_path: Path, capsys: Said) -> None:
    """What was signed before stays valid; a new signature is refused, and a key that is out of date also."""
    office = make_office(tmp_path / "office")
    assert office.sign(run, "rs", "review") == 0
    text = office.file.read_text(encoding="utf-8")
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    assert office.revoke("rs", "--reason=leaves", f"--since={later}") == 0
    assert said_by(office, run, capsys, "--signed")[0] == 0
    office.file.write_text(
        office.file.read_text(encoding="utf-8").replace(later, "2026-01-01T00:00:00+00:00"), encoding="utf-8"
    )
    assert "was revoked from 2026-01-01T00:00:00+00:00: leaves; nothing was signed" in refused(
        office, run, capsys, "rs", "review"
    )
    key = json.loads(next((run / "signatures").iterdir()).read_bytes())["public_key"]
    for validity, words in (
        ('valid_from = "2999-01-01T00:00:00+00:00"', "is valid from 2999"),
        ('valid_from = "2020-01-01T00:00:00+00:00"\nvalid_until = "2025-01-01T00:00:00+00:00"', "was valid until 2025"),
    ):
        before, after = text.split(f'"{key}"\n')
        office.file.write_text(f'{before}"{key}"\n{validity}\n{after.split(chr(10), 1)[1]}', encoding="utf-8")
        assert words in refused(office, run, capsys, "rs", "review")
        code, said = said_by(office, run, capsys, "--signed")
        assert (code, words in said) == (1, True)


def test_a_second_key_of_the_same_person(run: Path, tmp_path: Path, capsys: Said) -> None:
    """A new key is a further entry; the old signatures stay valid."""
    office = make_office(tmp_path / "office")
    assert office.sign(run, "rs", "review") == 0
    assert office.add("rs", "Rahel Suter", "reviewer") == 2  # a key is never written over
    office.key("rs").rename(tmp_path / "old.pem")
    assert office.add("rs", "Rahel Suter", "reviewer") == 0
    assert office.sign(run, "rs", "review") == 0
    code, said = said_by(office, run, capsys, "--signed")
    assert (code, said.count("review by Rahel Suter")) == (0, 2)
    assert len({signature.key_id for signature in examine(run).signatures}) == 2
    office.key("rs").unlink()
    capsys.readouterr()
    assert office.add("rs", "Somebody Else", "reviewer") == 2
    assert "an id is of one person" in capsys.readouterr().err
    assert not office.key("rs").exists()


def test_a_key_is_for_its_owner(office: Office, tmp_path: Path, capsys: Said) -> None:
    """A private key is encrypted, readable by its owner only; too short a pass phrase and unknown roles are refused."""
    assert stat.S_IMODE(office.key("rs").stat().st_mode) == 0o600
    assert office.key("rs").read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    before = office.file.read_bytes()
    short = tmp_path / "short"
    short.write_text("seven77\n", encoding="utf-8")
    capsys.readouterr()
    for options, words in (
        (("nn", "No Name", "reviewer", f"--passphrase-file={short}"), "is too short"),
        (("nn", "No Name", "boss"), "known are approver, operator, reviewer"),
        (("N N", "No Name", "reviewer"), "is no id"),
        (("nn", " No Name", "reviewer"), "is not one line of printable text"),
    ):
        who, name, role, *rest = options
        line = ["signatories", "add", who, "--name", name, "--role", role, f"--signatories={office.file}"]
        given = rest or [f"--passphrase-file={office.passphrase}"]
        assert main([*line, *given, f"--key={tmp_path / 'nn.pem'}"]) == 2
        assert words in capsys.readouterr().err
        assert not (tmp_path / "nn.pem").exists()
    assert office.file.read_bytes() == before


def test_the_pass_phrase_is_typed_where_there_is_a_terminal(
    office: Office, run: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    """Asked for at each signing with what is signed; the environment serves machines; without either: a sentence."""
    prompts: list[str] = []

    def typed(prompt: str) -> str:
        prompts.append(prompt)
        return PASSPHRASE

    line = [
        "sign",
        str(run),
        "--as=rs",
        "--meaning=review",
        f"--signatories={office.file}",
        f"--key={office.key('rs')}",
    ]
    monkeypatch.delenv("STIMCERT_PASSPHRASE", raising=False)
    monkeypatch.setattr(getpass, "getpass", typed)
    assert main(line) == 0
    assert main(line) == 0
    assert len(prompts) == 2
    assert "SIMULATED: foreo-bear-2, unit SIM-1" in prompts[0]
    assert "Rahel Suter signs this run: review" in prompts[0]

    def nobody(_: str) -> str:
        raise getpass.GetPassWarning

    monkeypatch.setattr(getpass, "getpass", nobody)
    capsys.readouterr()
    assert main(line) == 2
    assert "there is no terminal" in capsys.readouterr().err
    monkeypatch.setenv("STIMCERT_PASSPHRASE", PASSPHRASE)
    assert main(line) == 0
    monkeypatch.setenv("STIMCERT_PASSPHRASE", "")
    assert main(line) == 2


def test_signatories_are_listed(office: Office, capsys: Said) -> None:
    """Who may sign as what, with which key."""
    capsys.readouterr()
    assert main(["signatories", "list", f"--signatories={office.file}"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["rs", "kb", "op"]
    assert "Käthe Böhm" in lines[1]
    assert "approver" in lines[1]


def test_a_disk_that_is_full_leaves_nothing(
    office: Office, run: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    """A signature that cannot be written is none, and no half of it stays."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert "No space left on device" in refused(office, run, capsys, "rs", "review")
    assert office.sign(run, "rs", "review") == 0
