"""A signature inside a PDF: behind the document's bytes, and valid to a PDF reader that is not ours."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import typst
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID

from harness.cli import main
from tests.signing import PASSPHRASE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document of one page, and somebody's key with a certificate."""
    pytest.importorskip("pyhanko", reason="needs pip install 'stimcert[pades]'")
    folder = tmp_path_factory.mktemp("pdf")
    (folder / "page.typ").write_text("Evidence.", encoding="utf-8")
    typst.compile(folder / "page.typ", output=folder / "page.pdf")
    (folder / "passphrase").write_text(PASSPHRASE, encoding="utf-8")
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.NameAttribute(NameOID.COMMON_NAME, "Rahel Suter")
    now, subject = datetime.now(UTC), x509.Name([name])
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 5)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    protection = BestAvailableEncryption(PASSPHRASE.encode())
    (folder / "rs.p12").write_bytes(serialize_key_and_certificates(b"rs", key, certificate, None, protection))
    return folder


def sign(folder: Path, document: str, *options: str, certificate: str = "rs.p12") -> int:
    """Sign one of the documents."""
    files = (f"--certificate={folder / certificate}", f"--passphrase-file={folder / 'passphrase'}")
    return main(["sign-pdf", str(folder / document), "--meaning=approval", *files, *options])


def test_a_pdf_reader_finds_the_signatures_valid(folder: Path) -> None:
    """Two signatures, each behind all that was there: poppler takes both for PAdES, whole and valid."""
    if shutil.which("pdfsig") is None:
        pytest.skip("needs pdfsig: apt-get install poppler-utils")
    assert sign(folder, "page.pdf") == 0
    assert sign(folder, "page.signed.pdf", f"--output={folder / 'twice.pdf'}") == 0
    once = (folder / "page.signed.pdf").read_bytes()
    assert once.startswith((folder / "page.pdf").read_bytes())
    assert (folder / "twice.pdf").read_bytes().startswith(once)
    done = subprocess.run(["pdfsig", "-nocert", folder / "twice.pdf"], capture_output=True, text=True, check=False)  # noqa: S607 - wherever it is installed
    for words in ("Signature is Valid", "ETSI.CAdES.detached", "Certificate Common Name: Rahel Suter"):
        assert done.stdout.count(words) == 2, done.stdout


def test_what_cannot_be_signed_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another file than a PDF, a wrong pass phrase, a file that is there: one sentence, and nothing is written."""
    (folder / "there.pdf").write_bytes(b"x")
    for document, options, certificate, words in (
        ("gone.pdf", (), "rs.p12", "cannot be read"),
        ("passphrase", (), "rs.p12", "cannot be signed"),
        ("page.pdf", (), "gone.p12", "cannot be read"),
        ("page.pdf", (), "page.pdf", "is no key with its certificate"),
        ("page.pdf", (f"--output={folder / 'there.pdf'}",), "rs.p12", "exists already"),
    ):
        before = sorted(folder.iterdir())
        assert sign(folder, document, *options, certificate=certificate) == 2
        streams = capsys.readouterr()
        assert (streams.out, streams.err.count("\n")) == ("", 1), streams.err
        assert words in streams.err
        assert sorted(folder.iterdir()) == before
    assert (folder / "there.pdf").read_bytes() == b"x"
