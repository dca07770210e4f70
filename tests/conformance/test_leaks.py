"""Every registered leak detector: the three files it needs, and the manners its callers rely on."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from specweave.extensions import extensions
from specweave.leakage.conformance import DetectorConformance

REPOSITORY = Path(__file__).resolve().parents[2]
MODULES = REPOSITORY / "server" / "specweave" / "leakage" / "detectors"
TESTS = REPOSITORY / "tests" / "unit" / "leakage" / "detectors"
PAGE = REPOSITORY / "docs" / "leaks.md"
DETECTORS = extensions("leaks")
OWN = {code: kind for code, kind in DETECTORS.items() if kind.__module__.startswith("specweave.")}


def sections():
    text = PAGE.read_text(encoding="utf-8")
    return {part.split("\n", 1)[0].strip("` "): part for part in text.split("\n## ")[1:]}


@pytest.mark.parametrize("code", OWN)
def test_a_detector_has_its_module_its_test_and_its_section(code):
    module = code.replace("-", "_")
    assert (MODULES / f"{module}.py").is_file()
    tests = (TESTS / f"test_{module}.py").read_text(encoding="utf-8")
    assert "(DetectorConformance)" in tests, f"test_{module}.py does not inherit the conformance tests"
    assert code in sections(), f"docs/leaks.md has no section `## {code}`"


@pytest.mark.parametrize("code", OWN)
def test_a_section_says_what_is_found_what_is_not_and_what_to_do(code):
    section = sections()[code]
    assert OWN[code].title in section
    for word in ("**Certain**", "**Silent**", "**Remedy**"):
        assert word in section, f"the section {code} of docs/leaks.md lacks {word}"


def test_no_module_test_or_section_is_left_over():
    expected = {code.replace("-", "_") for code in OWN}
    assert {p.stem for p in MODULES.glob("[!_]*.py")} == expected
    assert {p.stem.removeprefix("test_") for p in TESTS.glob("test_*.py")} == expected
    assert {name for name in sections() if not name[0].isupper()} == set(OWN)


@pytest.mark.parametrize("code", DETECTORS)
class TestManners:
    def suite(self, code) -> DetectorConformance:
        return type("Suite", (DetectorConformance,), {"detector": DETECTORS[code]})()

    def test_the_code_is_the_registered_name(self, code):
        self.suite(code).test_has_a_code_and_a_title()
        assert DETECTORS[code].code == code

    def test_silent_on_noise(self, code):
        self.suite(code).test_is_silent_on_noise()

    def test_survives_odd_tables(self, code):
        self.suite(code).test_survives_odd_tables()


@pytest.mark.parametrize("code", OWN)
def test_a_detector_lives_in_one_file_and_knows_no_other(code):
    tree = ast.parse((MODULES / f"{code.replace('-', '_')}.py").read_text(encoding="utf-8"))
    imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in imported if name.startswith("specweave.leakage.detectors")]
