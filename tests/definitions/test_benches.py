"""Bench files, right and wrong, and calibration that expires."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from harness.definitions.benches import check_calibration, load_bench, merged
from harness.definitions.document import LIBRARY
from harness.errors import CalibrationExpired, DefinitionError

if TYPE_CHECKING:
    from pathlib import Path

ALL_CAPABILITIES = frozenset(
    {
        "contact-timing",
        "electrode-voltage",
        "auxiliary-source",
        "reversed-source",
        "second-channel",
        "electrode-relay",
        "battery-supply",
        "charger",
        "buzzer",
        "temperature",
    }
)
TEXT = (LIBRARY / "benches" / "simulated.toml").read_text(encoding="utf-8")
DUE = {
    "instruments.oscilloscope": ("calibration_due_in_days = 214", "DSOX1204G SIM00120401"),
    "instruments.multimeter": ("calibration_due_in_days = 187", "34465A SIM00344651"),
    "instruments.switch": ("calibration_due_in_days = 365", "DAQ970A SIM00970101"),
    "resistors.RM100": ('"SIM-RES-0101"\ncalibration_due_in_days = 301', "resistor RM100"),
    "resistors.RM1k": ('"SIM-RES-0102"\ncalibration_due_in_days = 301', "resistor RM1k"),
    "resistors.RS100": ('"SIM-RES-0103"\ncalibration_due_in_days = 122', "resistor RS100"),
    "resistors.RS1k": ('"SIM-RES-0104"\ncalibration_due_in_days = 122', "resistor RS1k"),
}

WRONG = {
    "an unknown key": ("schema = 1", "schema = 1\nshema = 1", "shema", "not a known key"),
    "an unknown key of an instrument": (
        'model = "34465A"',
        'model = "34465A"\nrange = 1',
        "instruments.multimeter.range",
        "not a known key",
    ),
    "a missing key": ("mains_frequency_hz = 50.0", "", "mains_frequency_hz", "is missing"),
    "a missing certificate": (
        'calibration_certificate = "SIM-CAL-0002"',
        "",
        "instruments.multimeter.calibration_certificate",
        "is missing",
    ),
    "a missing instrument": (
        TEXT[TEXT.index("[instruments.switch]") : TEXT.index("[stimulator]")],
        "",
        "",
        "instruments.switch is missing",
    ),
    "an unknown role": ("[instruments.switch]", "[instruments.relays]", "instruments", "'relays'"),
    "mains of zero": ("mains_frequency_hz = 50.0", "mains_frequency_hz = 0.0", "mains_frequency_hz", "greater than 0"),
    "a temperature of NaN": ("temperature_c = 23.0", "temperature_c = nan", "temperature_c", "finite number"),
    "a negative half width": (
        "half_width_c = 5.0",
        "half_width_c = -5.0",
        "temperature_half_width_c",
        "greater than or equal to 0",
    ),
    "a resistor of no ohms": (
        "resistance_ohm = 100.004",
        "resistance_ohm = 0.0",
        "resistors.0.resistance_ohm",
        "greater than 0",
    ),
    "a resistor without uncertainty": (
        "expanded_uncertainty_ohm = 0.010",
        "expanded_uncertainty_ohm = 0.0",
        "resistors.0.expanded_uncertainty_ohm",
        "greater than 0",
    ),
    "a coverage factor below 1": (
        "coverage_factor = 2.0",
        "coverage_factor = 0.5",
        "resistors.0.coverage_factor",
        "greater than or equal to 1",
    ),
    "an unknown load resistor": (
        'multimeter_resistor = "RM1k"',
        'multimeter_resistor = "RM2k"',
        "",
        "load 10k names multimeter_resistor 'RM2k', which is no such resistor",
    ),
    "a resistor of the other instrument": (
        'oscilloscope_resistor = "RS1k"',
        'oscilloscope_resistor = "RM1k"',
        "",
        "load 10k names oscilloscope_resistor 'RM1k'",
    ),
    "an infinite influence": (
        "thermal_emf_v = 0.5e-6",
        "thermal_emf_v = inf",
        "influences.thermal_emf_v",
        "finite number",
    ),
    "a negative influence": (
        "mains_pickup_a = 2e-7",
        "mains_pickup_a = -2e-7",
        "influences.mains_pickup_a",
        "greater than or equal to 0",
    ),
    "a fifth oscilloscope channel": (
        "channel = 1 ",
        "channel = 5 ",
        "oscilloscope_input.channel",
        "less than or equal to 4",
    ),
    "a metal instrument with days": (
        'serial_number = "SIM00120401"',
        'serial_number = "MY00120401"',
        "instruments.oscilloscope",
        "calibration_due_in_days is for SIM serial numbers only",
    ),
    "no due date": ("calibration_due_in_days = 214", "", "instruments.oscilloscope", "give calibration_due"),
    "two due dates": (
        "calibration_due_in_days = 214",
        "calibration_due_in_days = 214\ncalibration_due = 2099-01-01",
        "instruments.oscilloscope",
        "give calibration_due",
    ),
    "a due date in words": (
        "calibration_due_in_days = 214",
        'calibration_due = "soon"',
        "instruments.oscilloscope.calibration_due",
        "not 'soon'",
    ),
    "half a day": (
        "calibration_due_in_days = 214",
        "calibration_due_in_days = 214.5",
        "instruments.oscilloscope.calibration_due_in_days",
        "integer",
    ),
    "a load name unfit for files": ('name = "2k"', 'name = "2 kΩ"', "loads.1.name", "pattern"),
    "a base that is no name": (
        "schema = 1",
        "schema = 1\nextends = 7",
        "extends",
        "must be the name of a bench, not 7",
    ),
}


def written(folder: Path, text: str, name: str = "bench.toml") -> Path:
    """A bench file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_bench_is_one_sentence(tmp_path: Path, kind: str) -> None:
    """Each kind of wrong bench file is refused with file, dotted key, and what was seen."""
    old, new, key, words = WRONG[kind]
    assert old in TEXT, "the example has to be a change of the real bench"
    path = written(tmp_path, TEXT.replace(old, new, 1))
    with pytest.raises(DefinitionError) as caught:
        load_bench(str(path))
    assert str(caught.value).startswith(f"{path}: {key}")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", DUE)
