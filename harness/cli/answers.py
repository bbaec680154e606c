"""Exit codes of the verbs: yes, no, not understood; and an answer as JSON."""

from __future__ import annotations

import json

from harness.errors import RequestError

YES, NO, NOT_UNDERSTOOD = 0, 1, 2


def as_json(answer: object) -> str:
    """Write an answer as JSON, which has finite numbers only.

    Raises:
        RequestError: a figure ran over: the inputs are too far apart to be of one matter.
    """
    try:
        return json.dumps(answer, indent=2, allow_nan=False)
    except ValueError as error:
        raise RequestError(
            "a figure is beyond every number: check the units of values, limits and tolerance"
        ) from error
