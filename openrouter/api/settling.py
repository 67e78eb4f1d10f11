"""Bills that come later: what calls cost that were left before their end, asked of their records.

Facts of the API pages "Get request & usage metadata for a generation" and "Streaming": a generation that was cut short
is billed for what the provider had made by then, and its record is found only some time after it has ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ..core.arguments import number
from ..core.errors import NotFoundError, OpenRouterError
from ..effects import Flow, Gather, Here, Now, Sleep
from ..policy.rows import exact_context
from ..policy.totals import NOTHING, counted
from ..types.chat import CompletionTokensDetails, PromptTokensDetails, Usage
from ..types.cost import dollars
from .generations import FIRST_PAUSE, LONGEST_PAUSE, Generations

if TYPE_CHECKING:
    from ..policy import Ledger
    from ..policy.unsettled import Unsettled
    from ..types.generations import Generation

WAIT: Final = 30.0
"""Seconds for records to appear."""
SIDE_BY_SIDE: Final = 8
LEAST_TIME: Final = 5.0
"""Seconds that each request for a record has, also where less is left of the wait."""
_WAIT: Final = number(0, 1e6)


class Fate(Enum):
    """What came of a call that is not settled by us."""

    MISSING = "no record yet"
    UNPRICED = "a record without a cost"
    TAKEN = "settled by somebody else meanwhile"


@frozen
class Settled:
    """A call whose cost is known now."""

    unsettled: Unsettled
    cost: Decimal
    """USD that the account was charged."""


@frozen
class Failed:
    """A call whose record could not be had."""

    unsettled: Unsettled
    error: OpenRouterError


@frozen(kw_only=True)
class Settlement:
    """What came of asking for the bills of calls that were left before their end."""

    settled: tuple[Settled, ...] = ()
    """They stand in the ledger now, and in the scopes and the budget that they belong to."""
    pending: tuple[Unsettled, ...] = ()
    """Their record is not there yet, could not be had, or is that of another key: they stay unsettled."""
    uncertain: tuple[Unsettled, ...] = ()
    """Nobody can say what they cost: they have no generation id, or their record names no cost."""
    failed: tuple[Failed, ...] = ()
    """Those of the `pending` whose record could not be had, and why."""
    cost: Decimal = NOTHING
    """USD of all that were settled, exact."""

    def __str__(self) -> str:
        settled = f"{counted(len(self.settled), 'call')} settled for {dollars(self.cost)}"
        return f"{settled}, {len(self.pending)} pending, {len(self.uncertain)} uncertain"


def settle_flow(*, wait: float = WAIT) -> Flow[Settlement]:
    """Ask for the records of all unsettled calls of this client's key, and book what they cost.

    A record that is not there yet is asked for again, for `wait` seconds in all; 0 asks once. Raises
    `InvalidArgumentError` for a `wait` below 0. An error of one call spoils no other: it is in `Settlement.failed`.
    """
    _WAIT("wait", wait)
    here = yield from Here()
    ledger, key = here.policy.ledger, here.settings.key().fingerprint
    ends_at, pause = (yield from Now()).monotonic + wait, FIRST_PAUSE
    unsettled: Sequence[Unsettled] = ledger.unsettled
    missing: Sequence[Unsettled] = [one for one in unsettled if one.generation_id is not None and one.key == key]
    fates: dict[Unsettled, Settled | Failed | Fate] = {}
    left = wait
    while missing:
        seconds = max(left, LEAST_TIME)
        found: Sequence[Settled | Failed | Fate] = yield from Gather(
            (_settle(ledger, one, seconds) for one in missing), SIDE_BY_SIDE
        )
        fates.update(zip(missing, found, strict=True))
        left = ends_at - (yield from Now()).monotonic
        if left <= 0:
            break
        missing = [one for one, fate in fates.items() if fate is Fate.MISSING]
        if missing:
            yield from Sleep(min(pause, left))
            pause = min(2 * pause, LONGEST_PAUSE)
    return _summary(unsettled, fates)


def _settle(ledger: Ledger, unsettled: Unsettled, seconds: float) -> Flow[Settled | Failed | Fate]:
    """Ask for one record, and book its cost at once: whatever happens to the others, that is done."""
    try:
        record = yield from Generations.get(unsettled.generation_id or "", deadline=seconds)
    except NotFoundError:
        return Fate.MISSING
    except OpenRouterError as error:
        return Failed(unsettled, error)
    cost = record.total_cost
    if cost is None:
        return Fate.UNPRICED
    upstream = (record.upstream_inference_cost if record.is_byok else None) or NOTHING
    if ledger.settle(unsettled, cost, _usage_of(record), provider=record.provider_name, upstream=upstream):
        return Settled(unsettled, cost)
    return Fate.TAKEN


def _usage_of(record: Generation) -> Usage:
    """Give the tokens of a record as a reply would have told them: those of the model's own tokenizer are billed."""
    prompt, output = record.native_tokens_prompt, record.native_tokens_completion
    return Usage(
        prompt_tokens=(record.tokens_prompt if prompt is None else prompt) or 0,
        completion_tokens=(record.tokens_completion if output is None else output) or 0,
        prompt_tokens_details=PromptTokensDetails(cached_tokens=record.native_tokens_cached or 0),
        completion_tokens_details=CompletionTokensDetails(reasoning_tokens=record.native_tokens_reasoning or 0),
    )


def _summary(unsettled: Sequence[Unsettled], fates: Mapping[Unsettled, Settled | Failed | Fate]) -> Settlement:
    settled = [fate for fate in fates.values() if isinstance(fate, Settled)]
    failed = [fate for fate in fates.values() if isinstance(fate, Failed)]
    uncertain = [one for one in unsettled if one.generation_id is None or fates.get(one) is Fate.UNPRICED]
    done = {one.unsettled for one in settled}.union(uncertain, (one for one in fates if fates[one] is Fate.TAKEN))
    exact, cost = exact_context(), NOTHING
    for one in settled:
        cost = exact.add(cost, one.cost)
    return Settlement(
        settled=tuple(settled),
        pending=tuple(one for one in unsettled if one not in done),
        uncertain=tuple(uncertain),
        failed=tuple(failed),
        cost=cost,
    )
