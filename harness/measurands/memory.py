"""What several rows are derived from is found once: records do not change, and rows of a point come one after another.

Observations are compared by identity. Comparing them by value would read every sample of every record.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def remembered(latest: int) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Keep the latest results of a pure function whose arguments and result nobody changes.

    Args:
        latest: how many results. Their arguments are kept as well, so that no other object can take their identity.
    """

    def keep(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        known: OrderedDict[tuple[int, ...], tuple[tuple[object, ...], Result]] = OrderedDict()

        @wraps(function)
        def recall(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            objects = _flat((*args, *kwargs.items()))
            key = tuple(map(id, objects))
            if key in known:
                known.move_to_end(key)
                return known[key][1]
            result = function(*args, **kwargs)
            known[key] = (objects, result)
            if len(known) > latest:
                known.popitem(last=False)
            return result

        return recall

    return keep


def _flat(args: tuple[object, ...]) -> tuple[object, ...]:
    """A tuple stands for what is in it: a new one of the same observations is no new argument."""
    return tuple(each for arg in args for each in ((len(arg), *arg) if isinstance(arg, tuple) else (arg,)))
