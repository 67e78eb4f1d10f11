"""A conversation: its messages, and what it has used so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final, Protocol, Self, TypeAlias, cast

from attrs import define, field

from .core.arguments import refuse
from .core.errors import InvalidArgumentError
from .core.json import as_list, decode_plain, encode_json
from .core.plain import as_plain
from .core.structuring import as_dict, structurer
from .types.chat import Completion, Message, Usage
from .types.messages import MessageLike, message_list
from .types.parts import Part, content_of
from .types.usage_sum import sum_usage

VERSION: Final = 1
_WANTED: Final = "a completion, a run of tools, a message, or a list of messages; say() takes text"


class Transcript(Protocol):
    """What a longer exchange came to, such as a run of tools: all its messages, those that it began with included."""

    @property
    def messages(self) -> Sequence[MessageLike]:
        """All messages, from the first on."""
        ...

    @property
    def usage(self) -> Usage | None:
        """What the exchange used."""
        ...


class Streamed(Protocol):
    """What comes piece by piece and folds into a completion, such as a stream of chunks."""

    @property
    def completion(self) -> Completion | None:
        """What arrived; `None` before anything did."""
        ...


Addable: TypeAlias = "Completion | Streamed | Transcript | MessageLike | Iterable[MessageLike] | None"
"""What can be added to a conversation; `None`, the completion of a stream that gave nothing, is refused."""


@define(init=False, repr=False)
class Conversation:
    """Messages that grow with every turn, and the sum of what the turns used.

    It is an iterable of messages, so it stands wherever messages do: `client.complete(conversation)`. Received messages
    are kept as they came, with `reasoning_details`, annotations and all that nobody knows. It is no client, and does
    not send anything itself. One conversation belongs to one thread or task at a time; `fork` it for others.
    """

    messages: list[MessageLike]
    """The messages so far; the list is yours to change."""
    usage: Usage = field(factory=Usage)
    """Tokens and USD of all that was added, summed; `cost` is `None` where nobody told any."""

    def __init__(self, *messages: MessageLike, system: str | Part | None = None) -> None:
        told = () if system is None else (system,)
        self.messages = [{"role": "system", "content": content_of("system", told, text_only=True)}] if told else []
        self.usage = Usage()
        self.add(messages)

    def say(self, *parts: str | Part, name: str | None = None) -> Self:
        """Add a message of the user, made as by `messages.user`, and give the conversation."""
        told = {} if name is None else {"name": name}
        self.messages.append({"role": "user", "content": content_of("say", parts), **told})
        return self

    def add(self, what: Addable) -> Self:
        """Add a reply, a run of tools, a message or several, and give the conversation.

        Of a `Completion`, or of a stream that was read, the message and the usage are added. A run of tools has to have
        begun with this conversation, and to have ended: what came since is added. Anything else raises
        `InvalidArgumentError`, and nothing is added.
        """
        given: Any = what
        told = _told(given)
        if told is None and hasattr(given, "completion"):
            given = what = given.completion
        if what is None:
            refuse("what", what, "the completion of a stream of which something was read")
        added: list[MessageLike]
        usage: Usage | None = None
        if isinstance(what, Completion):
            if not what.choices:
                refuse("what", given, "a completion that has a message")
            added, usage = [what.message], what.usage
        elif isinstance(what, Message | Mapping):
            added = [given]
        elif isinstance(what, str | bytes | Conversation):
            refuse("what", given, _WANTED)
        elif told is not None:
            added, usage = self._since(given, told)
        elif isinstance(what, Iterable):
            added = [_message(f"messages[{place}]", each) for place, each in enumerate(given)]
        else:
            refuse("what", given, _WANTED)
        self.messages += added
        if usage is not None:
            self.usage = sum_usage([self.usage, usage])
        return self

    def _since(self, transcript: Transcript, told: Sequence[MessageLike]) -> tuple[list[MessageLike], Usage | None]:
        """Give the messages that are not here yet, and what they used."""
        if getattr(transcript, "status", "") in {"running", "suspended"}:
            refuse("what", transcript, "a run that has ended, so that each of its calls has a result")
        known, since = len(self.messages), list(told[len(self.messages) :])
        if len(told) < known or not all(map(_is_same, self.messages, told)):
            refuse("what", transcript, "a run that began with the messages of this conversation")
        steps: Any = getattr(transcript, "steps", None)
        return since, transcript.usage if steps is None else _used(steps, len(since))

    def fork(self) -> Self:
        """Give an independent copy, to go on from here in more than one way."""
        return deepcopy(self)

    def to_dict(self) -> dict[str, Any]:
        """Give the conversation as JSON values, in a copy that is yours to change; files are read for it."""
        messages = [_sent(f"messages[{place}]", message) for place, message in enumerate(self.messages)]
        received = [place for place, message in enumerate(self.messages) if isinstance(message, Message)]
        usage = as_plain(as_dict(self.usage), "usage")
        return {"version": VERSION, "messages": messages, "received": received, "usage": usage}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Make a conversation of what `to_dict` gave; raise `InvalidArgumentError` for anything else."""
        if not isinstance(document, Mapping):
            refuse("document", document, "an object, as to_dict() and to_json() give it")
        version, usage = document.get("version"), document.get("usage")
        if version != VERSION:
            refuse("document['version']", version, f"{VERSION}: this version of the package reads no other")
        messages = _listed(document, "messages", lambda each: isinstance(each, Mapping), "a list of objects")
        received = _listed(
            document,
            "received",
            lambda place: type(place) is int and 0 <= place < len(messages),
            "a list of places in the list of messages",
        )
        if len(set(received)) < len(received):
            refuse("document['received']", received, "a list in which each place stands once")
        if not isinstance(usage, Mapping):
            refuse("document['usage']", usage, "an object")
        made = cls()
        made.messages = as_dict(messages)
        for place in received:
            made.messages[place] = structurer(Message)(cast("dict[str, Any]", made.messages[place]))
        made.usage = structurer(Usage)(as_dict(usage))
        return made

    def to_json(self) -> str:
        """Give the conversation as JSON text; files are read for it.

        Raises `InvalidArgumentError` for a message that JSON cannot hold, or a file that cannot be read.
        """
        return encode_json(self.to_dict()).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Make a conversation of what `to_json` gave; raise `InvalidArgumentError` for anything else."""
        try:
            document = decode_plain(text.encode() if isinstance(text, str) else text)
        except ValueError as error:
            raise InvalidArgumentError(f"This is no conversation, since it is no JSON: {error}.") from error
        return cls.from_dict(document)

    def __iter__(self) -> Iterator[MessageLike]:
        return iter(self.messages)

    def __len__(self) -> int:
        return len(self.messages)

    def __repr__(self) -> str:
        cost = "" if self.usage.cost is None else f", {self.usage.cost} USD"
        count = "1 message" if len(self) == 1 else f"{len(self)} messages"
        return f"<{type(self).__name__} of {count}, {self.usage.total_tokens} tokens{cost}>"


def _told(given: Any) -> Sequence[MessageLike] | None:
    """Give the messages of a transcript, those of a model as they came where it has them."""
    told: Sequence[MessageLike] | None = getattr(given, "as_received", None)
    return getattr(given, "messages", None) if told is None else told


def _is_same(mine: MessageLike, told: MessageLike) -> bool:
    if mine is told or (type(mine) is type(told) is dict and mine == told):
        return True
    return message_list([mine]) == message_list([told])


def _used(steps: Sequence[Any], messages: int) -> Usage:
    """Sum up what those last steps used that have so many messages: a run may have been added before it went on."""
    usages: list[Usage] = []
    for step in reversed(steps):
        messages -= len(step.as_received)
        if messages < 0:
            break
        if step.completion.usage is not None:
            usages.append(step.completion.usage)
    return sum_usage(usages)


def _message(name: str, given: object) -> MessageLike:
    if not isinstance(given, Message | Mapping):
        refuse(name, given, "a message: a dict, or a Message as received; say() takes text")
    return cast("MessageLike", given)


def _sent(name: str, message: MessageLike) -> dict[str, Any]:
    """Give a message as it would be sent, in a copy."""
    try:
        made: dict[str, Any] = deepcopy(as_dict(message))
        encode_json(made)
    except (RecursionError, TypeError, ValueError) as error:
        if isinstance(error, InvalidArgumentError):
            raise
        refuse(name, message, f"JSON ({error})")
    return made


def _listed(document: Mapping[str, Any], name: str, fits: Callable[[object], bool], wanted: str) -> list[Any]:
    given: Any = document.get(name)
    if not isinstance(document.get(name), list) or not all(fits(each) for each in given):
        refuse(f"document[{name!r}]", given, wanted)
    return as_list(given)
