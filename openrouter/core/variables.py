"""Variables of an environment, which hold keys and are therefore never in a local where something can fail."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from .errors import ConfigurationError
from .secret import Secret, SecretText

_REFERENCE: Final = r"\$\{(\w+)\}"


class Variables:
    """The variables of the process, or of a mapping given for it. Its repr shows none."""

    __slots__ = ("_environ",)

    def __init__(self, environ: Mapping[str, str] | None) -> None:
        self._environ = os.environ if environ is None else environ

    def __contains__(self, name: str) -> bool:
        return name in self._environ

    def text(self, name: str) -> str:
        """Give the text of a variable without the white space around it, empty where it is not set."""
        return self._environ.get(name, "").strip()

    def expand(self, value: Any) -> Any:
        """Put variables in the place of `${NAME}`, at any depth; raise `ConfigurationError` for a missing one."""
        if isinstance(value, Secret):
            return Secret(self._filled(SecretText(value.reveal())))
        if isinstance(value, SecretText):
            return SecretText(self._filled(value))
        if isinstance(value, Mapping):
            return {name: self.expand(item) for name, item in cast("Mapping[str, Any]", value).items()}
        return self._filled(value) if isinstance(value, str) else value

    def _filled(self, text: str) -> str:
        return re.sub(_REFERENCE, self._value, text)

    def _value(self, reference: re.Match[str]) -> str:
        if reference[1] not in self:
            message = f"The settings name ${{{reference[1]}}}, but there is no such variable in the environment."
            raise ConfigurationError(message)
        return self._environ[reference[1]]
