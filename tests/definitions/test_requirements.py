"""Requirement files, right and wrong, and limits that come of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.definitions.devices import load_device
from harness.definitions.requirements import FromProfile, FromSetpoint, Row, check_against_profile, load_requirements
from harness.errors import DefinitionError
from harness.setpoint import Method, OperatingPoint, Polarity
from tests.examples import REQUIREMENTS, point

if TYPE_CHECKING:
    from pathlib import Path

    from harness.definitions.requirements import Requirement

TEXT = (REQUIREMENTS / "output.toml").read_text(encoding="utf-8")
TONER = load_device("foreo-bear-2")[0]
CLINICAL = load_device("pantheon-clinical")[0]
RATED = CLINICAL.loads.value
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
    "a limit without a nominal value": (
        "nominal = 0.0",
        "",
        "requirements.2.rows.0",
        "off.residual-current has a limit and needs a nominal value",
    ),
    "neither limit nor nominal value": (
        f"nominal = 0.0\n{RESIDUAL}",
        "",
        "requirements.2",
        "row off.residual-current needs a tolerance",
    ),
    "a disclosure with a limit": (
        'kind = "limit"',
        'kind = "disclosure"',
        "requirements.0",
        "row current.positive-plateau has a limit, but a disclosure has none",
    ),
    "an unknown method": (RESIDUAL, f'{RESIDUAL}\nmethods = ["guess"]', "requirements.2.rows.0.methods.0", "'guess'"),
    "no method": (RESIDUAL, f"{RESIDUAL}\nmethods = []", "requirements.2.rows.0.methods", ""),
    "a series of steady points": (
        RESIDUAL,
        f'{RESIDUAL}\nseries = "frequencies"',
        "requirements.2.rows.0",
        'is a series of frequencies and needs methods = ["shape"]',
    ),
    "a capability that no bench has": (
        'witness = "instrument"\n',
        'witness = "instrument"\ncapabilities = ["magic"]\n',
        "requirements.0.capabilities.0",
        "'magic'",
    ),
    "a decision rule that nobody knows": (
        RESIDUAL,
        f'{RESIDUAL}\ndecision_rule = "lenient"',
        "requirements.2.rows.0.decision_rule",
        "'guard-band-U', 'guard-band-0.83U', 'method-6', 'root-sum-square' or 'simple'",
    ),
    "a ratio of a one-sided limit": (
        RESIDUAL,
        'upper = 1e-6\ndecision_rule = "method-6"',
        "requirements.2.rows.0",
        "row off.residual-current: decision rule method-6 rests on the test uncertainty ratio",
    ),
    "a decision rule for what is not judged": (
        f"nominal = 0.0\n{RESIDUAL}",
        'decision_rule = "simple"',
        "requirements.2.rows.0",
        "row off.residual-current has no limit, so its decision_rule would decide nothing",
    ),
    "a row that is decided too easily": (
        RESIDUAL,
        f"{RESIDUAL}\nleast_capability = 1.0",
        "requirements.2.rows.0.least_capability",
        "not 1.0",
    ),
    "a least magnitude below zero": (
        RESIDUAL,
        'tolerance = { of = "setpoint.current_a", factor = 0.02, at_least = -1e-6 }',
        "requirements.2.rows.0.tolerance",
        "",
    ),
    "an argument that is neither text nor of the profile": (
        "arguments = {}",
        "arguments = { above = 1.0 }",
        "requirements.2.rows.0.arguments.above",
        "",
    ),
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
    found = next(item for item in load_requirements(REQUIREMENTS)[0] if item.id == requirement).row(quantity)
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


@pytest.mark.parametrize("bounds", [RESIDUAL, "lower = -1e-6\nupper = 1e-6"])
def test_a_row_names_its_decision_rule(tmp_path: Path, bounds: str) -> None:
    """Without a word it is the guard band w = U; a rule by ratio needs two limits, written in either way."""
    (default,) = loaded(tmp_path, TEXT)[2].rows
    assert default.rule.name == default.decision_rule == "guard-band-U"
    (other,) = loaded(tmp_path, TEXT.replace(RESIDUAL, f'{bounds}\ndecision_rule = "method-6"'))[2].rows
    assert other.rule.name == "method-6"


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
    assert row("current.accuracy", f"current.{phase.value}-plateau").applies_to(point(polarity), TONER) is (
        phase in polarity.phases
    )
    assert row("off.residual", "off.residual-current").applies_to(point(polarity), TONER)


@pytest.mark.parametrize(
    ("kind", "owner", "certainty", "decides"),
    [
        ("limit", "unit", "profile", True),
        ("limit", "unit", "house", True),
        ("function", "unit", "verified", True),
        ("limit", "unit", "unverified", False),
        ("limit", "bench", "profile", True),
        ("function", "bench", "unverified", False),
        ("disclosure", "bench", "profile", False),
        ("disclosure", "unit", "verified", False),
        ("attention", "unit", "verified", False),
        ("document", "unit", "verified", False),
    ],
)
def test_which_requirements_decide(tmp_path: Path, kind: str, owner: str, certainty: str, *, decides: bool) -> None:
    """Only limit and function rows set the verdict, the bench's own too, and none whose text nobody verified."""
    text = TEXT.replace('kind = "limit"', f'kind = "{kind}"', 1)
    if kind == "disclosure":
        text = re.sub(
            r"(?m)^(nominal|tolerance) = .*\n", "", text.partition('[[requirements]]\nid = "polarity.sign"')[0]
        )
    text = text.replace('owner = "unit"', f'owner = "{owner}"', 1)
    text = text.replace('certainty = "profile"', f'certainty = "{certainty}"', 1)
    found = loaded(tmp_path, text)[0]
    assert (found.decides, found.of_bench) == (decides, owner == "bench")


