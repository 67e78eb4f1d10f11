"""Short reprs: only what somebody chose."""

from __future__ import annotations

import attrs


def shown(settings: attrs.AttrsInstance) -> str:
    """Show an object of settings as the call that makes it, without what has its default."""
    cls = type(settings)
    usual = cls()
    chosen = [
        f"{known.name}={value!r}"
        for known in attrs.fields(cls)
        if known.init and known.repr and (value := getattr(settings, known.name)) != getattr(usual, known.name)
    ]
    return f"{cls.__name__}({', '.join(chosen)})"
