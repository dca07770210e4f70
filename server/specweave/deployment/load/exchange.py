"""One request of a load test and what became of it."""

from __future__ import annotations

UNANSWERED = 0


class Exchange:
    """Times are seconds of one monotonic clock; `status` 0 stands for no answer, and `problem` says why."""

    __slots__ = ("done", "in_flight", "payload", "planned", "problem", "sent", "status", "timing")

    def __init__(self, planned: float, payload: int) -> None:
        self.planned = planned
        self.payload = payload
        self.sent = 0.0
        self.done = 0.0
        self.status = UNANSWERED
        self.problem: str | None = None
        self.in_flight = 0
        """Other requests on their way when this one was sent."""
        self.timing = b""
        """The Server-Timing header, if the service sends one."""

    @property
    def failed(self) -> bool:
        return not 200 <= self.status < 300

    @property
    def latency(self) -> float:
        """From the moment the request was due, whether or not it could be sent then."""
        return self.done - self.planned

    @property
    def why(self) -> str:
        """A failed request's reason, for counting: the status, or what happened to the connection."""
        return self.problem or f"status {self.status}"
