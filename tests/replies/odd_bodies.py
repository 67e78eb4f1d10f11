"""Bodies of requests with anything where something is looked for."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

FIELDS = st.sampled_from(
    [
        *(
            "type",
            "text",
            "content",
            "role",
            "image_url",
            "input_audio",
            "video_url",
            "file",
            "url",
            "data",
            "function",
        ),
        *("parameters", "engine", "mode", "max_uses", "max_results", "id", "pdf", "file_data", "cache_control", "ttl"),
        *("max_price", "prompt", "completion", "detail", "reasoning_details", "json_schema"),
    ]
)
VALUES = st.sampled_from(
    [
        "image_url",
        "data:,",
        "web",
        "native",
        "exa",
        "file-parser",
        "openrouter:web_search",
        "web_search",
        "1h",
        "a/b",
        -1,
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [
        *("messages", "tools", "plugins", "model", "models", "response_format", "reasoning", "input", "provider", "n"),
        *("modalities", "max_tokens", "web_search_options", "cache_control"),
    ]
)


def odd_bodies() -> st.SearchStrategy[dict[str, Any]]:
    """Give bodies in which nothing is as it should be, or nearly everything."""
    lists = st.lists(st.dictionaries(FIELDS, JSON, max_size=4), max_size=3)
    return st.dictionaries(NAMES, JSON | lists, max_size=5)
