"""Canonical JSON, out and back."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capture import Observation, Reading
from harness.errors import EvidenceError
from harness.evidence.codec import canonical, plain, readable, text, typed
from harness.quantity import Measurement
from harness.setpoint import Polarity
from harness.verdict import Verdict
from tests.examples import judged_values, measurement, observation

if TYPE_CHECKING:
    from collections.abc import Callable

FINITE = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two numbers."""

    one: float
    other: float


@dataclass(frozen=True, slots=True)
class Alone:
    """A single field."""

    one: object


@dataclass(frozen=True, slots=True)
class Hidden:
    """Fields out of their order, one of which is kept out of records."""

    z: object
    hidden: object = field(repr=False)
    a: object


@settings(deadline=None, max_examples=500)
@given(FINITE)
def test_a_float_comes_back_bit_for_bit(value: float) -> None:
    """Every finite float, zero's sign and denormals included, survives canonical JSON."""
    assert json.loads(canonical(value)).hex() == value.hex()


@settings(deadline=None)
@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_a_typed_object_comes_back_bit_for_bit(one: float, other: float) -> None:
    """A dataclass of floats, infinite ones too, goes out and comes back the same."""
    back = typed(Pair, json.loads(canonical(plain(Pair(one, other)))), "here")
    assert (back.one.hex(), back.other.hex()) == (one.hex(), other.hex())


@settings(deadline=None)
@given(JSON)
def test_canonical_bytes_depend_on_the_data_only(data: object) -> None:
    """What was read back gives the same bytes again: one line of ASCII."""
    line = canonical(data)
    assert canonical(json.loads(line)) == line
    assert line.isascii()
    assert b"\n" not in line


OBJECTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from([*Verdict, *Polarity]),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text(), inner)
        | st.builds(Pair, inner, inner)
        | st.builds(Alone, inner)
        | st.builds(Hidden, inner, inner, inner)
    ),
)


@settings(deadline=None, max_examples=300)
@given(OBJECTS)
def test_one_pass_writes_what_two_would(value: object) -> None:
    """`text` gives the bytes of `canonical(plain(...))` for whatever a record may hold."""
    assert text(value).encode("ascii") == canonical(plain(value))


def test_one_pass_writes_a_judged_value_as_two_would() -> None:
    """So it does for all that a run records of a point."""
    observed = observation()
    for value in (*judged_values(observed), observed):
        assert text(value).encode("ascii") == canonical(plain(value))


@pytest.mark.parametrize("value", [math.nan, [math.nan], Pair(1.0, math.nan), {"a": math.nan}])
def test_one_pass_refuses_what_is_no_number(value: object) -> None:
    """NaN is written nowhere."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        text(value)


def test_canonical_bytes_do_not_depend_on_the_order_of_keys() -> None:
    """Keys are sorted, and no blank stands between."""
    assert (
        canonical({"b": 1, "a": [1.5, "µ"]}) == canonical({"a": [1.5, "µ"], "b": 1}) == b'{"a":[1.5,"\\u00b5"],"b":1}'
    )


@pytest.mark.parametrize("write", [canonical, readable])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_json_that_is_none_is_never_written(write: Callable[[object], bytes], value: float) -> None:
    """NaN and infinity are no JSON; they are refused where they are written, not where they are read."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        write({"value": value})


def test_nan_is_not_made_plain() -> None:
    """Infinity has a word of its own, because degrees of freedom may be infinite; NaN has none."""
    assert plain((math.inf, -math.inf, 1.5)) == ["Infinity", "-Infinity", 1.5]
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(plain([math.nan]))


def test_what_is_no_data_is_refused() -> None:
    """Bytes and objects are not guessed at."""
    with pytest.raises(TypeError):
        canonical(plain({"codes": b"\x80"}))


def test_enumerations_become_words() -> None:
    """A verdict is written by its name, a polarity by its value."""
    assert plain([Verdict.CONDITIONAL_PASS, Polarity.BIPOLAR]) == ["CONDITIONAL_PASS", "bipolar"]


def test_a_measurement_comes_back() -> None:
    """A measurement with its budget and unlimited degrees of freedom is the same after it was stored."""
    value = replace(measurement(1 / 3, 0.1), captures=("a", "b"))
    assert typed(Measurement, json.loads(canonical(plain(value))), "here") == value


def test_a_reading_comes_back() -> None:
    """A reading with its whole signal path is the same after it was stored."""
    for reading in observation().readings:
        assert typed(Reading, json.loads(canonical(plain(reading))), "here") == reading


def test_raw_codes_are_not_in_the_record() -> None:
    """Codes stand in their own files: the record of an observation holds everything else."""
    stored = plain(observation())
    assert isinstance(stored, dict)
    assert "codes" not in stored["captures"][0]
    assert stored["captures"][0]["increment_v"] == 0.01


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        (Pair, {"one": 1.0}, "record 7: other: "),
        (Pair, {"one": 1.0, "other": "much"}, "record 7: other: "),
        (Pair, [1.0], "record 7: "),
        (Pair, {"one": 1.0, "other": None}, "record 7: other: "),
        (Observation, {"point": {}}, "record 7: point."),
    ],
)
def test_what_is_no_such_object_is_an_error(kind: type, data: object, words: str) -> None:
    """A missing or wrong field is named with the record it stands in; it never gets a default."""
    with pytest.raises(EvidenceError) as caught:
        typed(kind, data, "record 7")
    assert str(caught.value).startswith(words)
