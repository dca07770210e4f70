"""Explaining any model: the user's own object, an ONNX file, an MLflow model, or a prediction function."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from specweave.data import seal
from specweave.errors import SealedError
from specweave.evaluation.diagnosing import sensitive_columns
from specweave.evaluation.model_documents import Place
from specweave.explanation.aside import helping
from specweave.explanation.given_subject import given_subject
from specweave.explanation.parts import Parts, in_parts
from specweave.explanation.result import Explanation
from specweave.explanation.running import explain
from specweave.problem import Problem, Task
from specweave.progress import Progress, silent
from specweave.spec_file import read_problem
from specweave.workspace import Workspace

DEFAULT_FOLDER = "explanation"


class ModelExplainer:
    """What a model of any library relies on and why rows get their answers, in the columns of the given table.

    >>> ModelExplainer(model, X_train, increment="0042").generate_all_reports()   # doctest: +SKIP

    Parameters
    ----------
    model : object with predict or predict_proba, path of an .onnx or .skops file, MLflow model, or a function of rows
    X_train : DataFrame or array of shape (n, p)
        What the model learned from; average answers are taken over it.
    X_test, y_test : optional
        Rows the model has not seen, and their answers; explained instead of the training rows.
    y_train : optional
        Answers to the training rows, for importance where no X_test is given.
    increment : str, optional
        Reports go to this increment's reports/NAME/, and its spec.md says task, positive class, metric and sensitive columns.
    name : str, optional
        What the model is called in the reports; its class otherwise.
    task, classes, positive, threshold, metric, target, sensitive : optional
        As in spec.md; found from the model and the answers when absent.
    parts : Parts, optional
        How rows that are no table fall into parts with names, such as words (see `specweave.explanation.parts`).
    folder : path, optional
        Where the reports go instead; without it and without an increment, explanation/ in the working directory.

    Raises SealedError when the given rows hold sealed rows of the increment: explaining them would be an uncounted look.
    """

    def __init__(
        self,
        model: Any,
        X_train: Any,
        X_test: Any = None,
        y_test: Any = None,
        increment: str | None = None,
        *,
        y_train: Any = None,
        name: str | None = None,
        task: Task | None = None,
        classes: Sequence[Any] | None = None,
        positive: Any = None,
        threshold: float | None = None,
        metric: str | None = None,
        target: str | None = None,
        sensitive: Sequence[str] = (),
        seed: int = 0,
        parts: Parts | None = None,
        folder: str | Path | None = None,
        project: str | Path | None = None,
    ) -> None:
        self._folder = Workspace.find(project).increment(increment) if increment is not None else None
        self._problem = read_problem(self._folder) if self._folder else Problem()
        self._out = Path(folder) if folder is not None else None
        self._refuse_sealed(X_train, X_test)
        spec = self._problem
        subject = given_subject(
            model,
            X_train,
            X_test=X_test,
            y_test=y_test,
            y_train=y_train,
            task=task or spec.task,
            classes=classes,
            positive=positive if positive is not None else spec.positive_label,
            threshold=threshold,
            target=target or spec.target or "the target",
            name=name,
            metric=metric or spec.metric,
            sensitive=tuple(dict.fromkeys([*sensitive_columns(spec), *sensitive])),
            seed=seed,
            increment=self._folder.id if self._folder else "",
        )
        self.subject = subject if parts is None else in_parts(subject, parts)

    def generate_all_reports(
        self, *, rows: Sequence[str | int] = (), allow_change: Sequence[str] = (), progress: Progress = silent
    ) -> Explanation:
        """Write explanation.json, the report, the page, the figures and the model card; what was found.

        `rows` holds row numbers (the index of the explained table), "column=value", "mistakes", "borderline" or
        "typical"; `allow_change` the columns counterfactuals may change, such as "income" or "income up".
        """
        with helping() as aside:
            return explain(
                self.subject,
                self._place(),
                problem=self._problem,
                rows=[str(row) for row in rows],
                allow_change=list(allow_change),
                aside=aside,
                progress=progress,
            )

    def _place(self) -> Place:
        own = self._out.resolve() if self._out is not None else Path.cwd() / DEFAULT_FOLDER
        if self._folder is None or self._out is not None:
            return Place(own.parent, own)
        name = re.sub(r"[^\w.-]+", "-", self.subject.name).strip("-.") or DEFAULT_FOLDER
        return Place(self._folder.path, self._folder.reports / name)

    def _refuse_sealed(self, *tables: Any) -> None:
        if self._folder is None or not seal.is_sealed(self._folder):
            return
        for table in tables:
            if not isinstance(table, pd.DataFrame):
                continue
            touched = seal.sealed_rows_among(self._folder, table)
            if touched:
                raise SealedError(
                    "The given rows are rows of the sealed test set, and explaining them would be a look nobody counts",
                    value=f"{touched} rows",
                    next_step="give the training rows, or leave X_test out",
                )
