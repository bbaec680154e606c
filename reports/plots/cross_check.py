"""Two instruments, one current: their difference against what is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.plots.chart import Chart, Key, Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.contents import Comparison

_LEAST_SPAN = 1.25
_MOST_SPAN = 12.0
_AIR = 1.1
_HEIGHT = 220.0


def cross_check_chart(comparisons: Sequence[Comparison], *, simulated: bool) -> Chart:
    """Draw each difference as a share of what is allowed, in the order in which they were taken."""
    shares = [
        (number, None if one.difference_a is None or one.allowed_a <= 0 else one.difference_a / one.allowed_a, one)
        for number, one in enumerate(comparisons, start=1)
    ]
    largest = max((abs(share) for _, share, _ in shares if share is not None), default=0.0)
    span = min(max(_LEAST_SPAN, _AIR * largest), _MOST_SPAN)
    edges = (0.0, len(comparisons) + 1.0)
    panel = Panel(edges, (-span, span), x_label="comparison, in the order of the run")
    panel.area(edges, (-1, 1), "accepted")
    for bound in (-1, 1):
        panel.line(edges, (bound, bound), "limit")
    for number, share, one in shares:
        if not one.agrees:
            panel.mark(number, share or 0.0, "cross", "failed", one.text)
        elif share is None:
            panel.mark(number, 0.0, "bar", "neutral", one.text)
        else:
            panel.mark(number, share, "circle", "positive", one.text)
    keys = [Key("agree", "positive", "circle")]
    if any(share is None for _, share, _ in shares):
        keys.append(Key("record cut off", "neutral", "bar"))
    if not all(one.agrees for one in comparisons):
        keys.append(Key("DISAGREE", "failed", "cross"))
    keys += [Key("allowed", "accepted", "area"), Key("limit", "limit", "line")]
    title = "Multimeter less oscilloscope, as a share of what is allowed"
    return Chart(title, "difference / allowed", _HEIGHT, [panel], keys, simulated)
