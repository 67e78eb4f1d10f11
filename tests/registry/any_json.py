"""JSON of any shape where the service, or a caller, should have said something sensible."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from tests.models_350 import made

ANY_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "json_schema", "file", "none", "0"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("type", "content", "file", "file_data", "id", "pdf", "effort", "enabled", "role", "prompt"),
                    *("completion", "overrides", "input_modalities", "output_modalities", "modality", "slug"),
                ]
            ),
            inner,
        )
    ),
    max_leaves=8,
)

ENTRY: Final = st.dictionaries(st.sampled_from([*made("a/b"), "reasoning", "alias_target"]), ANY_JSON)
"""An entry of the list of models."""
