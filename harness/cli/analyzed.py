"""What `stimcert analyze` found, as JSON, as text and as a sheet for a page."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import RequestError
from harness.quantity import si
from harness.sheet import Channel, Interval, Line, Measured, Point, Sheet
from harness.waveform import analyze, pulse_parameters, to_dict
from harness.waveform.asked import asked_parameters
from harness.waveform.load import load_parameters
from harness.waveform.marks import marks
from harness.waveform.stimulus import stimulus_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.cli.analyze import Asked
    from harness.waveform import Analysis, Trace
    from harness.waveform.parameter import Parameter
    from harness.waveform.questions import Questions

_UNIT = re.compile(r"\bU\b")
_COULOMB = re.compile(r"\bA s\b")
_EDGES = ("transition_duration_10_90",)
_NAME_WIDTH = 34
_VALUE_WIDTH = 30


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One column with everything that was found in it.

    Attributes:
        key: what the user calls it.
        trace: the samples as they were analysed.
        analysis: the summary.
        measured: every parameter.
    """

    key: str
    trace: Trace
    analysis: Analysis
    measured: tuple[Measured, ...]


def analyzed(
    asked: Sequence[Asked],
    traces: Sequence[Trace],
    questions: Questions,
    *,
    load_ohm: float | None,
    electrode_area_cm2: float | None,
) -> tuple[Answer, ...]:
    """Analyse columns of one record.

    Raises:
        RequestError: a load or an area, and no current; a current whose unit is not amperes; a template at another
            sampling interval.
    """
    scaled = [_scaled(each, trace) for each, trace in zip(asked, traces, strict=True)]
    if all(trace.unit != "A" for trace in scaled) and (load_ohm or electrode_area_cm2):
        option = "--load-ohm" if load_ohm else "--electrode-area-cm2"
        raise RequestError(
            f"{option} needs a current, and {scaled[0].column} is in volts; give --scale, amperes per volt"
        )
    by_name = {each.name: trace for each, trace in zip(asked, scaled, strict=True)}
    return tuple(
        _answer(
            each, trace, by_name.get(each.over) if each.over else None, questions,
            load_ohm=load_ohm, area_cm2=electrode_area_cm2,
        )
        for each, trace in zip(asked, scaled, strict=True)
    )  # fmt: skip


def _scaled(asked: Asked, trace: Trace) -> Trace:
    """A column times its factor.

    Raises:
        RequestError: amperes per volt of a column that is in amperes.
    """
    if asked.becomes == "A" and trace.unit == "A":
        raise RequestError(
            f"--scale is amperes per volt, and column {trace.column} is in amperes by its file; leave --scale out"
        )
    return trace.scaled(asked.factor, asked.becomes)


def _answer(
    asked: Asked,
    trace: Trace,
    over: Trace | None,
    questions: Questions,
    *,
    load_ohm: float | None,
    area_cm2: float | None,
) -> Answer:
    voltage = None
    if over is not None:
        if trace.unit != "A":
            raise RequestError(f"--current {asked.name} is in volts; give --scale, amperes per volt")
        if over.unit != "V":
            raise RequestError(f"--voltage {asked.over} is in amperes; name the column of the voltage")
        voltage = over.samples
    is_current = trace.unit == "A"
    code = None if asked.code is None else asked.code * abs(asked.factor)
    parameters = (
        *pulse_parameters(trace.samples, trace.interval_s, code_size=code),
        *stimulus_parameters(
            trace.samples, trace.interval_s, voltage=voltage,
            load_ohm=load_ohm if is_current else None, electrode_area_cm2=area_cm2 if is_current else None,
        ),
        *(() if voltage is None else load_parameters(trace.samples, voltage, trace.interval_s)),
        *asked_parameters(trace.samples, trace.interval_s, questions, start_s=trace.start_s, unit=trace.unit),
    )  # fmt: skip
    measured = tuple(_measured(each, trace.unit) for each in parameters)
    return Answer(asked.name or trace.column, trace, analyze(trace.samples, trace.interval_s), measured)


def _measured(parameter: Parameter, unit: str) -> Measured:
    """A parameter in the unit of its column."""
    estimate = parameter.estimate
    stated = _COULOMB.sub("C", _UNIT.sub(unit, parameter.unit))
    value, bound = (None, None) if estimate is None else (estimate.value, estimate.bound)
    return Measured(parameter.name, value, stated, bound, parameter.absent, parameter.source)


def to_json(answers: Sequence[Answer]) -> dict[str, object]:
    """The public form: one column's object, or `columns` with one for each."""
    objects = {answer.key: _object(answer) for answer in answers}
    return next(iter(objects.values())) if len(objects) == 1 else {"columns": objects}


