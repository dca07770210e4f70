"""What a load test measured, as it stands in load-test.json. Times are milliseconds where a name ends in _ms."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class LoadStep(_Facts):
    """One rate held for some seconds. Latencies count from the planned moment of sending, failed requests included."""

    target_rps: float
    seconds: float
    warmup_s: float = 0
    connections: int
    n_requests: int
    """Requests planned after the warm-up; the other numbers are about these."""
    n_errors: int
    error_share: float
    errors: dict[str, int] = {}
    answered_rps: float
    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    generator_late_ms: float
    """95th percentile of how late a request was sent although a connection was free: the generator's own delay."""
    sustained: bool
    why_not: str | None = None


class Alone(_Facts):
    """One request after the other on one connection: what a prediction takes when nobody else asks."""

    n_requests: int
    p50_ms: float
    p95_ms: float
    http_p50_ms: float | None = None
    """The same for /health: network, HTTP and framework without any model."""


class Share(_Facts):
    """A part of the time inside the service, by the service's own Server-Timing header; means over requests."""

    name: str
    slow_ms: float
    typical_ms: float


class SlowRequests(_Facts):
    """The slowest hundredth of the requests at the target rate, beside the typical ones."""

    n: int
    n_typical: int
    from_ms: float
    """The fastest of the slow."""
    mean_ms: float
    unsent_ms: float
    """Mean wait for a free connection, from the planned moment."""
    at_service_ms: float
    """Mean time from sending to the whole answer."""
    in_flight: float
    """Mean number of other requests under way when they were sent."""
    typical_at_service_ms: float
    typical_in_flight: float
    together_share: float
    """Share of the slow requests that were due within 20 ms of another slow one: stalls come in clusters."""
    parts: tuple[Share, ...] = ()
    cause: str


class LoadTest(_Facts):
    """A whole load test: alone, at the target rate, and in steps up to saturation."""

    url: str
    path: str
    increment: str | None = None
    model_sha256: str | None = None
    rows_from: str
    n_rows: int
    limit_ms: float
    max_error_share: float
    cores: int | None
    measured: str
    """Time of the measurement, UTC."""
    at_target: LoadStep
    first_try: LoadStep | None = None
    """The target rate measured first, where that missed a limit: a miss counts when it happens twice."""
    alone: Alone
    capacity_rps: float | None = None
    """Answers a second to connections that ask without pause; where the steps are placed."""
    steps: tuple[LoadStep, ...] = ()
    saturation_rps: float | None = None
    """Highest rate of the steps that was sustained."""
    not_sustained_rps: float | None = None
    """Lowest rate that was not; nothing when none of the steps failed."""
    slowest: SlowRequests | None = None
    met: bool
    reasons: tuple[str, ...]
    """Sentences: the verdict first, then where the time goes."""
    n_sent: int
    """All requests of the test, warm-up and steps included."""

    def __str__(self) -> str:
        return "\n".join(self.reasons)
