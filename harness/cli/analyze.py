"""The verb `stimcert analyze`."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import analyze_questions, record_file
from harness.cli.analyze_questions import above_zero
from harness.cli.answers import YES
from harness.errors import NotFinite, RequestError
from harness.quantity import finite

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from harness.waveform import Trace


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb. Who can write a page adds `--html` to it, and sets `page` to a function of a sheet and a path."""
    analyze = verbs.add_parser("analyze", help="measure a recorded waveform")
    analyze.add_argument("file", metavar="FILE.csv")
    analyze.add_argument(
        "--column", metavar="C", action="append", help="column to analyse, by its name in the file; may be repeated"
    )
    analyze.add_argument("--voltage", metavar="C", help="column of the voltage over the load; goes with --current")
    analyze.add_argument("--current", metavar="C", help="column of the current; goes with --voltage")
    analyze.add_argument(
        "--scale", metavar="FACTOR", type=float, action="append",
        help="amperes per volt of the column; once for all columns, or once for each",
    )  # fmt: skip
    analyze.add_argument(
        "--from", metavar="S", type=float, dest="from_s", help="begin of the window, on the file's axis"
    )
    analyze.add_argument("--to", metavar="S", type=float, dest="to_s", help="end of the window, on the file's axis")
    analyze.add_argument("--load-ohm", metavar="OHM", type=float, help="load, for energy and power of a current")
    analyze.add_argument("--electrode-area-cm2", metavar="CM2", type=float, help="smallest electrode, for densities")
    analyze.add_argument(
        "--code-size", metavar="V", type=float, action="append",
        help="step between two codes of the converter, in the file's unit; once for all columns, or once for each",
    )  # fmt: skip
    analyze_questions.add(analyze)
    analyze.add_argument("--json", action="store_true", help="answer as JSON")
    analyze.set_defaults(verb=_analyze, html=None)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done with one column.

    Attributes:
        name: as the user calls it; None for the only one.
        factor: by which its samples are multiplied.
        becomes: unit after that; None: the file's.
        over: name of the column that holds the voltage over the load through which this current flows.
        code: step between two codes in the unit of the file; None: the smallest that the record shows.
    """

    name: str | None
    factor: float = 1.0
    becomes: str | None = None
    over: str | None = None
    code: float | None = None


def _analyze(arguments: argparse.Namespace) -> int:
    from harness.cli import analyzed  # noqa: PLC0415 - numpy comes with it

    asked = _coded(_asked(arguments), arguments.code_size or ())
    load = above_zero(arguments.load_ohm, "--load-ohm")
    area = above_zero(arguments.electrode_area_cm2, "--electrode-area-cm2")
    if load is not None and arguments.voltage is not None:
        raise RequestError("--load-ohm and --voltage say two things of the load; give one of them")
    names = [each.name for each in asked if each.name is not None]
    traces = _window(record_file.read(Path(arguments.file), names), arguments.from_s, arguments.to_s)
    questions = analyze_questions.questions(arguments, traces[0])
    answers = analyzed.analyzed(asked, traces, questions, load_ohm=load, electrode_area_cm2=area)
    if arguments.html is not None:
        sheet = analyzed.sheet(str(arguments.file), _window_text(arguments, traces[0]), answers)
        arguments.page(sheet, arguments.html)
    if arguments.json:
        print(json.dumps(analyzed.to_json(answers), indent=2, allow_nan=False, ensure_ascii=False))
        return YES
    print(analyzed.to_text(answers))
    if arguments.html is not None:
        print(f"\npage: {arguments.html}")
    return YES


def _asked(arguments: argparse.Namespace) -> tuple[Asked, ...]:
    """Which columns, each with its factor.

    Raises:
        RequestError: options that do not go together.
    """
    columns: Sequence[str] | None = arguments.column
    factors = tuple(_factor(factor, arguments.file) for factor in arguments.scale or ())
    if arguments.voltage is not None or arguments.current is not None:
        return _pair(arguments.voltage, arguments.current, columns, factors)
    names: Sequence[str | None] = columns or (None,)
    twice = next((name for index, name in enumerate(names) if name in names[:index]), None)
    if twice is not None:
        raise RequestError(f"--column {twice} is given twice; name each column once")
    if len(factors) not in {0, 1, len(names)}:
        raise RequestError(f"--scale is given {len(factors)} times for {len(names)} columns; give it once, or for each")
    if not factors:
        return tuple(Asked(name) for name in names)
    each = factors if len(factors) == len(names) else factors * len(names)
    return tuple(Asked(name, factor, "A") for name, factor in zip(names, each, strict=True))


def _pair(
    voltage: str | None, current: str | None, columns: Sequence[str] | None, factors: tuple[float, ...]
) -> tuple[Asked, ...]:
    """The voltage over a load and the current through it.

    Raises:
        RequestError: one without the other, or options that do not go with them.
    """
    if voltage is None or current is None:
        given, other = ("--voltage", "--current") if current is None else ("--current", "--voltage")
        raise RequestError(f"{given} goes with {other}; for one column alone use --column")
    if columns:
        raise RequestError("--column does not go with --voltage and --current, which name the columns")
    if voltage == current:
        raise RequestError(f"--voltage and --current are both {voltage}; name two columns")
    if len(factors) > 1:
        raise RequestError("--scale with --voltage and --current is that of the current; give it once")
    scaled = Asked(current, factors[0], "A", voltage) if factors else Asked(current, over=voltage)
    return Asked(voltage), scaled


def _coded(asked: tuple[Asked, ...], codes: Sequence[float]) -> tuple[Asked, ...]:
    """Columns with their step between codes.

    Raises:
        RequestError: another number of steps than columns, or one that is no number from zero up.
    """
    if not codes:
        return asked
    if len(codes) not in {1, len(asked)}:
        raise RequestError(
            f"--code-size is given {len(codes)} times for {len(asked)} columns; give it once, or for each"
        )
    for code in codes:
        try:
            finite("--code-size", code)
        except NotFinite as error:
            raise RequestError(str(error)) from error
        if code < 0:
            raise RequestError(f"--code-size is {code:g}; it is a step between codes, or 0 for a computed waveform")
    each = codes if len(codes) == len(asked) else [codes[0]] * len(asked)
    return tuple(replace(column, code=code) for column, code in zip(asked, each, strict=True))


def _factor(value: float, file: str) -> float:
    """A factor of `--scale`.

    Raises:
        RequestError: one that makes nothing of everything, or is no number.
    """
    try:
        factor = finite("--scale", value)
    except NotFinite as error:
        raise RequestError(f"{file}: {error}; give amperes per volt") from error
    if factor == 0:
        raise RequestError(f"{file}: --scale is 0: every sample would be; give amperes per volt")
    return factor


def _window(traces: tuple[Trace, ...], from_s: float | None, to_s: float | None) -> tuple[Trace, ...]:
    """Cut a window out of columns of one record.

    Raises:
        RequestError: it is empty or reaches beyond the record.
    """
    from harness.waveform import window  # noqa: PLC0415 - numpy comes with it

    return tuple(window(trace, from_s, to_s) for trace in traces)


def _window_text(arguments: argparse.Namespace, trace: Trace) -> str:
    if arguments.from_s is None and arguments.to_s is None:
        return "the whole record"
    end_s = trace.start_s + (trace.samples.size - 1) * trace.interval_s
    return f"from {trace.start_s:.6g} s to {end_s:.6g} s"