def _object(answer: Answer) -> dict[str, object]:
    metrics = [
        {
            "name": one.name, "value": one.value, "unit": one.unit, "bound": one.bound,
            "absent": one.absent or None, "source": one.source,
        }
        for one in answer.measured
    ]  # fmt: skip
    return {**to_dict(answer.analysis, answer.trace.unit), "metrics": metrics}


def to_text(answers: Sequence[Answer]) -> str:
    """The answer for people."""
    return "\n\n".join("\n".join(_lines(answer)) for answer in answers)


def _lines(answer: Answer) -> Iterator[str]:
    yield f"{'column':20} {answer.trace.column}"
    yield f"{'dialect':20} {answer.trace.dialect}"
    for key, value in to_dict(answer.analysis, answer.trace.unit).items():
        yield f"{key:20} {'-' if value is None else value}"
    yield ""
    width = max(_NAME_WIDTH, *(len(one.name) for one in answer.measured))
    for one in answer.measured:
        yield f"{one.name:{width}} {f'- {one.absent}' if one.absent else one.told}"


def sheet(file: str, window: str, answers: Sequence[Answer]) -> Sheet:
    """What a page shows."""
    return Sheet(file, answers[0].trace.dialect, window, tuple(_channel(answer) for answer in answers))


def _summary(answer: Answer) -> tuple[tuple[str, str], ...]:
    """The summary in words, with units; a figure to the digits that the bound of its parameter deserves."""
    found, unit = answer.analysis, answer.trace.unit
    charge = "C" if unit == "A" else "V s"
    figures = (
        ("sample interval", found.interval_s, "s", ()), ("high state", found.high_state, unit, ("high_state",)),
        ("low state", found.low_state, unit, ("low_state",)), ("peak", found.peak, unit, ("peak",)),
        ("mean", found.mean, unit, ("dc_component",)), ("r.m.s.", found.rms, unit, ("rms",)),
        ("frequency", found.frequency_hz, "Hz", ("frequency",)), ("period", found.period_s, "s", ("period",)),
        ("positive duty", found.positive_duty, "1", ("duty_factor",)),
        ("rise time, 10-90 %", found.rise_time_s, "s", _EDGES), ("fall time, 90-10 %", found.fall_time_s, "s", _EDGES),
        ("overshoot", found.overshoot_percent, "%", ("transition_overshoot",)),
        ("net charge", found.net_charge, charge, ()),
    )  # fmt: skip
    told = ((name, _told(answer, value, of, parameters)) for name, value, of, parameters in figures)
    return ("kind", found.kind), ("samples", str(found.samples)), *told


def _told(answer: Answer, value: float | None, unit: str, parameters: tuple[str, ...]) -> str:
    """A figure of the summary with the bound of the parameter that is the same figure; without one, to four digits."""
    if value is None:
        return "–"
    bounds = [
        one.bound
        for one in answer.measured
        if one.value is not None and one.bound is not None and one.name.endswith(parameters)
        and abs(one.value - value) <= one.bound
    ]  # fmt: skip
    # The phases of a biphasic waveform may both be as good as it.
    return Measured("", value, unit, max(bounds), "", "").told if bounds else si(value, unit)


def _channel(answer: Answer) -> Channel:
    trace, found = answer.trace, marks(answer.trace.samples)

    def time(place: float) -> float:
        return trace.start_s + place * trace.interval_s

    ends = [(begin, end) for begin, end in found.transitions.tolist() if not math.isnan(begin + end)]
    excursions = zip(found.excursions.tolist(), found.reached.tolist(), strict=True)
    return Channel(
        name=answer.key,
        unit=trace.unit,
        start_s=trace.start_s,
        interval_s=trace.interval_s,
        samples=trace.samples,
        summary=_summary(answer),
        measured=answer.measured,
        lines=(
            *(Line(name, level, is_state=True) for name, level in found.states),
            *(Line(f"{share * 100:.0f} %", level, is_state=False) for share, level in found.references),
        ),
        points=(
            *(
                Point(f"{share * 100:.0f} % instant", time(place), level, is_extreme=False)
                for share, level, place in found.passages()
            ),
            *(
                Point(
                    f"{s * 100:.2f} % of the step beyond the state", time(at), float(trace.samples[at]), is_extreme=True
                )
                for at, s in excursions
            ),
        ),
        intervals=tuple(Interval("period", time(begin), time(end)) for begin, end in found.periods.tolist()),
        transition=Interval("transition", time(ends[0][0]), time(ends[0][1])) if ends else None,
    )
