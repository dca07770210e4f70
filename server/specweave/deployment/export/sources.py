"""The user's own modules a trained model needs when it is loaded, so that they can lie beside the service."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from pathlib import Path

from specweave.errors import DeploymentError, listing
from specweave.workspace import storage_errors

LIBRARIES = frozenset({"builtins", "joblib", "lightgbm", "numpy", "pandas", "scipy", "sklearn", "xgboost"})
"""What the requirements of such a service hold."""


def own_sources(types: Iterable[str], root: Path) -> dict[str, str]:
    """Path below api/ and content of every module of the project that the types, or these modules, import.

    Raises DeploymentError for a type of a library the service does not install.
    """
    modules = {name.rpartition(".")[0] for name in types}
    wanted = sorted(module for module in modules if not _installed(module))
    strange = [module for module in wanted if _file(module, root) is None]
    if strange:
        raise DeploymentError(
            "The model has no form in ONNX and holds types of modules the service would not have",
            value=listing(strange),
            allowed=f"modules below {root}, scikit-learn, LightGBM and XGBoost",
            next_step="move the code into a module of the project and record the model again, or name another experiment",
        )
    found: dict[str, str] = {}
    while wanted:
        module = wanted.pop()
        path = _file(module, root)
        if path is None or (place := path.relative_to(root).as_posix()) in found:
            continue
        with storage_errors(path):
            found[place] = path.read_text("utf-8")
        wanted += _imported(found[place], module, is_package=path.name == "__init__.py")
        wanted += [module.rpartition(".")[0]] if "." in module else []
    return found


def _installed(module: str) -> bool:
    first = module.partition(".")[0]
    return first in LIBRARIES or first in sys.stdlib_module_names


def _file(module: str, root: Path) -> Path | None:
    """The source of a module of the project."""
    place = root.joinpath(*module.split("."))
    candidates = (place.with_name(f"{place.name}.py"), place / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def _imported(source: str, module: str, *, is_package: bool) -> list[str]:
    """Every name the source may import as a module; those that are none are passed over by who asks."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: None if is_package else -1]
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            names += [origin, *(f"{origin}.{alias.name}".strip(".") for alias in node.names)]
    return [name for name in names if name]
