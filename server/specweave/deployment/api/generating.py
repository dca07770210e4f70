"""Writes the source of a service for an exported model."""

from __future__ import annotations

import keyword
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from specweave.deployment.api import gathering
from specweave.deployment.export import MODEL, ORIGINAL, Exported, original
from specweave.deployment.export.original import TRUSTED
from specweave.deployment.monitoring.files import monitor_source
from specweave.deployment.signature import InputColumn, Signature, is_truth
from specweave.errors import DeploymentError, listing
from specweave.rendering import render
from specweave.workspace import write_bytes, write_json, write_text

PACKAGE = "specweave.deployment.api"
CHALLENGER = "challenger.onnx"
BATCHING = "batching.py"
MAX_ROWS = 1000
_NAMED_CATEGORIES = 20
_ONLY_FOR_ORIGINAL = {"original.py": original.__file__, "gathering.py": gathering.__file__}
_FOR_ALL = ("settings.py", "prediction.py", "service.py", "refusals.py")
_TYPES = {"number": "float", "date": "str", "category": "str"}


def generate_api(exported: Exported, target: Path, *, challenger: Exported | None = None) -> list[Path]:
    """Write api/ and requirements.txt into `target`; their paths. With a challenger also what routes between two models.

    The sources need nothing of this package when they run. The model is copied beside them when it lies elsewhere;
    reference.json is written by `monitoring.reference`.
    """
    api, signature = target / "api", exported.signature
    kind = {"challenger": challenger is not None, "original": exported.format == "skops", "model": exported.path.name}
    written = [
        write_text(api / "main.py", _main(signature, kind)),
        write_text(api / "models.py", _models(signature)),
    ]
    written += [write_text(api / name, render(PACKAGE, f"{name}.jinja", **kind)) for name in _FOR_ALL]
    written += [write_text(api / "monitor.py", monitor_source()), signature.write(api)]
    written += _of_original(api, exported)
    model = _beside(api, exported, exported.path.name)
    if challenger is not None:
        check_fit(signature, challenger.signature)
        written += [write_text(api / "two_models.py", render(PACKAGE, "two_models.py.jinja"))]
        written += [_beside(api, challenger, CHALLENGER)]
        written += [write_json(api / "challenger.json", challenger.signature.model_dump(mode="json"))]
    if kind["challenger"] or kind["original"]:
        (api / BATCHING).unlink(missing_ok=True)
    else:
        written += [write_text(api / BATCHING, render(PACKAGE, f"{BATCHING}.jinja"))]
    return [*written, model, write_text(target / "requirements.txt", requirements_for(exported))]


def check_fit(control: Signature, challenger: Signature) -> None:
    """Raise DeploymentError unless the challenger can answer every request made for the control, in the same words."""
    known = {column.name: column.reading for column in control.columns}
    strange = [c.name for c in challenger.columns if known.get(c.name) != c.reading]
    if strange:
        raise DeploymentError(
            "The challenger wants columns that requests to this service do not hold, or reads them otherwise",
            value=listing(strange),
            allowed=listing(list(known)),
            next_step="take a challenger of the same columns, or let it be the control",
        )
    if (control.task, control.target, control.classes) != (challenger.task, challenger.target, challenger.classes):
        raise DeploymentError(
            "The challenger answers another question",
            value=f"{challenger.target}: {listing(list(challenger.classes)) or challenger.task}",
            allowed=f"{control.target}: {listing(list(control.classes)) or control.task}",
        )


def _beside(api: Path, exported: Exported, name: str) -> Path:
    model = api / name
    if model.resolve() != exported.path.resolve():
        write_bytes(model, exported.path.read_bytes())
    return model


def requirements_for(exported: Exported) -> str:
    """Exact versions with hashes: of an ONNX runtime, or of scikit-learn and what else the trained model holds."""
    if exported.format == "onnx":
        return _shipped("requirements.txt")
    libraries = {name.partition(".")[0] for name in exported.types}
    boosters = [f"requirements-{name}.txt" for name in ("lightgbm", "xgboost") if name in libraries]
    return "".join(map(_shipped, ("requirements-original.txt", *boosters)))


