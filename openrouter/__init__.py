"""A small, fast client for the OpenRouter API.

Start with `SyncClient` or `AsyncClient`. Every error is an `OpenRouterError`; its module shows them as a tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import aio as aio, messages as messages, plugins as plugins, routing as routing, server_tools as server_tools
    from .api.chat import (
        Chat as Chat,
    )
    from .api.credits import (
        AccountCredits as AccountCredits,
    )
    from .api.endpoints import (
        Endpoints as Endpoints,
    )
    from .api.generations import (
        Generations as Generations,
    )
    from .api.keys import (
        Keys as Keys,
    )
    from .api.model_health import (
        ModelHealth as ModelHealth,
    )
    from .api.models import (
        Models as Models,
    )
    from .api.money import (
        Money as Money,
    )
    from .api.objects import (
        ObjectMode as ObjectMode,
        Objects as Objects,
    )
    from .api.providers import (
        Providers as Providers,
    )
    from .api.registry import (
        ModelRegistry as ModelRegistry,
    )
    from .api.settling import (
        Failed as Failed,
        Settled as Settled,
        Settlement as Settlement,
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
    from .policy.budget import (
        Budget as Budget,
    )
    from .policy.health import (
        PolicyHealth as PolicyHealth,
    )
    from .policy.ledger_scope import (
        LedgerScope as LedgerScope,
    )
    from .policy.unsettled import (
        Uncertain as Uncertain,
        Unsettled as Unsettled,
    )
    from .registry.capabilities import (
        Capability as Capability,
        capabilities_of as capabilities_of,
    )
    from .registry.finding import (
        FindOptions as FindOptions,
    )
    from .registry.findings import (
        Finding as Finding,
        FindingKind as FindingKind,
    )
    from .replies.counting import (
        ApproximateCounter as ApproximateCounter,
        PromptTokens as PromptTokens,
        TokenCounter as TokenCounter,
    )
    from .replies.jsontext import (
        extract_json as extract_json,
    )
    from .routing import (
        KnownModel as KnownModel,
        Variant as Variant,
        apply_variant as apply_variant,
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
    from .types.cost import (
        Cost as Cost,
        Estimate as Estimate,
        Quote as Quote,
    )
    from .types.credits import (
        Credits as Credits,
    )
    from .types.endpoints import (
        Endpoint as Endpoint,
        EndpointPercentiles as EndpointPercentiles,
        ModelEndpoints as ModelEndpoints,
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
    from .types.generations import (
        EarlierFailure as EarlierFailure,
        Generation as Generation,
        GenerationContent as GenerationContent,
        GenerationFailure as GenerationFailure,
        GenerationInput as GenerationInput,
        GenerationOutput as GenerationOutput,
        ProviderResponse as ProviderResponse,
    )
    from .types.keys import (
        KeyInfo as KeyInfo,
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
    from .types.providers import (
        ProviderInfo as ProviderInfo,
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
    from .types.slugs import (
        Slug as Slug,
        parse_slug as parse_slug,
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
            "api.credits": ("AccountCredits",),
            "api.endpoints": ("Endpoints",),
            "api.generations": ("Generations",),
            "api.keys": ("Keys",),
            "api.model_health": ("ModelHealth",),
            "api.models": ("Models",),
            "api.money": ("Money",),
            "api.objects": ("ObjectMode", "Objects"),
            "api.providers": ("Providers",),
            "api.registry": ("ModelRegistry",),
            "api.settling": ("Failed", "Settled", "Settlement"),
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
            "policy.budget": ("Budget",),
            "policy.health": ("PolicyHealth",),
            "policy.ledger_scope": ("LedgerScope",),
            "policy.unsettled": ("Uncertain", "Unsettled"),
            "registry.capabilities": ("Capability", "capabilities_of"),
            "registry.finding": ("FindOptions",),
            "registry.findings": ("Finding", "FindingKind"),
            "replies.counting": ("ApproximateCounter", "PromptTokens", "TokenCounter"),
            "replies.jsontext": ("extract_json",),
            "routing": ("KnownModel", "Variant", "apply_variant", "routing"),
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
            "types.cost": ("Cost", "Estimate", "Quote"),
            "types.credits": ("Credits",),
            "types.endpoints": ("Endpoint", "EndpointPercentiles", "ModelEndpoints"),
            "types.format_options": (
                "GrammarFormat",
                "JSONObjectFormat",
                "JSONSchema",
                "JSONSchemaFormat",
                "PythonFormat",
                "ResponseFormat",
                "TextFormat",
            ),
            "types.generations": (
                "EarlierFailure",
                "Generation",
                "GenerationContent",
                "GenerationFailure",
                "GenerationInput",
                "GenerationOutput",
                "ProviderResponse",
            ),
            "types.keys": ("KeyInfo",),
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
            "types.providers": ("ProviderInfo",),
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
            "types.slugs": ("Slug", "parse_slug"),
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
