"""Whatever arguments a client sends, it gets an answer or a sentence, and nothing outside the project changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specweave import jobs
from specweave.errors import JobError, SpecweaveError
from specweave.tools import calls
from specweave.tools.contract import TOOLS
from specweave.workspace import Workspace

NAMES = [
    "table.csv",
    "broken.csv",
    "../outside.csv",
    "/etc/hostname",
    "missing.parquet",
    "",
    ".",
    "data",
    "sqlite:///x.db",
    "file:///etc/hostname",
]
WORDS = [
    "1",
    "0001",
    "0001-fuzz",
    "9999",
    "price",
    "Preis",
    "size",
    "latest",
    "../..",
    "exp-001",
    "roc_auc",
    "precision >= 0.9",
    "x" * 300,
    "\0",
    "ü\n#",
    "; rm -rf",
]
text = st.one_of(st.sampled_from(NAMES), st.sampled_from(WORDS), st.text(max_size=30))
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), text),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Mostly of the right type, sometimes anything."""
    return st.one_of(_typed(annotation), _typed(annotation), anything)


def _typed(annotation: Any) -> st.SearchStrategy[Any]:
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation is str:
        return text
    if annotation in (int, float):
        return st.integers(-5, 60)
    if annotation is bool:
        return st.booleans()
    if origin is list:
        return st.lists(_typed(inner[0]), max_size=3)
    if origin is dict:
        keys = st.sampled_from(
            ["delimiter", "encoding", "header_row", "decimal", "thousands", "missing_marks", "sheet", "colour"]
        )
        return st.dictionaries(keys, st.one_of(text, st.integers(-2, 5), st.lists(text, max_size=2)), max_size=3)
    if inner and all(isinstance(i, str) for i in inner):
        return st.sampled_from(inner)
    if inner:
        return st.one_of([_typed(i) for i in inner])
    return st.none()


def arguments_of(tool) -> st.SearchStrategy[dict[str, Any]]:
    fields = {
        name: values(field.annotation) for name, field in tool.arguments.model_fields.items() if name != "project"
    }
    required = {name for name, field in tool.arguments.model_fields.items() if field.is_required()}
    return st.fixed_dictionaries(
        {n: s for n, s in fields.items() if n in required},
        optional={n: s for n, s in fields.items() if n not in required},
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    top = tmp_path_factory.mktemp("world")
    root = top / "project"
    (root / "data").mkdir(parents=True)
    (top / "outside.csv").write_text("a,b\n1,2\n", "utf-8")
    (root / "table.csv").write_text(
        "price,size,town\n" + "".join(f"{i * 3 % 7},{i},{'AB'[i % 2]}\n" for i in range(40)), "utf-8"
    )
    (root / "broken.csv").write_bytes(b"\x00\xff\xfe,1\n" * 3)
    calls.perform("create_increment", {"request": "fuzz"}, root=str(root))
    return top


def state_outside(top: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in top.rglob("*") if p.is_file() and not p.is_relative_to(top / "project")}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_no_arguments_bring_a_traceback_or_a_file_outside_the_project(tool, world, monkeypatch):
    def refused(*_, **__):
        # A fuzzed call must not leave processes behind; what a job does is tested elsewhere.
        raise JobError("no job in this test")

    monkeypatch.setattr(jobs, "start", refused)
    before = state_outside(world)

    @settings(max_examples=60, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(arguments_of(tool))
    def attempt(raw):
        try:
            answer = calls.perform(tool.name, raw, root=str(world / "project"))
        except SpecweaveError as error:
            answer = str(error)
            assert "internal failure" not in answer, (raw, answer)
        assert isinstance(answer, str)
        assert answer
        assert "Traceback" not in answer
        assert state_outside(world) == before

    attempt()
    assert Workspace.find(world / "project").increment_folders()
