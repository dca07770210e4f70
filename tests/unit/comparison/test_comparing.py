"""Comparing experiments: verdicts, the correction for their number, and the reason for each that stays outside."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from specweave.comparison import compare_experiments
from specweave.comparison.entrants import Shelf
from specweave.errors import ExperimentError
from specweave.evidence import check_document, citations
from specweave.experiments import create_experiment
from specweave.metrics import Predictions, compare, score
from specweave.workspace import IncrementFolder, write_json

N = 600


@pytest.fixture(autouse=True)
def _settled(monkeypatch):
    """A file counts as settled as soon as it is written."""
    monkeypatch.setattr("specweave.experiments.index.SETTLED_SECONDS", -1.0)


@pytest.fixture
def folder(workspace):
    found = IncrementFolder(workspace.increments / "0001-prüfung")
    write_json(found.metadata_file, {"id": found.id, "status": "active"})
    return found


@pytest.fixture
def truth():
    return np.where(np.random.default_rng(0).random(N) < 0.4, "yes", "no")


def predicted(truth, skill, seed, *, rows=None, folds=None):
    """Probabilities that say as much about the truth as `skill`."""
    noise = np.random.default_rng(seed).normal(size=len(truth))
    p = 1 / (1 + np.exp(-(skill * np.where(truth == "yes", 1.0, -1.0) + noise)))
    rows = np.arange(len(truth)) if rows is None else rows
    folds = rows % 5 if folds is None else folds
    labels = np.where(p >= 0.5, "yes", "no")
    return Predictions("binary", truth, labels, np.column_stack([1 - p, p]), ("no", "yes"), "yes", rows, folds)


def add(folder, name, kind, predictions=None, *, finish=True, steps=(), seal=None, **params):
    record = create_experiment(folder, name, kind=kind, params=params)
    if predictions is not None:
        predictions.save(record.path / "predictions.parquet")
    if seal:
        record.update_metadata(data={"seal": seal})
    for step, value in enumerate(steps):
        record.log_metric("roc_auc", value, step=step)
    if finish:
        record.finish()
    return record.id


def reason(found, experiment):
    return found.row(experiment).not_comparable


def test_better_within_noise_and_worse_against_both_references(folder, truth):
    poor = add(folder, "poor", "baseline", predicted(truth, 0.3, 1))
    good = add(folder, "good", "candidate", predicted(truth, 1.5, 2))
    same = add(folder, "same", "candidate", predicted(truth, 1.5, 3))
    bad = add(folder, "bad", "candidate", predicted(truth, 0.0, 4))
    found = compare_experiments(folder, metric="roc_auc", write=False)
    assert found.baseline == poor
    assert {found.experiments[0].experiment, found.experiments[1].experiment} == {good, same}
    assert found.row(good).against_baseline.verdict == "better"
    assert found.row(bad).against_baseline.verdict == "worse"
    second = found.experiments[1]
    assert second.against_best.verdict == "within noise"
    assert found.row(poor).against_best.verdict == "worse"
    assert found.row(found.best).against_best is None
    assert found.row(poor).against_baseline is None
    assert f"better than the best baseline {poor}" in found.verdict
    assert f"Within noise of it: {second.experiment}" in found.verdict


def test_values_and_differences_are_those_of_the_metrics_package(folder, truth):
    a, b = predicted(truth, 0.5, 1), predicted(truth, 1.0, 2)
    add(folder, "a", "baseline", a)
    second = add(folder, "b", "candidate", b)
    row = compare_experiments(folder, metric="roc_auc", write=False).row(second)
    expected = compare("roc_auc", b, a)
    assert row.value == score("roc_auc", b)
    assert row.against_baseline.difference == expected.difference
    assert row.against_baseline.p_value == expected.p_value
    assert row.low < row.value < row.high


def test_many_comparisons_need_more_evidence_than_one(folder, truth):
    """Equal models, tested against one baseline: after the correction hardly one is called better or worse."""
    add(folder, "base", "baseline", predicted(truth, 0.7, 0))
    for seed in range(1, 31):
        add(folder, f"try {seed}", "candidate", predicted(truth, 0.7, seed))
    found = compare_experiments(folder, metric="roc_auc", write=False)
    judged = [one.against_baseline for one in found.comparable if one.against_baseline]
    assert len(judged) == 30
    assert all(one.p_holm >= one.p_value for one in judged)
    assert min(one.p_holm for one in judged) == pytest.approx(min(1, 30 * min(one.p_value for one in judged)))
    assert sum(one.verdict != "within noise" for one in judged) <= 1


def test_a_naming_of_some_compares_them_and_the_baseline_only(folder, truth):
    base = add(folder, "base", "baseline", predicted(truth, 0.3, 1))
    add(folder, "worse base", "baseline", predicted(truth, 0.0, 5))
    add(folder, "best", "candidate", predicted(truth, 2.0, 2))
    third = add(folder, "third", "candidate", predicted(truth, 1.0, 3))
    found = compare_experiments(folder, experiments=[third[:7]], metric="roc_auc", write=False)
    assert [one.experiment for one in found.experiments] == [third, base]
    assert found.best == third


def test_every_record_that_cannot_be_compared_carries_its_reason(folder, truth):
    base = add(folder, "base", "baseline", predicted(truth, 0.3, 1))
    add(folder, "good", "candidate", predicted(truth, 1.5, 2))
    others = {
        add(folder, "nothing stored", "script"): "it stored no out-of-fold predictions",
        add(folder, "running", "script", predicted(truth, 1, 3), finish=False): "it is running, not finished",
        add(folder, "other rows", "script", predicted(truth, 1, 3, rows=np.arange(N) + 7)): "it predicted other rows",
        add(folder, "fewer rows", "script", predicted(truth[:50], 1, 3)): "it predicted other rows (50 rows, the others 600)",
        add(folder, "other truth", "script", predicted(truth[::-1], 1, 3)): "the true values of its rows are not those",
        add(folder, "other folds", "script", predicted(truth, 1, 3, folds=np.arange(N) % 3)): "used other folds",
        add(folder, "numbers", "script", Predictions("regression", np.ones(5), np.zeros(5))): "solves a regression problem",
    }  # fmt: skip
    found = compare_experiments(folder, metric="roc_auc")
    assert {one.experiment for one in found.comparable} == {base, found.best}
    for experiment, text in others.items():
        assert text in reason(found, experiment)
    report = (folder.reports / "experiment-comparison.md").read_text("utf-8")
    assert report.count("not comparable because") == len(others)


def test_damaged_predictions_are_a_reason_too(folder, truth):
    add(folder, "base", "baseline", predicted(truth, 0.3, 1))
    bad = add(folder, "bad", "script")
    (folder.experiments / bad / "predictions.parquet").write_bytes(b"no parquet")
    assert "cannot be read" in reason(compare_experiments(folder, metric="roc_auc", write=False), bad)


def test_without_a_baseline_the_verdict_says_so(folder, truth):
    add(folder, "only", "candidate", predicted(truth, 1, 1))
    assert "No baseline was recorded" in compare_experiments(folder, metric="roc_auc", write=False).verdict


def test_an_increment_without_records_is_an_error_with_the_next_call(folder):
    with pytest.raises(ExperimentError, match="Nothing was recorded") as caught:
        compare_experiments(folder)
    assert "run_experiment" in caught.value.next_step


def test_what_was_worked_out_is_kept_until_the_predictions_change(folder, truth, monkeypatch):
    add(folder, "base", "baseline", predicted(truth, 0.3, 1))
    changed = add(folder, "good", "candidate", predicted(truth, 1.5, 2))
    first = compare_experiments(folder, metric="roc_auc", write=False)
    loads = []
    real = Predictions.load
    monkeypatch.setattr(Predictions, "load", lambda path: loads.append(path) or real(path))
    assert compare_experiments(folder, metric="roc_auc", write=False) == first
    assert loads == []
    predicted(truth, 0.1, 9).save(folder.experiments / changed / "predictions.parquet")
    assert compare_experiments(folder, metric="roc_auc", write=False).best != changed
    assert {path.parent.name for path in loads} >= {changed}


def test_damage_of_what_was_kept_does_no_harm(folder, truth):
    add(folder, "base", "baseline", predicted(truth, 0.3, 1))
    first = compare_experiments(folder, metric="roc_auc", write=False)
    (folder.experiments / ".comparisons.sqlite").write_bytes(b"no database")
    assert compare_experiments(folder, metric="roc_auc", write=False) == first


def test_a_new_experiment_costs_one_file_of_predictions_beside_the_references(folder, truth, monkeypatch):
    base = add(folder, "base", "baseline", predicted(truth, 0.3, 1))
    best = add(folder, "best", "candidate", predicted(truth, 2.0, 2))
    for seed in range(3, 8):
        add(folder, f"try {seed}", "candidate", predicted(truth, 1.0, seed))
    compare_experiments(folder, metric="roc_auc", write=False)
    new = add(folder, "new", "candidate", predicted(truth, 0.9, 9))
    loads = []
    real = Predictions.load
    monkeypatch.setattr(Predictions, "load", lambda path: loads.append(path.parent.name) or real(path))
    found = compare_experiments(folder, metric="roc_auc", write=False)
    assert sorted(loads) == sorted([base, best, new])
    monkeypatch.undo()
    (folder.experiments / ".comparisons.sqlite").unlink()
    assert compare_experiments(folder, metric="roc_auc", write=False) == found


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision", "f1"])
def test_together_or_one_by_one_is_the_same_and_a_new_best_reads_no_other_predictions(
    folder, truth, monkeypatch, metric
):
    order = np.random.default_rng(1).permutation(N)
    for seed in range(8):
        found = predicted(truth, 0.2 * seed, seed)
        add(folder, f"try {seed}", "candidate" if seed else "baseline", found.take(order) if seed % 2 else found)
    monkeypatch.setattr("specweave.comparison.judging.TOGETHER", 3)
    compare_experiments(folder, metric=metric, write=False)
    best = add(folder, "best", "candidate", predicted(truth, 3.0, 99))
    loads = []
    real = Predictions.load
    monkeypatch.setattr(Predictions, "load", lambda path: loads.append(path.parent.name) or real(path))
    together = compare_experiments(folder, metric=metric, write=False)
    assert together.best == best
    assert metric == "f1" or set(loads) == {best, together.baseline}
    (folder.experiments / ".comparisons.sqlite").unlink()
    monkeypatch.setattr("specweave.comparison.judging.TOGETHER", 1000)
    one_by_one = compare_experiments(folder, metric=metric, write=False)
    assert [row.experiment for row in together.experiments] == [row.experiment for row in one_by_one.experiments]
    for ours, direct in zip(together.experiments, one_by_one.experiments, strict=True):
        for a, b in ((ours.against_best, direct.against_best), (ours.against_baseline, direct.against_baseline)):
            assert (a is None) == (b is None)
            if a is not None:
                assert (a.verdict, a.test) == (b.verdict, b.test)
                numbers = [(one.difference, one.low, one.high, one.p_value, one.p_holm) for one in (a, b)]
                assert numbers[0] == pytest.approx(numbers[1], rel=1e-9, abs=1e-14)


def test_predictions_that_do_not_fit_into_the_shelf_are_read_again(folder, truth, monkeypatch):
    for seed in range(4):
        add(folder, f"try {seed}", "candidate" if seed else "baseline", predicted(truth, 0.5 * seed, seed))
    expected = compare_experiments(folder, metric="roc_auc", write=False)
    (folder.experiments / ".comparisons.sqlite").unlink()
    monkeypatch.setattr(Shelf.__init__, "__defaults__", (N,))
    assert compare_experiments(folder, metric="roc_auc", write=False) == expected


def test_a_first_comparison_tells_how_far_it_is_and_a_later_one_does_not(folder, truth, monkeypatch):
    monkeypatch.setattr("specweave.comparison.comparing._TOLD_EVERY", 2)
    for seed in range(6):
        add(folder, f"try {seed}", "candidate" if seed else "baseline", predicted(truth, 0.5 * seed, seed))
    told: list[tuple[float, float, str]] = []
    compare_experiments(folder, metric="roc_auc", write=False, progress=lambda *what: told.append(what))
    places = [done / total for done, total, _ in told]
    assert places == sorted(places)
    assert places[-1] < 1
    assert any(message == "reading: 2 of 6 predictions" for _, _, message in told)
    assert any(message.startswith("against the best baseline: ") for _, _, message in told)
    told.clear()
    compare_experiments(folder, metric="roc_auc", write=False, progress=lambda *what: told.append(what))
    assert len(told) == 2


def test_pictures_are_drawn_again_only_when_what_they_show_or_the_file_has_changed(folder, truth, monkeypatch):
    add(folder, "base", "baseline", predicted(truth, 0.3, 1))
    add(folder, "good", "candidate", predicted(truth, 1.5, 2))
    compare_experiments(folder, metric="roc_auc")
    drawn = []
    monkeypatch.setattr(
        "specweave.comparison.documents.save_figure",
        lambda made, path: drawn.append(path.name) or path.write_bytes(b"x"),
    )
    compare_experiments(folder, metric="roc_auc")
    assert drawn == []
    (folder.reports / "comparison-intervals.png").write_bytes(b"edited")
    compare_experiments(folder, metric="roc_auc")
    assert drawn == ["comparison-intervals.png"]
    add(folder, "third", "candidate", predicted(truth, 1.0, 3))
    compare_experiments(folder, metric="roc_auc")
    assert drawn == ["comparison-intervals.png"] * 2


def test_documents_are_written_again_only_when_their_content_or_a_file_has_changed(folder, truth, monkeypatch):
    add(folder, "base", "baseline", predicted(truth, 0.3, 1))
    add(folder, "good", "candidate", predicted(truth, 1.5, 2))
    compare_experiments(folder, metric="roc_auc")
    texts = {path: path.read_bytes() for path in folder.reports.glob("experiment-comparison.*")}
    written = []
    monkeypatch.setattr(
        "specweave.comparison.documents.write_text",
        lambda path, text: written.append(path.suffix) or path.write_text(text, "utf-8"),
    )
    compare_experiments(folder, metric="roc_auc")
    assert written == []
    for path in texts:
        path.write_text("edited", "utf-8")
        compare_experiments(folder, metric="roc_auc")
        assert {path: path.read_bytes() for path in texts} == texts
    (folder.reports / "experiment-comparison.md").unlink()
    compare_experiments(folder, metric="roc_auc")
    assert {path: path.read_bytes() for path in texts} == texts
    written.clear()
    add(folder, "third", "candidate", predicted(truth, 1.0, 3))
    compare_experiments(folder, metric="roc_auc")
    assert written == [".json", ".md", ".html"]


def test_the_best_baseline_is_in_the_table_wherever_it_stands(folder, truth, monkeypatch):
    monkeypatch.setattr("specweave.comparison.documents.MOST_SHOWN", 2)
    base = add(folder, "base", "baseline", predicted(truth, 0.0, 1))
    for seed in range(2, 6):
        add(folder, f"try {seed}", "candidate", predicted(truth, 1.5, seed))
    found = compare_experiments(folder, metric="roc_auc")
    assert found.experiments[-1].experiment == base
    for end in ("md", "html"):
        path = folder.reports / f"experiment-comparison.{end}"
        text = path.read_text("utf-8")
        assert f"{base} (best baseline)" in text
        assert "2 more in" in text
        assert check_document(path, folder) == []


def test_the_report_proves_its_numbers_and_the_page_stands_alone(folder, truth):
    add(folder, "<b>base|line", "baseline", predicted(truth, 0.3, 1), depth=1, mode="a")
    add(folder, "good", "candidate", predicted(truth, 1.5, 2), steps=[0.6, 0.7, 0.8], depth=3, mode="b")
    add(folder, "fair", "candidate", predicted(truth, 1.0, 3), steps=[0.5, 0.7], depth=5)
    found = compare_experiments(folder, metric="roc_auc")
    assert set(found.figures) == {
        "reports/comparison-intervals.png",
        "reports/comparison-parameters.png",
        "reports/comparison-curves.png",
    }
    report, page = (folder.reports / f"experiment-comparison.{end}" for end in ("md", "html"))
    for path in (report, page):
        assert check_document(path, folder) == []
        assert citations(path.read_text("utf-8")) > 15
    text = page.read_text("utf-8")
    assert not re.search(r'(?:src|href)="(?!data:)', text)
    assert text.count("data:image/png") == 3
    facts = json.loads((folder.reports / "experiment-comparison.json").read_text("utf-8"))
    assert [one["experiment"] for one in facts["experiments"]] == [one.experiment for one in found.experiments]


def test_groups_that_the_split_keeps_together_count_once(workspace):
    import pandas as pd

    from trained_increments import add_experiment, sealed_increment

    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"who": np.repeat(np.arange(40), 10), "x": rng.normal(size=400)})
    frame["y"] = np.where(frame["x"] + np.repeat(rng.normal(size=40), 10) > 0, "yes", "no")
    folder, problem = sealed_increment(workspace, frame, "y", "binary", positive="yes", metric="roc_auc", group="who")
    add_experiment(folder, problem, "base", "baseline", columns=["x"])
    strong = add_experiment(folder, problem, "strong", "candidate", columns=["x"], strong=True)
    found = compare_experiments(folder, metric="roc_auc", write=False)
    judged = found.row(strong.id).against_baseline or found.row(strong.id).against_best
    assert "groups" in judged.test
