"""Options of `stimcert analyze` that ask a record for more than it says by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import record_file
from harness.cli.columns import read_columns
from harness.errors import NotFinite, RequestError
from harness.quantity import finite

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from harness.waveform import Trace
    from harness.waveform.questions import Band, Contact, Limits, Questions, Steps, Template


def add(analyze: argparse.ArgumentParser) -> None:
    """Add the options."""
    analyze.add_argument(
        "--contact", metavar="S", type=float, help="instant of contact (last bounce), on the file's axis: the ramp"
    )
    analyze.add_argument("--loss", metavar="S", type=float, help="instant of the loss before --contact: the restart")
    analyze.add_argument(
        "--stretch", metavar="S", type=float, help="the output does not pulse: its ramp is that of means over S"
    )
    analyze.add_argument("--early", metavar="S", type=float, help="largest current in the first S after --contact")
    analyze.add_argument("--steps", metavar="HZ,HZ,...", help="steps of a sweep; goes with --step-tolerance")
    analyze.add_argument("--step-tolerance", metavar="SHARE", type=float, help="within which a step is present")
    analyze.add_argument("--template", metavar="FILE.csv", help="a recorded waveform to compare with")
    analyze.add_argument("--template-column", metavar="C", help="column of --template, where it has several")
    analyze.add_argument("--mask", metavar="FILE.csv", help="limits: columns phase, lower, upper")
    analyze.add_argument("--mask-period", metavar="S", type=float, help="period of --mask; otherwise the record's own")
    analyze.add_argument("--mask-begin", metavar="S", type=float, help="an instant of phase 0; with --mask-period")
    analyze.add_argument(
        "--line", metavar="HZ", action="append", help="a line, of a motor for instance, or LOW:HIGH; may be repeated"
    )


def questions(arguments: argparse.Namespace, trace: Trace) -> Questions:
    """What is asked of a record.

    Args:
        arguments: of the verb.
        trace: a column of the record, cut to its window.

    Raises:
        RequestError: an option that makes no sense, or does not go with this record; which one, and what to do.
    """
    from harness.waveform.questions import Questions  # noqa: PLC0415 - numpy comes with it

    return Questions(
        contact=_contact(arguments, trace),
        steps=_steps(arguments),
        template=_template(arguments),
        limits=_limits(arguments),
        bands=_bands(arguments.line or ()),
    )


def _contact(arguments: argparse.Namespace, trace: Trace) -> Contact | None:
    if arguments.contact is None:
        _only_with("--contact", arguments, "loss", "stretch", "early")
        return None
    from harness.waveform.questions import Contact  # noqa: PLC0415 - numpy comes with it

    contact_s = _within(arguments.contact, "--contact", trace)
    loss_s = None if arguments.loss is None else _within(arguments.loss, "--loss", trace)
    if loss_s is not None and not loss_s < contact_s:
        raise RequestError(f"--loss {loss_s:g} is not before --contact {contact_s:g}; give the loss first")
    return Contact(
        contact_s, loss_s, above_zero(arguments.stretch, "--stretch"), above_zero(arguments.early, "--early")
    )


def _steps(arguments: argparse.Namespace) -> Steps | None:
    if arguments.steps is None:
        _only_with("--steps", arguments, "step_tolerance")
        return None
    from harness.waveform.questions import Steps  # noqa: PLC0415 - numpy comes with it

    tolerance = above_zero(arguments.step_tolerance, "--step-tolerance")
    if tolerance is None:
        raise RequestError("--steps needs --step-tolerance, the share within which a step is present, such as 0.02")
    if tolerance >= 1:
        raise RequestError(f"--step-tolerance is {tolerance:g}; it is a share between 0 and 1, such as 0.02")
    table = tuple(_hertz(text, "--steps", arguments.steps) for text in arguments.steps.split(","))
    try:
        return Steps(table, tolerance)
    except RequestError as error:
        raise RequestError(f"--steps {arguments.steps}: {error}") from error


def _template(arguments: argparse.Namespace) -> Template | None:
    if arguments.template is None:
        _only_with("--template", arguments, "template_column")
        return None
    from harness.waveform.questions import Template  # noqa: PLC0415 - numpy comes with it

    column = arguments.template_column
    try:
        (shape,) = record_file.read(Path(arguments.template), () if column is None else (column,))
    except RequestError as error:
        # Readers know of one file only, and --column is that of the record.
        raise RequestError(str(error).replace("with --column", "with --template-column")) from error
    return Template(shape.samples, shape.interval_s, shape.start_s, shape.unit)


def _limits(arguments: argparse.Namespace) -> Limits | None:
    if arguments.mask is None:
        _only_with("--mask", arguments, "mask_period", "mask_begin")
        return None
    import numpy as np  # noqa: PLC0415 - takes a tenth of a second

    from harness.waveform.questions import Limits  # noqa: PLC0415 - numpy comes with it
    from harness.waveform.template import Mask  # noqa: PLC0415 - numpy comes with it

    table = read_columns(arguments.mask, ("phase", "lower", "upper"))
    phase, lower, upper = (np.array(table.numbers(name)) for name in ("phase", "lower", "upper"))
    try:
        mask = Mask(phase, lower, upper)
    except RequestError as error:
        raise RequestError(f"{arguments.mask}: {error}") from error
    period_s, begin_s = above_zero(arguments.mask_period, "--mask-period"), arguments.mask_begin
    if (period_s is None) != (begin_s is None):
        given, other = ("--mask-begin", "--mask-period") if period_s is None else ("--mask-period", "--mask-begin")
        raise RequestError(f"{given} goes with {other}; without both the record's own period is taken")
    return Limits(mask) if period_s is None else Limits(mask, period_s, _number(begin_s, "--mask-begin"))


def _bands(given: Sequence[str]) -> tuple[Band, ...]:
    from harness.waveform.questions import Band  # noqa: PLC0415 - numpy comes with it

    found: list[Band] = []
    for text in given:
        low, colon, high = text.partition(":")
        band = Band(*(_hertz(part, "--line", text) for part in ((low, high) if colon else (low,))))
        if band in found:
            raise RequestError(f"--line {text} is given twice; name each line once")
        found.append(band)
    return tuple(found)


def _hertz(text: str, option: str, whole: str) -> float:
    """A frequency of an option.

    Raises:
        RequestError: it is no number above zero.
    """
    try:
        frequency = finite("a frequency", float(text))
    except NotFinite as error:
        raise RequestError(f"{option} {whole}: {error}") from error
    except ValueError as error:
        raise RequestError(f"{option} {whole}: {text.strip()!r} is no number; give hertz") from error
    if not frequency > 0:
        raise RequestError(f"{option} {whole}: a frequency is above zero")
    return frequency


def _number(value: float, option: str) -> float:
    try:
        return finite(option, value)
    except NotFinite as error:
        raise RequestError(str(error)) from error


def above_zero(value: float | None, option: str) -> float | None:
    """A figure of an option.

    Raises:
        RequestError: it is no number, or not above zero.
    """
    figure = None if value is None else _number(value, option)
    if figure is not None and not figure > 0:
        raise RequestError(f"{option} is {figure:g}; it must be above zero")
    return figure


def _within(value: float, option: str, trace: Trace) -> float:
    """An instant in the window.

    Raises:
        RequestError: it lies outside.
    """
    time_s, half_s = _number(value, option), trace.interval_s / 2
    end_s = trace.start_s + (trace.samples.size - 1) * trace.interval_s
    if not trace.start_s - half_s <= time_s <= end_s + half_s:
        raise RequestError(
            f"{option} {time_s:g} lies outside what is analysed, from {trace.start_s:.6g} s to {end_s:.6g} s"
        )
    return time_s


def _only_with(option: str, arguments: argparse.Namespace, *names: str) -> None:
    """Refuse options that say more about one that is not given.

    Raises:
        RequestError: the first one.
    """
    for name in names:
        if getattr(arguments, name) is not None:
            raise RequestError(f"--{name.replace('_', '-')} goes with {option}; give both")
