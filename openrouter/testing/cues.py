"""What a script, its faults and its functions have to be: anything else is refused, with the way out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ..core.errors import InvalidArgumentError
from .faults import Fault
from .faults_chance import Faults
from .replies import Reply

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

_NO_SCRIPT: Final = (str, bytes, Mapping, Reply, Fault, Faults, type)
"""Some can be gone through, but not for replies."""

_CUE = "Give a reply, such as TextReply('Hello'), or a fault, such as Cut(after=40)."
_LIST = "Give the replies as a list: FakeOpenRouter([TextReply('Hello')])."
_ONE_BY_ONE = "Give its items one by one: add(*replies)."
_CHANCE = "What share of the requests fails is FakeOpenRouter(faults=…), or fake.faults = …."
_SHARES = "Did you mean Faults({Cut(after=40): 0.1})? A fault for one request goes into the script."
_RATE = "Did you mean Faults.everything(0.3)?"
_FUNCTION = "Give a function that takes the request and returns a reply: respond=lambda request: TextReply('Hello')."


def checked_script(replies: Iterable[Reply | Fault]) -> Sequence[Reply | Fault]:
    """Give the items of a script; raise `InvalidArgumentError` for what is none."""
    given: Any = replies
    if isinstance(given, _NO_SCRIPT) or not isinstance(given, Iterable):
        _refuse("replies", replies, _CHANCE if isinstance(given, Faults) else _LIST)
    items = tuple(replies)
    for index, item in enumerate(items):
        check_cue(f"replies[{index}]", item)
    return items


def check_cue(name: str, cue: object) -> None:
    """Raise `InvalidArgumentError` for what is neither a reply nor a fault."""
    given: Any = cue
    if isinstance(given, Reply | Fault):
        return
    way_out = _CUE
    if isinstance(given, type) and issubclass(given, Reply | Fault):
        way_out = f"Did you mean {given.__name__}()?"
    elif isinstance(given, str):
        way_out = f"Did you mean TextReply({given[:40]!r})?"
    elif isinstance(given, list | tuple):
        way_out = _ONE_BY_ONE
    elif isinstance(given, Faults):
        way_out = _CHANCE
    _refuse(name, cue, way_out)


def check_faults(faults: object) -> None:
    """Raise `InvalidArgumentError` for what is neither `Faults` nor `None`."""
    if faults is not None and not isinstance(faults, Faults):
        _refuse("faults", faults, _RATE if isinstance(faults, int | float) else _SHARES)


def check_respond(respond: object) -> None:
    """Raise `InvalidArgumentError` for what cannot be called."""
    if not callable(respond):
        _refuse("respond", respond, _FUNCTION)


def check_made(reply: object) -> None:
    """Raise `InvalidArgumentError` where `respond` made no reply."""
    if isinstance(reply, Fault):
        _refuse("What respond returned", reply, "A fault goes on a reply: Cut(after=40).on(TextReply('Hello')).")
    if not isinstance(reply, Reply):
        _refuse("What respond returned", reply, "It has to be a reply, such as TextReply('Hello').")


def _refuse(name: str, value: object, way_out: str) -> NoReturn:
    what = f"the class {value.__name__}" if isinstance(value, type) else f"of type {type(value).__name__}"
    raise InvalidArgumentError(f"{name} is {what}. {way_out}")
