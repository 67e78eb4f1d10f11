"""A small, fast client for the OpenRouter API.

Start with `SyncClient` or `AsyncClient`. Every error is an `OpenRouterError`; its module shows them as a tree.
"""

from __future__ import annotations

import logging

from . import aio
from .api.chat import Chat
from .client import AsyncClient, SyncClient
from .core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    BudgetExceededError,
    CircuitOpenError,
    ClosedClientError,
    ConfigurationError,
    ConflictError,
    ContextLengthExceededError,
    GuardrailError,
    InvalidArgumentError,
    InvalidOutputError,
    ModelUnavailableError,
    ModerationError,
    NotFoundError,
    OpenRouterError,
    OutputError,
    PayloadTooLargeError,
    PaymentRequiredError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    RefusedOutputError,
    ResponseError,
    ServerError,
    StreamInterruptedError,
    TruncatedOutputError,
    UnprocessableEntityError,
)
from .core.secret import Secret
from .core.version import __version__
from .core.wire import Call, Headers, HTTPInfo, Moment, Reader, Reply, Request, StreamCall, Unset
from .oneoff import complete, complete_many, generate_text
from .policy import CircuitBreaker, Ledger, Percentiles, Policy, RateLimit, Retry, Totals
from .settings import Settings, SettingsOptions
from .streams import AsyncStream, Stream
from .transports import AsyncHTTPClient, HTTPClient
from .types.chat import (
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    CompletionTokensDetails,
    CostDetails,
    Delta,
    Function,
    FunctionDelta,
    Message,
    PromptTokensDetails,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from .types.chat_options import ChatOptions
from .types.messages import MessageLike, Messages
from .types.options import RequestOptions
from .types.outcome import Outcome

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncClient",
    "AsyncHTTPClient",
    "AsyncStream",
    "AuthenticationError",
    "BadRequestError",
    "BudgetExceededError",
    "Call",
    "Chat",
    "ChatOptions",
    "Choice",
    "Chunk",
    "ChunkChoice",
    "CircuitBreaker",
    "CircuitOpenError",
    "ClosedClientError",
    "Completion",
    "CompletionTokensDetails",
    "ConfigurationError",
    "ConflictError",
    "ContextLengthExceededError",
    "CostDetails",
    "Delta",
    "Function",
    "FunctionDelta",
    "GuardrailError",
    "HTTPClient",
    "HTTPInfo",
    "Headers",
    "InvalidArgumentError",
    "InvalidOutputError",
    "Ledger",
    "Message",
    "MessageLike",
    "Messages",
    "ModelUnavailableError",
    "ModerationError",
    "Moment",
    "NotFoundError",
    "OpenRouterError",
    "Outcome",
    "OutputError",
    "PayloadTooLargeError",
    "PaymentRequiredError",
    "Percentiles",
    "PermissionDeniedError",
    "Policy",
    "PromptTokensDetails",
    "ProviderError",
    "RateLimit",
    "RateLimitError",
    "Reader",
    "RefusedOutputError",
    "Reply",
    "Request",
    "RequestOptions",
    "ResponseError",
    "Retry",
    "Secret",
    "ServerError",
    "Settings",
    "SettingsOptions",
    "Stream",
    "StreamCall",
    "StreamInterruptedError",
    "SyncClient",
    "ToolCall",
    "ToolCallDelta",
    "Totals",
    "TruncatedOutputError",
    "UnprocessableEntityError",
    "Unset",
    "Usage",
    "__version__",
    "aio",
    "complete",
    "complete_many",
    "generate_text",
]

# Who wants our log records says so; without this, Python prints the warnings among them.
logging.getLogger(__name__).addHandler(logging.NullHandler())
