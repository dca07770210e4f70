"""Preprocessing inside the pipeline: typed columns, then what trees or linear models need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

from specweave.problem import Task
from specweave.problems.base import Column
from specweave.problems.tabular.hinges import Hinges
from specweave.problems.tabular.typed_columns import TypedColumns

RARE = 10
KNOTS = 5
_TARGET_TYPES = {"binary": "binary", "multiclass": "multiclass", "regression": "continuous"}


def typed(columns: Sequence[Column]) -> TypedColumns:
    """The first step of every pipeline."""
    return TypedColumns(
        numbers=_named(columns, "number"),
        dates=_named(columns, "date"),
        categories=[*_named(columns, "category"), *_named(columns, "many")],
    )


def pipeline(columns: Sequence[Column], encoding: ColumnTransformer, model: Any) -> Pipeline:
    """Raw columns to predictions."""
    return Pipeline([("columns", typed(columns)), ("encode", encoding), ("model", model)])


def for_trees(columns: Sequence[Column], task: Task, seed: int, *, one_hot: bool = False) -> ColumnTransformer:
    """Numbers as they are with NaN, categories as ordinals (or one-hot), many-valued ones by their mean target.

    Rare and unknown categories are NaN for ordinals, so trees send them the way of the missing.
    """
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan)
    return _transformer(
        columns,
        numbers="passthrough",
        categories=_one_hot() if one_hot else ordinal,
        many=_target_means(task, seed),
    )


def for_forest(columns: Sequence[Column], task: Task, seed: int) -> ColumnTransformer:
    """As for trees, with missing values filled, because not every forest takes NaN."""
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1)
    return _transformer(
        columns,
        numbers=SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        categories=ordinal,
        many=_target_means(task, seed),
    )


def for_linear(columns: Sequence[Column], task: Task, seed: int, *, splines: bool = False) -> ColumnTransformer:
    """Numbers filled with medians (missing indicators beside them) and scaled, categories one-hot.

    With `splines` a number becomes a line bent at its quantiles.
    """
    shape = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    if splines:
        shape.steps.insert(1, ("curve", Hinges(KNOTS)))
    return _transformer(
        columns,
        numbers=shape,
        missing=MissingIndicator(error_on_new=False),
        categories=_one_hot(),
        many=make_pipeline(_target_means(task, seed), StandardScaler()),
    )


def _one_hot() -> OneHotEncoder:
    return OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=RARE, sparse_output=False)


def _target_means(task: Task, seed: int) -> TargetEncoder:
    facts: dict[str, Any] = {"target_type": _TARGET_TYPES[task], "smooth": "auto"}
    if _version() >= (1, 9):
        # Since 1.9 the shuffling of the cross-fitting is said through the splitter.
        facts["cv"] = KFold(5, shuffle=True, random_state=seed)
    else:  # pragma: no cover - covered by the run with the oldest dependencies
        facts["random_state"] = seed
    return TargetEncoder(**facts)


def _version() -> tuple[int, ...]:
    return tuple(int(part) for part in sklearn.__version__.split(".")[:2])


def _transformer(
    columns: Sequence[Column], *, numbers: Any, categories: Any, many: Any, missing: Any = None
) -> ColumnTransformer:
    typing = typed(columns)
    numeric = [n for n in typing.get_feature_names_out().tolist() if n not in typing.categories]
    steps = [
        ("numbers", numbers, numeric),
        ("missing", missing, numeric if missing is not None else []),
        ("categories", categories, _named(columns, "category")),
        ("many", many, _named(columns, "many")),
    ]
    return ColumnTransformer([step for step in steps if step[2]], verbose_feature_names_out=False)


def _named(columns: Sequence[Column], reading: str) -> list[str]:
    return [c.name for c in columns if c.reading == reading]
