"""The decoder that needs nothing, and the one on orjson: they agree on everything but numbers beyond 64 bits."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter.core.json import decode_plain, decode_with, encode_json

Decode = Callable[[bytes], Any]
DECODERS: dict[str, Decode] = {"plain": decode_plain, "with json": decode_with(json.loads)}
try:
    import orjson
except ImportError:  # it is an extra
    pass
else:
    DECODERS["with orjson"] = decode_with(orjson.loads)

each = pytest.mark.parametrize("decode", DECODERS.values(), ids=DECODERS)

NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)
BLANKS = st.text(" \t\r\n", max_size=3).map(str.encode)


def types(value: Any) -> Any:
    """Give the types in a value: 1, 1.0 and True are equal."""
    if isinstance(value, dict):
        return {key: types(inner) for key, inner in value.items()}
    return [types(inner) for inner in value] if isinstance(value, list) else type(value)


@given(VALUES, BLANKS, BLANKS, st.sampled_from([None, 2]), st.booleans())
def test_all_decoders_agree_on_what_is_json(
    value: Any,
    before: bytes,
    after: bytes,
    indent: int | None,
    in_ascii: bool,  # noqa: FBT001 - a case
) -> None:
    try:
        text = json.dumps(value, indent=indent, ensure_ascii=in_ascii).encode()
    except UnicodeEncodeError:  # half a surrogate pair, which UTF-8 does not hold
        text = encode_json(value)
    for name, decode in DECODERS.items():
        found = decode(before + text + after)
        assert found == value, name
        assert types(found) == types(value), name


@given(st.binary(max_size=30) | st.text('[]{}:,"\\tfn01e.- ', max_size=12).map(str.encode))
def test_and_on_what_is_none(data: bytes) -> None:
    found: list[Any] = []
    for decode in DECODERS.values():
        try:
            found.append(repr(decode(data)))
        except ValueError:
            found.append(ValueError)
    assert len(set(found)) == 1, found


@each
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_each_takes_a_byte_order_mark_and_blanks(decode: Decode, mark: bytes) -> None:
    assert decode(mark + b' \n{"a": [1, 2.5, "\xc3\xa9"]}\r\n ') == {"a": [1, 2.5, "é"]}


@each
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{",
        b"{} {}",
        b"[1]x",
        b"nul",
        b"01",
        b"'a'",
        b"\xff",
        b'"\n"',
        b"\x0c1",
        b"1\xc2\xa0",
        b"[" * 200_000,
    ],
    ids=lambda data: repr(data[:9]),
)
def test_each_refuses_what_is_no_json(decode: Decode, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S") as caught:
        decode(data)
    # What was tried first does not hang on to it.
    assert caught.value.__context__ is None or isinstance(caught.value.__context__, RecursionError | StopIteration)


@each
def test_each_takes_half_a_surrogate_pair_and_deep_nesting(decode: Decode) -> None:
    assert decode(b'"\\ud83c"') == "\ud83c"
    assert decode(b"[" * 500 + b"]" * 500) is not None


def test_a_number_beyond_64_bits_is_whole_without_orjson() -> None:
    assert decode_plain(b"[18446744073709551616]") == [18446744073709551616]
    for decode in DECODERS.values():
        assert float(decode(b"[18446744073709551616]")[0]) == 18446744073709551616.0
