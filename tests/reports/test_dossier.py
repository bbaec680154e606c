"""The dossier: one PDF of one or several runs."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import EvidenceError, RequestError
from harness.evidence import verify
from harness.metrology import decide
from harness.verdict import Limit
from reports import commands
from reports.dossier import Sameness, compare_dossier, render_dossier, write_dossier
from reports.dossier.blocks import Bullets, Cell, Figure, Table, Text, folded, legible, plain
from reports.dossier.case import read_case
from reports.dossier.document import data_of
from reports.dossier.predicate import read_predicate
from reports.dossier.risk import risk_of, risk_text
from reports.dossier.typeset import STANDARDS, TEMPLATE
from reports.plots.linearity import linearity_chart, lines_of
from tests.reports.support import Story, accuracy, build, disclosed, judged, point, residual, sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
MARKUP = '#panic("x") *strong* _it_ $y$ `z` @ref <tag> = 1 \\ // -- ~ [a] {b}'


def program(name: str, package: str = "poppler-utils") -> str:
    """A program of Debian, or the test is skipped."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}: apt-get install {package}")
    return found


def pages_of(document: Path) -> list[str]:
    """The text of each page, as an independent reader sees it."""
    said = subprocess.run(
        [program("pdftotext"), "-layout", str(document), "-"], capture_output=True, text=True, check=True
    )
    return said.stdout.split("\f")[:-1]


def words_of(run: Path, predicate: Path | None = None) -> str:
    """All that a dossier is given to say, without its drawings."""
    data = data_of([read_case(run, read_predicate(predicate))])
    return json.dumps(
        [block for block in data["blocks"] if block["kind"] not in {"figure", "figures"}], ensure_ascii=False
    )


def written_of(tmp_path: Path, story: Story, predicate: Path | None = None) -> Path:
    """The dossier of a run that tells a story."""
    run = sealed(tmp_path / "run", story)
    return write_dossier([run], tmp_path / "dossier.pdf", predicate)


def test_every_legible_character_has_a_shape() -> None:
    """Each character that is let through is in the fonts of the compiler; PDF/A refuses one that is not."""
    import typst  # noqa: PLC0415

    letters = "".join(letter for number in range(0x2700) if legible(letter := chr(number)) == letter)
    blocks = [
        Text(letters),
        Text(letters, "strong"),
        Table(("a",), ((Cell(letters, "mono"),),), (1.0,)),
        Bullets((letters,)),
    ]
    data = {
        "title": "t", "author": "a", "subject": "s", "keywords": [], "simulated": False, "running": "", "footing": "",
        "date": dict.fromkeys(("year", "month", "day"), 1) | dict.fromkeys(("hour", "minute", "second"), 0),
        "blocks": [plain(block) for block in blocks],
    }  # fmt: skip
    made = typst.compile(
        TEMPLATE, root=TEMPLATE.parent, ignore_system_fonts=True, pdf_standards=list(STANDARDS),
        sys_inputs={"dossier": json.dumps(data, ensure_ascii=False)},
    )  # fmt: skip
    assert made


def test_what_has_no_shape_is_written_as_its_number() -> None:
    """A letter that no font has is named, not lost."""
    assert legible("中µ\x07\U0001f600") == "[U+4E2D]µ[U+0007][U+1F600]"


def test_long_words_are_folded_and_drawings_are_not() -> None:
    """A word longer than a column may be broken; a hash and the path of a drawing stay whole."""
    assert folded(f"a {'x' * 40} b").split("\u200b") == [f"a {'x' * 24}", f"{'x' * 16} b"]
    assert folded("0f" * 32) == "0f" * 32
    assert plain(Figure(f"<path d='{'1' * 200}'/>", "alt", "caption"))["svg"] == f"<path d='{'1' * 200}'/>"


def test_plots_of_straightness_are_what_was_judged() -> None:
    """The farthest level of a plot is the recorded distance; a line that does not fit what was judged is not drawn."""
    currents = [68e-6 * level * (1.0 if level != 2 else 1.01) for level in (1, 2, 3)]
    levels = [accuracy(current / (68e-6 * level), at=point(level)) for level, current in enumerate(currents, start=1)]
    keys = tuple(value.point.key for value in levels)
    told = {
        "gain": (1.0, 0.95, 1.05, 1.0, "1"),
        "offset": (0.0, -1e-6, 1e-6, 0.0, "A"),
        "distance": (0.02 / 3, -0.1, 0.1, 0.0, "1"),
    }
    rows = []
    for name, (value, lower, upper, nominal, unit) in told.items():
        row = judged(
            ("levels.linearity", f"levels.positive-{name}"), value, 1e-4, Limit(unit, lower, upper, nominal), point(0)
        )
        derivation = replace(row.measurement.derivation, arguments=(("phase", "positive"),), others=keys)
        rows.append(replace(row, measurement=replace(row.measurement, derivation=derivation)))
    (line,) = lines_of(rows, levels)
    assert max(share for _, share in line.residuals) == pytest.approx(0.02 / 3)
    assert linearity_chart([line], simulated=True).svg("x").count('<path class="positive"') == 4
    assert not list(lines_of(rows, levels[:2]))
    assert not list(lines_of(rows, [*levels[:2], accuracy(1.05, at=point(3))]))


