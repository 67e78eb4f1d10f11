"""What does not fit into a model, or does not come out of it (API pages "Models" and "Multimodal")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..types.request_body import items, mapping
from .asked import Subject
from .capabilities import gives, takes
from .findings import Finding
from .near import shown

_COMPRESSED: Final = 8192
"""Up to this context length the service shortens long prompts where nobody says otherwise."""
_MAYBE_PDF: Final = frozenset({"", "application/octet-stream", "application/pdf", "application/x-pdf"})
_LONGEST_TYPE: Final = 200
_OF_A_CHAT: Final = frozenset({"text", "image", "audio"})
"""What a chat completion can give."""


def content_rules(subject: Subject) -> Iterator[Finding]:
    """Find what the model does not read or write, and what is too long for it."""
    if not subject.is_router:
        yield from _read(subject)
        yield from _written(subject)
    elif "messages" not in subject.asked.body and "prompt" in subject.asked.body:
        message = f": {subject.name} is a router, and routers need messages. Give messages instead."
        yield subject.found("messages_required", "prompt", message)
    if subject.asked.is_chat:
        yield from _lengths(subject)
        yield from _limits(subject)


def _read(subject: Subject) -> Iterator[Finding]:
    accepted = takes(subject.model)
    if not accepted:  # the list does not say
        return
    for place, kind, part in subject.asked.parts():
        if kind not in accepted and not (kind == "file" and _is_parsed(subject, part)):
            reads = ", ".join(sorted(accepted))
            message = f" ({kind}): {subject.name} reads {reads}. Leave the part out, or take a model that reads {kind}."
            yield subject.found("modality_not_accepted", place, message)


def _is_parsed(subject: Subject, part: Mapping[str, Any]) -> bool:
    """Whether the service may make text of a document: it does so of PDFs, where it is not told to leave that."""
    for plugin in items(subject.asked.option("plugins")):
        fields = mapping(plugin)
        if fields.get("id") == "file-parser" and mapping(fields.get("pdf")).get("engine") == "native":
            return False
    file = mapping(part.get("file"))
    told, mark, _ = str(file.get("file_data") or "")[:_LONGEST_TYPE].casefold().partition(",")
    is_named = str(file.get("filename") or "").casefold().endswith(".pdf")
    # What there is at an address, in an uploaded file, or in bytes of no type, is known to the service alone.
    kind = told.removeprefix("data:").partition(";")[0] if mark and told.startswith("data:") else ""
    return is_named or kind in _MAYBE_PDF


def _written(subject: Subject) -> Iterator[Finding]:
    offered = gives(subject.model)
    if not offered:
        return
    writes = ", ".join(sorted(offered))
    # Images and videos are made of a `prompt`, by other operations.
    if "messages" in subject.asked.body and offered.isdisjoint(_OF_A_CHAT):
        message = (
            f"={subject.name!r}: it writes {writes}, which no chat completion gives. Take a model that writes text."
        )
        yield subject.found("modality_not_offered", subject.field, message)
        return
    for kind in items(subject.asked.option("modalities")):
        if isinstance(kind, str) and kind not in offered:
            message = (
                f" has {shown(kind)}: {subject.name} writes {writes}. Leave it out, or take a model that writes it."
            )
            yield subject.found("modality_not_offered", "modalities", message)


def _lengths(subject: Subject) -> Iterator[Finding]:
    asked, top = subject.asked, subject.model.top_provider
    limit = asked.most_output
    most = top.max_completion_tokens
    if limit is not None and most is not None and limit[1] > most:
        message = f"={limit[1]}: of {subject.name}, the first provider writes at most {most} tokens. Ask for no more."
        yield subject.found("max_tokens_too_large", limit[0], message)
    context = subject.model.context_length or top.context_length
    if context is None or _is_compressed(subject, context):
        return
    prompt, output = asked.prompt_tokens, 0 if limit is None else limit[1]
    if prompt > context:
        message = (
            f": they have about {prompt} tokens, and {subject.name} has room for {context}. Shorten them, take a model "
            f"with more context, or use the plugin context-compression."
        )
        yield subject.found("context_too_small", _input(subject), message, is_sure=asked.least_tokens > context)
    elif limit is not None and prompt + output > context:
        message = (
            f"={output}: with about {prompt} tokens of input that is more than the {context} that {subject.name} has "
            f"room for. Ask for at most {context - prompt}, or take a model with more context."
        )
        is_sure = asked.least_tokens + output > context
        yield subject.found("context_too_small", limit[0], message, is_sure=is_sure)


def _input(subject: Subject) -> str:
    return "messages" if "messages" in subject.asked.body else "prompt"


def _is_compressed(subject: Subject, context: int) -> bool:
    """Whether the service shortens a prompt that is too long."""
    for plugin in items(subject.asked.option("plugins")):
        fields = mapping(plugin)
        if fields.get("id") == "context-compression":
            return fields.get("enabled") is not False
    return context <= _COMPRESSED or bool(items(subject.asked.option("transforms")))


def _limits(subject: Subject) -> Iterator[Finding]:
    limits, limit = subject.model.per_request_limits, subject.asked.most_output
    if limits is None:
        return
    if limits.prompt_tokens is not None and (prompt := subject.asked.prompt_tokens) > limits.prompt_tokens:
        message = (
            f": they have about {prompt} tokens, and one request to {subject.name} may have {limits.prompt_tokens}. "
            "Shorten them, or take another model."
        )
        is_sure = subject.asked.least_tokens > limits.prompt_tokens
        yield subject.found("request_limit_exceeded", _input(subject), message, is_sure=is_sure)
    if limits.completion_tokens is not None and limit is not None and limit[1] > limits.completion_tokens:
        message = (
            f"={limit[1]}: one request to {subject.name} may ask for {limits.completion_tokens} tokens. "
            "Ask for no more than that."
        )
        yield subject.found("request_limit_exceeded", limit[0], message)
