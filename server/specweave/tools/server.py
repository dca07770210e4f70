"""The MCP server: speaks the protocol through the official SDK and hands the work to the worker.

Only the SDK and the contracts are imported here, so that it is up in about a second.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from specweave import __version__
from specweave.errors import SpecweaveError
from specweave.tools.calls import checked, perform, unexpected
from specweave.tools.contract import TOOLS, Tool
from specweave.tools.worker_client import WorkerClient
from specweave.workspace import ROOT_VARIABLE

INSTRUCTIONS = (
    "Disciplined machine learning. Start with create_increment, follow next_step, never choose models on the sealed test set: "
    "evaluate_model counts each look. Numbers you report must come from the tools' answers."
)
Context = ServerRequestContext[WorkerClient]


@asynccontextmanager
async def _with_worker(_: Server[WorkerClient]) -> AsyncIterator[WorkerClient]:
    worker = WorkerClient()
    await worker.start()
    try:
        yield worker
    finally:
        await worker.stop()


async def _list_tools(_: Context, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    return types.ListToolsResult(tools=[types.Tool.model_validate(tool.listing()) for tool in TOOLS])


async def _call_tool(context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
    try:
        found, _ = checked(params.name, params.arguments or {})
        text = await _work(context, found, params.arguments or {})
    except SpecweaveError as error:
        return _result(str(error), failed=True)
    except Exception as error:
        logging.getLogger(__name__).exception("%s failed", params.name)
        return _result(str(unexpected(error)), failed=True)
    return _result(text)


async def _work(context: Context, tool: Tool, arguments: dict[str, Any]) -> str:
    root = os.environ.get(ROOT_VARIABLE) or str(os.getcwd())  # noqa: PTH109 - a string is what travels
    if tool.in_server:

        def report(done: float, total: float, message: str) -> None:
            anyio.from_thread.run(context.session.report_progress, done, total, message)

        work = partial(perform, tool.name, arguments, root=root, progress=report)
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
    return await context.lifespan_context.call(tool.name, arguments, root, context.session.report_progress)


def _result(text: str, *, failed: bool = False) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=failed)


def build_server() -> Server[WorkerClient]:
    return Server(
        "sw-ml",
        version=__version__,
        title="specweave-ml",
        instructions=INSTRUCTIONS,
        lifespan=_with_worker,
        on_list_tools=_list_tools,
        on_call_tool=_call_tool,
    )


async def _serve() -> None:
    server = build_server()
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def main() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    anyio.run(_serve)


if __name__ == "__main__":
    main()
