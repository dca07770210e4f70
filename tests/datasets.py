"""Real data sets for tests and benchmarks; a test that needs one skips with the reason when it is not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER_VARIABLE = "SW_ML_DATASETS"
REPOSITORY = Path(__file__).resolve().parents[1]


def folder() -> Path:
    """The data folder: the variable SW_ML_DATASETS, or shared/data beside the clone."""
    return Path(os.environ.get(FOLDER_VARIABLE) or REPOSITORY.parent / "shared" / "data")


def dataset(relative: str) -> Path:
    """The path of a data file such as "tabular/titanic.csv.gz"; skips the test when it is absent."""
    found = folder() / relative
    if not found.exists():
        pytest.skip(f"data set {relative} is not in {folder()}; set {FOLDER_VARIABLE} to the folder that holds it")
    return found
