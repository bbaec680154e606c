"""The verb `stimcert validate-tool`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.answers import NO, YES
from harness.errors import RequestError

if TYPE_CHECKING:
    import argparse

_FILES = {
    "tests": "JUnit file of the harness's own tests",
    "run": "stored run, which is derived again",
    "defects": "result file of `stimcert defects`",
    "coverage": "result file of `stimcert study coverage`",
    "risk": "result file of `stimcert study risk`",
}


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    validate = verbs.add_parser(
        "validate-tool",
        help="write the record of the tool's own validation on this site",
        epilog="exit 0: all that was done is good, which says nothing of what was not done; 1: not so; 2: bad request",
    )
    validate.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="new or empty folder")
    for name, what in _FILES.items():
        validate.add_argument(f"--{name}", metavar="DIR" if name == "run" else "FILE", type=Path, help=what)
    validate.add_argument("--bench", metavar="NAME|FILE", help="bench of this site")
    validate.add_argument("--execute", action="store_true", help="do the risk study now, if no file of it is given")
    validate.set_defaults(verb=_validate)


def _validate(arguments: argparse.Namespace) -> int:
    from harness.studies import validation_page  # noqa: PLC0415 - each verb pays for its own imports
    from harness.studies.validation import Given, Status  # noqa: PLC0415
    from harness.studies.validation_parts import parts  # noqa: PLC0415

    folder = _empty(arguments.output)
    files = {name: getattr(arguments, name) for name in _FILES}
    done, held = parts(Given(**files, bench=arguments.bench, execute=arguments.execute))
    beside = folder.with_name(f"{folder.name}.new")
    try:
        beside.mkdir()
        try:
            validation_page.write(beside, done, held)
            beside.replace(folder)
        except OSError:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    except OSError as error:
        raise RequestError(f"{folder}: cannot be written: {error.strerror or error}") from error
    for each in done:
        print(f"{each.status.value:9} {each.title}")
    for status in Status:
        print(f"{status.value:9} {sum(each.status is status for each in held)} of {len(held)} requirements")
    print(f"wrote {folder / 'record.html'}; the conclusion is a person's")
    statuses = {each.status for each in done} | {each.status for each in held}
    return NO if Status.NOT_GOOD in statuses else YES


def _empty(output: Path) -> Path:
    """Refuse a place where something is, or that has no folder around it."""
    folder = output.resolve()
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise RequestError(f"-o {output}: is no empty folder; nothing is overwritten")
    except OSError as error:
        raise RequestError(f"-o {output}: cannot be read: {error.strerror or error}") from error
    if not folder.parent.is_dir():
        raise RequestError(f"-o {output}: lies in no folder")
    if any((parent / "manifest.json").is_file() for parent in folder.parents):
        raise RequestError(f"-o {output}: lies in a sealed run, where nothing may change")
    return folder
