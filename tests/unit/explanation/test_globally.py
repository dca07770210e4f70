import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from tests.datasets import dataset
from tests.trained_increments import add_experiment, sealed_increment

from specweave.data import seal
from specweave.explanation.attribution import attribute
from specweave.explanation.given_subject import given_subject
from specweave.explanation.global_facts import GlobalFacts
from specweave.explanation.globally import explain_globally
from specweave.explanation.recorded_subject import recorded_subject

N = 900


def made(leak=0.0):
    rng = np.random.default_rng(0)
    sex = rng.choice(["f", "m"], N)
    rows = pd.DataFrame(
        {
            "income": rng.normal(30, 8, N),
            "years": rng.normal(10, 3, N),
            "sex": sex,
            "role": np.where(rng.random(N) < 0.9, np.where(sex == "f", "nurse", "smith"), "clerk"),
        }
    )
    rows["months"] = rows["years"] * 12 + rng.normal(0, 2, N)
    score = 0.15 * (rows["income"] - 30) + 0.3 * (rows["years"] - 10) + 0.5 * (sex == "m") + rng.normal(0, 0.7, N)
    answers = np.where(score > 0.25, "yes", "no")
    if leak:
        rows["code"] = np.where(rng.random(N) < leak, (answers == "yes") * 1.0, rng.random(N))
    return rows, answers


def explained(rows, answers):
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["sex", "role"]), remainder="passthrough"),
        LogisticRegression(max_iter=5000),
    ).fit(rows, answers)
    return explain_globally(given_subject(model, rows, y_train=answers, target="pay")).facts


def test_the_whole_part_is_in_raw_columns_ranked_and_survives_json():
    facts = explained(*made())
    assert {one.column for one in facts.columns} == {"income", "years", "months", "sex", "role"}
    assert facts.columns[0].column == "income"
    assert facts.columns[0].matters
    assert sum(one.share for one in facts.columns) == pytest.approx(1)
    assert sum(one.own for one in facts.columns) == pytest.approx(1)
    assert facts.contributions.gap < 1e-9
    assert facts.permutation.unseen
    assert GlobalFacts.model_validate_json(facts.model_dump_json()) == facts


def test_tied_columns_protected_ones_and_their_proxies_are_named():
    honest = explained(*made()).honesty
    assert {"years", "months"} in [set(one.columns) for one in honest.together]
    sex = next(one for one in honest.sensitive if one.column == "sex")
    assert [name for name, _ in sex.proxies] == ["role"]
    assert sex.told_by_all > 0.6
    assert honest.dominating is None
    assert honest.stability.contributions > 0.8


def test_a_column_that_holds_the_answer_is_named_as_a_possible_leak_first():
    honest = explained(*made(leak=0.98)).honesty
    assert honest.dominating.column == "code"
    assert "possible leak" in honest.findings[0]


def test_a_model_from_an_increment_is_explained_without_opening_the_seal(workspace):
    rows, answers = made()
    folder, problem = sealed_increment(
        workspace, rows.assign(pay=answers), "pay", "binary", positive="yes", metric="roc_auc"
    )
    record = add_experiment(folder, problem, "boosting", "candidate", strong=True)
    subject = recorded_subject(folder, problem)
    facts = explain_globally(subject).facts
    assert (subject.experiment, subject.readings["role"]) == (record.id, "category")
    assert seal.looks(folder) == []
    assert len(subject.held_out) == 720
    assert facts.permutation.same_as_recorded == pytest.approx(0, abs=1e-9)
    assert facts.contributions.exact


def test_a_made_leak_in_real_data_is_found():
    frame = pd.read_csv(dataset("dirty/made/titanic_leak_made.csv.gz"))
    rows = frame[["Sex", "Age", "Fare", "Pclass"]].assign(boat=frame["lifeboat_code"].notna() * 1.0)
    rows["Age"] = rows["Age"].fillna(30)
    answers = frame["Survived"].astype(str).to_numpy()
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["Sex"]), remainder="passthrough"), LogisticRegression(max_iter=5000)
    )
    honest = explain_globally(given_subject(model.fit(rows, answers), rows, y_train=answers)).facts.honesty
    assert honest.dominating.column == "boat"


def test_rows_asked_for_beside_are_explained_as_on_their_own():
    rows, answers = made()
    front = make_column_transformer((OneHotEncoder(), ["sex", "role"]), remainder="passthrough")
    model = make_pipeline(front, LogisticRegression(max_iter=2000)).fit(rows, answers)
    subject = given_subject(model, rows, y_train=answers)
    part = explain_globally(subject, also=[17, 4])
    alone = attribute(subject, subject.rows([17, 4]))
    assert part.also.rows.tolist() == [17, 4]
    np.testing.assert_allclose(part.also.values, alone.values, atol=1e-12)
    np.testing.assert_allclose(part.also.output, alone.output, atol=1e-12)
    assert explain_globally(subject).also is None
