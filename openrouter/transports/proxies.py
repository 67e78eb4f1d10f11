"""Which proxy requests go through: the setting's, or one that a variable of the environment names."""

from __future__ import annotations

from typing import NamedTuple

from ..core.secret import SecretText
from ..core.variables import Variables
from ..outgoing import origin_of
from ..setting_rules import is_loopback
from ..settings import Settings


class Proxy(NamedTuple):
    """An address, and who asked for it."""

    address: SecretText
    source: str
    """An argument, or a variable of the environment."""


def proxy_for(settings: Settings, environ: Variables) -> Proxy | None:
    """Give the proxy that requests go through, if any."""
    if settings.proxy:
        return Proxy(SecretText(settings.proxy), "proxy=")
    origin = origin_of(settings.base_url)
    if not settings.trust_env or is_loopback(origin.host):
        return None
    found = _from_variables(origin.scheme, environ)
    # the function wants the port along, so that a variable can except it
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return None if found is None or _is_excepted(f"{host}:{origin.port}") else found


def _from_variables(scheme: str, environ: Variables) -> Proxy | None:
    """Look the proxy up as httpx does: lower case wins, even if it is empty."""
    for name in (f"{scheme}_proxy", "all_proxy"):
        source = name if name in environ else name.upper()
        if address := environ.text(source):
            return Proxy(SecretText(address), source)
    return None


def _is_excepted(host: str) -> bool:
    from urllib.request import proxy_bypass  # noqa: PLC0415 - it takes as long to import as all of our types

    return bool(proxy_bypass(host))