def a_row(**changes: object) -> Row:
    """The row of the residual current, changed."""
    return row("off.residual", "off.residual-current").model_copy(update=changes)


def at(
    method: Method = Method.STEADY, variant: str = "", *, level: int = 10, polarity: Polarity = Polarity.POSITIVE
) -> OperatingPoint:
    """A point of the top level into 10 kΩ where something else is done."""
    return replace(point(polarity, level=level), method=method, variant=variant)


def square(frequency_hz: float, level: int = 9, polarity: Polarity = Polarity.POSITIVE) -> OperatingPoint:
    """A shape point of the clinical stimulator."""
    setpoint = CLINICAL.modes[0].setpoint(1, level, polarity, frequency_hz)
    return OperatingPoint(setpoint, "10k", 10e3, method=Method.SHAPE)


@pytest.mark.parametrize(
    ("changes", "where", "applies"),
    [
        ({}, at(), True),
        ({}, at(Method.SHAPE), False),
        ({"methods": (Method.SHAPE,)}, at(Method.SHAPE), True),
        ({"methods": (Method.SHAPE, Method.OFF)}, at(), False),
        ({"loads": ("1M",)}, at(), False),
        ({"loads": ("1M", "10k")}, at(), True),
        ({"polarities": (Polarity.BIPOLAR,)}, at(), False),
        ({"polarities": (Polarity.BIPOLAR,)}, at(polarity=Polarity.BIPOLAR), True),
        ({"waveforms": ("square",)}, at(), False),
        ({"waveforms": ("square", "dc")}, at(), True),
        ({"levels": "top"}, at(), True),
        ({"levels": "top"}, at(level=9), False),
        ({"methods": (Method.FIRST_CONTACT,), "variants": ("touch",)}, at(Method.FIRST_CONTACT, "bounce"), False),
        ({"methods": (Method.FIRST_CONTACT,), "variants": ("touch",)}, at(Method.FIRST_CONTACT, "touch"), True),
        ({"methods": (Method.FIRST_CONTACT,), "not_variants": ("touch",)}, at(Method.FIRST_CONTACT, "bounce"), True),
        ({"methods": (Method.FIRST_CONTACT,), "not_variants": ("touch",)}, at(Method.FIRST_CONTACT, "touch"), False),
    ],
)
def test_where_a_row_applies(changes: dict[str, Any], where: OperatingPoint, *, applies: bool) -> None:
    """Each filter of a row lets its own points through and no others; without any, all steady ones."""
    assert a_row(**changes).applies_to(where, TONER) is applies


