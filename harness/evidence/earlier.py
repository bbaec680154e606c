"""Earlier runs of the same unit: a later PASS is read beside what came before it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EARLIER = "earlier-runs"
"""Kind of the event that says which run of a unit this is."""

_STATE = "run.json"
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """A run of a unit that began before.

    Attributes:
        name: of its directory.
        started: UTC, ISO 8601.
        scope: of it.
        verdict: of it, None for a partial one and for one that was ended early.
    """

    name: str
    started: str
    scope: str
    verdict: str | None

    @property
    def told(self) -> str:
        """In words: `FAIL (production) on 2026-11-20`."""
        return f"{self.verdict or 'no verdict'} ({self.scope}) on {self.started[:10]}"


def earlier_runs(folder: Path, unit: str, this: Path) -> tuple[EarlierRun, ...]:
    """Runs of one unit whose directories lie side by side, oldest first.

    Args:
        folder: that holds run directories.
        unit: serial number.
        this: the run that asks; it is none of them.

    Raises:
        EvidenceError: the folder cannot be read.
    """
    try:
        found = list(_runs(folder, unit, this))
    except OSError as error:
        raise EvidenceError(f"{folder}: cannot look for earlier runs of {unit}: {error.strerror or error}") from error
    return tuple(sorted(found, key=lambda run: (run.started, run.name)))


def told(unit: str, earlier: tuple[EarlierRun, ...]) -> str:
    """Which run of a unit this is, in one sentence."""
    if not earlier:
        return f"run 1 of {unit}"
    last = "; ".join(run.told for run in earlier[-_MOST_TOLD:])
    counts = Counter(run.verdict or "no verdict" for run in earlier)
    # However many there are, no verdict is left out.
    all_of_them = ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items()))
    more = f"{all_of_them}; the last {_MOST_TOLD}: " if len(earlier) > _MOST_TOLD else ""
    return f"run {len(earlier) + 1} of {unit}; earlier: {more}{last}"


def _runs(folder: Path, unit: str, this: Path) -> Iterator[EarlierRun]:
    # As it is written in a state: of a folder with thousands of runs hardly any is worth taking apart.
    written = json.dumps(unit).encode("ascii") if unit.isascii() else b""
    for path in folder.iterdir():
        file = path / _STATE
        if path == this or not file.is_file():
            continue
        said = file.read_bytes()
        if written not in said:
            continue
        try:
            state = json.loads(said)
        except ValueError:
            # A run that was killed while it wrote; nobody knows of which unit.
            continue
        if isinstance(state, dict) and state.get("unit") == unit:
            yield EarlierRun(path.name, str(state.get("started")), str(state.get("scope")), state.get("verdict"))
