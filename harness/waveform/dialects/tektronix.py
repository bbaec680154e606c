"""Tektronix TDS and TBS: settings in the two columns on the left, times and values in columns four and five.

Seen in public exports of TDS 2000, TBS 1000 and their kin. The newer series (`TIME,CH1` under lines of settings) is
read in `headed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.waveform.columns import column_of, time_unit
from harness.waveform.dialects.layout import Layout, Settings
from harness.waveform.timebase import TimeColumn

if TYPE_CHECKING:
    from harness.waveform.table import Table

FIVE_COLUMNS = "Tektronix TDS/TBS"

_TIME, _VALUE = 3, 4
_SETTINGS = 30
"""Lines beside which settings may stand; the instruments write 18."""


def five_columns(table: Table) -> Layout | None:
    """Recognise `Record Length,2.5e+03,,-0.0125,-2.88,`.

    Raises:
        RequestError: it is this dialect, and damaged.
    """
    settings = Settings(table, [row for row in table.head[:_SETTINGS] if row.cells[0]])
    if not any(len(row.cells) > _VALUE and row.is_number(_TIME) for row in settings.rows):
        return None
    if settings.row("record length", "sample interval", "source") is None:
        return None
    length, interval = settings.length(), settings.interval()
    if length is None or interval is None:
        raise table.problem(
            table.head[0], "Record Length or Sample Interval is missing beside the samples; export the record again"
        )
    name = settings.text("source") or "CH1"
    scale = 1.0
    horizontal = settings.row("horizontal units")
    if horizontal is not None:
        scale = time_unit(table, horizontal, horizontal.cells[1])
    vertical = settings.units([name])[0]
    body = table.body(0, fields=_VALUE + 1, spare=1)
    return Layout(
        FIVE_COLUMNS, (column_of(name, name, _VALUE, vertical),), body, TimeColumn(_TIME, scale, interval), length
    )
