"""Files become typed objects, or one sentence with file and key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.definitions.devices import DeviceProfile, load_device
from harness.definitions.document import LIBRARY, Document, Stated, find, load
from harness.errors import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path


class Small(Document):
    """A definition with one stated value."""

    current_a: Stated[float]


@pytest.mark.parametrize("kind", ["devices", "benches", "units", "instruments"])
def test_an_unknown_name_is_answered_with_the_known_ones(kind: str) -> None:
    """Who mistypes a name reads which names there are."""
    known = sorted(path.stem for path in (LIBRARY / kind).glob("*.toml"))
    with pytest.raises(DefinitionError, match=f"^{kind}/nobody: unknown name; known are {', '.join(known)}, or give"):
        find(kind, "nobody")


@pytest.mark.parametrize("name", ["nobody.toml", "./nobody", "folder/nobody.toml", "C:\\nobody"])
def test_a_missing_file_is_named(name: str) -> None:
    """What looks like a path is never looked up in the library."""
    with pytest.raises(DefinitionError) as caught:
        find("devices", name)
    assert str(caught.value) == f"{name}: no such file; check the path"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder that is called like a definition is not one."""
    folder = tmp_path / "x.toml"
    folder.mkdir()
    with pytest.raises(DefinitionError, match="no such file"):
        load_device(str(folder))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"schema = ", "is not valid TOML: "),
        (b"[a\nb", "is not valid TOML: "),
        (b"a = 1\na = 2\n", "is not valid TOML: "),
        (b'name = "\xb5A"\n', "is not UTF-8 text: invalid start byte at byte 8"),
        (b"\xff\xfes\x00", "is not UTF-8 text"),
    ],
    ids=["half a line", "half a table", "a key twice", "latin-1", "utf-16"],
)
def test_what_is_no_toml_is_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    """A damaged file is named, with what is wrong and where."""
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(DefinitionError) as caught:
        load(Small, path)
    assert str(caught.value).startswith(f"{path}: {words}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("", "current_a", "is missing"),
        ("current_a = 1.0", "current_a", "input should be"),
        ('current_a = {value = 1.0, basis = "stated"}', "current_a.source", "is missing"),
        ('current_a = {value = "1.0", basis = "stated", source = "s"}', "current_a.value", "not '1.0'"),
        ('current_a = {value = true, basis = "stated", source = "s"}', "current_a.value", "not True"),
        ('current_a = {value = nan, basis = "stated", source = "s"}', "current_a.value", "finite number, not nan"),
        ('current_a = {value = -inf, basis = "stated", source = "s"}', "current_a.value", "finite number, not -inf"),
        ('current_a = {value = 1.0, basis = "guessed", source = "s"}', "current_a.basis", "not 'guessed'"),
        ('current_a = {value = 1.0, basis = "stated", source = "s", unit = "A"}', "current_a.unit", "not a known key"),
    ],
)
def test_a_wrong_value_is_named_by_file_and_dotted_key(tmp_path: Path, text: str, key: str, words: str) -> None:
    """Nothing is converted silently, nothing unknown is passed over, and NaN is no number."""
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load(Small, path)
    assert (caught.value.file, caught.value.key) == (str(path), key)
    assert str(caught.value).startswith(f"{path}: {key}: ")
    assert words in caught.value.problem
    assert "\n" not in str(caught.value)


def test_further_problems_are_counted(tmp_path: Path) -> None:
    """The first problem is told, and how many more there are."""
    path = tmp_path / "x.toml"
    path.write_text("current_a = {value = nan}\nx = 1\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"\(3 more problems in this file\)$"):
        load(Small, path)


def test_a_whole_number_may_stand_for_a_float(tmp_path: Path) -> None:
    """`value = 3` is 3.0: the one conversion that changes nothing."""
    path = tmp_path / "x.toml"
    path.write_text('current_a = {value = 3, basis = "stated", source = "s"}', encoding="utf-8")
    assert load(Small, path).current_a.value == 3.0


def test_a_definition_cannot_be_changed() -> None:
    """What was loaded stays as it was loaded."""
    profile, _ = load_device("foreo-bear-2")
    assert isinstance(profile, DeviceProfile)
    with pytest.raises(ValueError, match="frozen"):
        profile.title = "another"
