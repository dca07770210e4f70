"""Increments: one piece of machine-learning work each, from the request to the summary.

Names are loaded on first use, so that creating an increment does not load what judges one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specweave.checks.base import NextStep
    from specweave.increments.completion import complete_increment
    from specweave.increments.creation import create_increment
    from specweave.increments.guidance import next_step
    from specweave.increments.lifecycle import activate, set_status
    from specweave.increments.metadata import update_metadata
    from specweave.increments.refreshing import PlanRefresh, refresh_plan
    from specweave.increments.request import RequestFacts, parse_request
    from specweave.increments.tasks import mark_done, mark_task
    from specweave.spec_file import read_problem, write_problem

_HOME = {
    "NextStep": "checks.base",
    "PlanRefresh": "increments.refreshing",
    "RequestFacts": "increments.request",
    "activate": "increments.lifecycle",
    "complete_increment": "increments.completion",
    "create_increment": "increments.creation",
    "mark_done": "increments.tasks",
    "mark_task": "increments.tasks",
    "next_step": "increments.guidance",
    "parse_request": "increments.request",
    "read_problem": "spec_file",
    "refresh_plan": "increments.refreshing",
    "set_status": "increments.lifecycle",
    "update_metadata": "increments.metadata",
    "write_problem": "spec_file",
}

__all__ = [
    "NextStep",
    "PlanRefresh",
    "RequestFacts",
    "activate",
    "complete_increment",
    "create_increment",
    "mark_done",
    "mark_task",
    "next_step",
    "parse_request",
    "read_problem",
    "refresh_plan",
    "set_status",
    "update_metadata",
    "write_problem",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"specweave.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
