"""Where a model searches (API page "Web search")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypedDict

from ..core.arguments import Rule
from .chat_options import flag
from .shapes import TEXT, each, fields, refuse_both


class UserLocation(TypedDict, total=False):
    """About where the user is, so that what is near is found first."""

    type: Literal["approximate"] | str
    city: str | None
    region: str | None
    country: str | None
    """Two letters, as `GB`."""
    timezone: str | None
    """A name such as `Europe/London`."""


class WebSearchOptions(TypedDict, total=False):
    """Settings of the search that a provider itself has."""

    search_context_size: Literal["low", "medium", "high"] | str
    """How much of what it finds it reads."""


class XSearchFilter(TypedDict, total=False):
    """Which posts models of xAI search. What the service does not understand of it, it drops silently."""

    allowed_x_handles: Sequence[str]
    """Up to 20; not together with `excluded_x_handles`."""
    excluded_x_handles: Sequence[str]
    """Up to 20; not together with `allowed_x_handles`."""
    from_date: str
    """The first day, as `2026-01-31`."""
    to_date: str
    """The last day, as `2026-01-31`."""
    enable_image_understanding: bool
    enable_video_understanding: bool


USER_LOCATION: Final = fields(dict.fromkeys(("type", "city", "region", "country", "timezone"), TEXT))

_HANDLES: Final = each(TEXT, longest=20)
_X_FIELDS: Final = fields(
    {
        "allowed_x_handles": _HANDLES,
        "excluded_x_handles": _HANDLES,
        "from_date": TEXT,
        "to_date": TEXT,
        "enable_image_understanding": flag,
        "enable_video_understanding": flag,
    }
)


def x_search(name: str, value: Any) -> None:
    """Take a filter of posts, wherever it stands."""
    _X_FIELDS(name, value)
    refuse_both(name, value, "allowed_x_handles", "excluded_x_handles")


def with_type(location: UserLocation | Mapping[str, Any] | None) -> Any:
    """Give a user's location with its type, which the service wants, and of which there is one."""
    given: Any = location
    return {"type": "approximate", **given} if isinstance(location, Mapping) else given


RULES: Final[Mapping[str, Rule]] = {
    "web_search_options": fields({"search_context_size": TEXT}),
    "x_search_filter": x_search,
}