def test_expired_calibration_stops_a_certification(tmp_path: Path, key: str) -> None:
    """One instrument or resistor past its due date is enough; file, key and days are named."""
    old, name = DUE[key]
    expired = old.rpartition("=")[0] + "= -3"
    assert old in TEXT
    path = written(tmp_path, TEXT.replace(old, expired, 1))
    bench, (file, *_) = load_bench(str(path))
    with pytest.raises(CalibrationExpired) as caught:
        check_calibration(bench, file)
    assert str(caught.value).startswith(
        f"{path}: {key}.calibration_due_in_days: calibration of {name} expired 3 days ago"
    )


@pytest.mark.parametrize(("days", "expired"), [(-400, True), (-1, True), (0, False), (1, False), (400, False)])
def test_a_due_date_is_the_last_good_day(tmp_path: Path, days: int, *, expired: bool) -> None:
    """On metal a date counts: calibration holds on its due date and not on the day after."""
    today = date(2026, 3, 1)
    due = (today + timedelta(days=days)).isoformat()
    old = 'serial_number = "SIM00344651"\naccuracy = "keysight-34465a"\ncalibration_certificate = "SIM-CAL-0002"\n'
    new = old.replace("SIM0034", "MY0034") + f"calibration_due = {due}\n"
    assert old in TEXT
    text = TEXT.replace(old + "calibration_due_in_days = 187\n", new)
    bench, (file, *_) = load_bench(str(written(tmp_path, text)))
    if expired:
        with pytest.raises(CalibrationExpired, match=rf"instruments.multimeter.calibration_due: .* {-days} days? ago"):
            check_calibration(bench, file, today)
    else:
        check_calibration(bench, file, today)


def test_a_resistor_without_any_due_date_is_refused(tmp_path: Path) -> None:
    """What nobody dated cannot be relied on."""
    text = TEXT.replace('"SIM-RES-0101"\ncalibration_due_in_days = 301', '"SIM-RES-0101"')
    with pytest.raises(DefinitionError, match="resistor RM100 needs calibration_due"):
        load_bench(str(written(tmp_path, text)))


def test_the_bench_of_the_checkout() -> None:
    """The simulated bench is virtual, in date, and knows its loads by name."""
    bench, (path, *_) = load_bench("simulated")
    check_calibration(bench, path)
    assert bench.is_virtual
    assert {"500R", "2k", "10k", "1M", "short", "skin"} <= {load.name for load in bench.loads}
    load = bench.load("10k")
    assert load is not None
    assert bench.resistor(load.multimeter_resistor).resistance_ohm == 999.962
    assert bench.load("47k") is None
    assert bench.capabilities == ALL_CAPABILITIES


