"""Every problem kind and model family has its module, its tests and its section."""

from __future__ import annotations

from pathlib import Path

import pytest

from specweave.extensions import extensions

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "server" / "specweave"
PAGE = (REPOSITORY / "docs" / "problem-kinds.md").read_text(encoding="utf-8")


def own(group):
    return {name: kind for name, kind in extensions(group).items() if kind.__module__.startswith("specweave.")}


def sections(mark):
    return {part.split("\n", 1)[0]: part.split("\n#", 1)[0] for part in PAGE.split(f"\n{mark} ")[1:]}


@pytest.mark.parametrize("name", own("problem_kinds"))
def test_a_kind_has_its_module_its_conformance_test_and_its_section(name):
    assert own("problem_kinds")[name].name == name
    assert (PACKAGE / "problems" / name).exists() or (PACKAGE / "problems" / f"{name}.py").exists()
    tests = (REPOSITORY / "tests" / "conformance" / f"test_{name}.py").read_text(encoding="utf-8")
    assert "(ProblemKindConformance)" in tests
    assert name in sections("##")


@pytest.mark.parametrize("name", own("model_families"))
def test_a_family_has_its_module_and_a_section_under_its_title(name):
    family = own("model_families")[name]
    assert family.name == name
    assert (PACKAGE / "problems" / "tabular" / "families" / f"{name}.py").exists()
    assert f"*{family.title}" in sections("###")[name]


def test_every_family_is_tested_by_being_registered():
    tests = REPOSITORY / "tests" / "unit" / "problems" / "tabular" / "families" / "test_families.py"
    assert "sorted(families())" in tests.read_text(encoding="utf-8")


def test_no_section_is_left_over():
    assert {name for name in sections("##") if name[0].islower()} == set(own("problem_kinds"))
    assert set(sections("###")) == set(own("model_families"))
