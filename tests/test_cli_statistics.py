"""The verbs `gauge`, `capability` and `sample-size`: published figures through the shell, and what they refuse."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from harness.cli import main
from harness.cli.sample_size import at_least
from harness.errors import RequestError
from harness.metrology.statistics import process as process_module
from harness.metrology.statistics.capability import Limits, capability
from harness.studies import risk as risk_module
from tests.examples import checkout
from tests.metrology.statistics import aiag

if TYPE_CHECKING:
    from pathlib import Path

YES, NO, NOT_UNDERSTOOD = 0, 1, 2
DOCS = checkout() / "docs"
GAUGE = DOCS / "examples" / "gauge.csv"
FLOW = DOCS / "examples" / "flowrate.csv"
CELLS = "appraiser,part,trial,value\n"
FOUR = f"{CELLS}A,1,1,1\nA,1,2,2\nA,2,1,3\n"


def answer(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = YES) -> Any:  # noqa: ANN401 - JSON
    """What a verb says as JSON."""
    assert main([str(argument) for argument in arguments] + ["--json"]) == code
    streams = capsys.readouterr()
    assert streams.err == ""
    return json.loads(streams.out)


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one sentence with which a verb refuses, exit code 2."""
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as exit_:  # what argparse itself refuses
        code = int(exit_.code or 0)
    streams = capsys.readouterr()
    assert (code, streams.out, streams.err.count("\n")) == (NOT_UNDERSTOOD, "", 1)
    return streams.err


def written(folder: Path, text: str) -> Path:
    """A file with this text."""
    path = folder / "data.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_is_the_published_study() -> None:
    """The file in docs/examples holds the manual's ninety values."""
    assert GAUGE.read_text(encoding="utf-8") == aiag.as_csv()


def test_gauge_by_both_methods(capsys: pytest.CaptureFixture[str]) -> None:
    """One answer holds both methods on the manual's data: 26.68 % with ndc 5, and 27.86 % with ndc 4."""
    found = answer(capsys, "gauge", GAUGE)
    expected = {"ev": 0.20188, "av": 0.22963, "grr": 0.30575, "pv": 1.10456, "tv": 1.14610}
    assert {name: found["average_range"][name] for name in expected} == pytest.approx(expected, abs=5e-5)
    percents = [found[method]["percent_grr"] for method in ("average_range", "anova")]
    assert percents == pytest.approx([26.68, 27.86], abs=5e-3)
    assert [found[method]["ndc"] for method in ("average_range", "anova")] == [5, 4]
    assert "interaction p = 0.974, above 0.25: pooled with the repeatability" in found["notes"]


