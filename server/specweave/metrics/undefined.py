"""A metric that has no value on these rows: a result with a reason, not a failure of the program."""

from __future__ import annotations

from specweave.errors import SpecweaveError


class UndefinedMetric(SpecweaveError):  # noqa: N818  # it is an answer, and callers show it as one
    """The metric is not defined on these predictions; `reason` completes "not defined because …"."""

    def __init__(self, reason: str, **facts: object) -> None:
        self.reason = reason.rstrip(".")
        super().__init__(f"not defined because {self.reason}", **facts)  # type: ignore[arg-type]

    def __reduce__(self) -> tuple[object, ...]:
        return (UndefinedMetric, (self.reason,))
