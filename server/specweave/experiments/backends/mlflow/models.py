"""A stored model as an MLflow model with a signature, written from the safe file of the record."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from specweave.experiments.backends.protocol import Run
from specweave.experiments.environment import main_packages
from specweave.workspace import IncrementFolder

# numpy's kinds of numbers as MLflow names them.
_TYPES = {"f": "double", "i": "long", "u": "long", "b": "boolean", "M": "datetime"}
_AT_PREDICTION = ("numpy", "pandas", "scipy", "scikit-learn", "lightgbm", "xgboost", "xgboost-cpu")


def log_model(client: Any, experiment_id: str, run_id: str, run: Run, facts: Mapping[str, Any]) -> None:
    """Log the model under the name "model"; a model that exists only as a pickle is logged as a plain file."""
    path = run.folder / str(facts["file"])
    if facts.get("format") != "skops":
        client.log_artifact(run_id, str(path), "pickles")
        return
    from mlflow.entities import LoggedModelOutput
    from mlflow.models import Model

    from specweave.experiments.models import load_model

    fitted = load_model(path, sha256=facts.get("sha256"))
    logged = client.create_logged_model(experiment_id, name="model", source_run_id=run_id)
    # Requirements are given: finding them out takes MLflow ten seconds and an import of everything.
    described = Model(
        artifact_path=logged.artifact_location, run_id=run_id, model_uuid=logged.model_id, model_id=logged.model_id
    )
    try:
        with tempfile.TemporaryDirectory() as staging:
            folder = Path(staging) / "model"
            _save(fitted, folder, described, signature(run, facts))
            client.log_model_artifacts(logged.model_id, str(folder))
    except BaseException:
        client.finalize_logged_model(logged.model_id, "FAILED")
        raise
    client.finalize_logged_model(logged.model_id, "READY")
    client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])


def _save(fitted: Any, folder: Path, described: Any, signed: Any) -> None:
    import mlflow.sklearn

    versions = main_packages()
    requirements = [f"{name}=={versions[name]}" for name in _AT_PREDICTION if name in versions]
    with _quiet("mlflow.sklearn", "mlflow.utils.environment"):
        # MLflow's own list of safe types knows neither forests nor LightGBM, so its default refuses them.
        mlflow.sklearn.save_model(
            fitted,
            str(folder),
            mlflow_model=described,
            serialization_format="cloudpickle",
            pip_requirements=[*requirements, "cloudpickle"],
            signature=signed,
        )


@contextlib.contextmanager
def _quiet(*names: str) -> Iterator[None]:
    """Without MLflow's warning that cloudpickle is no safe format: the safe file lies in the record."""
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def signature(run: Run, facts: Mapping[str, Any]) -> Any:
    """Columns and their types as the training data had them; any type where nobody said; None without column names."""
    from mlflow.models import ModelSignature
    from mlflow.types.schema import ColSpec, Schema

    names = facts.get("features") or []
    if not names:
        return None
    types = {column["name"]: column["type"] for column in facts.get("inputs") or []} or _types_in_training_data(run)
    inputs = Schema([ColSpec(_type(types.get(str(name))), str(name)) for name in names])
    output = "double" if facts.get("task") == "regression" else None
    if facts.get("classes"):
        output = "string" if all(isinstance(c, str) for c in facts["classes"]) else "long"
    return ModelSignature(inputs=inputs, outputs=None if output is None else Schema([ColSpec(output)]))


def _type(name: str | None) -> Any:
    from mlflow.types.schema import AnyType

    if name is None:
        return AnyType()  # type: ignore[no-untyped-call]
    return _TYPES.get(name, "string")


def _types_in_training_data(run: Run) -> dict[str, str]:
    """The kind of each column of the increment's training rows; empty where no data was prepared."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # The types alone: the rows are not needed here.
        schema = pq.read_schema(IncrementFolder(run.folder.parent.parent).data / "training.parquet")
    except (pa.ArrowException, OSError):
        return {}
    dtypes = schema.empty_table().to_pandas().dtypes
    return {str(name): getattr(dtype, "kind", "O") for name, dtype in dtypes.items()}
