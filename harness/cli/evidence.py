"""The verbs `stimcert verify` and `stimcert recompute`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.answers import NO, YES, as_json
from harness.cli.arguments import whole
from harness.cli.rejudge import rejudge_run
from harness.cli.signing_options import add_signatories, signatories_file
from harness.errors import RequestError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from harness.definitions.signatories import Signatories
    from harness.evidence import Verification


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verbs."""
    verify = verbs.add_parser(
        "verify",
        help="check that a run directory is as it was sealed, and who signed it",
        epilog="exit 0: whole, and all that was asked besides; 1: not so; 2: no run directory, or a wrong request",
    )
    verify.add_argument("run", metavar="RUN", type=Path, nargs="?")
    verify.add_argument("--signed", action="store_true", help="and ask for a valid signature by one of the signatories")
    verify.add_argument(
        "--signers", metavar="N", type=whole, default=0, help="by so many different people; says --signed too"
    )
    add_signatories(verify)
    verify.add_argument(
        "--write-verifier", metavar="FILE", type=Path, help="write the same as a program that needs only Python 3.8"
    )
    verify.set_defaults(verb=_verify, refuse=verify.error)

    recompute = verbs.add_parser("recompute", help="derive every value and verdict of a run again")
    recompute.add_argument("run", metavar="RUN", type=Path)
    recompute.add_argument(
        "--with",
        dest="requirements",
        metavar="NEW_REQUIREMENTS",
        type=Path,
        help="judge by other requirements: a folder in place of the run's, or a file over them; both results are kept",
    )
    recompute.add_argument(
        "-o", "--output", metavar="DIR", type=Path, help="where both are kept; default: RUN.rejudged-..., beside it"
    )
    recompute.add_argument("--json", action="store_true", help="answer as JSON")
    recompute.set_defaults(verb=_recompute)


def _verify(arguments: argparse.Namespace) -> int:
    if arguments.run is None and arguments.write_verifier is None:
        arguments.refuse("the following arguments are required: RUN")
    if arguments.write_verifier is not None:
        _write_verifier(arguments.write_verifier)
        if arguments.run is None:
            return YES
    return _verify_run(arguments)


def _verify_run(arguments: argparse.Namespace) -> int:
    from harness.evidence import examine  # noqa: PLC0415 - each verb pays for its own imports

    run: Path = arguments.run
    file = signatories_file(arguments.signatories)
    asked = arguments.signed or arguments.signers or arguments.signatories is not None
    signatories = _signatories(file, needed=bool(asked))
    found = examine(run, signatories)
    problems = [_shown(f"{finding.item}: {finding.problem}") for finding in found.findings]
    # The option and the function come with the pages (entry points `stimcert.commands`).
    if not problems and getattr(arguments, "dossier", None) and (problem := arguments.check_dossier(arguments)):
        problems.append(problem)
    people = len({signature.signatory for signature in found.signatures})
    if arguments.signed and not people:
        problems.append(f"not signed: no valid signature by a signatory of {file}")
    elif people < arguments.signers:
        problems.append(f"not signed by {arguments.signers} signatories of {file}: valid signatures are by {people}")
    for problem in problems:
        print(problem)
    if not problems:
        print("whole")
    for line in _signed(found, known=signatories is not None):
        print(line)
    return NO if problems else YES


def _shown(text: str) -> str:
    """One line that every terminal takes, whatever somebody called a file."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def _signatories(file: Path, *, needed: bool) -> Signatories | None:
    from harness.definitions.signatories import load_signatories  # noqa: PLC0415 - each verb pays for its own imports

    return load_signatories(file) if needed or file.exists() else None


def _signed(found: Verification, *, known: bool) -> Iterator[str]:
    owner = "" if known else "; whose key that is, no signatories file says"
    for signature in found.signatures:
        yield f"signatures/{signature.file}: {signature.told}{owner}"


def _write_verifier(file: Path) -> None:
    from hashlib import sha256  # noqa: PLC0415 - each verb pays for its own imports
    from importlib.resources import files  # noqa: PLC0415

    from harness.evidence.layout import write_new  # noqa: PLC0415

    program = (files("harness.evidence") / "standalone.py").read_bytes()
    write_new(file, program)
    print(f"wrote {file}, SHA-256 {sha256(program).hexdigest()}; run it as: python3 {file} RUN")


def _recompute(arguments: argparse.Namespace) -> int:
    from harness.certification import recompute  # noqa: PLC0415

    if arguments.requirements is not None:
        return rejudge_run(arguments)
    if arguments.output is not None:
        raise RequestError("-o says where both results are kept: it goes with --with NEW_REQUIREMENTS")
    result = recompute(arguments.run)
    if arguments.json:
        print(as_json(asdict(result)))
        return NO if result.differences or not result.values else YES
    for difference in result.differences:
        said = f"recorded {difference.recorded}, derived {difference.derived}"
        version = f" ({difference.version})" if difference.version else ""
        print(f"{difference.where}: {difference.quantity}: {said}{version}")
    how = "bit for bit" if result.bit_for_bit else "within 1e-12 (other numeric platform)"
    if result.differences:
        print(f"{len(result.differences)} differences in {result.values} values, compared {how}")
        return NO
    if not result.values:
        print("the run holds no judged value")
        return NO
    print(f"{result.values} values and verdicts derived again, equal {how}")
    return YES
