"""JSON as bytes, in both directions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter.core.json import as_list, as_object, decode_json, encode_json

FAR_TOO_DEEP = 200_000


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("before", [b"", b" \n" * 800, b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n\t"])
def test_white_space_and_a_byte_order_mark_change_nothing(before: bytes) -> None:
    assert decode_json(before + b'{"a": [1]}' + b"\n\n") == {"a": [1]}


@pytest.mark.parametrize(
    "body",
    [b"", b"  ", b"{", b"<html>", b'{"a": 1', b"\xff\xfe{}", b'{"a": "\xe2\x80"}', b"1" * 5000, b"[" * FAR_TOO_DEEP],
    ids=lambda body: body[:10],
)
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        decode_json(body)


def test_json_is_compact_and_keeps_its_order() -> None:
    assert encode_json({"b": [1, None, True], "a": "naïve 🌊"}) == '{"b":[1,null,true],"a":"naïve 🌊"}'.encode()


def test_half_a_surrogate_pair_is_escaped() -> None:
    assert encode_json({"a": "\ud83c"}) == b'{"a":"\\ud83c"}'
    assert decode_json(encode_json(["\ud83c"])) == ["\ud83c"]


def test_what_json_cannot_hold_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    for value in (float("nan"), float("inf"), circle, nested(FAR_TOO_DEEP)):
        with pytest.raises(ValueError, match=r"\S"):
            encode_json(value)
    with pytest.raises(TypeError, match="set"):
        encode_json({"a": {1}})


# Beyond 64 bits, orjson makes a float of a whole number.
WHOLE = st.integers(-(2**63), 2**64 - 1)


@given(st.recursive(st.none() | st.booleans() | WHOLE | st.text(), lambda s: st.lists(s, max_size=3)))
def test_what_goes_out_comes_back(value: Any) -> None:
    assert decode_json(encode_json(value)) == value


def test_only_objects_are_objects_and_only_arrays_are_arrays() -> None:
    assert [as_object(value) for value in ({"a": 1}, [1], None, "x")] == [{"a": 1}, {}, {}, {}]
    assert [as_list(value) for value in ([1], {"a": 1}, None, "x")] == [[1], [], [], []]
