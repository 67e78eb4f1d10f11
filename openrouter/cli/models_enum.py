"""Models as an enum, in Python that others put among their own code."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from keyword import iskeyword
from typing import Final

from ..core.errors import InvalidArgumentError

_NO_LETTER: Final = re.compile(r"[^A-Z0-9]+")
_MARK: Final = 8
"""Characters by which two ids with one name are told apart."""


def enum_source(ids: Iterable[str], *, name: str, day: date) -> str:
    """Write a module with an enum of the ids, in alphabetical order; `day` is when they were read.

    What a member is called depends on its id alone, or, where two ids differ only in their punctuation, on both having
    a mark behind their names: a member never comes to mean another model because one was added to the list. Raises
    `InvalidArgumentError` for a `name` that no class can have.
    """
    if not name.isidentifier() or iskeyword(name):
        raise InvalidArgumentError(f"{name!r} cannot be the name of a class. Give one such as Model.")
    members = _members(set(ids))
    lines = [f"    {member} = {_literal(slug)}" for member, slug in sorted(members.items())]
    return "\n".join(
        [
            f'"""Models of OpenRouter: {len(members)}, as of {day.isoformat()}.',
            "",
            "Written by `openrouter models enum`, again and again: changes made by hand are lost.",
            '"""',
            "",
            "from enum import StrEnum",
            "",
            "",
            f"class {name}(StrEnum):",
            '    """Ids of models, for the option `model`."""',
            "",
            *lines,
            "",
        ]
    )


def _members(ids: set[str]) -> dict[str, str]:
    shared = Counter(map(_plain_name, ids))
    return {
        # Two underscores stand in no plain name, so a marked one cannot meet any.
        f"{plain}__{sha256(slug.encode('utf-8', 'backslashreplace')).hexdigest()[:_MARK].upper()}"
        if shared[plain := _plain_name(slug)] > 1
        else plain: slug
        for slug in ids
    }


def _plain_name(slug: str) -> str:
    name = _NO_LETTER.sub("_", slug.upper()).strip("_")
    return name if name and not name[0].isdigit() else f"MODEL_{name}".rstrip("_")


def _literal(slug: str) -> str:
    # Of a character beyond 16 bits, JSON makes two.
    return json.dumps(slug) if slug.isascii() else ascii(slug)