def _of_original(api: Path, exported: Exported) -> list[Path]:
    """What runs a trained model that has no form in ONNX; for one that has, what an earlier deployment left is taken away."""
    if exported.format == "onnx":
        for name in (*_ONLY_FOR_ORIGINAL, TRUSTED, ORIGINAL):
            (api / name).unlink(missing_ok=True)
        return []
    (api / MODEL).unlink(missing_ok=True)
    taken = {"main.py", "models.py", "monitor.py", *_FOR_ALL, *_ONLY_FOR_ORIGINAL} & set(exported.sources)
    if taken:
        raise DeploymentError(
            "A module the model needs has the name of a file of the service",
            value=listing(sorted(taken)),
            next_step="rename the module and record the model again",
        )
    shipped = {name: Path(place).read_text("utf-8") for name, place in _ONLY_FOR_ORIGINAL.items()}
    sources = shipped | exported.sources
    written = [write_text(api / name, text) for name, text in sources.items()]
    return [*written, write_json(api / TRUSTED, sorted(exported.types))]


def _shipped(name: str) -> str:
    return files(PACKAGE).joinpath(name).read_text("utf-8")


def _main(signature: Signature, kind: dict[str, Any]) -> str:
    version = (signature.model_sha256 or "0")[:12]
    what = f"{signature.target} of {signature.increment}"
    return _formatted(
        render(
            PACKAGE,
            "main.py.jinja",
            title=_one_line(f"Predictions of {what}, by {signature.experiment}."),
            name=_literal(f"Predictions of {what}"),
            version=version,
            description=_literal(f"Answers of {signature.experiment}, increment {signature.increment}."),
            classes=signature.classes,
            **kind,
        )
    )


def _models(signature: Signature) -> str:
    names = _fields([column.name for column in signature.columns])
    return _formatted(
        render(
            PACKAGE,
            "models.py.jinja",
            columns=[_described(column, name) for column, name in zip(signature.columns, names, strict=True)],
            classes=signature.classes,
            max_rows=MAX_ROWS,
            examples=repr(list(signature.examples)),
        )
    )


def _described(column: InputColumn, field: str) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if column.reading == "category":
        shown = column.categories[:_NAMED_CATEGORIES]
        said = f"Category; {len(column.categories)} in training"
        extra["x-training-categories"] = list(shown)
    elif column.reading == "date":
        said = "Date or time, ISO 8601"
    elif is_truth(column.dtype):
        said = "True or false"
    else:
        said = f"Number; in training from {column.low:g} to {column.high:g}" if column.low is not None else "Number"
        extra["x-training-range"] = [column.low, column.high]
    said += "; missing values occurred" if column.missing_in_training else "; never missing in training"
    said += "; the model takes no row without it" if column.required else ""
    if column.reading == "date":
        kinds = [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}, {"type": "null"}]
        extra["anyOf"] = kinds[:2] if column.required else kinds
    return {
        "field": field,
        "reading": column.reading,
        "literal": _literal(column.name),
        "renamed": field != column.name,
        "closed": column.closed,
        "type": _type(column),
        "description": _literal(said + "."),
        "examples": repr([column.example]),
        "extra": repr(extra),
    }


def _type(column: InputColumn) -> str:
    """The Python type of a cell; where the model refuses other categories, the ones it takes."""
    plain = "bool" if is_truth(column.dtype) else _TYPES[column.reading]
    if column.closed:
        plain = f"Literal[{', '.join(map(repr, column.categories))}]"
    return plain if column.required else f"{plain} | None"


def _fields(names: list[str]) -> list[str]:
    """A Python name for each column, all different."""
    found: list[str] = []
    for name in names:
        plain = re.sub(r"\W+", "_", name).strip("_") or "column"
        if not plain.isidentifier() or keyword.iskeyword(plain) or not plain.isascii():
            plain = "column_" + re.sub(r"[^0-9A-Za-z_]", "", plain)
        candidate, n = plain, 2
        while candidate in found:
            candidate, n = f"{plain}_{n}", n + 1
        found.append(candidate)
    return found


def _literal(text: str) -> str:
    return repr(text)


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("\\", "/").replace('"', "'")


def _formatted(source: str) -> str:
    """As the formatter writes it where it is at hand; the text is valid without."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=120", "-"],
            input=source,
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return source
    return done.stdout