def test_values_are_never_markup(tmp_path: Path) -> None:
    """Text that looks like a program of the typesetter is printed letter by letter."""
    story = Story(
        [accuracy(1.0)], operator=MARKUP, unit=f"U {MARKUP}", device_title=MARKUP.replace("\\", "").replace('"', "")
    )
    text = "\n".join(pages_of(written_of(tmp_path, story)))
    assert MARKUP in re.sub(r"\s+", " ", text)


def test_same_evidence_gives_the_same_bytes(tmp_path: Path) -> None:
    """Another process with another seed of its hashes, another time zone and another day writes the same file."""
    run = sealed(
        tmp_path / "run", Story([accuracy(1.0), residual(1e-7), disclosed(3e-6)], simulated=True, further=True)
    )
    code = "import sys; from pathlib import Path; from reports.dossier import write_dossier; "
    code += "write_dossier([Path(sys.argv[1])], Path(sys.argv[2]))"
    other = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code, str(run), str(tmp_path / "b.pdf")], check=True, env=other, cwd=tmp_path)
    assert (tmp_path / "b.pdf").read_bytes() == render_dossier([run])


def test_document_is_an_archive_with_tags_and_fonts(tmp_path: Path) -> None:
    """It says PDF/A-2a and PDF/UA-1, is tagged, and embeds every font; an independent program finds no error in it."""
    document = written_of(tmp_path, Story([accuracy(1.0)], simulated=True))
    content = document.read_bytes()
    for mark in (b"<pdfaid:part>2<", b"<pdfaid:conformance>A<", b"<pdfuaid:part>1<"):
        assert mark in content
    said = subprocess.run([program("pdfinfo"), str(document)], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Tagged: +yes", said)
    fonts = subprocess.run([program("pdffonts"), str(document)], capture_output=True, text=True, check=True).stdout
    assert all(line.split()[-5] == "yes" for line in fonts.splitlines()[2:])
    subprocess.run([program("qpdf", "qpdf"), "--check", str(document)], capture_output=True, check=True)


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_stands_on_every_page(tmp_path: Path, *, simulated: bool) -> None:
    """Each page of a simulated run says so, and none of another."""
    pages = pages_of(written_of(tmp_path, Story([accuracy(1.0)], simulated=simulated)))
    marked = [("SIMULATED: no statement" in page) for page in pages]
    assert len(pages) > 5
    assert all(marked) if simulated else not any(marked)
    assert [re.findall(r"page (\d+) of (\d+)", page)[-1] for page in pages] == [
        (str(number), str(len(pages))) for number in range(1, len(pages) + 1)
    ]


def words_on(document: Path) -> Iterator[list[tuple[float, float, float, float, str]]]:
    """Page by page every word with its box (left, top, right, bottom, in pt), without the mark across the page."""
    said = subprocess.run(
        [program("pdftotext"), "-bbox", str(document), "-"], capture_output=True, text=True, check=True
    )
    form = r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>'
    for page in said.stdout.split("<page ")[1:]:
        found = [(*map(float, sides), word) for *sides, word in re.findall(form, page)]
        yield sorted(
            (one for one in found if one[4] not in "SIMULATED" or one[3] - one[1] < 25), key=lambda one: one[1]
        )


def test_nothing_overlaps_or_leaves_the_page(tmp_path: Path) -> None:
    """With names far longer than any line, every word lies inside the margins and on top of no other."""
    long = "X" * 150
    story = Story(
        [accuracy(1.3), residual(1e-7), disclosed(3e-6)], "FAIL", [("current.accuracy", "FAIL")], simulated=True,
        further=True, unit=long, operator=f"{long} {long}", device_title=long, disagreements=[long],
        errors=[f"{long} went wrong"],
    )  # fmt: skip
    for page in words_on(written_of(tmp_path, story)):
        assert all(one[0] > 55 and one[2] < 546 and one[1] > 20 and one[3] < 827 for one in page)
        for number, one in enumerate(page):
            for other in takewhile(lambda other, below=one[3]: other[1] < below, page[number + 1 :]):
                wide = min(one[2], other[2]) - max(one[0], other[0])
                high = min(one[3], other[3]) - max(one[1], other[1])
                assert wide < 1.5 or high < 0.45 * min(one[3] - one[1], other[3] - other[1]), (one, other)


def test_summary_comes_first(tmp_path: Path) -> None:
    """Verdict, worst margin, conditions and exceptions stand on the first page, before the table of contents."""
    story = Story([accuracy(1.2), residual(1e-8)], verdict="FAIL", outcomes=[("current.accuracy", "FAIL")])
    first = pages_of(written_of(tmp_path, story))[0]
    places = [
        first.index(word) for word in ("FAIL", "What stands in the way", "Worst margins", "Conditions", "Exceptions")
    ]
    assert places == sorted(places)


def test_altered_run_has_no_dossier(tmp_path: Path) -> None:
    """A verdict that was written into run.json by hand is named, and nothing is written."""
    run = sealed(tmp_path / "run", Story([accuracy(1.2)], verdict="FAIL"))
    state = (run / "run.json").read_text()
    (run / "run.json").write_text(state.replace('"FAIL"', '"PASS"', 1))
    with pytest.raises(EvidenceError, match=r"run\.json: altered"):
        write_dossier([run], tmp_path / "dossier.pdf")
    assert not list(tmp_path.glob("*dossier*"))


def test_run_without_manifest_says_so(tmp_path: Path) -> None:
    """A run that was killed has a dossier that says that it is not sealed."""
    killed = build(tmp_path / "killed", Story([accuracy(1.0)], ended=False, state=False, verdict=None))
    assert "NOT SEALED: NOT ENDED" in words_of(killed)
    # One that says PASS of itself is not believed either.
    assert "NOT SEALED: PASS" in pages_of(write_dossier([build(tmp_path / "run", Story())], tmp_path / "d.pdf"))[0]


def test_dossier_is_told_from_another(tmp_path: Path) -> None:
    """Its own file is the same; one with a changed byte, with something behind it, or of another program is not."""
    run = sealed(tmp_path / "run", Story([accuracy(1.0)]))
    document = write_dossier([run], tmp_path / "dossier.pdf")
    made = document.read_bytes()
    assert compare_dossier(run, document) is Sameness.SAME
    for content, found in (
        (made[:1000] + bytes([made[1000] ^ 1]) + made[1001:], Sameness.DIFFERENT),
        (made + b"\n", Sameness.EXTENDED),
        (re.sub(rb"typst \d", b"typst 9", made), Sameness.OTHER_PROGRAM),
        (b"", Sameness.OTHER_PROGRAM),
    ):
        document.write_bytes(content)
        assert compare_dossier(run, document) is found


def test_what_lies_among_signatures_is_named(tmp_path: Path) -> None:
    """A file that is no signature is printed as not valid, and the dossier of before is told from that of now."""
    run = sealed(tmp_path / "run", Story([accuracy(1.0)]))
    document = write_dossier([run], tmp_path / "dossier.pdf")
    (run / "signatures").mkdir()
    (run / "signatures" / "20260102T030405Z-rs-approval.json").write_text("{}")
    assert "is no signature" in words_of(run)
    assert compare_dossier(run, document) is Sameness.BEFORE_SIGNATURES


PREDICATE = """
schema = 1
name = "K123456"
source = "summary of the clearance"
[unit]
1 = "K123456"
17 = "85 g"
[device]
17 = "92 g"
[modes.steady]
4 = "0.9 mA *all* loads"
"""


def test_predicate_has_a_column(tmp_path: Path) -> None:
    """Rows of the predicate and what the sponsor states of the device stand in FDA's tables."""
    file = tmp_path / "predicate.toml"
    file.write_text(PREDICATE, encoding="utf-8")
    run = sealed(tmp_path / "run", Story([accuracy(1.0)]))
    text = words_of(run, file)
    assert all(told in text for told in ("Predicate: K123456", "85 g", "92 g (stated by the sponsor)"))
    assert render_dossier([run], file) != render_dossier([run])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("schema = 2", "schema is 2, must be 1"),
        ("schema = 1\nwidth = 3", "width is not known"),
        ("schema = 1\nname = 5", "name is 5, must be a text"),
        ("schema = 1\nunit = 'x'", "unit is no table"),
        ("schema = 1\n[modes]\nsteady = 4", "modes.steady is no table"),
        ("schema = ", "is not TOML"),
        (None, "cannot be read"),
    ],
)
def test_wrong_predicate_file_is_refused(tmp_path: Path, content: str | None, told: str) -> None:
    """One sentence names the file and what is wrong in it."""
    file = tmp_path / "predicate.toml"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(RequestError, match=re.escape(told)):
        read_predicate(file)


