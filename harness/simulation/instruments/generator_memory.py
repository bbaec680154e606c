"""Waveform memory of one channel of the generator: arbitrary waveforms and sequences of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.instruments.gate_player import Play
from harness.simulation.scpi.errors import ScpiError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.simulation.files.modelfile import ModelTable

_MISSING = (785, "Specified arb waveform does not exist")
_TAKEN = (786, "Specified arb waveform already exists")
_ODD = (800, "Block length must be even")
_FULL = (880, "Arb: Out of memory")
_FIELDS = 5
_MARKERS = frozenset({"maintain", "lowatstart", "highatstart", "highatstartgolow"})
_PLAYS = {play.value.lower(): play for play in Play if play is not Play.HOLD}
_FEWEST_MARKER_POINTS = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a sequence."""

    name: str
    play: Play
    count: int


class WaveformMemory:
    """What was downloaded to one channel.

    Args:
        model: of the generator.
    """

    def __init__(self, model: ModelTable) -> None:
        self._largest = int(model.number("arbitrary.largest_code"))
        self._fewest = int(model.number("arbitrary.fewest_points"))
        self._most = int(model.number("arbitrary.most_points"))
        self._most_segments = int(model.number("arbitrary.segments"))
        self._longest_name = int(model.number("arbitrary.longest_name"))
        self._waveforms: dict[str, NDArray[np.float64]] = {}
        self._sequences: dict[str, tuple[Entry, ...]] = {}

    @property
    def free(self) -> int:
        """Points that are left."""
        return self._most - sum(len(points) for points in self._waveforms.values())

    def names(self) -> list[str]:
        return [*self._waveforms, *self._sequences]

    def clear(self) -> None:
        self._waveforms.clear()
        self._sequences.clear()

    def store_codes(self, name: str, codes: NDArray[np.float64]) -> None:
        """Take a waveform as converter codes.

        Raises:
            ScpiError: a code that the converter does not have, too few or too many points, a name that is taken.
        """
        self.store(name, codes / self._largest)

    def store(self, name: str, points: NDArray[np.float64]) -> None:
        """Take a waveform; -1 to 1 is the whole span between the low and the high level.

        Raises:
            ScpiError: as `store_codes`.
        """
        self._check_new(name)
        if not bool(np.all(np.isfinite(points))) or float(np.max(np.abs(points), initial=0.0)) > 1.0:
            raise ScpiError(-222)
        if len(points) < self._fewest:
            raise ScpiError(-222)
        if len(points) > self.free:
            raise ScpiError(*_FULL)
        self._waveforms[name.lower()] = points

    def codes(self, block: bytes, *, swapped: bool) -> NDArray[np.float64]:
        """Read a block of 16-bit codes.

        Raises:
            ScpiError: half a code is left over (+800).
        """
        if len(block) % 2:
            raise ScpiError(*_ODD)
        return np.frombuffer(block, dtype="<i2" if swapped else ">i2").astype(np.float64)

    def store_sequence(self, text: str) -> None:
        """Take a sequence as its block describes it: its name, then five fields for each waveform.

        Raises:
            ScpiError: a field is wrong, or a waveform is not there.
        """
        fields = [field.strip().strip('"') for field in text.split(",")]
        name, rest = fields[0], fields[1:]
        if not rest or len(rest) % _FIELDS or len(rest) > _FIELDS * self._most_segments:
            raise ScpiError(-161)
        self._check_new(name)
        entries = tuple(self._entry(rest[i : i + _FIELDS]) for i in range(0, len(rest), _FIELDS))
        self._sequences[name.lower()] = entries

    def find(self, name: str) -> tuple[tuple[Entry, NDArray[np.float64]], ...]:
        """Answer a sequence, or a waveform as one that repeats for ever.

        Raises:
            ScpiError: neither is there (+785).
        """
        key = name.lower()
        entries = self._sequences.get(key)
        if entries is None:
            entries = (Entry(key, Play.FOREVER, 1),)
        return tuple((entry, self._waveform(entry.name)) for entry in entries)

    def _waveform(self, name: str) -> NDArray[np.float64]:
        points = self._waveforms.get(name)
        if points is None:
            raise ScpiError(*_MISSING)
        return points

    def _check_new(self, name: str) -> None:
        if not name or len(name) > self._longest_name or not name.replace("_", "a").isalnum():
            raise ScpiError(-222)
        if name.lower() in self._waveforms or name.lower() in self._sequences:
            raise ScpiError(*_TAKEN)

    def _entry(self, fields: list[str]) -> Entry:
        name, count, play, marker, marker_point = fields
        points = self._waveform(name.lower())
        chosen = _PLAYS.get(play.lower())
        if chosen is None or marker.lower() not in _MARKERS:
            raise ScpiError(-224)
        if not (count.isdecimal() and marker_point.isdecimal()):
            raise ScpiError(-121)
        if chosen is Play.REPEAT and not 1 <= int(count) <= self._most:
            raise ScpiError(-222)
        if not _FEWEST_MARKER_POINTS <= int(marker_point) <= len(points) - 3:
            raise ScpiError(-222)
        return Entry(name.lower(), chosen, int(count) if chosen is Play.REPEAT else 1)
