"""A small, fast client for the OpenRouter API.

Start with `SyncClient` or `AsyncClient`. Every error is an `OpenRouterError`; its module shows them as a tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import aio as aio, messages as messages, plugins as plugins, server_tools as server_tools
    from .api.chat import (
        Chat as Chat,
    )
    from .api.models import (
        Models as Models,
    )
    from .api.objects import (
        ObjectMode as ObjectMode,
        Objects as Objects,
    )
    from .api.tool_runs import (
        ToolRuns as ToolRuns,
    )
    from .client import (
        AsyncClient as AsyncClient,
        SyncClient as SyncClient,
    )
    from .conversation import (
        Conversation as Conversation,
    )
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
    from .core.secret import (
        Secret as Secret,
    )
    from .core.validating import (
        Flaw as Flaw,
    )
    from .core.version import (
        __version__ as __version__,
    )
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
    from .flow_streams import (
        AsyncFlowStream as AsyncFlowStream,
        FlowStream as FlowStream,
    )
    from .oneoff import (
        complete as complete,
        complete_many as complete_many,
        generate_text as generate_text,
    )
    from .policy import (
        CircuitBreaker as CircuitBreaker,
        Ledger as Ledger,
        Percentiles as Percentiles,
        Policy as Policy,
        RateLimit as RateLimit,
        Retry as Retry,
        Totals as Totals,
    )
    from .replies.jsontext import (
        extract_json as extract_json,
    )
    from .settings import (
        Settings as Settings,
        SettingsOptions as SettingsOptions,
    )
    from .streams import (
        AsyncStream as AsyncStream,
        Stream as Stream,
    )
    from .tools import (
        Tool as Tool,
        ToolRun as ToolRun,
        tool as tool,
    )
    from .transports import (
        AsyncHTTPClient as AsyncHTTPClient,
        HTTPClient as HTTPClient,
    )
    from .types.caching_options import (
        CacheControl as CacheControl,
        PromptCacheOptions as PromptCacheOptions,
    )
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
    from .types.chat_options import (
        ChatOptions as ChatOptions,
        TurnOptions as TurnOptions,
    )
    from .types.chunks import (
        Chunk as Chunk,
        ChunkChoice as ChunkChoice,
        Delta as Delta,
        FunctionDelta as FunctionDelta,
        ToolCallDelta as ToolCallDelta,
    )
    from .types.format_options import (
        GrammarFormat as GrammarFormat,
        JSONObjectFormat as JSONObjectFormat,
        JSONSchema as JSONSchema,
        JSONSchemaFormat as JSONSchemaFormat,
        PythonFormat as PythonFormat,
        ResponseFormat as ResponseFormat,
        TextFormat as TextFormat,
    )
    from .types.messages import (
        MessageLike as MessageLike,
        Messages as Messages,
    )
    from .types.model_options import (
        ModelListOptions as ModelListOptions,
    )
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
    from .types.options import (
        RequestOptions as RequestOptions,
    )
    from .types.outcome import (
        Outcome as Outcome,
    )
    from .types.output_options import (
        AudioOptions as AudioOptions,
        Prediction as Prediction,
    )
    from .types.pricing import (
        Pricing as Pricing,
        PricingOverride as PricingOverride,
    )
    from .types.provider_options import (
        MaxPrice as MaxPrice,
        PercentileCutoffs as PercentileCutoffs,
        Provider as Provider,
        ProviderSort as ProviderSort,
    )
    from .types.reasoning_options import (
        Reasoning as Reasoning,
    )
    from .types.response_cache import (
        ResponseCache as ResponseCache,
    )
    from .types.router_metadata import (
        PipelineStage as PipelineStage,
        RouterAttempt as RouterAttempt,
        RouterEndpoint as RouterEndpoint,
        RouterEndpoints as RouterEndpoints,
        RouterMetadata as RouterMetadata,
        RouterParams as RouterParams,
    )
    from .types.search_options import (
        UserLocation as UserLocation,
        WebSearchOptions as WebSearchOptions,
        XSearchFilter as XSearchFilter,
    )
    from .types.tool_options import (
        DeferredTools as DeferredTools,
        FinishReasonIs as FinishReasonIs,
        FunctionChoice as FunctionChoice,
        FunctionDefinition as FunctionDefinition,
        FunctionName as FunctionName,
        FunctionTool as FunctionTool,
        HasToolCall as HasToolCall,
        MaxCost as MaxCost,
        MaxTokensUsed as MaxTokensUsed,
        ServerTool as ServerTool,
        ServerToolChoice as ServerToolChoice,
        StepCountIs as StepCountIs,
        StopServerToolsWhen as StopServerToolsWhen,
        ToolChoice as ToolChoice,
    )
    from .types.trace_options import (
        Debug as Debug,
        Trace as Trace,
    )
else:
    from .core.lazily import offer

    __getattr__, __dir__, __all__ = offer(
        __name__,
        {
            "aio": ("aio",),
            "api.chat": ("Chat",),
            "api.models": ("Models",),
            "api.objects": ("ObjectMode", "Objects"),
            "api.tool_runs": ("ToolRuns",),
            "client": ("AsyncClient", "SyncClient"),
            "conversation": ("Conversation",),
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
            "core.validating": ("Flaw",),
            "core.version": ("__version__",),
            "core.wire": ("Call", "HTTPInfo", "Headers", "Moment", "Reader", "Reply", "Request", "StreamCall", "Unset"),
            "flow_streams": ("AsyncFlowStream", "FlowStream"),
            "messages": ("messages",),
            "oneoff": ("complete", "complete_many", "generate_text"),
            "plugins": ("plugins",),
            "policy": ("CircuitBreaker", "Ledger", "Percentiles", "Policy", "RateLimit", "Retry", "Totals"),
            "replies.jsontext": ("extract_json",),
            "server_tools": ("server_tools",),
            "settings": ("Settings", "SettingsOptions"),
            "streams": ("AsyncStream", "Stream"),
            "tools": ("Tool", "ToolRun", "tool"),
            "transports": ("AsyncHTTPClient", "HTTPClient"),
            "types.caching_options": ("CacheControl", "PromptCacheOptions"),
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
            "types.chat_options": ("ChatOptions", "TurnOptions"),
            "types.chunks": ("Chunk", "ChunkChoice", "Delta", "FunctionDelta", "ToolCallDelta"),
            "types.format_options": (
                "GrammarFormat",
                "JSONObjectFormat",
                "JSONSchema",
                "JSONSchemaFormat",
                "PythonFormat",
                "ResponseFormat",
                "TextFormat",
            ),
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
            "types.output_options": ("AudioOptions", "Prediction"),
            "types.pricing": ("Pricing", "PricingOverride"),
            "types.provider_options": ("MaxPrice", "PercentileCutoffs", "Provider", "ProviderSort"),
            "types.reasoning_options": ("Reasoning",),
            "types.response_cache": ("ResponseCache",),
            "types.router_metadata": (
                "PipelineStage",
                "RouterAttempt",
                "RouterEndpoint",
                "RouterEndpoints",
                "RouterMetadata",
                "RouterParams",
            ),
            "types.search_options": ("UserLocation", "WebSearchOptions", "XSearchFilter"),
            "types.tool_options": (
                "DeferredTools",
                "FinishReasonIs",
                "FunctionChoice",
                "FunctionDefinition",
                "FunctionName",
                "FunctionTool",
                "HasToolCall",
                "MaxCost",
                "MaxTokensUsed",
                "ServerTool",
                "ServerToolChoice",
                "StepCountIs",
                "StopServerToolsWhen",
                "ToolChoice",
            ),
            "types.trace_options": ("Debug", "Trace"),
        },
    )
