"""What is told about a request to those who watch (API pages "Broadcast" and "Debugging")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypedDict

from ..core.arguments import Rule
from .chat_options import flag, string
from .shapes import fields


class Trace(TypedDict, total=False):
    """How a request is called where the account sends its traces; any further key goes there as well."""

    trace_id: str
    """The same in all requests of one trace."""
    trace_name: str
    span_name: str
    generation_name: str
    parent_span_id: str


class Debug(TypedDict, total=False):
    """What a stream tells in addition; not for production."""

    echo_upstream_body: bool
    """True: chunks at the beginning have in `debug` what each provider was sent."""


RULES: Final[Mapping[str, Rule]] = {
    "trace": fields(dict.fromkeys(Trace.__optional_keys__, string), named_freely=True),
    "debug": fields({"echo_upstream_body": flag}),
}