def test_several_runs_make_one_document(tmp_path: Path) -> None:
    """Each run keeps its own verdict and chapters; SIMULATED stands on all pages as soon as one is."""
    good = sealed(tmp_path / "good", Story([accuracy(1.0)]))
    bad = sealed(tmp_path / "bad", Story([accuracy(1.3)], verdict="FAIL", simulated=True))
    document = write_dossier([good, bad], tmp_path / "both.pdf")
    pages = pages_of(document)
    assert "Each has a verdict of its own" in pages[0]
    assert all("SIMULATED: no statement" in page for page in pages)
    assert re.search(r"Run 2: bad", "\n".join(pages))


@pytest.mark.parametrize(("runs", "told"), [([], "at least one run"), (["run", "run"], "given twice")])
def test_wrong_set_of_runs_is_refused(tmp_path: Path, runs: list[str], told: str) -> None:
    """No run, and a run that is given twice, are requests that cannot be meant."""
    sealed(tmp_path / "run", Story([accuracy(1.0)]))
    with pytest.raises(RequestError, match=told):
        render_dossier([tmp_path / name for name in runs])


@pytest.mark.parametrize(("share", "risk"), [(1.1, 0.5), (1.09, 0.02275), (1.11, 0.97725), (1.0, 0.0)])
def test_risk_is_that_of_a_normal_error(share: float, risk: float) -> None:
    """At a limit a half, by U inside or outside 2.275 % and 97.725 %: two standard deviations of a normal error."""
    assert risk_of(accuracy(share)) == pytest.approx(risk, abs=1e-5)


