"""Where in a document something does not fit, and what is said about it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import attrs
from attrs import define, field, frozen

_SHOWN_FLAWS: Final = 10
_SHOWN_VALUE: Final = 40
_LARGE: Final = 10**_SHOWN_VALUE

OWN_ERRORS: Final = (ValueError, TypeError, AssertionError, ArithmeticError, LookupError, AttributeError)
"""What code of a class raises about the values that it gets. All else, such as an `OSError`, is not about these."""


@frozen
class Flaw:
    """One thing that does not fit: where it is, and what has to be there.

    `path` starts at `$`, the whole document, and goes on as `$.city.name` or `$.stops[2]`; keys that are no plain
    names stand as `$["zip code"]`. `message` is a part of a sentence, such as "has to be a string, not 3".
    """

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path} {self.message}"


class MisfitError(ValueError):
    """A value does not fit a type. `flaws` has everything that is wrong, in the order of the fields of the type."""

    flaws: tuple[Flaw, ...]

    def __init__(self, flaws: Iterable[Flaw]) -> None:
        self.flaws = tuple(flaws)
        super().__init__(self.flaws)

    def __str__(self) -> str:
        shown = [str(flaw) for flaw in self.flaws[:_SHOWN_FLAWS]]
        more = len(self.flaws) - len(shown)
        return "; ".join([*shown, f"and {more} more"] if more else shown)


@frozen(eq=False)
class Misfit:
    """Stands for the value that could not be made."""


MISFIT: Final = Misfit()


@define
class Findings:
    """What reading a document has found: what does not fit, and how much was overlooked to make the rest fit."""

    flaws: list[Flaw] = field(factory=list[Flaw])
    overlooked: int = 0
    """How many keys that hold something were passed over: the fewer, the better the type fits."""
    nulls: int = 0
    """How many keys that hold null: the same, where as many others were passed over."""
    converted: int = 0
    """How many numbers were made another sort of number: the same, where as many keys were passed over."""
    read: dict[tuple[str, int], tuple[Any, Findings]] = field(factory=dict[tuple[str, int], "tuple[Any, Findings]"])
    """What became of the unions that were read before, by path and union: none is read twice."""

    def aside(self) -> Findings:
        """Begin anew, for an attempt that may come to nothing."""
        return Findings(read=self.read)

    def take(self, other: Findings) -> None:
        """Add what an attempt found."""
        self.flaws += other.flaws
        self.overlooked += other.overlooked
        self.nulls += other.nulls
        self.converted += other.converted

    def overlook(self, values: Iterable[Any]) -> None:
        """Note what is passed over."""
        for value in values:
            if value is None:
                self.nulls += 1
            else:
                self.overlooked += 1

    def fits_better(self, other: Findings) -> bool:
        """Whether less was overlooked."""
        return (self.overlooked, self.nulls, self.converted) < (other.overlooked, other.nulls, other.converted)


@frozen
class Place:
    """A place in the document that is read."""

    path: str
    findings: Findings

    def key(self, name: str) -> Place:
        """Give the place of one member of the object here."""
        return Place(path_of_key(self.path, name), self.findings)

    def item(self, position: int) -> Place:
        """Give the place of one item of the array here."""
        return Place(f"{self.path}[{position}]", self.findings)

    def misfit(self, message: str) -> Misfit:
        """Note that what is here does not fit, and give what stands for the value that there is none of."""
        self.findings.flaws.append(Flaw(self.path, message))
        return MISFIT

    def refused(self, error: Exception) -> Misfit:
        """Note what the user's own code, or pydantic, says against the value here."""
        about: list[Any] = [argument for argument in error.args if isinstance(argument, attrs.Attribute)]
        # The validators of attrs give the field, and more, as further arguments.
        message = error.args[0] if about else error
        place = self.key(about[0].alias) if about else self
        return place.misfit(" ".join(f"was refused: {message}".split()))


def path_of_key(path: str, name: str) -> str:
    """Add a key to a path."""
    return f"{path}.{name}" if name.isidentifier() else f"{path}[{json.dumps(name, ensure_ascii=False)}]"


def shown(value: Any) -> str:
    """Name a JSON value in a few words: simple ones as they are, others by their kind."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "an array"
    if isinstance(value, str):
        return json.dumps(value if len(value) <= _SHOWN_VALUE else f"{value[:_SHOWN_VALUE]}…", ensure_ascii=False)
    if value is None or isinstance(value, bool | float):
        return json.dumps(value)
    if isinstance(value, int):
        return str(value) if abs(value) < _LARGE else "a number of very many digits"
    return f"a value of the type {type(value).__name__}"
