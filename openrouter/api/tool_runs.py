"""Runs of tools: let a model call functions until it has its answer (API page "Tool calling")."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Unpack

from ..operation import DriverT, FlowOperation, Resource, StreamFlowOperation
from ..types.chat_options import TurnOptions

if TYPE_CHECKING:
    from ..effects import Flow, StreamFlow
    from ..tools import ToolLike
    from ..tools.events import ToolEvent
    from ..tools.outcome import ToolOutcome
    from ..tools.run import ToolRun
    from ..tools.stopping import Condition
    from ..types.messages import Messages


class ToolRuns(Resource[DriverT]):
    """Let models call functions."""

    @FlowOperation
    @staticmethod
    def run_tools(
        messages: Messages | ToolRun,
        tools: Iterable[ToolLike],
        *,
        max_steps: int = 10,
        stop_when: Condition | Iterable[Condition] = (),
        on_step: Callable[[ToolRun], Any] | None = None,
        approve: Callable[[ToolOutcome], Any] | None = None,
        max_parallel: int = 8,
        tool_timeout: float | None = None,
        raise_tool_errors: bool = False,
        final_answer: bool = False,
        max_repeats: int | None = 3,
        **options: Unpack[TurnOptions],
    ) -> Flow[ToolRun]:
        """Ask a model, run the functions that it calls, tell it the results, and so on until it answers.

        `messages` is what `complete` takes, or a `ToolRun`, which goes on where it stands and is given back. `tools`
        are functions with annotated parameters, tools made of them by `tool`, or dicts as the API takes them; the run
        is suspended at calls of functions that were given as dicts, as they have no code here.

        The calls of one reply run side by side, at most `max_parallel` at once: in threads, on the asynchronous client
        async functions as tasks; with 1 they run one by one, and on the blocking client in the thread that called,
        where there is no time-out. A call may take `tool_timeout` seconds, where its tool says nothing else; a thread
        cannot be stopped, so what it still does goes unnoticed. An error of a tool, and arguments that do not fit, are
        told to the model, unless `raise_tool_errors`.

        The run ends with a reply that calls nothing; after `max_steps` replies; where a condition of `stop_when` holds;
        where the same call comes with the same arguments in `max_repeats` replies in a row (`None`: never). In
        all cases but the first, `final_answer` asks once more, with tools forbidden.

        `approve` is asked before each call, and gives True, False, the reason of a refusal, or None: not now, which
        suspends the run. Without it, calls of tools that need approval suspend the run. `on_step` is called with the
        run whenever that can be saved with `to_json`: before calls are run, when they have been run, and at the end.
        On the asynchronous client both may be async.

        Raises `InvalidArgumentError` before anything is sent for what cannot be right, and on the blocking client for
        async functions; later whatever `complete` raises; such an error has in `run` what there was until then.
        """
        from ..tools.run import ToolRun  # noqa: PLC0415 - who calls no tools does not wait for them
        from .tool_loop import tool_loop  # noqa: PLC0415 - as above
        from .tool_plan import ToolPlan  # noqa: PLC0415 - as above

        plan = ToolPlan(
            toolbox=tools,
            max_steps=max_steps,
            stop_when=stop_when,
            on_step=on_step,
            approve=approve,
            max_parallel=max_parallel,
            tool_timeout=tool_timeout,
            raise_tool_errors=raise_tool_errors,
            final_answer=final_answer,
            max_repeats=max_repeats,
            options=options,
            streams=False,
        )
        return tool_loop(messages if isinstance(messages, ToolRun) else ToolRun(messages), plan)

    @StreamFlowOperation
    @staticmethod
    def stream_tools(
        messages: Messages | ToolRun,
        tools: Iterable[ToolLike],
        *,
        max_steps: int = 10,
        stop_when: Condition | Iterable[Condition] = (),
        on_step: Callable[[ToolRun], Any] | None = None,
        approve: Callable[[ToolOutcome], Any] | None = None,
        max_parallel: int = 8,
        tool_timeout: float | None = None,
        raise_tool_errors: bool = False,
        final_answer: bool = False,
        max_repeats: int | None = 3,
        **options: Unpack[TurnOptions],
    ) -> StreamFlow[ToolEvent, ToolRun]:
        """Do as `run_tools` does, and see it happen: text and reasoning as they are written, calls, and their results.

        At the end of the stream its `result` is the `ToolRun`. A stream that is left early stops the run: to go on with
        it later, make a `ToolRun` of the messages and give that.
        """
        from ..effects import StreamFlow  # noqa: PLC0415 - as above
        from ..tools.run import ToolRun  # noqa: PLC0415 - as above
        from .tool_loop import tool_loop  # noqa: PLC0415 - as above
        from .tool_plan import ToolPlan  # noqa: PLC0415 - as above

        plan = ToolPlan(
            toolbox=tools,
            max_steps=max_steps,
            stop_when=stop_when,
            on_step=on_step,
            approve=approve,
            max_parallel=max_parallel,
            tool_timeout=tool_timeout,
            raise_tool_errors=raise_tool_errors,
            final_answer=final_answer,
            max_repeats=max_repeats,
            options=options,
            streams=True,
        )
        return StreamFlow(tool_loop(messages if isinstance(messages, ToolRun) else ToolRun(messages), plan))
