"""How many tokens a prompt has, before anyone has counted them.

Approximate, for want of the tokenizers: good for estimates, limits and budgets, no bill. With a `TokenCounter` of a
real tokenizer the text is counted exactly; what a provider adds around it stays an estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any, NamedTuple, Protocol

from ..core.arguments import refuse
from ..types.request_body import models_of
from .prompt_contents import Contents, contents_of
from .prompt_families import Family, family_of
from .text_tokens import text_tokens


class TokenCounter(Protocol):
    """What counts the tokens of a text, such as a real tokenizer. It is called from any thread."""

    def count(self, text: str, model: str | None) -> int:
        """Give how many tokens a text is for a model, as the request names it; `None` where it names none."""
        ...


class PromptTokens(NamedTuple):
    """How many tokens a prompt has."""

    expected: int
    """About."""
    most: int
    """At most: practically no tokenizer makes more of it. What the service puts into the prompt is reckoned too: the
    results of a web search, and of server tools as often as their `max_uses` lets them be called, or once."""


class ApproximateCounter:
    """Counts without a tokenizer: by scripts, words, digits, punctuation and white space."""

    def count(self, text: str, model: str | None = None) -> int:
        """Give about how many tokens a text is."""
        return round(text_tokens(text).expected * family_of(model).factor)


def count_prompt(body: Mapping[str, Any], counter: TokenCounter | None = None) -> PromptTokens:
    """Give how many tokens the prompt of a request has, by the body that is sent.

    Messages, tools, schemas and media are reckoned, and what the family of the model is known to add. What is expected
    is for the `model` of the request; `most` is for all that it names. Raises `InvalidArgumentError` for a counter that
    has no `count`.
    """
    if counter is not None and not callable(getattr(counter, "count", None)):
        refuse("counter", counter, "an object with a method count(text, model)")
    contents = contents_of(body)
    models: list[str | None] = [*models_of(body)]
    if counter is None:
        # Looked at once: the models differ in a factor alone.
        reckoned = _Texts(_reckoned(contents.texts), _reckoned(contents.declarations))
        counted = [_counted(contents, reckoned, name) for name in models or [None]]
    else:
        counted = [_counted(contents, _exact(contents, counter, name), name) for name in models or [None]]
    words = sum(len(text.split()) for text in contents.texts)
    return PromptTokens(counted[0].expected, max(words, *(count.most for count in counted)))


class _Tokens(NamedTuple):
    expected: float
    most: float
    is_exact: bool = False


class _Texts(NamedTuple):
    messages: _Tokens
    declarations: _Tokens


def _counted(contents: Contents, texts: _Texts, model: str | None) -> PromptTokens:
    family = family_of(model)
    text, tools = texts
    text_factor, tools_factor = (1, 1) if text.is_exact else (family.factor, family.tools_factor)
    added = _added(contents, family)
    hidden = family.hidden + (family.tools_more if contents.has_tools else 0)
    return PromptTokens(
        round(text_factor * text.expected + tools_factor * tools.expected + added + contents.expected),
        ceil(text.most + tools.most + added + contents.most) + hidden,
    )


def _exact(contents: Contents, counter: TokenCounter, model: str | None) -> _Texts:
    def count(texts: list[str]) -> _Tokens:
        tokens = sum(counter.count(text, model) for text in texts)
        return _Tokens(tokens, tokens, is_exact=True)

    return _Texts(count(contents.texts), count(contents.declarations))


def _reckoned(texts: list[str]) -> _Tokens:
    counts = [text_tokens(text) for text in texts]
    return _Tokens(sum(count.expected for count in counts), sum(count.most for count in counts))


def _added(contents: Contents, family: Family) -> int:
    tools = family.tools if contents.has_tools else 0
    reasoning = family.reasoning if contents.has_reasoning else 0
    return family.base + family.message * contents.messages + tools + reasoning
