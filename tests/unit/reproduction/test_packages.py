from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from specweave.errors import ExperimentError
from specweave.reproduction.packages import package_changes, packages_of, recorded_packages

METADATA = {"packages": {"numpy": "2.0.0", "sw-ml": "0.0.1"}, "python": {"version": "3.11.1"}}


@pytest.fixture
def record(tmp_path):
    lines = "".join(f"{name}==1.0\n" for name in ("numpy", "attrs", "tqdm", "a-b", "c", "d", "e"))
    (tmp_path / "packages.txt").write_text(lines + "not a requirement\n", "utf-8")
    return tmp_path


def test_the_list_is_read_and_odd_lines_are_passed_over(record, tmp_path):
    assert len(recorded_packages(record)) == 7
    assert recorded_packages(tmp_path / "none") == {}


def test_this_python_names_its_version_and_packages():
    version, found = packages_of(Path(sys.executable), dict(os.environ))
    assert version.startswith("3.")
    assert {"numpy", "scikit-learn"} <= found.keys()


def test_a_python_that_does_not_answer_is_an_error(tmp_path):
    silent_one = tmp_path / "python"
    silent_one.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    silent_one.chmod(0o755)
    with pytest.raises(ExperimentError, match="does not answer"):
        packages_of(silent_one, dict(os.environ))


def test_deciding_packages_have_a_sentence_each_and_others_one_together(record):
    now = {"numpy": "2.1.0", "attrs": "1.0", "tqdm": "2.0"}
    found = [(c.kind, c.sentence) for c in package_changes(record, METADATA, "3.12.0", now)]
    assert found[0] == ("package changed", "numpy 2.0.0 is now 2.1.0")
    assert "tqdm 1.0 is now 2.0; a-b 1.0 is not installed any more" in found[1][1]
    assert ("package changed", "Python 3.11.1 is now 3.12.0") in found
    assert [kind for kind, sentence in found if sentence.startswith("sw-ml 0.0.1 is now")] == ["code changed"]


def test_nothing_is_said_when_nothing_changed(tmp_path):
    (tmp_path / "packages.txt").write_text("numpy==2.0.0\n", "utf-8")
    metadata = {"packages": {"numpy": "2.0.0"}, "python": {"version": "3.12.0"}}
    assert package_changes(tmp_path, metadata, "3.12.0", {"numpy": "2.0.0", "more": "1"}) == []
