"""A call on its way: checked arguments in, an answer or an error out, the same for server, worker and command line."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any, TypeVar

from pydantic import ValidationError

from specweave.errors import SpecweaveError, StorageError, listing, suggestion
from specweave.progress import Progress, silent
from specweave.tools.contract import TOOLS, Arguments, Tool, tool
from specweave.workspace import Workspace

ANSWER_LIMIT = 1500
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Call:
    """What an operation gets: its arguments, where the project is, and how to tell progress."""

    arguments: Any
    root: str | None = None
    progress: Progress = silent

    @property
    def project(self) -> str | None:
        return self.arguments.project or self.root

    @cached_property
    def workspace(self) -> Workspace:
        """The existing workspace; NoWorkspaceError when there is none."""
        return Workspace.find(self.project)

    def workspace_or_new(self) -> Workspace:
        return Workspace.find_or_create(self.project)


Answer = TypeVar("Answer")
Operation = Callable[[Call], str]


def checked(name: str, raw: dict[str, Any]) -> tuple[Tool, Arguments]:
    """The tool and its typed arguments, or an error that names the argument, its value and what is allowed."""
    found = tool(name)
    if found is None:
        names = [t.name for t in TOOLS]
        raise SpecweaveError(
            "No tool by that name", value=name, allowed=listing(names, 20), next_step=suggestion(name, names)
        )
    try:
        return found, found.arguments.model_validate(raw)
    except ValidationError as error:
        raise _wrong_arguments(found, error) from error


def _wrong_arguments(found: Tool, error: ValidationError) -> SpecweaveError:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "arguments"
    known = list(found.arguments.model_fields)
    unknown = first["type"] == "extra_forbidden"
    return SpecweaveError(
        f"{found.name}: {'no argument ' + place if unknown else place + ': ' + first['msg']}",
        value=first.get("input"),
        allowed="arguments " + listing(known, 20) if unknown or place == "arguments" else None,
        next_step=(suggestion(place, known) if unknown else None) or f"call {found.name} again with {place} corrected",
    )


def operation_of(found: Tool) -> Operation:
    module, _, function = found.operation.partition(":")
    loaded: Operation = getattr(import_module(module), function)
    return loaded


def perform(name: str, raw: dict[str, Any], *, root: str | None, progress: Progress = silent) -> str:
    """Do what the tool promises. Whatever goes wrong leaves as a SpecweaveError; a traceback goes to the log."""
    found, arguments = checked(name, raw)
    return guarded(operation_of(found), Call(arguments, root, progress))


def guarded(operation: Callable[[Call], Answer], call: Call) -> Answer:
    """What the operation gives; any failure leaves as a SpecweaveError."""
    try:
        return operation(call)
    except SpecweaveError:
        raise
    except OSError as error:
        raise StorageError.from_os(error, error.filename or "unknown file") from error
    except MemoryError as error:
        raise SpecweaveError(
            "The machine ran out of memory",
            next_step="close other programs or use a sample of the rows; finished work is kept",
        ) from error
    except Exception as error:
        _log.exception("%s failed", getattr(operation, "__qualname__", operation))
        raise unexpected(error) from error


def unexpected(error: BaseException) -> SpecweaveError:
    """A defect of ours, told without a traceback."""
    return SpecweaveError(
        f"An internal failure: {type(error).__name__}: {error}"[:400],
        next_step="nothing finished is lost; repeat the call, and if it happens again report it with the log of the server",
    )
