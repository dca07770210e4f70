"""What happens to requests when a worker is killed in the middle of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from specweave.deployment.load.exchange import Exchange
from specweave.deployment.load.open_loop import send_at_rate
from specweave.deployment.load.pool import clock
from specweave.deployment.service_process import ServiceProcess

LONGEST_S = 2.0
_BEFORE_S = 1.0
_AFTER_S = 3.0
_RESTORED_S = 15.0
_EVERY_S = 0.05


class Recovery(BaseModel):
    """A worker of `workers` was killed (signal 9) while requests came at `rate_rps`."""

    model_config = ConfigDict(frozen=True)

    workers: int
    rate_rps: float
    n_requests: int
    n_failed: int
    answered_again_s: float | None
    """From the kill until the last failed request was over; 0 when none failed, nothing when it never recovered."""
    restored_s: float | None
    """From the kill until there were as many workers as before; nothing when that took more than 15 s."""
    limit_s: float = LONGEST_S
    met: bool


def kill_a_worker(service: ServiceProcess, requests: Sequence[bytes], *, rate: float) -> Recovery:
    """Send requests at a constant rate for 4 s and kill one worker after the first."""
    before = {worker.pid for worker in service.workers()}
    killed_at: list[float] = []
    restored: list[float] = []

    def kill() -> None:
        time.sleep(_BEFORE_S)
        killed_at.append(clock())
        victim = service.kill_worker()
        while clock() - killed_at[0] < _RESTORED_S:
            now = {worker.pid for worker in service.workers()} - {victim}
            if len(now) >= len(before):
                restored.append(clock() - killed_at[0])
                return
            time.sleep(_EVERY_S)

    thread = threading.Thread(target=kill, name="kill a worker")
    thread.start()
    exchanges = send_at_rate(service.address, requests, rate=rate, seconds=_BEFORE_S + _AFTER_S)
    thread.join()
    again = answered_again(exchanges, killed_at[0])
    return Recovery(
        workers=len(before),
        rate_rps=rate,
        n_requests=len(exchanges),
        n_failed=sum(exchange.failed for exchange in exchanges),
        answered_again_s=again,
        restored_s=restored[0] if restored else None,
        met=again is not None and again <= LONGEST_S,
    )


def answered_again(exchanges: Sequence[Exchange], killed_at: float) -> float | None:
    """Seconds from the kill until the last failure was over; nothing when the last request of all failed."""
    failed = [exchange for exchange in exchanges if exchange.failed and exchange.done >= killed_at]
    if not failed:
        return 0.0
    if exchanges[-1].failed:
        return None
    return max(exchange.done for exchange in failed) - killed_at
