"""A small, fast client for the OpenRouter API.

Start with `SyncClient` or `AsyncClient`. Every error is an `OpenRouterError`; its module shows them as a tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import aio as aio
    from .api.chat import Chat as Chat
    from .api.models import Models as Models
    from .client import AsyncClient as AsyncClient, SyncClient as SyncClient
    from .core.errors import (
        APIConnectionError as APIConnectionError,
        APIStatusError as APIStatusError,
        APITimeoutError as APITimeoutError,
        AuthenticationError as AuthenticationError,
        BadRequestError as BadRequestError,
        BatchInterruptedError as BatchInterruptedError,
        BudgetExceededError as BudgetExceededError,
        BusyStreamError as BusyStreamError,
        CircuitOpenError as CircuitOpenError,
        ClosedClientError as ClosedClientError,
        ClosedStreamError as ClosedStreamError,
        ConfigurationError as ConfigurationError,
        ConflictError as ConflictError,
        ContextLengthExceededError as ContextLengthExceededError,
        GuardrailError as GuardrailError,
        InvalidArgumentError as InvalidArgumentError,
        InvalidOutputError as InvalidOutputError,
        ModelUnavailableError as ModelUnavailableError,
        ModerationError as ModerationError,
        NotFoundError as NotFoundError,
        OpenRouterError as OpenRouterError,
        OutputError as OutputError,
        PayloadTooLargeError as PayloadTooLargeError,
        PaymentRequiredError as PaymentRequiredError,
        PermissionDeniedError as PermissionDeniedError,
        ProviderError as ProviderError,
        RateLimitError as RateLimitError,
        RefusedOutputError as RefusedOutputError,
        ResponseError as ResponseError,
        ServerError as ServerError,
        StreamInterruptedError as StreamInterruptedError,
        TruncatedOutputError as TruncatedOutputError,
        UnprocessableEntityError as UnprocessableEntityError,
    )
    from .core.secret import Secret as Secret
    from .core.version import __version__ as __version__
    from .core.wire import (
        Call as Call,
        Headers as Headers,
        HTTPInfo as HTTPInfo,
        Moment as Moment,
        Reader as Reader,
        Reply as Reply,
        Request as Request,
        StreamCall as StreamCall,
        Unset as Unset,
    )
    from .oneoff import complete as complete, complete_many as complete_many, generate_text as generate_text
    from .policy import (
        CircuitBreaker as CircuitBreaker,
        Ledger as Ledger,
        Percentiles as Percentiles,
        Policy as Policy,
        RateLimit as RateLimit,
        Retry as Retry,
        Totals as Totals,
    )
    from .settings import Settings as Settings, SettingsOptions as SettingsOptions
    from .streams import AsyncStream as AsyncStream, Stream as Stream
    from .transports import AsyncHTTPClient as AsyncHTTPClient, HTTPClient as HTTPClient
    from .types.chat import (
        Choice as Choice,
        Completion as Completion,
        CompletionTokensDetails as CompletionTokensDetails,
        CostDetails as CostDetails,
        Function as Function,
        Message as Message,
        PromptTokensDetails as PromptTokensDetails,
        ToolCall as ToolCall,
        Usage as Usage,
    )
    from .types.chat_options import ChatOptions as ChatOptions
    from .types.chunks import (
        Chunk as Chunk,
        ChunkChoice as ChunkChoice,
        Delta as Delta,
        FunctionDelta as FunctionDelta,
        ToolCallDelta as ToolCallDelta,
    )
    from .types.messages import MessageLike as MessageLike, Messages as Messages
    from .types.model_options import ModelListOptions as ModelListOptions
    from .types.models import (
        AliasTarget as AliasTarget,
        Architecture as Architecture,
        ArtificialAnalysis as ArtificialAnalysis,
        Benchmarks as Benchmarks,
        DesignArena as DesignArena,
        Model as Model,
        ModelReasoning as ModelReasoning,
        PerRequestLimits as PerRequestLimits,
        TopProvider as TopProvider,
    )
    from .types.options import RequestOptions as RequestOptions
    from .types.outcome import Outcome as Outcome
    from .types.pricing import Pricing as Pricing, PricingOverride as PricingOverride
else:
    from .core.lazily import offer

    __getattr__, __dir__, __all__ = offer(
        __name__,
        {
            "aio": ("aio",),
            "api.chat": ("Chat",),
            "api.models": ("Models",),
            "client": ("AsyncClient", "SyncClient"),
            "core.errors": (
                "APIConnectionError",
                "APIStatusError",
                "APITimeoutError",
                "AuthenticationError",
                "BadRequestError",
                "BatchInterruptedError",
                "BudgetExceededError",
                "BusyStreamError",
                "CircuitOpenError",
                "ClosedClientError",
                "ClosedStreamError",
                "ConfigurationError",
                "ConflictError",
                "ContextLengthExceededError",
                "GuardrailError",
                "InvalidArgumentError",
                "InvalidOutputError",
                "ModelUnavailableError",
                "ModerationError",
                "NotFoundError",
                "OpenRouterError",
                "OutputError",
                "PayloadTooLargeError",
                "PaymentRequiredError",
                "PermissionDeniedError",
                "ProviderError",
                "RateLimitError",
                "RefusedOutputError",
                "ResponseError",
                "ServerError",
                "StreamInterruptedError",
                "TruncatedOutputError",
                "UnprocessableEntityError",
            ),
            "core.secret": ("Secret",),
            "core.version": ("__version__",),
            "core.wire": ("Call", "HTTPInfo", "Headers", "Moment", "Reader", "Reply", "Request", "StreamCall", "Unset"),
            "oneoff": ("complete", "complete_many", "generate_text"),
            "policy": ("CircuitBreaker", "Ledger", "Percentiles", "Policy", "RateLimit", "Retry", "Totals"),
            "settings": ("Settings", "SettingsOptions"),
            "streams": ("AsyncStream", "Stream"),
            "transports": ("AsyncHTTPClient", "HTTPClient"),
            "types.chat": (
                "Choice",
                "Completion",
                "CompletionTokensDetails",
                "CostDetails",
                "Function",
                "Message",
                "PromptTokensDetails",
                "ToolCall",
                "Usage",
            ),
            "types.chat_options": ("ChatOptions",),
            "types.chunks": ("Chunk", "ChunkChoice", "Delta", "FunctionDelta", "ToolCallDelta"),
            "types.messages": ("MessageLike", "Messages"),
            "types.model_options": ("ModelListOptions",),
            "types.models": (
                "AliasTarget",
                "Architecture",
                "ArtificialAnalysis",
                "Benchmarks",
                "DesignArena",
                "Model",
                "ModelReasoning",
                "PerRequestLimits",
                "TopProvider",
            ),
            "types.options": ("RequestOptions",),
            "types.outcome": ("Outcome",),
            "types.pricing": ("Pricing", "PricingOverride"),
        },
    )
