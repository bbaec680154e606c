"""Requirement files, right and wrong, and limits that come of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.definitions.devices import load_device
from harness.definitions.document import LIBRARY
from harness.definitions.requirements import check_against_profile, load_requirements
from harness.errors import DefinitionError
from harness.setpoint import Polarity
from tests.examples import point

if TYPE_CHECKING:
    from pathlib import Path

    from harness.definitions.requirements import Requirement, Row

TEXT = (LIBRARY / "requirements" / "output.toml").read_text(encoding="utf-8")
RESIDUAL = 'tolerance = { profile = "residual_a" }'

WRONG = {
    "an unknown key": ("lower = { of", "lowr = { of", "requirements.1.rows.0.lowr", "not a known key"),
    "a missing key": ('witness = "instrument"\n', "", "requirements.0.witness", "is missing"),
    "no bound at all": (RESIDUAL, "", "requirements.2.rows.0", "row off.residual-current needs a tolerance"),
    "a tolerance and a limit": (RESIDUAL, RESIDUAL + "\nupper = 1e-6", "requirements.2.rows.0", "and not both"),
    "a bound of NaN": (RESIDUAL, "tolerance = nan", "requirements.2.rows.0.tolerance", ""),
    "an infinite bound": (RESIDUAL, "upper = inf", "requirements.2.rows.0.upper", ""),
    "a bound in words": (RESIDUAL, 'upper = "1 µA"', "requirements.2.rows.0.upper", ""),
    "a nominal value of NaN": ("nominal = 0.0", "nominal = nan", "requirements.2.rows.0.nominal", ""),
    "a missing nominal value": ("nominal = 0.0", "", "requirements.2.rows.0.nominal", "is missing"),
    "an unknown unit": ('unit = "A"', 'unit = "mA"', "requirements.0.rows.0.unit", "not 'mA'"),
    "an unknown kind": ('kind = "limit"', 'kind = "wish"', "requirements.0.kind", "not 'wish'"),
    "an unknown certainty": ('certainty = "profile"', 'certainty = "sure"', "requirements.0.certainty", "not 'sure'"),
    "an id twice": ('id = "polarity.sign"', 'id = "current.accuracy"', "requirements.current.accuracy", "stands twice"),
    "an id with blanks": ('id = "polarity.sign"', 'id = "polarity sign"', "requirements.1.id", "pattern"),
    "something else of the setpoint": (
        'of = "setpoint.current_a"',
        'of = "setpoint.level"',
        "requirements.0.rows.0",
        "",
    ),
    "no TOML": ("schema = 1", "schema = ", "", "is not valid TOML"),
}


def loaded(folder: Path, text: str) -> tuple[Requirement, ...]:
    """Requirements of one file."""
    (folder / "output.toml").write_text(text, encoding="utf-8")
    return load_requirements(folder)[0]


def row(requirement: str, quantity: str) -> Row:
    """A row of the checkout."""
    found = next(item for item in load_requirements()[0] if item.id == requirement).row(quantity)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_requirement_is_one_sentence(tmp_path: Path, kind: str) -> None:
    """Each kind of wrong requirement file is refused with file, dotted key, and what was seen."""
    old, new, key, words = WRONG[kind]
    assert old in TEXT, "the example has to be a change of the real file"
    with pytest.raises(DefinitionError) as caught:
        loaded(tmp_path, TEXT.replace(old, new, 1))
    assert str(caught.value).startswith(f"{tmp_path / 'output.toml'}: {key}")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (RESIDUAL, "lower = 1e-6\nupper = -1e-6", "limits are inverted"),
        (RESIDUAL, "tolerance = 0.0", "limits are inverted"),
        (RESIDUAL, "tolerance = -1e-6", "limits are inverted"),
        (RESIDUAL, "lower = 1e-6", "not inside its own limit"),
        (RESIDUAL, "tolerance = { profile = 'residual' }", "residual"),
        (RESIDUAL, "tolerance = { profile = 'loads' }", "not a number"),
        (RESIDUAL, "tolerance = { profile = 'title' }", "cannot be resolved"),
        (RESIDUAL, "tolerance = { profile = 'mode.current' }", "current"),
        (RESIDUAL, "tolerance = 9.9e37", "overload answer"),
    ],
)
def test_a_limit_that_cannot_be_is_found_before_the_unit_is_touched(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    """Inverted limits and references into nowhere are refused by file and row when a run is planned."""
    requirements = loaded(tmp_path, TEXT.replace(old, new, 1))
    with pytest.raises(DefinitionError) as caught:
        check_against_profile(requirements, load_device("foreo-bear-2")[0], point(), "output.toml")
    assert str(caught.value).startswith("output.toml: off.residual.off.residual-current: cannot be resolved")
    assert words in str(caught.value)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """Without a requirement nothing could be judged, and nothing must not be green."""
    with pytest.raises(DefinitionError, match="holds no requirement"):
        load_requirements(tmp_path)


@pytest.mark.parametrize("text", ["schema = 1\nrequirements = []\n"])
def test_a_file_without_a_requirement_is_refused(tmp_path: Path, text: str) -> None:
    """An empty list of requirements counts as none."""
    with pytest.raises(DefinitionError, match="holds no requirement"):
        loaded(tmp_path, text)


def test_a_requirement_without_a_row_is_refused(tmp_path: Path) -> None:
    """A requirement that judges nothing cannot be passed."""
    head = TEXT[: TEXT.index("[[requirements.rows]]")]
    with pytest.raises(DefinitionError, match=r"current\.accuracy has no row"):
        loaded(tmp_path, head + "rows = []\n")


@pytest.mark.parametrize(("level", "current_a"), [(1, 68e-6), (10, 680e-6)])
def test_the_tolerance_of_a_level(level: int, current_a: float) -> None:
    """The level plus or minus 10 %, as the profile says."""
    limit = row("current.accuracy", "current.positive-plateau").limit(
        load_device("foreo-bear-2")[0], point(level=level, current_a=current_a)
    )
    assert (limit.lower, limit.upper) == pytest.approx((0.9 * current_a, 1.1 * current_a), rel=1e-12)
    assert (limit.nominal, limit.unit) == (current_a, "A")


def test_the_direction_of_a_level() -> None:
    """At least 2 % of the level in the direction that is set, and no upper limit."""
    limit = row("polarity.sign", "polarity.positive-phase").limit(load_device("foreo-bear-2")[0], point())
    assert limit.lower == pytest.approx(13.6e-6, rel=1e-12)
    assert limit.upper is None
    assert limit.half_width == pytest.approx(666.4e-6, rel=1e-12)


def test_the_residual() -> None:
    """1 µA in either direction."""
    limit = row("off.residual", "off.residual-current").limit(load_device("foreo-bear-2")[0], point())
    assert (limit.lower, limit.upper) == (-1e-6, 1e-6)


@pytest.mark.parametrize("polarity", Polarity)
@pytest.mark.parametrize("phase", [Polarity.POSITIVE, Polarity.NEGATIVE])
def test_a_row_of_a_phase_applies_where_the_setting_has_it(polarity: Polarity, phase: Polarity) -> None:
    """A positive setting has no negative phase, a bipolar one has both, and the residual is everywhere."""
    assert row("current.accuracy", f"current.{phase.value}-plateau").applies_to(point(polarity)) is (
        phase in polarity.phases
    )
    assert row("off.residual", "off.residual-current").applies_to(point(polarity))


@pytest.mark.parametrize(
    ("kind", "owner", "certainty", "decides"),
    [
        ("limit", "unit", "profile", True),
        ("limit", "unit", "house", True),
        ("function", "unit", "verified", True),
        ("limit", "unit", "unverified", False),
        ("limit", "bench", "profile", False),
        ("disclosure", "unit", "verified", False),
        ("attention", "unit", "verified", False),
        ("document", "unit", "verified", False),
    ],
)
def test_which_requirements_decide(tmp_path: Path, kind: str, owner: str, certainty: str, *, decides: bool) -> None:
    """Only verified limit and function rows that the unit owns set the verdict."""
    text = TEXT.replace('kind = "limit"', f'kind = "{kind}"', 1)
    text = text.replace('owner = "unit"', f'owner = "{owner}"', 1)
    text = text.replace('certainty = "profile"', f'certainty = "{certainty}"', 1)
    assert loaded(tmp_path, text)[0].decides is decides