def test_the_order_of_rows_and_columns_does_not_matter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Semicolons, a byte order mark, names in capitals, blank lines, other columns and another order change nothing."""
    rows = [f"{one.value};x;{one.trial};{one.part};{one.appraiser}" for one in reversed(aiag.readings())]
    shuffled = "\ufeff\r\n" + "\r\n\r\n".join(["VALUE; note ;Trial;PART;Appraiser", *rows]) + "\r\n;;;;\r\n"
    found, plain = answer(capsys, "gauge", written(tmp_path, shuffled)), answer(capsys, "gauge", GAUGE)
    assert found["ignored_columns"] == ["note"]
    for method in ("average_range", "anova"):
        for key in ("ev", "av", "grr", "pv", "tv", "percent_grr", "ndc"):
            assert found[method][key] == pytest.approx(plain[method][key], rel=1e-12)


def test_type_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One part of known value: 10 ± 0.1 around 10.05 with tolerance 4: Cg 0.8 / 6 s, Cgk (0.4 - 0.05) / 3 s."""
    file = written(tmp_path, "value\n" + "9.95\n10.15\n" * 25)
    found = answer(capsys, "gauge", file, "--type-1", "--reference", 10, "--tolerance", 4)
    s = 0.1 * (50 / 49) ** 0.5
    assert (found["n"], found["bias"]) == (50, pytest.approx(0.05))
    assert (found["cg"], found["cgk"]) == pytest.approx((0.8 / (6 * s), 0.35 / (3 * s)))


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (CELLS, (), "holds a header and no row"),
        ("", (), "is empty"),
        (FOUR, (), "appraiser A, part 2, trial 2 is missing"),
        (f"{FOUR}A,2,1,3\n", (), "line 5: appraiser A, part 2, trial 1 stands here and on line 4"),
        (f"{CELLS}A,1,1,1\nA,2,1,3\n", (), "only one trial, 1"),
        (f"{CELLS}A,1,1,1\nA,1,2,3\n", (), "only one part, 1"),
        (f"{FOUR}A,2,2,x\n", (), "line 5: value is 'x', not a number"),
        (f"{FOUR}A,2,2,nan\n", (), "line 5: value is NaN"),
        (f"{FOUR}A,2,2,-inf\n", (), "line 5: value is infinite"),
        (f"{FOUR}A,2,2,9.9E37\n", (), "line 5: value is 9.9e+37, an instrument's overload answer"),
        (f"{FOUR}A,2,2,1_0\n", (), "line 5: value is '1_0', not a number"),
        (f"{FOUR}A,2,2,٣\n", (), "line 5: value is '٣', not a number"),
        (f"{FOUR}A,2,2,\n", (), "line 5: value is empty"),
        (f"{FOUR},2,2,1\n", (), "line 5: appraiser is empty"),
        (f"{FOUR}A,2,2\n", (), "line 5: 3 fields, but the header has 4"),
        (f'{FOUR}A,2,2,"4\n', (), "line 5: "),
        ("operator,part,trial,value\nA,1,1,1\n", (), "line 1: no column `appraiser`; the header has `operator`"),
        ("appraiser,part,part,trial,value\nA,1,1,1,1\n", (), "line 1: column `part` stands twice"),
        (f"{FOUR}A,2,2,4\n", ("--tolerance", "0"), "tolerance is 0"),
        (f"{CELLS}A,1,1,1e9\nA,1,2,2\nA,2,1,3\nA,2,2,4\n", ("--tolerance=1e-305",), "beyond every number"),
        (f"{FOUR}A,2,2,4\n", ("--reference", "1"), "--reference belongs to a type-1 study"),
        (f"{FOUR}A,2,2,4\n", ("--type-1",), "--type-1 needs --reference"),
        (f"{FOUR}A,2,2,4\n", ("--type-1", "--reference=1", "--tolerance=1"), "2 parts, but a type-1 study is of one"),
        ("value\n1\n", ("--type-1", "--reference=1", "--tolerance=1"), "number of values: 1, but at least 2"),
    ],
)
def test_gauge_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, options: tuple[str, ...], words: str
) -> None:
    """A damaged or incomplete study gives one sentence, with the line where there is one, and never a number."""
    assert words in refusal(capsys, "gauge", written(tmp_path, text), *options)


@pytest.mark.parametrize(("mean", "cpk"), [(10.0, 0.83333), (10.5, 0.41667)])
def test_capability(tmp_path: Path, capsys: pytest.CaptureFixture[str], mean: float, cpk: float) -> None:
    """The handbook's example: limits 9 and 11, s 0.4."""
    half = 0.4 * (39 / 40) ** 0.5
    file = written(tmp_path, "value\n" + f"{mean - half!r}\n{mean + half!r}\n" * 20)
    found = answer(capsys, "capability", file, "--lower", 9, "--upper", 11)
    assert (found["n"], found["mean"], found["standard_deviation"]) == pytest.approx((40, mean, 0.4))
    assert (found["cp"], found["cpk"], found["pp"], found["ppk"]) == pytest.approx((0.83333, cpk) * 2, abs=5e-6)
    assert found["cpk_lower"] < found["cpk"] < found["cpk_upper"]


def test_one_limit(capsys: pytest.CaptureFixture[str]) -> None:
    """With one limit Cp is null, and the answer says why; a negative limit may have an exponent."""
    found = answer(capsys, "capability", FLOW, "--lower", "-1e-3")
    assert (found["lower_limit"], found["cp"], found["pp"], found["cpu"]) == (-0.001, None, None, None)
    assert found["absent"] == {"cp": "only one limit is given", "pp": "only one limit is given"}


