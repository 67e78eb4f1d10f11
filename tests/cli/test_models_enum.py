"""Models as an enum: Python that can be imported, whatever the ids are, with names that keep their meaning."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, strategies as st

from openrouter.cli.models_enum import enum_source
from openrouter.core.errors import InvalidArgumentError

DAY = date(2026, 11, 21)
IDS = st.sets(st.one_of(st.text(min_size=1), st.text("aB~/.:-_0", min_size=1, max_size=6)), max_size=20)


def source_of(ids: Iterable[str], name: str = "Model") -> str:
    return enum_source(ids, name=name, day=DAY)


def made(ids: Iterable[str], name: str = "Model") -> type[StrEnum]:
    namespace: dict[str, Any] = {"__name__": "models"}
    exec(source_of(ids, name), namespace)  # noqa: S102 - it is what is tested
    enum: type[StrEnum] = namespace[name]
    return enum


def test_the_whole_module() -> None:
    assert (
        source_of(["vendor/b-2.5:free", "~vendor/b-latest", "vendor/a"])
        == '''\
"""Models of OpenRouter: 3, as of 2026-11-21.

Written by `openrouter models enum`, again and again: changes made by hand are lost.
"""

from enum import StrEnum


class Model(StrEnum):
    """Ids of models, for the option `model`."""

    VENDOR_A = "vendor/a"
    VENDOR_B_2_5_FREE = "vendor/b-2.5:free"
    VENDOR_B_LATEST = "~vendor/b-latest"
'''
    )


@pytest.mark.parametrize(
    ("slug", "member"),
    [
        ("openai/gpt-4o", "OPENAI_GPT_4O"),
        ("openrouter/auto", "OPENROUTER_AUTO"),
        ("~anthropic/claude-opus-latest", "ANTHROPIC_CLAUDE_OPUS_LATEST"),
        ("01-ai/yi-large", "MODEL_01_AI_YI_LARGE"),
        ("vendor/a--b__c", "VENDOR_A_B_C"),
        ("none", "NONE"),
        ("class", "CLASS"),
        ("mro", "MRO"),
        ("é/ß", "SS"),
        ("模型", "MODEL"),
        ("~/", "MODEL"),
        ('a"b\\c\nd', "A_B_C_D"),
        ("half \ud800 a pair", "HALF_A_PAIR"),
        ("beyond \U0001f600", "BEYOND"),
    ],
)
def test_what_a_member_is_called(slug: str, member: str) -> None:
    assert {one.name: one.value for one in made([slug])} == {member: slug}


@given(IDS)
def test_any_ids_make_a_module_that_can_be_imported(ids: set[str]) -> None:
    enum = made(ids)
    assert {member.value for member in enum} == ids
    assert len(enum.__members__) == len(ids)
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in enum.__members__)
    assert list(enum.__members__) == sorted(enum.__members__)
    source_of(ids).encode("ascii")


@given(IDS, IDS)
def test_no_member_comes_to_mean_another_model(before: set[str], later: set[str]) -> None:
    old, new = made(before), made(before | later)
    for name, member in old.__members__.items():
        assert name not in new.__members__ or new[name].value == member.value


def test_ids_that_differ_in_punctuation_alone_are_told_apart_whatever_their_order() -> None:
    ids = ["vendor/m-1.5", "vendor/m-1-5", "vendor/other"]
    marked = {member.value: member.name for member in made(ids)}
    assert marked["vendor/other"] == "VENDOR_OTHER"
    assert marked["vendor/m-1.5"].startswith("VENDOR_M_1_5__")
    assert marked["vendor/m-1-5"].startswith("VENDOR_M_1_5__")
    assert {member.value: member.name for member in made(reversed(ids))} == marked
    assert {member.value: member.name for member in made(ids[:2])}.items() < marked.items()


def test_an_id_that_is_there_twice_is_one_member() -> None:
    assert len(made(["a/b", "a/b"])) == 1


def test_the_class_is_called_as_asked() -> None:
    (class_,) = (node for node in ast.parse(source_of(["a/b"], "Models")).body if isinstance(node, ast.ClassDef))
    assert class_.name == "Models"


@pytest.mark.parametrize("name", ["", "class", "None", "two words", "1st", "a-b", "Model(str):\n    pass\nclass X"])
def test_what_no_class_can_be_called_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match="cannot be the name of a class"):
        source_of(["a/b"], name)
