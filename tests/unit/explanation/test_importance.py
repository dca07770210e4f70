import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from specweave.explanation.given_subject import given_subject
from specweave.explanation.importance import court, loss_of_nothing, losses, shuffled
from specweave.explanation.subject import Subject

WEIGHTS = {"strong": 2.0, "weak": 0.5, "none": 0.0}


def made(n, seed):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({name: rng.normal(size=n) for name in WEIGHTS})
    return rows, sum(w * rows[name] for name, w in WEIGHTS.items()).to_numpy() + rng.normal(size=n)


class Known:
    def predict(self, rows):
        return sum(w * rows[name] for name, w in WEIGHTS.items()).to_numpy()


def test_intervals_cover_the_true_importance():
    """Shuffling a standard normal column of weight w costs 2w² for the true model."""
    train = made(200, 0)[0]
    hits = np.zeros(2)
    tries = 150
    for seed in range(tries):
        rows, answers = made(300, seed + 1)
        subject = given_subject(Known(), train, X_test=rows, y_test=answers, task="regression")
        for place, one in enumerate(shuffled(subject, court(subject), [("strong",), ("weak",)], seed=seed)):
            hits[place] += one.low <= 2 * WEIGHTS[one.columns[0]] ** 2 <= one.high
    assert (hits / tries > 0.90).all()
    assert (hits / tries < 0.995).all()


def test_columns_rank_by_what_they_are_worth_and_an_irrelevant_one_costs_nothing():
    rows, answers = made(2_000, 3)
    subject = given_subject(LinearRegression().fit(rows, answers), rows, y_train=answers)
    found = {one.columns[0]: one for one in shuffled(subject, court(subject), [(name,) for name in WEIGHTS])}
    assert found["strong"].loss > found["weak"].loss > found["none"].loss
    assert found["weak"].low > 0
    assert abs(found["none"].loss) < 0.02


def test_models_that_have_seen_their_rows_are_fitted_anew_without_a_fold():
    rows, answers = made(600, 4)
    subject = given_subject(LinearRegression().fit(rows, answers), rows, y_train=answers)
    where = court(subject)
    assert where.unseen
    assert len(where.cases) == 3
    judged = [set(case.rows.index) for case in where.cases]
    assert len(set.union(*judged)) == sum(map(len, judged)) == 600
    assert all(not np.allclose(case.model.model.coef_, subject.model.coef_) for case in where.cases)


def test_of_ordered_folds_only_earlier_rows_are_learnt():
    rows, answers = made(300, 5)
    learnt = []

    def refit(given, truth):
        learnt.append(given.index.max())
        return LinearRegression().fit(given, truth)

    folds = np.repeat([-1, 0, 1], 100)
    subject = given_subject(
        LinearRegression().fit(rows, answers), rows, y_train=answers, folds=folds, ordered=True, refit=refit
    )
    where = court(subject)
    assert learnt == [99, 199]
    assert [case.rows.index.min() for case in where.cases] == [100, 200]


def test_without_answers_it_says_why_not():
    rows, _ = made(50, 6)
    assert court(given_subject(Known(), rows, task="regression")) == "the true answers are not known"


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_losses_of_classes_are_squared_errors_of_probabilities(task):
    rows, _ = made(4, 7)
    classes = ("a", "b") if task == "binary" else ("a", "b", "c")
    subject = Subject(
        Known(), "m", task, tuple(WEIGHTS), rows, rows, "", "", False, "y", "", classes=classes, positive="b"
    )
    truth = np.array(["a", "b", "a", "b"])
    scores = np.array([0.1, 0.8, 0.5, 0.5]) if task == "binary" else np.tile([0.5, 0.25, 0.25], (4, 1))
    found = losses(subject, scores, truth)
    expected = [0.01, 0.04, 0.25, 0.25] if task == "binary" else [0.1875, 0.4375, 0.1875, 0.4375]
    np.testing.assert_allclose(found, expected)
    assert loss_of_nothing(subject, truth) == pytest.approx(0.25)