def test_the_chart_stands_beside_the_index(capsys: pytest.CaptureFixture[str]) -> None:
    """NIST's flow rates: centre 50.81, limits 45.8159 and 55.8041 to what rounding d2 to 1.128 leaves."""
    chart = answer(capsys, "capability", FLOW, "--lower", 45, "--upper", 56)["chart"]
    assert (chart["center"], chart["lower"], chart["upper"]) == pytest.approx((50.81, 45.8159, 55.8041), abs=2e-3)


def test_within(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sigma within comes from subgroups where there are any, or from moving ranges where that is asked for."""
    file = written(tmp_path, "value,subgroup\n1,a\n2,a\n3,b\n4,b\n")
    found = answer(capsys, "capability", file, "--upper", 9)
    assert (found["within"]["method"], found["chart"]) == ("pooled", None)
    found = answer(capsys, "capability", FLOW, "--upper", 60, "--within", "moving-range")
    assert found["within"]["standard_deviation"] == pytest.approx(1.8778 / 1.128, rel=4e-4)
    assert found["cpk"] > found["ppk"]


def test_a_requirement_decides_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a requirement the answer is yes; with one it is no unless the lower limits reach it."""
    assert answer(capsys, "capability", FLOW, "--lower", 30)["meets"] is None
    assert answer(capsys, "capability", FLOW, "--lower", 30, "--require", 1.33)["meets"] is True
    assert answer(capsys, "capability", FLOW, "--lower", 43, "--require", 1.33, code=NO)["meets"] is False


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("value\n1\n2\n", (), "no limit is given"),
        ("value\n1\n2\n", ("--lower=2", "--upper=1"), "the lower limit 2 is not below the upper limit 1"),
        ("value\n1\n2\n", ("--lower=2", "--upper=2"), "is not below"),
        ("value\n1\n2\n", ("--lower=nan",), "argument --lower: 'nan': it is NaN"),
        ("value\n1\n2\n", ("--upper=inf",), "argument --upper: 'inf': it is infinite"),
        ("value\n1\n2\n", ("--lower=0", "--confidence=95"), "write 0.95"),
        ("value\n1\n2\n", ("--lower=0", "--confidence=95%"), "write 0.95"),
        ("value\n1\n", ("--lower=0",), "number of values: 1, but at least 2"),
        ("value\n1\n1\n", ("--lower=0",), "the values do not vary"),
        ("value\n1\n\nNaN\n", ("--lower=0",), "line 4: value is NaN"),
        ("value\n1\n9.9E37\n", ("--lower=0",), "line 3: value is 9.9e+37"),
        ("value;note\n1;a\n2,5;b\n", ("--lower=0",), "line 3: value is '2,5', not a number: write 2.5"),
        ("value\n1\n2 mA\n", ("--lower=0",), "line 3: value is '2 mA', not a number"),
        ("current\n1\n2\n", ("--lower=0",), "no column `value`; the header has `current`"),
        ("value,subgroup\n1,a\n2,\n", ("--lower=0",), "line 3: subgroup is empty"),
        ("value\n1\n2\n", ("--lower=0", "--within=pooled"), "pooled needs a column `subgroup`"),
        ("value\n1\n2\n", ("--lower=0", "--within=six"), "invalid choice: 'six'"),
    ],
)
def test_capability_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, options: tuple[str, ...], words: str
) -> None:
    """Limits, options and files that cannot be understood give one sentence and never an index."""
    assert words in refusal(capsys, "capability", written(tmp_path, text), *options)


