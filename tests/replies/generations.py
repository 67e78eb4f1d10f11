"""Whole replies, made up at random, and the many ways in which providers send one of them in chunks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

TEXT = st.text(max_size=12)
WORDS = st.text(min_size=1, max_size=12)
SIGNATURES = st.text(alphabet="abcXYZ+/=0189", min_size=1, max_size=8)
FORMATS = st.sampled_from(
    [
        "unknown",
        "anthropic-claude-v1",
        "openai-responses-v1",
        "xai-responses-v1",
        "google-gemini-v1",
        None,
    ]
)
TOKENS = st.integers(min_value=0, max_value=10**6)


def told(fields: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is null: whole replies and streams differ in what they say nothing of."""
    return {name: value for name, value in fields.items() if value is not None}


# --- whole replies ----------------------------------------------------------------------------------------------------


@st.composite
def tool_calls(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Calls of functions; their indexes may begin at 1, have gaps, or not be there at all."""
    indexes = sorted(draw(st.sets(st.integers(min_value=0, max_value=6), min_size=1, max_size=3)))
    is_numbered = draw(st.booleans())
    return [
        {
            **({"index": index} if is_numbered else {}),
            "id": f"call_{index}",
            "type": "function",
            "function": {"name": draw(st.sampled_from(["f", "get_weather"])), "arguments": draw(TEXT)},
        }
        for index in indexes
    ]


@st.composite
def reasoning_details(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Reasoning in the forms of several providers, in the order in which it began."""
    details: list[dict[str, Any]] = []
    kinds = draw(st.lists(st.sampled_from(["text", "summary", "encrypted"]), min_size=1, max_size=3))
    are_alone = len(set(kinds)) == len(kinds)  # then one number may serve them all
    for position, kind in enumerate(kinds):
        detail: dict[str, Any] = {"type": f"reasoning.{kind}", "format": draw(FORMATS)}
        if kind != "encrypted" or draw(st.booleans()):
            detail["index"] = 0 if are_alone else position
        if draw(st.booleans()):
            detail["id"] = f"rs_{position}"
        detail[{"text": "text", "summary": "summary", "encrypted": "data"}[kind]] = draw(TEXT)
        if kind == "text" and draw(st.booleans()):
            detail["signature"] = draw(SIGNATURES)
        details.append(detail)
    return details


ANNOTATIONS = st.lists(
    st.fixed_dictionaries({"type": st.just("url_citation"), "url_citation": st.fixed_dictionaries({"url": WORDS})}),
    min_size=1,
    max_size=3,
)
IMAGES = st.lists(
    st.fixed_dictionaries({"type": st.just("image_url"), "image_url": st.fixed_dictionaries({"url": WORDS})}),
    min_size=1,
    max_size=3,
)
AUDIO = st.fixed_dictionaries({"id": WORDS, "data": WORDS, "transcript": WORDS, "expires_at": st.integers(1, 9)})
LOGPROBS = st.lists(st.fixed_dictionaries({"token": TEXT, "logprob": st.just(-0.5)}), min_size=1, max_size=4)
USAGE = st.fixed_dictionaries(
    {"prompt_tokens": TOKENS, "completion_tokens": TOKENS, "total_tokens": TOKENS, "cost": st.floats(0, 9)},
    optional={
        "is_byok": st.booleans(),
        "prompt_tokens_details": st.none() | st.fixed_dictionaries({"cached_tokens": TOKENS, "aura": TOKENS}),
        "cost_details": st.fixed_dictionaries({"upstream_inference_cost": st.none() | st.floats(0, 9)}),
    },
)


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    """A message with anything that a model can say."""
    message: dict[str, Any] = {"role": "assistant", "content": draw(TEXT)}
    parts: dict[str, Any] = {
        "reasoning": WORDS,
        "refusal": WORDS,
        "reasoning_details": reasoning_details(),
        "tool_calls": tool_calls(),
        "annotations": ANNOTATIONS,
        "images": IMAGES,
        "audio": AUDIO,
        "aura": st.just({"colour": ["blue", None]}),
    }
    message |= {name: draw(parts[name]) for name in parts if draw(st.booleans())}
    if not message["content"] and ("tool_calls" in message or "refusal" in message):
        message["content"] = None
    return message


@st.composite
def replies(draw: st.DrawFn) -> dict[str, Any]:
    """A whole reply of one choice, or of several."""
    reply: dict[str, Any] = {
        "id": "gen-1",
        "object": "chat.completion",
        "model": "acme/large",
        "provider": "Acme",
        "created": 1_765_226_419,
        "usage": draw(USAGE),
        "choices": [],
    }
    extras = {"system_fingerprint": "fp_1", "service_tier": "flex", "openrouter_metadata": {"a": [1]}, "aura": {"b": 2}}
    reply |= {name: value for name, value in extras.items() if draw(st.booleans())}
    for index in range(draw(st.integers(min_value=1, max_value=3))):
        reason = draw(st.sampled_from(["stop", "length", "tool_calls", "end_turn"]))
        choice = {"index": index, "finish_reason": reason, "native_finish_reason": reason.upper()}
        choice["message"] = draw(messages())
        if draw(st.booleans()):
            choice["logprobs"] = {"content": draw(LOGPROBS)}
        reply["choices"].append(choice)
    return reply


# --- chunks -----------------------------------------------------------------------------------------------------------


def pieces_of(draw: st.DrawFn, text: str) -> list[str]:
    """Cut a text in pieces, some of them empty."""
    edges = sorted(draw(st.lists(st.integers(min_value=0, max_value=len(text)), max_size=4)))
    return [text[start:end] for start, end in zip([0, *edges], [*edges, len(text)], strict=True)]


def call_pieces(draw: st.DrawFn, call: dict[str, Any]) -> list[dict[str, Any]]:
    """Send a call whole, or piece by piece with its id and name once, each time, or late."""
    function = call["function"]
    if draw(st.booleans()):
        return [call]
    index = {"index": call["index"]} if "index" in call else {}
    first, *rest = pieces_of(draw, function["arguments"])
    opening = {**call, "function": {"name": function["name"], "arguments": first}}
    if not first and draw(st.booleans()):
        del opening["function"]["arguments"]
    again = draw(st.sampled_from([{}, {"id": None}, {"id": ""}, {"id": call["id"]}, {"type": "function"}]))
    name = draw(st.sampled_from([{}, {"name": None}, {"name": ""}, {"name": function["name"]}]))
    return [opening, *({**index, **again, "function": {**name, "arguments": piece}} for piece in rest)]


def call_deltas(draw: st.DrawFn, calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Send calls one after the other, side by side where they are numbered, or several in one delta."""
    sent = [call_pieces(draw, call) for call in calls]
    if calls and "index" in calls[0] and draw(st.booleans()):
        openings = [pieces[0] for pieces in sent]
        return [{"tool_calls": openings}, *({"tool_calls": [piece]} for piece in mixed(draw, [p[1:] for p in sent]))]
    return [{"tool_calls": [piece]} for pieces in sent for piece in pieces]


def mixed(draw: st.DrawFn, queues: list[list[Any]]) -> list[Any]:
    """Mix queues, each of which keeps its order."""
    queues, taken = [list(queue) for queue in queues], []
    while any(queues):
        taken.append(draw(st.sampled_from([queue for queue in queues if queue])).pop(0))
    return taken


def detail_deltas(draw: st.DrawFn, detail: dict[str, Any]) -> list[dict[str, Any]]:
    """Send a detail of reasoning whole, or piece by piece with its signature in one of its own."""
    name = next(name for name in ("text", "summary", "data") if name in detail)
    if name == "data" or draw(st.booleans()):
        return [{"reasoning_details": [detail]}]
    late = {key: value for key, value in detail.items() if key == "signature"}
    rest = {key: value for key, value in detail.items() if key not in {name, "signature"}}
    deltas: list[dict[str, Any]] = [{**rest, name: piece} for piece in pieces_of(draw, detail[name])]
    if draw(st.booleans()):
        deltas[1:] = [{key: value for key, value in delta.items() if key != "id"} for delta in deltas[1:]]
    if draw(st.booleans()):
        deltas[1:] = [{**delta, "format": None} for delta in deltas[1:]]
    if late:
        at = draw(st.integers(min_value=1, max_value=len(deltas)))
        deltas.insert(at, {"type": rest["type"], "index": rest["index"], **late})
        deltas[at + 1 :] = [{**delta, "signature": None} for delta in deltas[at + 1 :]]
    return [{"reasoning_details": [delta]} for delta in deltas]


def audio_deltas(draw: st.DrawFn, audio: dict[str, Any]) -> list[dict[str, Any]]:
    """Send audio: its id first, its data and its transcript in pieces, its end last."""
    deltas: list[dict[str, Any]] = [{"id": audio["id"]}]
    for name in ("data", "transcript"):
        deltas += [{name: piece} for piece in pieces_of(draw, audio[name])]
    return [{"audio": delta} for delta in (*deltas, {"expires_at": audio["expires_at"]})]


def message_deltas(draw: st.DrawFn, message: dict[str, Any]) -> list[dict[str, Any]]:
    """Send a message, each of its parts in the way that this provider has, one after the other or mixed."""
    parts: list[list[dict[str, Any]]] = [
        [{name: piece} for piece in pieces_of(draw, message.get(name) or "")]
        for name in ("reasoning", "content", "refusal")
        if name in message
    ]
    parts.append([delta for detail in message.get("reasoning_details", ()) for delta in detail_deltas(draw, detail)])
    parts.append(call_deltas(draw, message.get("tool_calls", [])))
    for name in ("annotations", "images"):
        items = message.get(name, [])
        parts.append([{name: items}] if draw(st.booleans()) and items else [{name: [item]} for item in items])
    if "audio" in message:
        parts.append(audio_deltas(draw, message["audio"]))
    if "aura" in message:
        parts.append([{"aura": message["aura"]}])
    return mixed(draw, parts) if draw(st.booleans()) else [delta for part in parts for delta in part]


def choice_chunks(draw: st.DrawFn, choice: dict[str, Any]) -> list[dict[str, Any]]:
    """Send a choice: its deltas, and its finish reason once or twice."""
    filler = draw(st.sampled_from([{}, {"role": "assistant"}, {"role": None, "refusal": None, "tool_calls": None}]))
    beside = draw(st.sampled_from([{}, {"content": None}, {"reasoning": None, "reasoning_details": []}]))
    deltas = [
        {"role": "assistant"},
        *({**beside, **filler, **delta} for delta in message_deltas(draw, choice["message"])),
    ]
    index = {"index": choice["index"]}
    chunks: list[dict[str, Any]] = [{**index, "delta": delta, "finish_reason": None} for delta in deltas]
    tokens = choice.get("logprobs", {}).get("content", [])
    chunks += [{**index, "delta": {}, "logprobs": {"content": [token], "refusal": None}} for token in tokens]
    last = {**index, "finish_reason": choice["finish_reason"], "native_finish_reason": choice["native_finish_reason"]}
    chunks += [{**last, "delta": draw(st.sampled_from([{}, {"role": "assistant"}]))}] * draw(st.integers(1, 2))
    return chunks


@st.composite
def streamed_replies(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A whole reply, and chunks that make it."""
    reply = draw(replies())
    shared = {name: value for name, value in reply.items() if name not in {"choices", "usage", "object"}}
    once = {name: shared.pop(name) for name in ("openrouter_metadata", "aura") if name in shared}
    shared["object"] = "chat.completion.chunk"
    if draw(st.booleans()):
        shared["usage"] = {"prompt_tokens": 1, "total_tokens": 1}  # what it had taken by then
    choices = mixed(draw, [choice_chunks(draw, choice) for choice in reply["choices"]])
    chunks: list[dict[str, Any]] = [{**shared, "choices": [choice]} for choice in choices]
    if draw(st.booleans()):
        # the usage comes with the last choice, and all that is common in the first chunk alone
        chunks[1:] = [{"choices": chunk["choices"], "system_fingerprint": None} for chunk in chunks[1:]]
        chunks[-1] |= {**once, "usage": reply["usage"]}
    else:
        chunks.append({**shared, **once, "choices": [], "usage": reply["usage"]})
    return reply, chunks


def sent_in_pieces(draw: st.DrawFn, body: bytes) -> list[bytes]:
    """Cut the bytes of a body anywhere."""
    edges = sorted(draw(st.lists(st.integers(min_value=0, max_value=len(body)), max_size=12)))
    return [body[start:end] for start, end in zip([0, *edges], [*edges, len(body)], strict=True)]


def without_nulls(value: Any) -> Any:
    """Leave out what is null at any depth."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in told(value).items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [without_nulls(item) for item in value]
    return value
