"""Every registered check is complete: module, tests, documentation; and none of them stumbles."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import increment_factory as made
from specweave.checks import registered_checks, run_checks
from specweave.checks.conformance import CheckConformance
from specweave.checks.experiments_recorded import ExperimentsRecorded
from specweave.extensions import extensions

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "server" / "specweave" / "checks"
DOCUMENT = (REPOSITORY / "docs" / "checks.md").read_text("utf-8")
CHECKS = registered_checks()
ids = [check.code for check in CHECKS]


def module_of(check):
    return type(check).__module__.rsplit(".", 1)[1]


def test_the_registered_checks_are_those_of_pyproject():
    declared = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    names = declared["project"]["entry-points"]["specweave.checks"]
    assert set(names) <= set(extensions("checks"))
    assert all(value.split(":")[0] == f"specweave.checks.{name}" for name, value in names.items())


def test_every_module_with_a_check_is_registered():
    with_code = {
        path.stem for path in PACKAGE.glob("*.py") if re.search(r'^    code = "', path.read_text("utf-8"), re.MULTILINE)
    }
    assert with_code == {module_of(check) for check in CHECKS}


def test_codes_are_used_once():
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("check", CHECKS, ids=ids)
def test_a_check_has_a_test_file_that_inherits_the_conformance_tests(check):
    path = REPOSITORY / "tests" / "unit" / "checks" / f"test_{module_of(check)}.py"
    assert path.exists()
    assert re.search(r"^class Test\w+\(CheckConformance\):", path.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("check", CHECKS, ids=ids)
def test_a_check_has_a_section_in_the_documentation(check):
    assert f"\n## {check.code} {check.title}\n" in DOCUMENT


def test_the_documentation_describes_no_check_that_is_not_there():
    assert re.findall(r"^## (ML\d+)", DOCUMENT, re.MULTILINE) == ids


def damage(folder, name):
    for path in sorted(folder.path.rglob(name)):
        path.chmod(0o600)
        path.write_bytes(b"\xff\x00 damaged {[")


@pytest.mark.parametrize(
    "name",
    [
        "spec.md", "metadata.json", "metadata.yaml", "metrics.json", "params.json", "model.skops", "split.json", "looks.jsonl",
        "looks-head.json", "leaks.json", "evaluation.json", "training.parquet", "test.parquet", "evaluation-report.md",
    ],
)  # fmt: skip
def test_whatever_file_is_damaged_every_check_answers_in_a_sentence(workspace, name):
    folder = made.worked(made.increment(workspace))
    (folder.reports / "evaluation-report.md").write_text("# Report\n", "utf-8")
    damage(folder, name)
    results = run_checks(folder)
    assert [r.code for r in results] == ids
    assert not [r.sentence for r in results if "broke off" in r.sentence]


def test_an_increment_without_any_work_fails_nothing(workspace):
    assert {r.verdict for r in run_checks(made.increment(workspace))} == {"not applicable"}


def test_the_conformance_tests_themselves_can_fail(tmp_path):
    class Silent(ExperimentsRecorded):
        def run(self, folder):
            (folder.path / "trace.txt").write_text("x")
            return super().run(made.increment(made.Workspace.find(folder.path)))

    class Case(CheckConformance):
        def check(self):
            return Silent()

        def broken(self, root):
            return made.place(root)

        sound = unknowable = broken

    case = Case()
    with pytest.raises(AssertionError):
        case.test_it_fires_on_the_planted_defect(tmp_path / "a")
    with pytest.raises(AssertionError):
        case.test_it_stays_silent_on_a_healthy_case(tmp_path / "b")
    with pytest.raises(AssertionError):
        case.test_it_changes_nothing(tmp_path / "c")
