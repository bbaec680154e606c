"""The verb `stimcert index`, and what all verbs that ask the index over runs have in common."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.answers import NO, YES
from harness.errors import IndexFault, RequestError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from harness.evidence.index import Index, Refreshed

RUNS = Path("reports/output")
"""Where runs stand that were given no directory."""

_MEMORY = "sqlite://"


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    verb = verbs.add_parser("index", help="make the index over runs again from run directories, or check it")
    add_places(verb)
    what = verb.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="compare it with the run directories; change nothing")
    what.add_argument("--anew", action="store_true", help="throw away first what it holds, also where it is damaged")
    verb.set_defaults(verb=_index)


def add_places(verb: argparse.ArgumentParser) -> None:
    """Add where runs and index stand."""
    verb.add_argument(
        "folders", metavar="DIR", type=Path, nargs="*", help=f"folder of runs, or a run directory; default: {RUNS}"
    )
    verb.add_argument(
        "--url", metavar="URL", help="sqlite:///FILE or postgresql://USER@HOST/DATABASE; default: index.sqlite in DIR"
    )


@contextmanager
def current_index(arguments: argparse.Namespace) -> Iterator[Index]:
    """The index, brought up to date with the run directories, or one in memory where that beside them cannot be used.

    Raises:
        RequestError: folders or URL cannot be understood.
        IndexFault: an index that was named cannot be used; or, after all was answered, a run directory could not be
            read: the answer is without it.
    """
    folders = _folders(arguments)
    index, done = _refreshed(arguments, folders)
    try:
        yield index
    finally:
        index.close()
    for problem in done.problems:
        print(f"stimcert: {problem.problem}", file=sys.stderr)
    if done.problems:
        raise IndexFault(f"{len(done.problems)} of {done.runs} run directories are not in this answer")


def _refreshed(arguments: argparse.Namespace, folders: Sequence[Path]) -> tuple[Index, Refreshed]:
    from harness.evidence.index import Index  # noqa: PLC0415

    try:
        index = Index(_url(arguments))
        return index, index.refresh(folders)
    except IndexFault as fault:
        if arguments.url is not None:
            raise
        print(f"stimcert: {fault}; the run directories are read instead", file=sys.stderr)
        index = Index(_MEMORY)
        return index, index.refresh(folders)


def _folders(arguments: argparse.Namespace) -> list[Path]:
    """The folders that were named.

    Raises:
        RequestError: one is none, or they have an index each.
    """
    from harness.evidence.index import run_directories  # noqa: PLC0415

    folders: list[Path] = arguments.folders or [RUNS]
    if arguments.url is None and len({_beside(folder) for folder in folders}) > 1:
        raise RequestError("these folders have an index each: name one of them, or one index for all with --url")
    for folder in folders:
        run_directories(folder)
    return folders


def _url(arguments: argparse.Namespace) -> str:
    from harness.evidence.index import url_beside  # noqa: PLC0415

    return str(arguments.url or url_beside(_beside((arguments.folders or [RUNS])[0])))


def _beside(folder: Path) -> Path:
    """Of a run directory, the folder that it stands in."""
    return folder.resolve().parent if (folder / "records.jsonl").is_file() else folder.resolve()


def _index(arguments: argparse.Namespace) -> int:
    folders = _folders(arguments)
    return _check(arguments, folders) if arguments.check else _make(arguments, folders)


def _check(arguments: argparse.Namespace, folders: Sequence[Path]) -> int:
    from harness.evidence.index import Index, run_directories  # noqa: PLC0415

    index = Index(_url(arguments), create=False)
    if not any(run_directories(folder) for folder in folders):
        print("there is no run directory to compare it with")
        return NO
    count = 0
    for finding in index.check(folders):
        print(f"{finding.run}: {finding.problem}")
        count += 1
    print(f"{count} differences" if count else f"{index.name} is what the run directories say")
    return NO if count else YES


def _make(arguments: argparse.Namespace, folders: Sequence[Path]) -> int:
    from harness.evidence.index import Index  # noqa: PLC0415

    index = Index(_url(arguments), anew=arguments.anew)
    done = index.refresh(folders, remove=True)
    index.close()
    for problem in done.problems:
        print(f"{problem.run}: cannot be indexed: {problem.problem}")
    for place in done.removed:
        print(f"{place}: removed, there is no such run directory")
    print(f"{index.name}: {done.runs} run directories, {len(done.read)} of them read, {len(done.removed)} removed")
    return NO if done.problems else YES
