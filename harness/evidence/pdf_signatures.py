"""A signature inside a PDF: PAdES baseline B-B (ETSI EN 319 142-1), with a certificate that any PDF reader can check.

It is of the document, for readers who have no run directory; the signature of the record is the one in `signatures/`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from harness.errors import RequestError
from harness.evidence.layout import write_new

if TYPE_CHECKING:
    from pathlib import Path


def sign_pdf(document: Path, certificate: Path, passphrase: str, meaning: str, target: Path) -> str:
    """Write a signed copy of a PDF; the bytes of the document stay as they are, the signature comes behind them.

    Args:
        document: a PDF, signed already or not.
        certificate: PKCS#12 file with key and certificate.
        passphrase: of it.
        meaning: stands in the signature as its reason.
        target: where to write; it must not exist.

    Returns:
        Name of the signer as the certificate has it.

    Raises:
        RequestError: the library is not installed, or document, certificate or target cannot be used.
    """
    try:
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415 - an extra
        from pyhanko.pdf_utils.misc import PdfError  # noqa: PLC0415
        from pyhanko.sign import fields, signers  # noqa: PLC0415
    except ImportError as error:
        raise RequestError("a signature inside a PDF needs pyhanko: pip install 'stimcert[pades]'") from error
    secret = passphrase.encode("utf-8")
    try:
        store = certificate.read_bytes()
        signer = signers.SimpleSigner.load_pkcs12_data(store, (), secret)
    except OSError as error:
        raise RequestError(f"{certificate}: cannot be read: {error.strerror or error}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise RequestError(f"{certificate}: is no key with its certificate that opens with this pass phrase") from error
    name = str(signer.signing_cert.subject.native.get("common_name", signer.subject_name))
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(document.read_bytes()))
        count = len(list(fields.enumerate_sig_fields(writer)))
        metadata = signers.PdfSignatureMetadata(
            field_name=f"Signature{count + 1}",
            reason=meaning,
            name=name,
            subfilter=fields.SigSeedSubFilter.PADES,
            md_algorithm="sha256",
        )
        signed = signers.sign_pdf(writer, metadata, signer=signer).getvalue()
    except OSError as error:
        raise RequestError(f"{document}: cannot be read: {error.strerror or error}") from error
    except PdfError as error:
        raise RequestError(f"{document}: cannot be signed: {error}") from error
    write_new(target, signed)
    return name
