"""Every registered rule over code: the three files it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from specweave.extensions import extensions

REPOSITORY = Path(__file__).resolve().parents[2]
MODULES = REPOSITORY / "server" / "specweave" / "leakage" / "code" / "rules"
TESTS = REPOSITORY / "tests" / "unit" / "leakage" / "code" / "rules"
PAGE = (REPOSITORY / "docs" / "code-leaks.md").read_text("utf-8")
OWN = {code: kind for code, kind in extensions("code_leaks").items() if kind.__module__.startswith("specweave.")}


@pytest.mark.parametrize("code", OWN)
def test_a_rule_has_its_module_its_test_and_its_section(code):
    module = code.replace("-", "_")
    assert OWN[code].code == code
    assert (MODULES / f"{module}.py").is_file()
    assert "(RuleConformance)" in (TESTS / f"test_{module}.py").read_text("utf-8")
    section = PAGE.split(f"\n## {code}\n", 1)[1].split("\n## ", 1)[0]
    assert OWN[code].title in section
    assert "**Fires**" in section
    assert "**Silent**" in section


def test_no_module_test_or_section_is_left_over():
    expected = {code.replace("-", "_") for code in OWN}
    assert {path.stem for path in MODULES.glob("[!_]*.py")} == expected
    assert {path.stem.removeprefix("test_") for path in TESTS.glob("test_*.py")} == expected
    titles = [part.split("\n", 1)[0] for part in PAGE.split("\n## ")[1:]]
    assert {title for title in titles if not title[0].isupper()} == set(OWN)
