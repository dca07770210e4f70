"""Tests every leak detector has to pass; inherit the class, name the detector and plant a leak.

class TestMyDetector(DetectorConformance):
    detector = MyDetector

    def planted(self) -> Material: ...
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd

from specweave.leakage.finding import Detector, Examination
from specweave.leakage.material import Material
from specweave.leakage.search import answer
from specweave.problem import Task

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")


class DetectorConformance:
    """What a registered detector owes its callers, whatever it looks for."""

    detector: ClassVar[type[Detector]]

    def planted(self) -> Material:
        """A table with the leak the detector is for."""
        raise NotImplementedError

    def examined(self, material: Material) -> Examination:
        return answer(self.detector(), material)

    def test_has_a_code_and_a_title(self) -> None:
        assert self.detector.code == self.detector.code.lower().replace(" ", "-")
        assert self.detector.title[:1].isupper()

    def test_finds_the_planted_leak_and_says_so_with_numbers_and_a_remedy(self) -> None:
        found = self.examined(self.planted())
        assert found.verdict == "found", found
        for finding in found.findings:
            assert finding.code == self.detector.code
            assert any(letter.isdigit() for letter in finding.sentence)
            assert all(column in finding.sentence for column in finding.columns[:1])
            assert finding.remedy

    def test_answers_are_plain_json_and_the_same_every_time(self) -> None:
        first, second = self.examined(self.planted()), self.examined(self.planted())
        assert first.model_dump_json() == second.model_dump_json()
        assert Examination.model_validate_json(first.model_dump_json()).verdict == first.verdict

    def test_leaves_the_table_as_it_was(self) -> None:
        material = self.planted()
        before = material.features.copy(deep=True)
        self.examined(material)
        pd.testing.assert_frame_equal(material.features, before)

    def test_is_silent_on_noise(self) -> None:
        for task in TASKS:
            for seed in range(5):
                answered = self.examined(noise(task, seed))
                assert answered.verdict != "found", answered

    def test_survives_odd_tables(self) -> None:
        for task in TASKS:
            for frame in odd_tables():
                assert self.examined(Material(frame, "target", task=task)).verdict in (
                    "clear",
                    "found",
                    "not applicable",
                )


def noise(task: Task, seed: int, n: int = 400) -> Material:
    """Numbers, categories, gaps, ids, dates and repeated customers that know nothing of the target."""
    rng = np.random.default_rng(seed)
    gaps = rng.normal(size=n)
    gaps[rng.random(n) < 0.2] = np.nan
    frame = pd.DataFrame(
        {
            "amount": rng.lognormal(size=n),
            "colour": rng.choice(["red", "green", "blue"], n),
            "gaps": gaps,
            "more gaps": pd.Series(gaps).where(rng.random(n) > 0.1),
            "row_id": rng.permutation(n),
            "customer_id": rng.integers(0, 80, n),
            "claim_count": rng.poisson(1, n),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, n), unit="D"),
            "target": {
                "binary": rng.integers(0, 2, n),
                "multiclass": rng.choice(["a", "b", "c"], n),
                "regression": rng.normal(size=n),
            }[task],
        }
    )
    return Material(frame, "target", task=task)


def odd_tables() -> list[pd.DataFrame]:
    """Tables that break careless code: empty, tiny, all missing, constant, infinite, unhashable, strange types."""
    target = pd.Series(np.arange(60) % 3, name="target")
    columns: dict[str, object] = {
        "missing": [np.nan] * 60,
        "none": [None] * 60,
        "constant": [1] * 60,
        "infinite": [np.inf, -np.inf, 0.0] * 20,
        "lists": [[1], [2, 3], []] * 20,
        "mixed": [1, "a", None] * 20,
        "flags": [True, False, True] * 20,
        "nullable": pd.array([1, None, 3] * 20, dtype="Int64"),
        "category": pd.Series(["x", None, "y"] * 20).astype("category"),
        "when": pd.to_datetime(pd.Series(["2024-01-01", None, "2024-01-03"] * 20)),
        "zoned": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"] * 20, utc=True),
        "lasts": pd.to_timedelta([1, 2, 3] * 20, unit="h"),
        "big": [2**62, 2**62 + 1, 2**62 + 2] * 20,
    }
    whole = pd.DataFrame({**columns, "target": target})
    return [
        whole,
        whole.iloc[:0],
        whole.iloc[:1],
        whole[["target"]],
        whole.assign(target=1),
        whole.assign(target=pd.Series([*range(59), np.nan])),
        whole[["missing", "none", "target"]],
        pd.concat([whole] * 3).set_index("mixed"),
    ]
