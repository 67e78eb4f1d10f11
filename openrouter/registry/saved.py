"""The list of models as a file, so that a short program starts with it.

Neither function raises because of the file: a list that cannot be kept, or read, is loaded from the service. Both wait
for a disk, so flows call them by the effect `Invoke`.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ..core.error_base import LONGEST_NAME, one_line
from ..core.json import as_list, as_object, decode_json, encode_json
from ..core.structuring import structurer
from ..types.models import Model
from .catalogue import Catalogue
from .telling import logger

FORMAT: Final = 1
"""What the file says that it is; another number is that of another version of this package."""
LONGEST_AGE: Final = 7 * 86_400.0
"""Seconds after which a list is of no use any more, not even where the service cannot be reached."""
LARGEST: Final = 2**25
"""Bytes; a list of a thousand models has two million."""
_AHEAD: Final = 300.0
"""Seconds that clocks may differ by; a file from further in the future has a wrong time."""


def read_saved(path: str | os.PathLike[str], base_url: str, utc: float) -> Catalogue | None:
    """Give the list that was saved for a base URL; `utc` is now, in seconds since 1970.

    A file that is not there is `None` without a word. One that is damaged, no list of ours, one of another base URL, or
    older than a week, is so too, and the log says why.
    """
    try:
        found = _read(Path(path).expanduser(), base_url, utc)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, OverflowError, RuntimeError) as error:
        logger.warning("The list of models in %s is not used: %s", path, one_line(str(error), LONGEST_NAME))
        return None
    logger.debug("%d models were read from %s", len(found), path)
    return found


def _read(path: Path, base_url: str, utc: float) -> Catalogue:
    if not stat.S_ISREG(path.stat().st_mode):
        # To open a pipe waits until someone writes into it.
        raise ValueError("it is no file.")
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"it has more than {LARGEST} bytes.")
    kept = as_object(decode_json(content))
    if kept.get("openrouter_models") != FORMAT:
        raise ValueError("it is no list that this version wrote.")
    if kept.get("base_url") != base_url:
        raise ValueError(f"it is a list of {kept.get('base_url')!r}.")
    saved_at = datetime.fromisoformat(str(kept.get("saved_at"))).timestamp()
    if not -_AHEAD <= utc - saved_at <= LONGEST_AGE:
        raise ValueError(f"it was saved at {kept.get('saved_at')}.")
    structure = structurer(Model)
    models = (structure(as_object(model)) for model in as_list(kept.get("models")))
    catalogue = Catalogue(models, loaded_at=saved_at)
    if not catalogue:
        raise ValueError("it is empty.")
    return catalogue


def write_saved(path: str | os.PathLike[str], base_url: str, catalogue: Catalogue) -> None:
    """Save a list: in full, or not at all. A directory that is missing is made.

    The file is for the owner alone, since who can change it can change what a budget takes for the price of a model. It
    holds no key. Where it cannot be written, the log says why.
    """
    content: dict[str, Any] = {
        "openrouter_models": FORMAT,
        "base_url": base_url,
        "saved_at": datetime.fromtimestamp(catalogue.loaded_at, UTC).isoformat(),
        "models": [model.raw for model in catalogue],
    }
    try:
        _replace(Path(path).expanduser().resolve(), encode_json(content))
    except (OSError, ValueError, RuntimeError) as error:
        logger.warning("The list of models could not be saved in %s: %s", path, error)


def _replace(path: Path, content: bytes) -> None:
    """Write beside it, and put that in its place: who reads meanwhile has the old or the new, and no half of either."""
    from tempfile import NamedTemporaryFile  # noqa: PLC0415 - it takes long to import, for one file an hour

    if path.exists() and not path.is_file():
        raise ValueError("it is no file.")  # nor may it become one: /dev/null is there for others too
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as beside:
        try:
            beside.write(content)
            beside.close()
            Path(beside.name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(beside.name).unlink()
            raise
