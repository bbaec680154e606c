"""The parts of the validation record: installation qualification, then operational qualification."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
import sys
from typing import TYPE_CHECKING

from packaging.markers import Marker

from harness.certification import recompute
from harness.definitions.benches import check_calibration, load_bench
from harness.errors import RequestError, StimcertError
from harness.metrology import RULES, rule_named
from harness.plugin.software import hashes
from harness.studies import coverage, coverage_figures, coverage_results, defects, defects_results, risk, tables
from harness.studies.defects_catalogue import chosen, load_catalogue
from harness.studies.validation import Given, Part, identified, not_done, part
from harness.studies.validation_requirements import functions, held, read_junit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.studies.validation_requirements import Case, Held

ROOT = defects.ROOT
_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)(?:[ ]*;[ ]*([^\\\n]+))?", re.MULTILINE)
_DECISIONS = 20_000
_CLIENTS = "tests.clients."


def parts(given: Given) -> tuple[tuple[Part, ...], tuple[Held, ...]]:
    """Every part, done or not, and the requirements of the harness.

    Raises:
        RequestError: a file that was given cannot be read, or is something else.
    """
    cases = None if given.tests is None else read_junit(given.tests)
    exist = functions(ROOT / "tests")
    done = (
        _software(),
        _packages(),
        _bench(given),
        _tests(given, cases, exist),
        _clients(given, cases, exist),
        _golden(given),
        _defects(given),
        _coverage(given),
        _risk(given),
    )
    return done, tuple(held(exist, cases))


def _software() -> Part:
    head = ("Installation: software", "hashes of what is installed, taken now", "stimcert validate-tool -o DIR")
    found = [f"Python {platform.python_version()} ({sys.executable})", f"system {platform.platform()}"]
    found += [f"software_sha256 {name}: {digest}" for name, digest in hashes().items()]
    return part(head, found, [])


def _packages() -> Part:
    lock = ROOT / "requirements.lock"
    head = (
        "Installation: packages",
        "installed versions against requirements.lock, whose hashes pip checks when it installs",
        "pip install --require-hashes -r requirements.lock",
    )
    if not lock.is_file():
        return not_done(head, "this installation has no requirements.lock beside it")
    text = lock.read_text(encoding="utf-8")
    pinned = list(_PINNED.finditer(text))
    ends = [each.start() for each in pinned[1:]] + [len(text)]
    same, here, absent, issues = 0, 0, [], []
    for each, end in zip(pinned, ends, strict=True):
        name, version, marker = each.groups()
        if marker and not Marker(marker).evaluate():
            continue
        here += 1
        if "--hash=sha256:" not in text[each.start() : end]:
            issues.append(f"{name}: the lock has no hash")
        installed = _installed(name)
        same += installed == version
        if installed is None:
            absent.append(name)
        elif installed != version:
            issues.append(f"{name}: installed {installed}, locked {version}")
    found = [f"{same} of {here} packages locked for this Python and system are installed in the locked version"]
    found += [f"not installed: {', '.join(absent)}"] if absent else []
    if not same:
        issues.append("no locked package is installed")
    return part(head, found, issues, identified(lock))


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _bench(given: Given) -> Part:
    command = "stimcert validate-tool -o DIR --bench BENCH"
    head = ("Installation: bench", "bench file read, calibrations due today; no instrument was asked", command)
    if given.bench is None:
        return not_done(head)
    bench, paths = load_bench(given.bench)
    found = [f"{bench.name}: {identified(path)}" for path in paths]
    found += [f"{role}: {item.model}, serial number {item.serial_number}" for role, item in bench.instruments.items()]
    issues = []
    try:
        check_calibration(bench, paths[0])
    except StimcertError as error:
        issues.append(str(error))
    return part(head, found, issues, identified(paths[0]))


def _tests(given: Given, cases: list[Case] | None, exist: dict[str, list[str]]) -> Part:
    head = (
        "Operation: the harness's own tests",
        "every file of tests/; a file without a result, a failure or no test at all is an issue",
        "python -m pytest tests --junitxml=junit.xml",
    )
    if cases is None or given.tests is None:
        return not_done(head)
    return _ran(head, cases, list(exist), identified(given.tests))


def _clients(given: Given, cases: list[Case] | None, exist: dict[str, list[str]]) -> Part:
    head = (
        "Operation: third-party clients",
        "programs of others talk to the simulated instruments",
        "python -m pytest tests/clients --junitxml=junit.xml",
    )
    of_clients = [case for case in cases or [] if case.module.startswith(_CLIENTS)]
    if given.tests is None or not of_clients:
        return not_done(head)
    modules = [module for module in exist if module.startswith(_CLIENTS)]
    return _ran(head, of_clients, modules, identified(given.tests))


def _ran(head: tuple[str, str, str], cases: list[Case], modules: list[str], evidence: str) -> Part:
    counts = {word: sum(case.result == word for case in cases) for word in ("passed", "failed", "skipped")}
    issues = [f"failed: {case.module}::{case.name}" for case in cases if case.result == "failed"]
    ran = {case.module for case in cases if case.result != "skipped"}
    issues += [f"did not run: {module}" for module in modules if not _among(module, ran)]
    if not counts["passed"]:
        issues.append("no test passed")
    found = [", ".join(f"{count} {word}" for word, count in counts.items())]
    found += [f"skipped, so not shown: {case.module}::{case.name}" for case in cases if case.result == "skipped"]
    return part(head, found, issues, evidence)


def _among(module: str, ran: set[str]) -> bool:
    return module in ran or any(name.startswith(f"{module}.") for name in ran)


def _golden(given: Given) -> Part:
    command = "stimcert validate-tool -o DIR --run RUN"
    head = ("Operation: golden numbers", "every value and verdict of a stored run derived again", command)
    if given.run is None:
        return not_done(head)
    result = recompute(given.run)
    issues = [f"{each.where}: {each.quantity}: {each.recorded}, now {each.derived}" for each in result.differences]
    if not result.values:
        issues.append("the run holds no judged value")
    how = "bit for bit" if result.bit_for_bit else "within 1e-12 (other numeric platform)"
    found = [f"{result.values} values and verdicts of {given.run.name}, {len(issues)} issues, compared {how}"]
    return part(head, found, issues, identified(given.run / "records.jsonl"))


def _defects(given: Given) -> Part:
    head = (
        "Operation: kill table",
        "every defect of the catalogue on every device; a healthy unit has to pass",
        "stimcert defects --output defects.jsonl",
    )
    if given.defects is None:
        return not_done(head)
    header, results = defects_results.read_results(given.defects)
    words = dict.fromkeys(result.status for result in results)
    found = [f"{word}: {sum(result.status == word for result in results)}" for word in words]
    issues = [
        ": ".join(filter(None, (f"{each.device} {each.label}", each.status, each.why)))
        for each in results
        if not each.good
    ]
    found += [f"healthy unit of {each.device}: {each.status}" for each in results if each.label == "healthy"]
    issues += _lacking(results)
    if header.program != defects.program():
        issues.append("the file was found with another program than this one")
    return part(head, found, issues, identified(given.defects))


def _lacking(results: list[defects_results.Result]) -> Iterator[str]:
    """What the catalogue has, and the file has not."""
    asked = {defect.label(variant) for defect, variant in chosen(load_catalogue(), ())} | {"healthy"}
    if not results:
        yield "the file holds no result"
    for device in dict.fromkeys(result.device for result in results):
        lacking = asked - {result.label for result in results if result.device == device}
        if lacking:
            yield f"{device}: not tried: {', '.join(sorted(lacking))}"


def _coverage(given: Given) -> Part:
    head = (
        "Operation: coverage study",
        "how often value ± U holds the truth, on many simulated benches",
        "stimcert study coverage --output coverage.jsonl",
    )
    if given.coverage is None:
        return not_done(head)
    header, results = coverage_results.read_results(given.coverage)
    if not results:
        return part(head, [], ["the file holds no bench"], identified(given.coverage))
    study = coverage_figures.figures(results)
    found = [f"{study.benches} benches, {len(study.quantities)} quantities of {header.device}"]
    found += [f"only {', '.join(header.only)}"] if header.only else []
    issues = [] if study.sound else ["not every quantity is covered often enough, or some have no value"]
    if header.program != coverage.program():
        issues.append("the file was measured with another program than this one")
    return part(head, found, issues, identified(given.coverage))


def _risk(given: Given) -> Part:
    head = (
        "Operation: risk study",
        "how often each decision rule passes what does not conform, against theory",
        "stimcert study risk --output risk.json",
    )
    if given.risk is None and not given.execute:
        return not_done(head)
    if given.risk is None:
        rules = [rule_named(name) for name in RULES]
        study = risk.study(rules, decisions=_DECISIONS, seed=1, progress=lambda _done, _total: None)
        data: object = tables.risk_data(study)
        evidence = f"executed now, {_DECISIONS} decisions in each cell"
    else:
        data, evidence = _json(given), identified(given.risk)
    if not isinstance(data, dict) or data.get("study") != "risk" or not isinstance(data.get("sound"), bool):
        raise RequestError(f"{given.risk}: holds no result of a risk study")
    cells, outside = data.get("cells") or [], data.get("outside_their_band") or []
    issues = [] if data["sound"] and cells and not outside else ["not as predicted, or not within bounds"]
    found = [f"{len(cells)} cells of {data.get('decisions_per_cell')} decisions, {len(outside)} outside their band"]
    return part(head, found, issues, evidence)


def _json(given: Given) -> object:
    path = given.risk
    try:
        return None if path is None else json.loads(path.read_bytes())
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise RequestError(f"{path}: is no JSON: {error}") from error
