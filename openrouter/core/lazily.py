"""Names of a package that are imported when they are first asked for, so that importing it costs next to nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import NamedTuple


class Offer(NamedTuple):
    """What a package needs to offer its names: assign the fields to what they are called."""

    getattr: Callable[[str], object]
    """Becomes `__getattr__`, which Python asks for names that are not there yet."""
    dir: Callable[[], list[str]]
    all: list[str]


def offer(package: str, names: Mapping[str, tuple[str, ...]]) -> Offer:
    """Offer names of a package, given by the modules in it that hold them; a module may offer itself."""
    homes = {name: home for home, held in names.items() for name in held}
    present = vars(sys.modules[package])

    def find(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = import_module(f"{package}.{homes[name]}")
        present[name] = home if name == homes[name] else getattr(home, name)
        return present[name]

    def names_of_ours() -> list[str]:
        # not what the package itself imports
        return sorted({*homes, *(name for name in present if name.startswith("__"))})

    return Offer(find, names_of_ours, sorted(homes))