def test_a_file_that_is_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Other encodings, folders and files that are not there are refused by name."""
    file = tmp_path / "data.csv"
    file.write_bytes("value\n1\n2\n".encode("utf-16"))
    assert "is not UTF-8 text" in refusal(capsys, "capability", file, "--lower", 0)
    assert "cannot be read" in refusal(capsys, "capability", tmp_path, "--lower", 0)
    assert "cannot be read: No such file" in refusal(capsys, "gauge", tmp_path / "gone.csv")


@pytest.mark.parametrize(
    ("confidence", "reliability", "failures", "size"),
    [(0.95, 0.95, 0, 59), (0.95, 0.90, 0, 29), (0.90, 0.99, 0, 230), (0.95, 0.95, 1, 93), (0.95, 0.95, 2, 124)],
)
def test_sample_size(
    capsys: pytest.CaptureFixture[str], confidence: float, reliability: float, failures: int, size: int
) -> None:
    """The classic table through the shell."""
    options = ("--confidence", confidence, "--reliability", reliability, "--failures", failures)
    found = answer(capsys, "sample-size", *options)
    assert (found["n"], found["sample_size"], found["failures"]) == (size, size, failures)
    assert found["demonstrated_reliability"] >= reliability


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--confidence=0.95",), "required: --reliability"),
        (("--confidence=95", "--reliability=0.9"), "write 0.95"),
        (("--confidence=0.95", "--reliability=99%"), "write 0.99"),
        (("--confidence=0.95", "--reliability=1"), "such as 0.95"),
        (("--confidence=0", "--reliability=0.9"), "such as 0.95"),
        (("--confidence=nan", "--reliability=0.9"), "NaN"),
        (("--confidence=high", "--reliability=0.9"), "'high' is no number"),
        (("--confidence=0.9", "--reliability=0.9", "--failures=-1"), "'-1' is no whole number"),
        (("--confidence=0.9", "--reliability=0.9", "--failures=1.5"), "'1.5' is no whole number"),
        (("--confidence=0.9", "--reliability=0.9999999999"), "ask for less"),
    ],
)
def test_sample_size_refuses(capsys: pytest.CaptureFixture[str], options: tuple[str, ...], words: str) -> None:
    """Percentages, certainty and fractions of failures give one sentence."""
    assert words in refusal(capsys, "sample-size", *options)


def test_the_answers_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json each verb answers in lines that a person can read."""
    assert main(["gauge", str(GAUGE), "--tolerance", "4"]) == YES
    assert re.search(r"% GRR of TV +26\.678 +27\.8607", capsys.readouterr().out)
    assert main(["capability", str(FLOW), "--lower", "45", "--upper", "56"]) == YES
    assert "10 values are few" in capsys.readouterr().out
    assert main(["sample-size", "--confidence", "0.95", "--reliability", "0.95"]) == YES
    said = capsys.readouterr().out
    assert "59 units, of which none may fail" in said
    assert "then reliability >= 0.950492 with confidence 0.95 (" in said


@pytest.mark.parametrize(
    ("confidence", "reliability", "said"),
    [
        ("0.95", "0.9999999", "none may fail\nthen reliability >= 0.9999999 with"),
        ("0.999999999", "0.5", "with confidence 0.999999999 ("),
        ("0.5", "0.5", "1 unit, of which none may fail\nthen reliability >= 0.5 with confidence 0.5 ("),
        ("0.1", "0.001", "1 unit, of which"),
    ],
)
def test_no_certainty_by_rounding(
    capsys: pytest.CaptureFixture[str], confidence: str, reliability: str, said: str
) -> None:
    """A lower limit is rounded down, and no share is printed as 1."""
    assert main(["sample-size", "--confidence", confidence, "--reliability", reliability]) == YES
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.95, "0.95"),
        (0.9504899, "0.950489"),
        (1 - 1e-12, "0.999999999999"),
        (0.0512345678, "0.0512345"),
        (1e-9, "0.000000001"),
    ],
)
def test_a_share_is_rounded_down(share: float, text: str) -> None:
    """Six digits, and enough of what it lacks to 1."""
    assert at_least(share) == text


