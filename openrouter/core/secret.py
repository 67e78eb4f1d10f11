"""A key that nobody sees by accident."""

from __future__ import annotations

from hashlib import sha256
from typing import final


@final
class Secret:
    """Text that no repr, log record, or traceback shows; only `reveal` gives it out."""

    __slots__ = ("_text", "fingerprint")

    def __init__(self, text: str) -> None:
        self._text = text
        self.fingerprint = sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]
        """Tells keys apart without telling what they are."""

    def reveal(self) -> str:
        """Give the text itself."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({self.fingerprint})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return Secret, (self._text,)