@pytest.mark.parametrize(
    ("gap", "recognised"), [("1ms", False), ("10ms", False), ("12ms", True), ("15ms", True), ("500ms", True)]
)
def test_a_gap_that_has_to_be_recognised(gap: str, *, recognised: bool) -> None:
    """From the profile's shortest loss, 12 ms, on a gap counts as a loss; below it the other rows apply."""
    assert TONER.contact is not None
    assert TONER.contact.shortest_loss_s.value == 0.012
    for kind, applies in (("recognised", recognised), ("unrecognised", not recognised)):
        found = a_row(methods=(Method.GAP,), from_profile_gap=kind)
        assert found.applies_to(at(Method.GAP, gap), TONER) is applies


def test_a_device_that_senses_no_contact_recognises_no_gap() -> None:
    """Rows about gaps apply nowhere on a device whose profile has no contact sensing."""
    where = OperatingPoint(CLINICAL.modes[0].setpoint(1, 9, Polarity.POSITIVE), "10k", 10e3, False, Method.GAP, "20ms")
    for kind in ("recognised", "unrecognised"):
        assert not a_row(methods=(Method.GAP,), from_profile_gap=kind).applies_to(where, CLINICAL)


def test_a_series_is_taken_at_the_highest_frequency() -> None:
    """A series row has one value for a channel, mode and polarity, and rests on the points of all lower frequencies."""
    series = a_row(methods=(Method.SHAPE,), series="frequencies")
    steps = CLINICAL.modes[0].steps_hz
    assert len(steps) == 12
    assert [series.applies_to(square(step), CLINICAL) for step in steps] == [False] * 11 + [True]
    assert series.others(square(steps[-1]), CLINICAL) == tuple(square(step).key for step in steps[:-1])
    assert a_row().others(square(steps[-1]), CLINICAL) == ()


def test_a_mode_without_several_frequencies_has_no_series() -> None:
    """Where there is no or but one frequency, a series row applies nowhere."""
    series = a_row(methods=(Method.SHAPE,), series="frequencies")
    assert not series.applies_to(at(Method.SHAPE), TONER)
    assert not series.applies_to(at(Method.SHAPE, polarity=Polarity.BIPOLAR), TONER)


@pytest.mark.parametrize(
    ("bound", "value"),
    [
        (FromSetpoint(of="setpoint.current_a", factor=0.02, at_least=0.5e-6), 13.6e-6),
        (FromSetpoint(of="setpoint.current_a", factor=0.02, at_least=20e-6), 20e-6),
        (FromSetpoint(of="setpoint.current_a", factor=-0.02, at_least=20e-6), -20e-6),
        (
            FromSetpoint(of="setpoint.current_a", factor=FromProfile(profile="mode.current_tolerance", factor=2.0)),
            136e-6,
        ),
        (FromProfile(profile="ceiling_a", factor=1.1), 1.1e-3),
        (FromProfile(profile="contact.shortest_loss_s"), 0.012),
        (FromSetpoint(of="setpoint.frequency_hz", factor=0.5), 0.5),
        (FromSetpoint(of="setpoint.period_s"), 1.0),
    ],
)
def test_how_a_bound_resolves(bound: FromProfile | FromSetpoint, value: float) -> None:
    """A value of setpoint or profile times its factor, and of at least the magnitude that is stated."""
    where = point(Polarity.BIPOLAR)
    found = (
        a_row(nominal=0.0, tolerance=None, upper=bound, lower=-1.0) if value > 0 else a_row(tolerance=None, lower=bound)
    )
    limit = found.limit(TONER, where)
    assert (limit.upper if value > 0 else limit.lower) == pytest.approx(value, rel=1e-12)