def test_every_load_is_what_it_says() -> None:
    """On the bench of the checkout load, both resistors and both contacts add up to the stated load within 1 %."""
    bench, _ = load_bench("simulated")
    assert bench.contact_switch is not None
    contacts = 2 * bench.contact_switch.on_resistance_ohm
    for load in bench.loads:
        both = sum(bench.resistor(id_).resistance_ohm for id_ in (load.multimeter_resistor, load.oscilloscope_resistor))
        whole = load.resistance_ohm + load.parallel_ohm + both + contacts
        assert whole == pytest.approx(load.stated_ohm, rel=0.01)


@pytest.mark.parametrize(
    ("section", "lost"),
    [
        ("contact_switch", "contact-timing"),
        ("electrode_voltage", "electrode-voltage"),
        ("auxiliary_source", "auxiliary-source reversed-source"),
        ("electrodes", "electrode-relay second-channel"),
        ("second_channel", "second-channel"),
        ("chamber", "temperature"),
    ],
)
def test_a_bench_can_do_what_its_file_has(section: str, lost: str) -> None:
    """Each optional section of a bench file gives its capabilities, and none of the others."""
    bench = load_bench("simulated")[0].model_copy(update={section: None})
    assert bench.capabilities == ALL_CAPABILITIES - set(lost.split())


def test_a_bench_extends_another(tmp_path: Path) -> None:
    """Tables are laid over the base key by key, everything else stays."""
    path = written(tmp_path, 'extends = "simulated"\nname = "mine"\n[influences]\nthermal_emf_v = 2e-6\n')
    bench, files = load_bench(str(path))
    base, base_files = load_bench("simulated")
    assert (bench.name, bench.influences.thermal_emf_v) == ("mine", 2e-6)
    assert bench.influences.leakage_resistance_ohm == base.influences.leakage_resistance_ohm
    assert (bench.resistors, bench.loads) == (base.resistors, base.loads)
    assert files == (path, *base_files)


def test_a_control_port_alone_joins_the_bench_of_the_checkout(tmp_path: Path) -> None:
    """A file that holds `control` only is the bench of the checkout, already running."""
    bench, _ = load_bench(str(written(tmp_path, 'control = "127.0.0.1:41001"\n')))
    assert (bench.name, bench.control) == ("simulated", "127.0.0.1:41001")


def test_a_base_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """An unknown base is refused with the names there are."""
    with pytest.raises(DefinitionError, match="benches/nobody: unknown name; known are simulated"):
        load_bench(str(written(tmp_path, 'extends = "nobody"\n')))


def test_changes_replace_arrays_whole() -> None:
    """An array is replaced, not lengthened; a table is merged; the base itself stays as it was."""
    base = {"a": [1, 2], "t": {"x": 1, "y": 2}, "s": 1}
    assert merged(base, {"a": [3], "t": {"y": 5}, "n": 0}) == {"a": [3], "t": {"x": 1, "y": 5}, "s": 1, "n": 0}
    assert base == {"a": [1, 2], "t": {"x": 1, "y": 2}, "s": 1}


METAL = TEXT.replace('"SIM00', '"MY00')
for _days in (214, 187, 365):
    METAL = METAL.replace(
        f"calibration_due_in_days = {_days}", 'calibration_due = 2099-01-01\nresource = "TCPIP::1::1::SOCKET"'
    )

