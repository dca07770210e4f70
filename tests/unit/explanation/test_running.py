"""A whole explanation of a recorded model, from the increment to its files."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

import trained_increments as trained
from explained_models import FEATURES, loans
from specweave.data import seal
from specweave.errors import DataError, ExperimentError
from specweave.evidence import check_document, citations
from specweave.explanation.result import Explanation
from specweave.explanation.running import explain_increment
from specweave.workspace import IncrementFolder, Workspace, read_json


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An increment with one strong model, explained once for all tests below."""
    workspace = Workspace.find_or_create(tmp_path_factory.mktemp("Prüf projekt"))
    folder, problem = trained.sealed_increment(workspace, loans(), "granted", "binary", positive="yes")
    trained.add_experiment(folder, problem, "boosting", "candidate", columns=FEATURES, strong=True)
    steps = []
    found = explain_increment(
        folder,
        problem,
        allow_change=["income up", "late payments down"],
        progress=lambda done, total, message: steps.append((done, total, message)),
    )
    return folder, problem, found, steps


def test_every_document_and_figure_is_there(made):
    folder, _, found, _ = made
    for name in (*found.documents, *found.figures, *(one.picture for one in found.rows)):
        assert (folder.path / name).stat().st_size > 500, name
    assert {"explainability-report.md", "explanation.html", "explanation.json", "model-card.md"} <= {
        path.name for path in folder.reports.iterdir()
    }


def test_every_number_of_the_documents_equals_its_evidence(made):
    folder, _, found, _ = made
    for name in found.documents:
        if name.endswith((".md", ".html")):
            assert check_document(folder.path / name, folder) == []
    assert citations((folder.path / "reports/explainability-report.md").read_text("utf-8")) > 100


def test_an_edited_number_is_noticed(made, tmp_path):
    folder, _, _, _ = made
    report = folder.reports / "explainability-report.md"
    text = report.read_text("utf-8")
    share = next(line for line in text.splitlines() if "The answers rest most on" in line)
    edited = tmp_path / "edited.md"
    edited.write_text(text.replace(share, share.replace(" %<!--", "9 %<!--", 1)), "utf-8")
    assert check_document(edited, folder)


def test_the_sealed_test_set_stays_closed(made):
    folder, _, found, _ = made
    assert seal.looks(folder) == []
    training = set(seal.training_rows(folder).index.tolist())
    assert {one.row for one in found.rows} <= training
    page = (folder.reports / "explanation.html").read_text("utf-8")
    assert all(one["row"] in training for one in _page_rows(page)["others"])


def _page_rows(page):
    start = page.index('id="rows">') + len('id="rows">')
    return json.loads(page[start : page.index("</script>", start)])


def test_the_facts_come_back_from_the_file(made):
    folder, _, found, _ = made
    assert Explanation.model_validate(read_json(folder.reports / "explanation.json")) == found


def test_contributions_add_up_after_summing_back_to_raw_columns(made):
    _, _, found, _ = made
    assert found.columns == tuple(FEATURES)
    assert found.gap < 1e-6
    for one in found.rows:
        total = one.base + sum(share.amount for share in one.shares) + one.others
        assert total == pytest.approx(one.explained_score, abs=1e-6)
        assert 1 / (1 + np.exp(-one.explained_score)) == pytest.approx(one.score, abs=1e-6)


def test_what_made_the_answers_is_found_and_what_did_not_is_not(made):
    _, _, found, _ = made
    ranked = [one.column for one in found.overall.columns]
    assert ranked[-1] == "sex"
    assert set(ranked[:2]) == {"income", "late payments"}
    assert any("Not shown to matter" in one and "sex" in one for one in found.findings)


def test_counterfactuals_keep_to_what_may_change(made):
    _, _, found, _ = made
    assert found.allowed_by_user
    changed = [change for one in found.rows for other in one.counterfactuals.found for change in other.changes]
    assert changed
    for change in changed:
        before, after = (float(text.replace(",", "")) for text in (change.before, change.after))
        assert (change.column, after > before) in {("income", True), ("late payments", False)}


def test_progress_only_grows_and_ends_at_the_end(made):
    _, _, _, steps = made
    done = [one for one, _, _ in steps]
    assert done == sorted(done)
    assert steps[-1][0] == steps[-1][1]
    assert all(len(message) <= 200 for _, _, message in steps)


def test_named_rows_replace_the_pictures_of_earlier_ones(made, tmp_path):
    first, problem, found, _ = made
    folder = IncrementFolder(shutil.copytree(first.path, tmp_path / first.id))
    training = seal.training_rows(folder)
    wanted = training["customer_id"].iloc[5]
    again = explain_increment(folder, problem, rows=[f"customer_id={wanted}"])
    assert [one.row for one in again.rows] == [int(training.index[5])]
    assert wanted in again.rows[0].label
    assert [path.name for path in (folder.reports / "local-explanations").iterdir()] == [f"row-{again.rows[0].row}.png"]
    assert again.model_sha256 == found.model_sha256


def test_a_sealed_row_is_refused(made):
    folder, problem, _, _ = made
    training = set(seal.training_rows(folder).index.tolist())
    sealed = next(row for row in range(700) if row not in training)
    with pytest.raises(DataError, match="no such row") as caught:
        explain_increment(folder, problem, rows=[str(sealed)])
    assert "sealed" in str(caught.value)


def test_without_a_model_the_next_call_is_named(workspace):
    folder, problem = trained.sealed_increment(workspace, loans(100), "granted", "binary", positive="yes")
    with pytest.raises(ExperimentError, match="No finished experiment"):
        explain_increment(folder, problem)


def test_values_with_bars_and_tags_do_not_break_the_documents(made):
    folder, _, found, _ = made
    report = (folder.reports / "explainability-report.md").read_text("utf-8")
    table = [line for line in report.splitlines() if line.startswith("| job |")]
    assert table
    assert all(line.replace("\\|", "").count("|") in (5, 6, 8) for line in table)
    assert "</script><" not in (folder.reports / "explanation.html").read_text("utf-8").split('id="rows">')[1][:200]
    assert found.rows
