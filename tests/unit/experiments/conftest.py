from __future__ import annotations

import json

import pytest

from specweave.workspace import IncrementFolder


@pytest.fixture
def folder(workspace) -> IncrementFolder:
    """An active increment without experiments."""
    path = workspace.increments / "0001-churn"
    path.mkdir()
    (path / "metadata.json").write_text(json.dumps({"id": path.name, "status": "active"}), "utf-8")
    return IncrementFolder(path)
