"""Increments: one piece of machine-learning work each, from the request to the summary."""

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
