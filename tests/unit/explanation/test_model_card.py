from __future__ import annotations

import pytest

import trained_increments as trained
from explained_models import FEATURES, loans
from specweave.errors import ModelError
from specweave.evaluation import evaluate
from specweave.evidence import check_document
from specweave.explanation.model_card import SECTIONS, check_card
from specweave.explanation.running import explain_increment
from specweave.workspace import Workspace, read_json


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    workspace = Workspace.find_or_create(tmp_path_factory.mktemp("project"))
    frame = loans(600).drop(columns="customer_id")
    folder, problem = trained.sealed_increment(workspace, frame, "granted", "binary", positive="yes")
    trained.add_experiment(folder, problem, "majority", "baseline", columns=FEATURES)
    trained.add_experiment(folder, problem, "boosting", "candidate", columns=FEATURES, strong=True)
    return folder, problem


def card(folder):
    return (folder.reports / "model-card.md").read_text("utf-8")


def test_before_the_evaluation_no_metric_is_claimed_and_after_it_all_are(made):
    from huggingface_hub import ModelCard

    folder, problem = made
    explain_increment(folder, problem, rows=["typical"])
    assert "Not evaluated on a sealed test set" in card(folder)
    assert ModelCard(card(folder)).data.eval_results is None

    held = read_json(folder.reports / "explanation.json")["model_sha256"]
    assert len(held) == 64
    assert f"- Model file: SHA-256 `{held}`" in card(folder)

    evaluate(folder, problem, who="test", purpose="for the card")
    explain_increment(folder, problem, rows=["typical"])
    read = ModelCard(card(folder))
    facts = {one["metric"]: one["value"] for one in read_json(folder.reports / "evaluation.json")["estimates"]}
    results = {one.metric_type: one.metric_value for one in read.data.eval_results}
    assert results == pytest.approx({name: value for name, value in facts.items() if value is not None})
    assert read.data.pipeline_tag == "tabular-classification"
    assert check_document(folder.reports / "model-card.md", folder) == []
    assert "Licence, collection and consent: not recorded" in read.text


def test_another_experiment_is_explained_aside_and_its_card_claims_no_metric(made):
    folder, problem = made
    explain_increment(folder, problem, rows=["typical"])
    before = (folder.reports / "explanation.json").read_bytes()
    found = explain_increment(folder, problem, experiment="exp-001", rows=["typical"])
    assert found.experiment == "exp-001-majority"
    assert all(name.startswith("reports/exp-001-majority/") for name in found.documents)
    assert (folder.reports / "explanation.json").read_bytes() == before
    for name in found.documents[:3]:
        assert check_document(folder.path / name, folder) == []
    assert "Not evaluated" in (folder.reports / "exp-001-majority" / "model-card.md").read_text("utf-8")


def test_all_sections_are_there_and_a_card_without_one_is_refused(made):
    folder, problem = made
    explain_increment(folder, problem, rows=["typical"])
    text = card(folder)
    for section in SECTIONS:
        assert f"\n## {section}\n" in text
    with pytest.raises(ModelError, match="lacks sections"):
        check_card(text.replace("## Limits", "## Other"))


def test_metadata_that_do_not_parse_are_refused(made):
    with pytest.raises(ModelError):
        check_card("---\n- a list\n---\n\n# x\n")
