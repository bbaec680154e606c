"""Equal things kept once, however often they come again."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

_KEPT = 64

Thing = TypeVar("Thing")


class Shared(Generic[Thing]):
    """Remembers the last 64 different things of one kind."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Thing] = OrderedDict()

    def one(self, key: Hashable, thing: Thing) -> Thing:
        """Answer the thing that has come with an equal `key` before, else `thing`."""
        kept = self._kept.setdefault(key, thing)
        self._kept.move_to_end(key)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return kept