CONTRADICTIONS = {
    "resistors of metal that never expire": (METAL, "resistor RM100 of a bench of metal needs calibration_due"),
    "a load twice": (TEXT.replace('name = "2k"', 'name = "500R"'), "load 500R stands twice"),
    "a resistor twice": (
        TEXT.replace('id = "RS1k"', 'id = "RS100"').replace('"RS1k"', '"RS100"'),
        "resistor RS100 stands twice",
    ),
    "no channel": (TEXT.replace("channels = [101]", "channels = []"), "channels"),
    "one channel twice": (TEXT.replace("channels = [102]", "channels = [101]"), "channel 101 stands twice"),
    "a load that does not add up": (
        TEXT.replace("\nresistance_ohm = 250.0", "\nresistance_ohm = 30.0"),
        "load 500R is stated 500 ohm, but its parts make",
    ),
    "a contact switch that nothing gates": (
        re.sub(r"(?ms)^\[instruments\.contact_switch\].*?(?=^\[)", "", TEXT),
        "contact_switch is there, but instruments.contact_switch is missing",
    ),
    "an injection of more than 2.5 mA": (
        re.sub(r"(?m)^(series_ohm = ).*$", r"\g<1>100.0", TEXT),
        "drives more than 0.0025 A",
    ),
    "skin without a capacitance": (
        TEXT.replace("parallel_f = 50e-9\n", ""),
        "load skin needs both parallel_ohm and parallel_f, or neither",
    ),
    "half on metal": (
        TEXT.replace('accuracy = "keysight-34465a"', 'accuracy = "keysight-34465a"\nresource = "TCPIP::1::1::SOCKET"'),
        "resource is missing; others have one",
    ),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_a_bench_that_contradicts_itself_is_refused(tmp_path: Path, what: str) -> None:
    """Each contradiction within a bench file is named when it is loaded."""
    text, words = CONTRADICTIONS[what]
    assert text != TEXT
    with pytest.raises(DefinitionError, match=words):
        load_bench(str(written(tmp_path, text)))


def test_a_base_is_looked_for_beside_the_file_first(tmp_path: Path) -> None:
    """A bench extends its neighbour before one of the checkout, and names every file it came from, its own first."""
    neighbour = written(tmp_path, TEXT.replace("temperature_c = 23.0", "temperature_c = 21.5"), "simulated.toml")
    path = written(tmp_path, 'extends = "simulated"\nname = "mine"\n')
    bench, files = load_bench(str(path))
    assert (bench.temperature_c, files) == (21.5, (path, neighbour))


def test_a_bench_that_extends_itself_is_refused(tmp_path: Path) -> None:
    """A ring of benches has no base, and is one sentence."""
    written(tmp_path, 'extends = "b"\n', "a.toml")
    with pytest.raises(DefinitionError, match="extends: comes back to this file"):
        load_bench(str(written(tmp_path, 'extends = "a"\n', "b.toml")))


METER = 'accuracy = "keysight-34465a"\n'


@pytest.mark.parametrize(
    ("interval", "days", "holds"),
    [
        ("24 h", 0, True), ("24 h", 1, False), ("90 days", 90, True), ("90 days", 91, False),
        ("1 year", 365, True), ("1 year", 366, False), ("2 years", 730, True), ("2 years", 731, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("metal", [True, False])
def test_columns_hold_for_their_interval(tmp_path: Path, interval: str, days: int, *, holds: bool, metal: bool) -> None:
    """Columns of a data sheet are for so long after the calibration, and not until it is due."""
    today = date(2026, 3, 1)
    made = f"calibrated_on = {(today - timedelta(days=days)).isoformat()}" if metal else f"calibrated_days_ago = {days}"
    text = TEXT.replace(METER, f'{METER}specification_interval = "{interval}"\n{made}\n', 1)
    bench, (file, *_) = load_bench(str(written(tmp_path, text)))
    if holds:
        check_calibration(bench, file, today)
        return
    words = (
        rf"instruments.multimeter.specification_interval: the columns of {interval} no longer hold: .* {days} days? ago"
    )
    with pytest.raises(CalibrationExpired, match=words):
        check_calibration(bench, file, today)


def test_a_calibration_that_is_yet_to_come(tmp_path: Path) -> None:
    """A date that lies ahead is a slip of the pen."""
    bench, (file, *_) = load_bench(
        str(written(tmp_path, TEXT.replace(METER, f"{METER}calibrated_on = 2026-03-03\n", 1)))
    )
    with pytest.raises(CalibrationExpired, match="calibrated_on: calibration of 34465A SIM00344651 lies 2 days ahead"):
        check_calibration(bench, file, date(2026, 3, 1))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('specification_interval = "24 h"', "specification_interval '24 h' needs calibrated_on (a date) or"),
        ("calibrated_on = 2026-03-01\ncalibrated_days_ago = 2", "give calibrated_on or calibrated_days_ago, not both"),
        ("calibrated_days_ago = -1", "greater than or equal to 0"),
    ],
)
def test_an_interval_is_tied_to_a_date(tmp_path: Path, lines: str, words: str) -> None:
    """Columns other than those of a year say since when."""
    with pytest.raises(DefinitionError) as caught:
        load_bench(str(written(tmp_path, TEXT.replace(METER, f"{METER}{lines}\n", 1))))
    assert "instruments.multimeter" in str(caught.value)
    assert words in str(caught.value)


def test_days_are_for_what_is_simulated(tmp_path: Path) -> None:
    """A serial number of metal has a date."""
    text = TEXT.replace(METER, f"{METER}calibrated_days_ago = 3\n", 1).replace("SIM00344651", "MY00344651")
    text = text.replace('"SIM-CAL-0002"\ncalibration_due_in_days = 187', '"SIM-CAL-0002"\ncalibration_due = 2030-01-01')
    with pytest.raises(DefinitionError, match="calibrated_days_ago is for SIM serial numbers only; give calibrated_on"):
        load_bench(str(written(tmp_path, text)))
