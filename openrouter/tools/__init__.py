"""Tools: functions of yours that a model may ask for, and runs in which it does."""

from __future__ import annotations

from . import stopping as stopping
from .arguments import ToolArgumentsError as ToolArgumentsError
from .events import (
    ReasoningDelta as ReasoningDelta,
    StepEnded as StepEnded,
    TextDelta as TextDelta,
    ToolCallStarted as ToolCallStarted,
    ToolCallWaiting as ToolCallWaiting,
    ToolEvent as ToolEvent,
    ToolResult as ToolResult,
)
from .outcome import ToolOutcome as ToolOutcome, ToolStep as ToolStep
from .run import ToolRun as ToolRun
from .stopping import Condition as Condition, StopCondition as StopCondition
from .tool import Tool as Tool, tool as tool
from .toolbox import Toolbox as Toolbox, ToolLike as ToolLike, as_tools as as_tools
