"""Judging any model: the user's own object, an ONNX file, an MLflow model, or a file of predictions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype, is_numeric_dtype

from specweave.data import seal
from specweave.errors import DataError, ProblemError, SealedError
from specweave.evaluation import model_wording
from specweave.evaluation.foreign_models import as_model, decided
from specweave.evaluation.model_documents import PREDICTIONS, Place, write_model_documents
from specweave.evaluation.model_result import ModelEvaluation, OtherModel
from specweave.evaluation.other_models import compared, predictions_at
from specweave.evaluation.prediction_files import read_predictions
from specweave.evaluation.result import Evaluation, LookTaken, StoredPredictions
from specweave.metrics import (
    Predictions,
    as_labels,
    default_metric,
    estimates,
    get_metric,
    metrics_for,
    per_class,
)
from specweave.problem import Problem, Task
from specweave.spec_file import read_problem
from specweave.workspace import Workspace

Other = Any
MOST_CLASSES = 50
MANY_VALUES = 20
DEFAULT_FOLDER = "evaluation"


class ModelEvaluator:
    """Metrics with intervals, figures and reports for a model of any library, and its comparison with others.

    >>> ModelEvaluator(model, X_test, y_test, increment="0042").evaluate_all()   # doctest: +SKIP

    Parameters
    ----------
    model : object with predict or predict_proba, path of an .onnx or .skops file, MLflow model or its address
    X_test, y_test : table or array of n rows, and n true values
        Left out, the sealed test set of the increment is opened, which is one counted look.
    increment : str, optional
        Reports go to this increment's reports/NAME/, and its spec.md says task, metric and positive class.
    name : str, optional
        What the model is called in the reports; its class otherwise.
    task, positive, classes, metric, threshold : optional
        As in spec.md; found from the increment or from `y_test` when absent. `classes` names the columns of
        probabilities for models without `classes_`.
    groups, rows : n values, optional
        Rows of one group are resampled together; row numbers let predictions be matched with others.
    training_rows : DataFrame, optional
        What the model learned from; refused when sealed or test rows are among it.
    folder : path, optional
        Where the reports go instead; without it and without an increment, evaluation/ in the working directory.

    Raises SealedError when the given test rows, or the training rows, hold sealed rows of the increment.
    """

    def __init__(
        self,
        model: Any,
        X_test: Any = None,
        y_test: Any = None,
        increment: str | None = None,
        *,
        name: str | None = None,
        task: Task | None = None,
        positive: str | None = None,
        classes: Sequence[Any] | None = None,
        metric: str | None = None,
        threshold: float | None = None,
        groups: Any = None,
        rows: Any = None,
        training_rows: pd.DataFrame | None = None,
        folder: str | Path | None = None,
        project: str | Path | None = None,
    ) -> None:
        self._folder = Workspace.find(project).increment(increment) if increment is not None else None
        self._problem = read_problem(self._folder) if self._folder else Problem()
        self._model, self._X, self._y = model, X_test, y_test
        self.name = name or (Path(str(model)).stem if isinstance(model, str | Path) else type(model).__name__)
        self._task, self._classes, self._threshold = task or self._problem.task, classes, threshold
        named = positive if positive is not None else self._problem.positive_label
        self._positive = None if named is None else str(as_labels([named])[0])
        self._metric = metric or self._problem.metric
        self._groups, self._rows, self._training = groups, rows, training_rows
        self._out = Path(folder) if folder is not None else None
        self._known: Predictions | None = None
        self._source = "rows given by the user"
        self._look: LookTaken | None = None
        self._check_arguments()

    @classmethod
    def from_predictions(
        cls,
        predictions: Predictions | str | Path,
        increment: str | None = None,
        *,
        name: str | None = None,
        **facts: Any,
    ) -> ModelEvaluator:
        """The evaluator of predictions made elsewhere: a csv or parquet file with truth and score, or Predictions."""
        if isinstance(predictions, Predictions):
            made = cls(None, [], [], increment, name=name or "predictions", **facts)
            made._known = predictions
            made._source = "predictions given by the user"
            return made
        made = cls(predictions, [], [], increment, name=name, **facts)
        made._known = read_predictions(predictions, task=made._task, positive=made._positive, threshold=made._threshold)
        made._source = f"predictions in {Path(predictions).name}"
        return made

    @property
    def predictions(self) -> Predictions:
        """What the model says about the rows; for the sealed test set only after evaluate_all, which counts the look."""
        if self._known is None:
            if self._X is None:
                raise SealedError(
                    "The sealed test set is opened by evaluate_all() alone", next_step="call evaluate_all()"
                )
            self._refuse_touched(self._X)
            self._known = self._predicted(self._X, self._y, self._rows)
        return self._known

    def evaluate_all(
        self,
        *,
        compare_with: Other | Sequence[Other] | Mapping[str, Other] | None = None,
        purpose: str = "evaluation of a model trained elsewhere",
        who: str = "ModelEvaluator",
    ) -> ModelEvaluation:
        """Every metric with its interval, comparisons, figures and reports.

        `compare_with` names other models on the same rows: a ModelEvaluator, Predictions, a file of predictions, an
        evaluation.json, an Evaluation of the same increment, or several of them, in a list or by name.
        """
        if self._known is None and self._X is None:
            self._open_sealed(purpose, who)
        mine = self.predictions
        metric = self._metric or _usual_metric(mine)
        others = compared(metric, mine, self._others(compare_with), groups=self._groups)
        place = self._place()
        saved = mine.save(place.reports / PREDICTIONS)
        stored = StoredPredictions(file=place.named(PREDICTIONS), sha256=hashlib.sha256(saved.read_bytes()).hexdigest())
        found = self._facts(metric, mine, others, stored)
        return write_model_documents(place, found, mine, self._problem.target or "value")

    def _facts(
        self, metric: str, mine: Predictions, others: tuple[OtherModel, ...], stored: StoredPredictions
    ) -> ModelEvaluation:
        names = dict.fromkeys([metric, *(one.name for one in metrics_for(mine.task))])
        by_class = mine.task != "regression" and len(mine.classes) <= MOST_CLASSES
        found = ModelEvaluation(
            increment=self._folder.id if self._folder else "",
            experiment=self.name,
            task=mine.task,
            metric=metric,
            n_test=len(mine),
            estimates=tuple(estimates(names, mine, groups=self._groups)),
            comparison=others[0].comparison if len(others) == 1 else None,
            margin=others[0].removed if len(others) == 1 else None,
            margin_wanted=self._problem.margin,
            no_baseline=None if others else "no other model was given",
            classes=mine.classes,
            positive=mine.positive,
            threshold=mine.threshold,
            look=self._look.number if self._look else None,
            look_taken=self._look,
            predictions=stored,
            verdict="",
            source=self._source,
            sealed=self._look is not None,
            others=others,
            per_class=tuple(per_class(mine)) if by_class else (),
            cautions=self._cautions(others),
        )
        return found.model_copy(
            update={"verdict": model_wording.headline(found), "reasons": model_wording.reasons(found)}
        )

    def _others(self, given: Any) -> dict[str, Predictions]:
        if given is None:
            return {}
        if isinstance(given, Mapping):
            return {str(name): self._other(one)[1] for name, one in given.items()}
        several = given if isinstance(given, list | tuple) else [given]
        found: dict[str, Predictions] = {}
        for name, predictions in map(self._other, several):
            found[name if name not in found and name != self.name else f"{name} ({len(found) + 2})"] = predictions
        return found

    def _other(self, one: Any) -> tuple[str, Predictions]:
        if isinstance(one, ModelEvaluator):
            return one.name, one.predictions
        if isinstance(one, Predictions):
            return "other predictions", one
        if isinstance(one, Evaluation):
            return one.experiment, self._of_evaluation(one)
        if isinstance(one, str | Path):
            return Path(one).stem if Path(one).name != "evaluation.json" else Path(one).parent.name, predictions_at(
                Path(one), self.predictions
            )
        raise DataError(
            "This cannot be compared with",
            value=type(one).__name__,
            allowed="a ModelEvaluator, Predictions, an Evaluation, or the path of predictions or of an evaluation.json",
        )

    def _of_evaluation(self, one: Evaluation) -> Predictions:
        if one.predictions is None:
            raise DataError("The evaluation stored no predictions", value=one.experiment)
        for parent in (self._folder.path if self._folder else None, self._place().path):
            if parent is not None and (parent / one.predictions.file).is_file():
                return Predictions.load(parent / one.predictions.file)
        raise DataError(
            "The evaluation's predictions are not here",
            value=one.predictions.file,
            next_step="name the path of its evaluation.json instead",
        )

    def _open_sealed(self, purpose: str, who: str) -> None:
        """The look, after everything that could fail without the sealed rows."""
        folder = self._folder
        assert folder is not None
        found = seal.read_seal(folder)
        self._refuse_touched(None)
        frame, look = seal.open_sealed(folder, experiment=self.name, purpose=purpose, who=who)
        rows = frame[frame[found.target].notna()]
        features = getattr(self._model, "feature_names_in_", None)
        X = rows.drop(columns=found.target) if features is None else rows[list(features)]
        self._groups = rows[found.group].to_numpy() if found.group and self._groups is None else self._groups
        self._source = "the sealed test set of the increment"
        self._look = LookTaken(
            number=look.n, budget=self._problem.look_budget, hash=look.hash, time=look.time, purpose=purpose
        )
        self._known = self._predicted(X, rows[found.target].to_numpy(), rows.index.to_numpy())

    def _predicted(self, X: Any, y: Any, rows: Any) -> Predictions:
        truth = np.asarray(y)
        task = self._task or _task(self._model, truth)
        if task == "regression":
            model = as_model(self._model, task, ())
            return Predictions.from_model(model, X, truth.astype(np.float64), task=task, rows=rows)
        truth = as_labels(truth)
        present = sorted(set(truth.tolist()))
        columns = tuple(as_labels(list(self._classes)).tolist()) if self._classes is not None else tuple(present)
        model = decided(as_model(self._model, task, columns), X)
        own = as_labels(getattr(model, "classes_", np.array(columns))).tolist()
        # A class the model never saw is a miss for certain, and must not stop the evaluation.
        names = (*own, *(name for name in present if name not in own))
        positive = None
        if task == "binary":
            positive = self._positive if self._positive is not None else names[-1]
        return Predictions.from_model(
            model, X, truth, task=task, classes=names, positive=positive, threshold=self._threshold, rows=rows
        )

    def _refuse_touched(self, X: Any) -> None:
        if isinstance(X, pd.DataFrame) and self._training is not None:
            _refuse_shared(X, self._training)
        if self._folder is None or not seal.is_sealed(self._folder):
            return
        for frame, what, cure in (
            (self._training, "The model learned from rows of the sealed test set", "train it without them"),
            (
                X,
                "The given test rows are rows of the sealed test set",
                "leave X_test and y_test out, which opens it and counts the look",
            ),
        ):
            if not isinstance(frame, pd.DataFrame):
                continue
            touched = seal.sealed_rows_among(self._folder, frame)
            if touched:
                raise SealedError(what, value=f"{touched} rows", next_step=cure)

    def _cautions(self, others: tuple[OtherModel, ...]) -> tuple[str, ...]:
        said = []
        if not others:
            said.append("no other model was given, so nothing says whether these numbers are good.")
        if self._training is None:
            said.append("it is not known which rows the model learned from; name them with training_rows.")
        if self._look and self._look.over_budget:
            said.append("more looks at the sealed test set were taken than agreed; fresh rows restore its value.")
        return tuple(said)

    def _place(self) -> Place:
        own = self._out.resolve() if self._out is not None else Path.cwd() / DEFAULT_FOLDER
        if self._folder is None or self._out is not None:
            return Place(own.parent, own)
        name = re.sub(r"[^\w.-]+", "-", self.name).strip("-.") or DEFAULT_FOLDER
        return Place(self._folder.path, self._folder.reports / name)

    def _check_arguments(self) -> None:
        if (self._X is None) != (self._y is None):
            raise DataError("X_test and y_test belong together", next_step="give both, or neither with an increment")
        if self._X is None and self._folder is None:
            raise DataError(
                "There are no rows to judge the model on",
                next_step="give X_test and y_test, or an increment with a sealed test set",
            )
        if self._X is not None and len(self._X) != len(self._y):
            raise DataError("X_test and y_test differ in length", value=f"{len(self._X)} and {len(self._y)}")
        if self._metric is not None and self._task and self._task not in get_metric(self._metric).tasks:
            raise ProblemError(f"{self._metric} does not apply to a {self._task} problem", value=self._metric)


def _task(model: Any, truth: Any) -> Task:
    """What the model's own answers or, failing these, the true values say."""
    column = pd.Series(truth)
    numeric = is_numeric_dtype(column) and column.dtype != bool
    classifies = hasattr(model, "predict_proba") or hasattr(model, "classes_")
    whole = not is_float_dtype(column) or bool((column.dropna() % 1 == 0).all())
    if not classifies and numeric and (not whole or column.nunique() > MANY_VALUES):
        return "regression"
    return "binary" if column.nunique() <= 2 else "multiclass"


def _usual_metric(mine: Predictions) -> str:
    if mine.task == "regression":
        return default_metric("regression")
    if mine.scores is None:
        return "balanced_accuracy"
    share = np.unique(mine.truth, return_counts=True)[1].min() / max(len(mine), 1)
    return default_metric(mine.task, float(share))


def _refuse_shared(test: pd.DataFrame, training: pd.DataFrame) -> None:
    from specweave.data import row_hashes

    shared = [name for name in test.columns if name in training.columns]
    if not shared:
        return
    touched = int(np.isin(row_hashes(test[shared]), row_hashes(training[shared])).sum())
    own = len(training) - len(np.unique(row_hashes(training[shared])))
    # Where training rows repeat each other, as many test rows may repeat them by chance.
    if touched > 3 * own * len(test) / max(len(training), 1):
        raise DataError(
            "The model learned from rows it is to be judged on",
            value=f"{touched} of {len(test)} test rows",
            next_step="judge it on rows that training_rows does not hold",
        )
