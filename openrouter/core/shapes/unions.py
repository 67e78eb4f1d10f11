"""One of several shapes, told apart as well as the value allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from attrs import define

from .nested import Listing, Table, bare
from .places import MISFIT, Findings, Place, shown
from .pydantic_models import Model
from .records import Known, Record
from .shape import Choice, Shape, Sketch, either, kind_of, misfit

_LONGEST_REASON: Final = 120


@define(eq=False)
class Union:
    """A value that fits at least one of the members."""

    members: Sequence[Shape]

    @property
    def kinds(self) -> frozenset[str]:
        """Those of all members."""
        return frozenset[str]().union(*(member.kinds for member in self.members))

    @property
    def wanted(self) -> str:
        """What the members want."""
        return either([member.wanted for member in self.members])

    def schema(self, sketch: Sketch) -> dict[str, Any]:
        """List the members."""
        return {"anyOf": [sketch.of(member) for member in self.members]}

    def read(self, value: Any, at: Place) -> Any:
        """Read the value as the member that it is meant for, or as the one that fits best."""
        kind = kind_of(value)
        members = [member for member in self.members if kind in member.kinds]
        if not members:
            return misfit(self, value, at)
        if kind == "object" and len(members) > 1:
            members = _knowing(_tagged(members, value, at), value)
        if len(members) > 1:
            return self._read_best(members, value, at)
        return members[0].read(value, at) if members else MISFIT

    def _read_best(self, members: Sequence[Shape], value: Any, at: Place) -> Any:
        """Try all members.

        What became of it is kept: where unions contain unions, each member would otherwise read all below it again,
        and the work would double with each level.
        """
        seen = at.findings.read
        key = (at.path, id(self))
        if key not in seen:
            seen[key] = _attempt(members, value, at)
        made, findings = seen[key]
        at.findings.take(findings)
        return made


def may_be_hashable(shape: Shape) -> bool:
    """Whether some value of a shape may be an item of a set."""
    shape = bare(shape)
    if isinstance(shape, Union):
        return any(may_be_hashable(member) for member in shape.members)
    if isinstance(shape, Record | Model):
        return shape.cls.__hash__ is not None
    return not isinstance(shape, Table) and (not isinstance(shape, Listing) or shape.build in (tuple, frozenset))


def _attempt(members: Sequence[Shape], value: Any, at: Place) -> tuple[Any, Findings]:
    best: tuple[Any, Findings] | None = None
    reasons: list[str] = []
    for member in members:
        findings = at.findings.aside()
        made = member.read(value, Place(at.path, findings))
        if made is MISFIT:
            reason = str(findings.flaws[0])
            # Each level would repeat all that stands below it.
            short = reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON]}…"
            reasons.append(f"as {member.wanted}, {short}")
        elif best is None or findings.fits_better(best[1]):
            best = made, findings
    if best is not None:
        return best
    findings = at.findings.aside()
    return Place(at.path, findings).misfit(f"fits none of the types it may have ({'; '.join(reasons)})"), findings


def _knowing(members: list[Shape], value: dict[str, Any]) -> list[Shape]:
    """Leave out the classes that know none of the keys, where another one knows some."""
    classes = [member for member in members if isinstance(bare(member), Record | Model)]
    knowing = [member for member in classes if cast("Record | Model", bare(member)).knows(value)]
    return [member for member in members if member in knowing or member not in classes] if knowing else members


def _tagged(members: list[Shape], value: dict[str, Any], at: Place) -> list[Shape]:
    """Keep the classes whose `Literal` or enum fields, those that all of them have, take what stands there."""
    for key in next(
        (shape.known for member in members if isinstance(shape := bare(member), Record)), dict[str, Known]()
    ):
        if len(members) > 1:
            members = _tagged_by(key, members, value, at)
    return members


def _tagged_by(key: str, members: list[Shape], value: dict[str, Any], at: Place) -> list[Shape]:
    fields = [known for member in members if (known := _field(member, key))]
    tags = [tag for known in fields if isinstance(tag := bare(known.shape), Choice)]
    if len(tags) < len(members):
        return members
    found = value.get(key)
    if found is None and not all(known.required for known in fields):
        return members
    fitting = [member for member, choice in zip(members, tags, strict=True) if choice.takes(found)]
    if not fitting:
        instead = f"not {shown(found)}" if key in value else "and is missing"
        at.key(key).misfit(f"has to be {either([choice.wanted for choice in tags])}, {instead}")
    return fitting


def _field(member: Shape, key: str) -> Known | None:
    return record.known.get(key) if isinstance(record := bare(member), Record) else None
