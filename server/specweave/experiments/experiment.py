"""One recorded attempt, open for writing.

What is logged is on disk, readable by others, and outlives the process at these moments: tags and metadata at once;
each parameter and metric value at once in metric-history.jsonl, from which readers complete params.json and metrics.json
while the run goes on (the files themselves follow once a second, and at the end). So kill -9 loses nothing logged.
For a power cut, which takes what the system has not yet brought to the disk, see `durability`.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import traceback as tracebacks
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from specweave.errors import ExperimentError, listing
from specweave.experiments import (
    artifacts,
    durability,
    eda,
    metric_history,
    processes,
    record,
    replication,
    training_rows,
    values,
    witnessed,
    yaml_form,
)
from specweave.experiments.backends.protocol import MetricValue
from specweave.experiments.document import Document, locked, merge
from specweave.experiments.masking import mask_text
from specweave.experiments.record import ExperimentSummary
from specweave.experiments.telling import RecordingWarning, warn
from specweave.workspace import append_line, write_text

STATUSES = ("finished", "failed")
_FLUSH_SECONDS = 1.0


def timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Experiment:
    """A record folder and the methods that write into it, from any thread or process.

    Made by `create_experiment`, `open_experiment` and `track_experiment`.
    """

    def __init__(
        self, path: Path, *, metadata: dict[str, Any] | None = None, writer: yaml_form.Writer | None = None
    ) -> None:
        self.path = path
        self._params = Document(self.path / record.PARAMS)
        self._metrics = Document(self.path / record.METRICS)
        self._metadata = Document(self.path / record.METADATA, metadata, writer)
        self._history = metric_history.MetricHistory(self.path)
        self._guard = threading.RLock()
        self._owner = 0
        self._pending: dict[str, float | None] = {}
        self._pending_params: dict[str, Any] = {}
        self._flushed = time.monotonic()
        self._started = time.monotonic()
        self._replication: replication.Replication | None = None
        if metadata is None:
            self._history.adopt()
        else:
            self._metadata.adopt()
            self._own()

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def name(self) -> str:
        return str(self.metadata.get("name", self.id))

    @property
    def kind(self) -> str:
        return str(self.metadata.get("kind", "script"))

    @property
    def status(self) -> str:
        return str(self.metadata.get("status", "damaged"))

    @property
    def metadata(self) -> dict[str, Any]:
        """metadata.yaml as it is now."""
        return self._metadata.read()

    def summary(self) -> ExperimentSummary:
        """The record as others read it."""
        self.flush()
        return record.read_record(self.path)

    def log_param(self, name: str, value: Any) -> None:
        """Record one parameter; what JSON cannot hold is kept as a short text."""
        self.log_params({name: value})

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Record parameters; a name logged again takes the new value."""
        found = values.mapping(_named(params, "params", {"learning_rate": 0.1}))
        with self._guard:
            self._history.append_params(found)
            self._pending_params.update(found)
            self._flush_when_due()

    def log_metric(self, name: str, value: Any, step: float | None = None) -> None:
        """Record one value of a metric; metrics.json keeps the last, metric-history.jsonl all of them."""
        self.log_metrics({name: value}, step=step)

    def log_metrics(self, metrics: Mapping[str, Any], step: float | None = None) -> None:
        """Record metrics. A value that is no finite number is stored as null with the reason; it raises nothing."""
        found = {
            values.name(name): values.metric(value) for name, value in _named(metrics, "metrics", {"auc": 0.9}).items()
        }
        place = None if step is None else values.metric(step)[0]
        with self._guard:
            self._history.append(found, place)
            self._pending.update({name: value for name, (value, _) in found.items()})
            undefined = {name: reason for name, (_, reason) in found.items() if reason}
            if undefined:
                self._tell_undefined(undefined)
            self._flush_when_due()

    def _tell_undefined(self, reasons: dict[str, str]) -> None:
        """Into the metadata; of what is no number at all the user is warned once a metric, as it is a mistake in the code."""
        known = self.metadata.get("undefined_metrics") or {}
        if any(known.get(name) != reason for name, reason in reasons.items()):
            self.update_metadata(undefined_metrics=reasons)
        for name, reason in reasons.items():
            if reason.startswith(values.NOT_A_NUMBER) and not str(known.get(name)).startswith(values.NOT_A_NUMBER):
                warn(
                    f"The metric {name} of {self.id} is {reason}; null was recorded. Allowed: numbers, and arrays or tensors "
                    "of one element. Next: log the number, or keep a text with log_param or log_note.",
                    RecordingWarning,
                )

    def log_history(self, points: Iterable[MetricValue]) -> None:
        """Record metric values that were measured elsewhere, with the times they carry."""
        taken = list(points)
        with self._guard:
            self._history.append_points(taken)
            self._pending.update({values.text(point.name): point.value for point in taken})
            self.flush()

    def log_artifact(self, path: str | os.PathLike[str], name: str | None = None) -> Path:
        """Copy a file or folder into artifacts/; the path of the copy."""
        return artifacts.copy_artifact(path, self.path / "artifacts", name)

    def log_figure(self, figure: Any, name: str = "figure.png") -> Path:
        """Store a matplotlib or plotly figure in figures/; the path of the file."""
        return artifacts.write_figure(figure, self.path / "figures", name)

    def log_table(self, table: Any, name: str = "table") -> Path:
        """Store a DataFrame, a list of dicts or a dict of columns as tables/NAME.csv, its head as NAME.md."""
        return artifacts.write_table(table, self.path / "tables", name)

    def log_note(self, note: str) -> None:
        """Add an item to notes.md."""
        lines = values.text(str(note)).strip().replace("\n", "\n  ")
        append_line(self.path / "notes.md", f"- **{timestamp()}** {lines}")

    def set_tags(self, tags: Mapping[str, Any] | None = None, **more: Any) -> None:
        """Record tags, by which records are found again."""
        self.update_metadata(tags=values.mapping({**(tags or {}), **more}))

    def log_seeds(self, **seeds: int | None) -> None:
        """Record the random seeds the run was given, by what each is for."""
        self.update_metadata(seeds=values.mapping(seeds))

    def log_training_rows(self, rows: Any) -> None:
        """Record which rows a model is fitted on, as marks from which no value can be read back.

        `rows` is a DataFrame (or a mapping from column name to values) of source columns. With it an evaluation can
        refuse a model that learned from sealed rows. A million rows of fifty columns take about a minute.
        """
        self.update_metadata(training_rows=training_rows.log_rows(self.path, rows))

    def update_metadata(self, **facts: Any) -> None:
        """Lay facts over metadata.yaml; mappings are merged key by key."""
        self._metadata.update(values.mapping(facts))

    def replace_metadata(self, **facts: Any) -> None:
        """Set top-level keys of metadata.yaml; a mapping that was there is dropped, not merged."""
        self._metadata.change(lambda old: {**old, **values.mapping(facts)})

    def save_model(self, model: Any, name: str = "model.skops", **facts: Any) -> Path:
        """Store the model under the given name; see `specweave.experiments.model_files.save_into`.

        `facts` go into metadata `model`: task, classes, positive, threshold, features and the like.
        """
        from specweave.experiments.model_files import save_into

        return save_into(self, model, name, facts)

    def log_model(self, model: Any, name: str = "model.skops", **facts: Any) -> Path:
        """The same as `save_model`, under the name other trackers use."""
        return self.save_model(model, name, **facts)

    def flush(self) -> None:
        """Bring params.json and metrics.json up to date with what was logged."""
        self._flush({})

    def _flush(self, ending: dict[str, Any]) -> None:
        """Write what is pending and, in the end, the facts that close the record, after everything else."""
        with self._guard:
            self._flushed = time.monotonic()
            pending, self._pending = self._pending, {}
            params, self._pending_params = self._pending_params, {}
            if self._is_owner and self._history.others_wrote():
                pending, params = metric_history.last_values(self.path), metric_history.last_params(self.path)
                self._history.adopt()
            if not params and not pending and not ending:
                return
            with locked(self.path):
                # A whole value replaces an older one, also where both are mappings. A run that logged no parameter or no
                # metric says so with an empty file; one that is missing was lost.
                for file, news in ((self._params, params), (self._metrics, pending)):
                    if news or (ending and not file.exists()):
                        file.change_locked(lambda old, news=news: {**old, **news})  # type: ignore[misc]
                if ending:
                    self._metadata.change_locked(lambda old: merge(old, ending))

    def finish(self, status: str = "finished", error: BaseException | None = None) -> None:
        """Close the record; a second call changes nothing. With an error its traceback is recorded."""
        if status not in STATUSES:
            raise ExperimentError(
                "No such final status",
                value=status,
                allowed=listing(STATUSES),
                next_step='call finish() for a run that ended well, finish("failed") for another',
            )
        with self._guard:
            before = self.metadata
            if before.get("status") != "running":
                return
            if before.get("kind") == "eda":
                eda.write_summary(self.summary())
            facts = self._ending(status, before.get("duration_s"))
            if error is not None:
                facts["error"] = self._record_error(error)
            self._flush(facts)
            self._history.close()
            self._owner = 0
        if status == "finished":
            witnessed.testify_finished(self.path, self.metadata)
        durability.sync_soon(self.path)
        if self._replication is not None:
            self._replication.end(status)

    def entered(self) -> contextlib.AbstractContextManager[None]:
        """A block in which tracking backends that know a current run take this one for it."""
        return contextlib.nullcontext() if self._replication is None else self._replication.entered()

    def resume(self) -> Experiment:
        """Go on writing an interrupted, failed or finished record: its status is running again.

        Raises ExperimentError while another process writes it.
        """

        def take(content: dict[str, Any]) -> dict[str, Any]:
            process = content.get("process") or {}
            alive = content.get("status") == "running" and processes.is_alive(process)
            if alive and process.get("pid") != os.getpid():
                raise ExperimentError(
                    "Another process is writing this experiment",
                    value=self.id,
                    next_step=f"wait for process {process.get('pid')}, or end it",
                )
            resumed = [*(content.get("resumed") or []), timestamp()]
            kept = {key: value for key, value in content.items() if key not in ("error", "ended")}
            return {**kept, "status": "running", "process": processes.this_process(), "resumed": resumed}

        with self._guard:
            self._metadata.change(take)
            self._started = time.monotonic()
            self._own()
        return self

    def _flush_when_due(self) -> None:
        if not self._is_owner or time.monotonic() - self._flushed >= _FLUSH_SECONDS:
            self.flush()

    @property
    def _is_owner(self) -> bool:
        """Whether this very process opened the run: a forked child only appends to the history."""
        return self._owner == os.getpid()

    def _own(self) -> None:
        self._owner = os.getpid()
        self._replication = replication.begin(self)

    def _ending(self, status: str, before: Any) -> dict[str, Any]:
        spent = time.monotonic() - self._started + (before if isinstance(before, (int, float)) else 0.0)
        return {"status": status, "ended": timestamp(), "duration_s": round(spent, 3)}

    def _record_error(self, error: BaseException) -> dict[str, str]:
        lines = "".join(tracebacks.format_exception(error))
        write_text(self.path / "traceback.txt", mask_text(lines.encode("utf-8", "backslashreplace").decode("utf-8")))
        message = values.text(" ".join(str(error).split())[:1000])
        return {"type": type(error).__name__, "message": message, "traceback": "traceback.txt"}

    def __repr__(self) -> str:
        return f"<Experiment {self.id} {self.status}>"

    def __reduce__(self) -> tuple[type[Experiment], tuple[Path]]:
        return Experiment, (self.path,)


def _named(given: Any, what: str, example: dict[str, Any]) -> Mapping[str, Any]:
    """What was given, if it has names."""
    if isinstance(given, Mapping):
        return given
    raise ExperimentError(
        f"The {what} have no names",
        value=f"{type(given).__name__} {values.plain(given)!r:.100}",
        allowed="a dict from name to value",
        next_step=f"call log_{what}({example})",
    )
