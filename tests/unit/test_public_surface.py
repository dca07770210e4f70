from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import specweave

PUBLIC = [
    "DeploymentError",
    "ExperimentPipeline",
    "ModelEvaluator",
    "ModelExplainer",
    "SpecweaveError",
    "Workspace",
    "compare_experiments",
    "configure_mlflow",
    "configure_wandb",
    "create_model_api",
    "load_test_model",
    "register_tracking_backend",
    "reproduce_experiment",
    "track_experiment",
]


def test_public_names_are_exactly_these_and_sorted():
    assert specweave.__all__ == sorted(PUBLIC)
    assert set(PUBLIC) <= set(dir(specweave))


@pytest.mark.parametrize("name", PUBLIC)
def test_public_name_is_there_and_documented(name):
    assert getattr(specweave, name).__doc__


def test_version_is_that_of_the_distribution():
    assert specweave.__version__ == version("sw-ml")


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        specweave.nothing  # noqa: B018


def _loaded(program):
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{program}\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


HEAVY = {"pandas", "numpy", "pydantic", "sklearn", "yaml", "jinja2", "matplotlib", "psutil", "skops"}


def test_import_of_the_package_loads_nothing_else():
    loaded = _loaded("import specweave")
    assert not loaded & HEAVY
    assert not any(name.startswith("specweave.") for name in loaded)


def test_recording_loads_the_standard_library_only():
    assert not _loaded("from specweave import track_experiment, Workspace, SpecweaveError") & HEAVY


def test_recording_is_imported_without_installed_packages():
    package = Path(specweave.__file__).parents[1]
    program = f"import sys; sys.path.insert(0, {str(package)!r}); from specweave import track_experiment"
    subprocess.run([sys.executable, "-S", "-c", program], check=True)