def test_risk_is_careful_with_a_small_factor() -> None:
    """With k = 1.65 or Student's 3 the larger of u and U / 2 counts."""
    value = accuracy(1.09)
    for factor in (1.65, 3.0):
        other = replace(value.measurement, coverage_factor=factor)
        judged = replace(value, measurement=other, decision=decide(other, value.limit))
        assert risk_of(judged) >= risk_of(value) - 1e-12
    assert risk_text(accuracy(1.0)) == "< 0.01 %"


def rows_of(blocks: list[dict[str, object]]) -> Iterator[list[object]]:
    """Rows of FDA's tables."""
    for block in blocks:
        if block["kind"] == "table" and block["head"][:1] == [""]:  # type: ignore[index]
            yield from block["rows"]  # type: ignore[misc]


MODES = """
[[modes]]
name = "steady"
waveform = { value = "dc", basis = "stated", source = "-" }
[[modes]]
name = "tapping"
waveform = { value = "pulses", basis = "assumed", source = "-" }
polarities = { value = ["bipolar"], basis = "assumed", source = "-" }
"""


def test_no_row_of_the_tables_is_empty(tmp_path: Path) -> None:
    """Without any value of the output table each row says not measured, not applicable, or who has to state it."""
    run = build(tmp_path / "run", Story([accuracy(1.0, at=point())]))
    with (run / "inputs" / "devices" / "toner.toml").open("a", encoding="utf-8") as profile:
        profile.write(MODES)
    rows = list(rows_of(data_of([read_case(run, read_predicate(None))])["blocks"]))
    assert len(rows) == 26 + 2 * 20
    assert all(str(cell).strip() for row in rows for cell in row)
    leakage = [row[2] for row in rows if "leakage" in str(row[1])]
    assert leakage == ["not measured on this bench, attach report"] * 2
    assert sum("not measured" in str(row[2]) for row in rows) >= 2 * 8


def test_verb_writes_beside_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without -o the dossier lies beside the run, which stays whole; inside the run it is refused."""
    run = sealed(tmp_path / "run", Story([accuracy(1.0)]))
    parser = argparse.ArgumentParser()
    commands.add(parser.add_subparsers())
    parsed = parser.parse_args(["dossier", str(run)])
    assert parsed.verb(parsed) == 0
    assert Path(capsys.readouterr().out.strip()) == tmp_path / "run.dossier.pdf"
    assert verify(run) == ()
    parsed = parser.parse_args(["dossier", str(run), "-o", str(run / "x.pdf")])
    with pytest.raises(RequestError, match="beside it"):
        parsed.verb(parsed)


def test_place_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """A folder that is not there is named; no half of a file is left."""
    run = sealed(tmp_path / "run", Story([accuracy(1.0)]))
    with pytest.raises(EvidenceError, match="nowhere"):
        write_dossier([run], tmp_path / "nowhere" / "d.pdf")
    (tmp_path / "taken").mkdir()
    with pytest.raises(EvidenceError, match="taken"):
        write_dossier([run], tmp_path / "taken")
    assert not list(tmp_path.glob(".*new"))