@pytest.mark.parametrize(
    "arguments",
    [
        ("capability", "x.csv", "--lower", "1", "--lower", "2"),
        ("capability", "x.csv", "--lower=1", "--upper=-1e-6", "--lower=1"),
        ("gauge", "x.csv", "--tolerance", "1", "--tolerance", "1"),
        ("sample-size", "--confidence", "0.9", "--reliability", "0.9", "--confidence", "0.95"),
        ("study", "risk", "--seed", "1", "--seed", "2"),
    ],
)
def test_an_option_that_stands_twice(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    """Of two values nobody knows which one was meant."""
    assert "is given twice" in refusal(capsys, *arguments)


def test_a_rule_may_stand_repeatedly(capsys: pytest.CaptureFixture[str]) -> None:
    """Where several are meant, several are taken."""
    assert "at most 100000000" in refusal(
        capsys, "study", "risk", "--rule", "simple", "--rule", "method-6", "--decisions", 10**26
    )


@pytest.mark.parametrize("verb", [("gauge",), ("gauge", "--type-1", "--reference", "0")])
def test_a_tolerance_is_no_matter_of_the_file(capsys: pytest.CaptureFixture[str], verb: tuple[str, ...]) -> None:
    """What an option says wrongly is refused before the file is read, and not in its name."""
    said = refusal(capsys, verb[0], "gone.csv", *verb[1:], "--tolerance", "-1")
    assert said == "stimcert: tolerance is -1, but the width of the tolerance is due, a positive number\n"


def test_messages_carry_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the figures of a file do not allow, and whoever finds it, the sentence begins with the file."""

    def refuse(*_: object, **__: object) -> None:
        raise RequestError("no")

    monkeypatch.setattr(process_module, "process", refuse)
    assert refusal(capsys, "capability", FLOW, "--lower", 0) == f"stimcert: {FLOW}: no\n"
    file = written(
        tmp_path,
        CELLS
        + "".join(
            f"{who},{part},{trial},{part + trial * 1e-170}\n"
            for who, part, trial in itertools.product("AB", (0, 1e-170), (1, 2))
        ),
    )
    assert refusal(capsys, "gauge", file).startswith(f"stimcert: {file}: ")


def test_type_1_names_what_it_ignores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A column that is not used is named to people too."""
    file = written(tmp_path, "value,note\n1.0,x\n1.1,y\n0.9,z\n")
    assert main(["gauge", str(file), "--type-1", "--reference", "1", "--tolerance", "4"]) == YES
    assert "column note is not used" in capsys.readouterr().out


def test_no_method_is_not_the_usual_one() -> None:
    """An empty name of a method is no name."""
    with pytest.raises(RequestError):
        capability([1.0, 2.0, 3.0], Limits(0.0, 4.0), within="")


def test_a_ctrl_c_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops a verb sees no traceback, and scripts see 130."""

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(risk_module, "study", stopped)
    assert main(["study", "risk"]) == 130
    assert capsys.readouterr().err == "stimcert: interrupted\n"


def examples() -> list[tuple[list[str], Any]]:
    """Commands of docs/statistics.md with the JSON that stands under them."""
    text = (DOCS / "statistics.md").read_text(encoding="utf-8")
    found = re.findall(r"```\nstimcert ([^\n]+ --json)\n```\n\n```json\n(.*?)\n```", text, re.DOTALL)
    return [(command.split(), json.loads(shown)) for command, shown in found]


def same(shown: Any, said: Any) -> bool:  # noqa: ANN401 - JSON
    """Equal to six digits, key by key and in the same order."""
    if isinstance(shown, dict) and isinstance(said, dict):
        return list(shown) == list(said) and all(same(shown[key], said[key]) for key in shown)
    if isinstance(shown, list) and isinstance(said, list):
        return len(shown) == len(said) and all(map(same, shown, said))
    return bool(shown == (pytest.approx(said, rel=1e-6) if isinstance(said, float) else said))


def test_the_examples_of_the_documentation(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every JSON answer shown in docs/statistics.md is what its command answers, run in docs/."""
    monkeypatch.chdir(DOCS)
    shown = examples()
    assert {command[0] for command, _ in shown} == {"gauge", "capability", "sample-size"}
    for command, expected in shown:
        assert same(expected, answer(capsys, *command[:-1])), command