def test_numbers_of_the_profile_become_arguments() -> None:
    """A number of the profile reaches the measurand as text that reads back to the same float."""
    found = a_row(arguments={"b": FromProfile(profile="ceiling_a", factor=1.1), "a": "text"})
    assert found.arguments_at(point(), TONER) == (("a", "text"), ("b", repr(1.1 * 1000e-6)))


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        ('{ of = "setpoint.period_s" }', "has no frequency"),
        ('{ profile = "trip.current" }', "the profile knows no 'current'"),
        ('{ profile = "timer_tick_s.value" }', "the profile knows no 'value'"),
        ('{ profile = "envelope.ceiling_a" }', "the profile knows no 'envelope'"),
        ('{ profile = "mode.pulse_width_s" }', "the profile declares no pulse_width_s"),
    ],
)
def test_a_value_that_is_not_there_is_named(tmp_path: Path, bound: str, words: str) -> None:
    """A frequency of d.c., an unknown key, or a value that this mode does not have: each is said by row and path."""
    requirements = loaded(tmp_path, TEXT.replace(RESIDUAL, f"tolerance = {bound}"))
    with pytest.raises(DefinitionError, match=words):
        check_against_profile(requirements, TONER, point(), "output.toml")


@pytest.mark.parametrize(("needs", "of_toner", "of_clinical"), [("contact", "", "no contact"), ("trip", "", "no trip")])
def test_what_a_device_does_not_declare_is_not_applicable(needs: str, of_toner: str, of_clinical: str) -> None:
    """A requirement that needs a section of the profile does not concern a device without it, and says so."""
    requirement = load_requirements(REQUIREMENTS)[0][0].model_copy(update={"needs": needs})
    assert requirement.not_applicable(TONER) == of_toner
    assert requirement.not_applicable(CLINICAL) == f"the profile declares {of_clinical}"
    assert requirement.rows_at(square(0.5), CLINICAL) == ()


def test_a_need_that_no_profile_can_have_is_refused() -> None:
    """A misspelt need would make a requirement not applicable to every device: it is refused instead."""
    requirement = load_requirements(REQUIREMENTS)[0][0].model_copy(update={"needs": "contakt"})
    with pytest.raises(DefinitionError, match=r"current\.accuracy\.needs: contakt: the profile knows no 'contakt'"):
        check_against_profile([requirement], TONER, point(), "output.toml")


def test_a_series_of_levels_or_loads_rests_on_steady_points() -> None:
    """At level zero all levels of the setting, into this load or, on the first channel, into each rated one."""
    levels = a_row(methods=(Method.ZERO_LEVEL,), series="levels")
    loads = a_row(methods=(Method.ZERO_LEVEL,), series="loads")
    setpoint = replace(CLINICAL.modes[0].setpoint(1, 1, Polarity.BIPOLAR), level=0, current_a=0.0)
    zero = OperatingPoint(setpoint, "10k", 10e3, method=Method.ZERO_LEVEL)
    steady = {load: [f"ch1-square-L{level:02d}-bipolar-0.5Hz-{load}" for level in range(1, 10)] for load in RATED}
    assert levels.others(zero, CLINICAL) == tuple(steady["10k"])
    assert loads.others(zero, CLINICAL) == tuple(key for load in RATED for key in steady[load])
    assert loads.applies_to(zero, CLINICAL)
    assert not loads.applies_to(replace(zero, load="500R"), CLINICAL)
    second = replace(zero, setpoint=replace(setpoint, channel=2))
    assert levels.applies_to(second, CLINICAL)
    assert not loads.applies_to(second, CLINICAL)


def test_a_series_of_one_further_point() -> None:
    """A large load is held against the first rated one; charge takes the period from the waveform at the top level."""
    rated = a_row(methods=(Method.REGULATION,), series="rated-load")
    waveform = a_row(methods=(Method.CHARGE,), series="waveform")
    setpoint = CLINICAL.modes[0].setpoint(1, 3, Polarity.BIPOLAR)
    large = OperatingPoint(setpoint, "1M", 1e6, method=Method.REGULATION)
    assert rated.others(large, CLINICAL) == ("ch1-square-L03-bipolar-0.5Hz-500R",)
    charge = OperatingPoint(setpoint, "10k", 10e3, method=Method.CHARGE)
    assert waveform.others(charge, CLINICAL) == ("ch1-square-L09-bipolar-0.5Hz-10k-shape",)
