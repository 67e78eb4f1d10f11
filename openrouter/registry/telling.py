"""The logger of the registry."""

from __future__ import annotations

import logging
from typing import Final

logger: Final = logging.getLogger("openrouter.registry")
