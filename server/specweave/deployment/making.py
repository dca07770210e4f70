"""The files of a deployment: model, API, requirements, container, monitoring."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from specweave.deployment.challenging import Challenger, export_challenger, write_routing
from specweave.deployment.container import Container, container_name, write_container
from specweave.deployment.result import Model
from specweave.errors import DeploymentError
from specweave.experiments import ExperimentSummary
from specweave.problem import Problem
from specweave.progress import Progress, silent
from specweave.workspace import IncrementFolder, Workspace

FOLDER = "deployment"
_MEMORY_FACTOR = 3
_LEAST_MEMORY_MIB = 384
# scikit-learn and pandas alone take about 200 MB.
_LEAST_MEMORY_OF_ORIGINAL_MIB = 768


@dataclass(frozen=True)
class MadeService:
    """A generated service in `folder`: api/, requirements.txt, Dockerfile and what belongs to them."""

    folder: Path
    model: Model
    features: tuple[str, ...]
    container: Container
    files: tuple[Path, ...]
    challenger: Model | None = None


def create_model_api(
    model_path: str | Path | None = None,
    increment: str | int | IncrementFolder | None = None,
    framework: Literal["fastapi"] = "fastapi",
    *,
    experiment: str | None = None,
    challenger: str | Challenger | None = None,
    progress: Progress = silent,
) -> Path:
    """Write a service for a model of the increment into its deployment/ folder; the folder of the API.

    The model is exported whole to ONNX and compared with the original; one that has no equal form there is served as it is, from a skops
    file behind an allow-list of types. Nothing is started (see `sw-ml deploy` for that).

    Parameters
    ----------
    model_path : optional
        A model file of one of the increment's experiments, such as ``"…/experiments/exp-003-lightgbm/model.skops"``, or the
        experiment's folder. Without it and without `experiment` the best experiment is taken.
    increment : optional
        ``"0042"``; the current one when absent.
    framework : str
        ``"fastapi"`` is what there is.
    challenger : optional
        Another experiment that answers a tenth of the units (or as `Challenger` says), for an A/B test.

    Raises
    ------
    DeploymentError
        Another framework, or a model file that belongs to no experiment of the increment.
    """
    from specweave.spec_file import read_problem

    if framework != "fastapi":
        raise DeploymentError("No generator for that framework", value=framework, allowed="fastapi")
    folder = _folder(increment)
    if model_path is not None:
        experiment = _experiment_of(folder, Path(model_path), experiment)
    other = Challenger(challenger) if isinstance(challenger, str) else challenger
    made = make_service(folder, read_problem(folder), experiment=experiment, challenger=other, progress=progress)
    return made.folder / "api"


def make_service(
    folder: IncrementFolder,
    problem: Problem,
    *,
    experiment: str | None = None,
    challenger: Challenger | None = None,
    progress: Progress = silent,
) -> MadeService:
    """Export the best (or named) experiment and write its service into deployment/; nothing is started.

    A challenger is a second model behind the same API; see docs/ab-tests.md.
    """
    from specweave.deployment.api import generate_api
    from specweave.deployment.export import export
    from specweave.deployment.monitoring.files import Watching, write_monitoring
    from specweave.evaluation.choice import chosen_experiment, model_facts

    target = folder.path / FOLDER
    record = chosen_experiment(folder, problem, experiment)
    progress(0, 4, f"exporting {record.id}")
    exported = export(folder, record.id)
    progress(2, 4, "writing the API")
    other = None if challenger is None else export_challenger(folder, problem, challenger, exported)
    written = generate_api(exported, target, challenger=other)
    written += write_routing(target / "api", folder, challenger)
    if "reference.json" not in {path.name for path in written}:
        written += _reference(folder, problem, record, target / "api")
    source = model_facts(record).get("sha256")
    container = _container(folder, record.id, str(source or ""), exported)
    progress(3, 4, "writing container and monitoring")
    written += write_container(target, container)
    watching = Watching(name=container.name, latency_ms=problem.constraints.latency_ms)
    written += write_monitoring(target / "monitoring", watching)
    return MadeService(
        folder=target,
        model=_model(record.id, source, exported),
        features=tuple(column.name for column in exported.signature.columns),
        container=container,
        files=tuple(written),
        challenger=None if other is None else _model(other.record.id, other.signature.source_model_sha256, other),
    )


def _reference(folder: IncrementFolder, problem: Problem, record: ExperimentSummary, api: Path) -> list[Path]:
    """What drift is measured against, beside the service."""
    from specweave.data import seal
    from specweave.deployment.monitoring.reference import FILE, reference_of, write_reference
    from specweave.evaluation.recorded_model import load_recorded

    model = load_recorded(record, problem, seal.read_seal(folder).target)
    return [write_reference(api / FILE, reference_of(folder, record, model))]


def _folder(increment: str | int | IncrementFolder | None) -> IncrementFolder:
    if isinstance(increment, IncrementFolder):
        return increment
    workspace = Workspace.find()
    return workspace.current_increment() if increment is None else workspace.increment(increment)


def _experiment_of(folder: IncrementFolder, path: Path, named: str | None) -> str:
    """The experiment a model file belongs to; paths are relative to the project, the working directory or the increment."""
    places = [path] if path.is_absolute() else [base / path for base in (Path.cwd(), folder.root, folder.path)]
    for place in places:
        full = place.resolve()
        if full.exists() and full.is_relative_to(folder.experiments.resolve()):
            found = full.relative_to(folder.experiments.resolve()).parts[0]
            if named in (None, found):
                return found
    raise DeploymentError(
        "The model belongs to no experiment of the increment, so its columns and rows are not known",
        value=str(path),
        allowed=f"a file below {folder.experiments}",
        next_step=f'record it with track_experiment, or leave model_path out to take the best of "{folder.id}"',
    )


def _container(folder: IncrementFolder, experiment: str, sha256: str, exported: Any) -> Container:
    size = Path(exported.path).stat().st_size
    least = _LEAST_MEMORY_MIB if exported.format == "onnx" else _LEAST_MEMORY_OF_ORIGINAL_MIB
    return Container(
        name=container_name(folder.id.split("-", 1)[1]),
        version=f"{folder.number:04d}-{sha256[:8] or experiment}",
        description=f"Predictions of {experiment}, increment {folder.id}",
        start_s=30 if exported.format == "onnx" else 120,
        memory_mib=max(least, 128 + _MEMORY_FACTOR * round(size / 2**20)),
    )


def _model(experiment: str, source: object, exported: Any) -> Model:
    equality = exported.equality.model_dump(mode="json")
    return Model(
        experiment=experiment,
        source_sha256=None if source is None else str(source),
        file=f"api/{Path(exported.path).name}",
        format=exported.format,
        bytes=Path(exported.path).stat().st_size,
        equality=equality,
        note=getattr(exported, "note", None),
    )
