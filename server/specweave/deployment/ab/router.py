"""Two models behind one API: who answers, who answers in the background, and when the challenger is dropped.

`Router(control, challenger, assignment).answer(unit, asked)` calls one of two functions of the same shape. A unit without an
id gets the control and is not part of the test. Needs the standard library alone.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from specweave.deployment.ab.assignment import Arm, Assignment, ExposureLog, KillSwitch

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
WAITING = 1000
"""Requests that may wait for the challenger in the background before some are left out."""
JUDGED = 100
"""Latest answers of the challenger that a canary is judged by."""
FAILURES = 5
"""Failures among them that end it."""
log = logging.getLogger("ab")


class Router(Generic[Asked, Answer]):
    """Calls `control` or `challenger` by the unit's arm.

    A challenger that fails never fails a request: the control answers instead, and the failure is counted. In canary
    mode five failures among its last hundred answers drop it until the process starts anew. `compare` turns both answers to
    a shadowed request into facts for the log (such as scores). Errors in `refused` are the asker's fault: they are no
    failure of the challenger, and the control tells them.
    """

    def __init__(
        self,
        control: Callable[[Asked], Answer],
        challenger: Callable[[Asked], Answer],
        assignment: Assignment,
        *,
        exposures: ExposureLog | None = None,
        kill: KillSwitch | None = None,
        compare: Callable[[Answer, Answer], dict[str, Any]] | None = None,
        refused: tuple[type[Exception], ...] = (),
    ) -> None:
        self._control = control
        self._challenger = challenger
        self.assignment = assignment
        self._exposures = exposures
        self._kill = kill or KillSwitch(None)
        self._compare = compare
        self._refused = refused
        self._recent: deque[bool] = deque(maxlen=JUDGED)
        self._dropped = False
        self._counts: Counter[str] = Counter()
        self._shadowed: queue.Queue[tuple[str, Asked, Answer] | None] = queue.Queue(WAITING)
        self._thread: threading.Thread | None = None
        if assignment.mode == "shadow":
            self._thread = threading.Thread(target=self._shadow, name="shadow", daemon=True)
            self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the challenger is asked at all."""
        return self.assignment.mode != "off" and not self._dropped and not self._kill.thrown()

    def arm(self, unit: str | None) -> Arm:
        """The arm that answers a unit now; nothing is logged."""
        if unit is None or self.assignment.mode == "shadow" or not self.running:
            return "control"
        return self.assignment.arm(unit)

    def answer(self, unit: str | None, asked: Asked) -> tuple[Answer, Arm]:
        """The answer, and the arm that gave it."""
        if unit is None or not self.running:
            self._counts["control"] += 1
            return self._control(asked), "control"
        if self.assignment.mode == "shadow":
            return self._shadowing(unit, asked), "control"
        arm = self.assignment.arm(unit)
        if self._exposures is not None:
            # The arm it was assigned to, whoever answers: leaving out failures would bias the comparison.
            self._exposures.note(self.assignment, unit, arm)
        if arm == "treatment":
            try:
                found = self._challenger(asked)
            except self._refused:
                pass  # The control refuses it, too, in its own words.
            except Exception:
                log.exception("the challenger failed; the control answers")
                self._failed()
            else:
                self._recent.append(True)
                self._counts["treatment"] += 1
                return found, "treatment"
        self._counts["control"] += 1
        return self._control(asked), "control"

    def _failed(self) -> None:
        self._counts["failures"] += 1
        self._recent.append(False)
        if self.assignment.mode == "canary" and self._recent.count(False) >= FAILURES:
            self._dropped = True
            log.error("the challenger is dropped after %d failures", FAILURES)

    def _shadowing(self, unit: str, asked: Asked) -> Answer:
        found = self._control(asked)
        self._counts["control"] += 1
        try:
            self._shadowed.put_nowait((unit, asked, found))
        except queue.Full:
            self._counts["left_out"] += 1
        return found

    def _shadow(self) -> None:
        while (job := self._shadowed.get()) is not None:
            unit, asked, found = job
            try:
                other = self._challenger(asked)
                self._counts["shadow"] += 1
                if self._exposures is not None:
                    facts = self._compare(found, other) if self._compare else {}
                    self._exposures.note(self.assignment, unit, "control", **facts)
            except Exception:
                log.exception("the challenger failed in the background")
                self._failed()

    def close(self) -> None:
        """Answer what waits in the background, then stop."""
        if self._thread is not None:
            self._shadowed.put(None)
            self._thread.join(timeout=5)
        if self._exposures is not None:
            self._exposures.close()

    def metrics_text(self) -> str:
        """Counters in the text format of Prometheus."""
        lines = [
            "# HELP ab_answers_total Requests by the model that answered.",
            "# TYPE ab_answers_total counter",
            f'ab_answers_total{{arm="control"}} {self._counts["control"]}',
            f'ab_answers_total{{arm="treatment"}} {self._counts["treatment"]}',
            f'ab_answers_total{{arm="shadow"}} {self._counts["shadow"]}',
            "# HELP ab_challenger_failures_total Requests the challenger failed at.",
            "# TYPE ab_challenger_failures_total counter",
            f"ab_challenger_failures_total {self._counts['failures']}",
            "# HELP ab_shadow_left_out_total Requests the challenger was too slow to shadow.",
            "# TYPE ab_shadow_left_out_total counter",
            f"ab_shadow_left_out_total {self._counts['left_out']}",
            "# HELP ab_running Whether the challenger is asked at all.",
            "# TYPE ab_running gauge",
            f"ab_running {int(self.running)}",
        ]
        return "\n".join(lines) + "\n"
