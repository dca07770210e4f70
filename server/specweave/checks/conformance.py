"""The tests every check has to pass, ours and third parties' alike.

    class TestNoNightlyData(CheckConformance):
        def check(self):
            return NoNightlyData()

        def broken(self, root):      # an increment below `root` in which the check must fire
            ...

        def sound(self, root):       # a healthy one, best one that looks suspicious
            ...

        def unknowable(self, root):  # one in which the question cannot be asked
            ...

Run by pytest; nothing here imports it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from specweave.checks.base import Check, Verdict
from specweave.checks.running import run_checks
from specweave.workspace import IncrementFolder


class CheckConformance:
    """Inherit from it in a test module and give the check and its three cases."""

    def check(self) -> Check:
        raise NotImplementedError

    def broken(self, root: Path) -> IncrementFolder:
        raise NotImplementedError

    def sound(self, root: Path) -> IncrementFolder:
        raise NotImplementedError

    def unknowable(self, root: Path) -> IncrementFolder:
        raise NotImplementedError

    def test_it_has_a_code_a_title_and_a_severity(self) -> None:
        check = self.check()
        assert isinstance(check, Check)
        assert re.fullmatch(r"[A-Z]{2,6}\d{3}", check.code)
        assert 2 <= len(check.title.split()) <= 8
        assert not check.title.endswith(".")
        assert check.severity in ("error", "warning")
        assert type(check).__doc__

    def test_it_fires_on_the_planted_defect(self, tmp_path: Path) -> None:
        verdict = self._verdict(self.broken, tmp_path)
        assert verdict.outcome in ("failed", "warned")
        assert verdict.evidence
        assert verdict.remedy is not None

    def test_it_stays_silent_on_a_healthy_case(self, tmp_path: Path) -> None:
        folder = self.sound(tmp_path)
        verdict = self.check().run(folder)
        assert verdict.outcome == "passed"
        assert verdict.remedy is None
        assert all((folder.path / name).exists() for name in verdict.evidence)

    def test_it_says_why_it_cannot_tell(self, tmp_path: Path) -> None:
        assert self._verdict(self.unknowable, tmp_path).outcome == "not applicable"

    def test_it_changes_nothing(self, tmp_path: Path) -> None:
        for case in (self.broken, self.sound, self.unknowable):
            folder = case(tmp_path / case.__name__)
            before = _contents(folder)
            self.check().run(folder)
            assert _contents(folder) == before

    def test_its_result_is_json_and_comes_back(self, tmp_path: Path) -> None:
        (result,) = run_checks(self.broken(tmp_path), [self.check()])
        assert type(result).model_validate_json(result.model_dump_json()) == result

    def _verdict(self, case: Callable[[Path], IncrementFolder], root: Path) -> Verdict:
        verdict = self.check().run(case(root))
        assert verdict.sentence
        assert verdict.outcome == "not applicable" or verdict.sentence.endswith(".")
        return verdict


def _contents(folder: IncrementFolder) -> dict[Path, bytes]:
    # Lock files carry nothing; taking a lock to read is allowed.
    files = (path for path in folder.path.rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    return {path: path.read_bytes() for path in files}
