"""Exit codes of the verbs: yes, no, not understood."""

from __future__ import annotations

YES, NO, NOT_UNDERSTOOD = 0, 1, 2
