"""The source of a service, generated from a model's signature."""

from specweave.deployment.api.generating import MAX_ROWS, generate_api

__all__ = ["MAX_ROWS", "generate_api"]
