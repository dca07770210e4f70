from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from specweave.metrics import Predictions, score
from specweave.problems.base import Attempt
from specweave.training.selection import choose, ranked

N = 2000
TRUTH = np.random.default_rng(0).random(N) < 0.4


def setup(metric="roc_auc", groups=None):
    problem = SimpleNamespace(metric=metric, seed=0)
    return SimpleNamespace(problem=problem, groups=groups)


@dataclass
class Made:
    """A trial as far as the choice looks at it."""

    attempt: Attempt
    predictions: Predictions
    value: float | None
    fit_seconds: float = 1.0
    predict_seconds: float = 0.0
    record: SimpleNamespace = field(default_factory=SimpleNamespace)


def trial(name, sharpness, *, seed=1, seconds=1.0, members=(), jitter=0):
    rng = np.random.default_rng(seed)
    noise = 0.1 * np.random.default_rng(100 + jitter).normal(size=N)
    p = 1 / (1 + np.exp(-(sharpness * TRUTH + rng.normal(size=N) - 1 + noise)))
    found = Predictions(
        "binary",
        np.where(TRUTH, "yes", "no"),
        np.where(p > 0.5, "yes", "no"),
        scores=np.column_stack([1 - p, p]),
        classes=("no", "yes"),
        positive="yes",
    )
    attempt = Attempt(name, "candidate", name, lambda: None, members=tuple(members))
    return Made(attempt, found, score("roc_auc", found), seconds)


def test_the_highest_value_wins():
    found = choose(setup(), [trial("weak", 0.5), trial("strong", 2.0), trial("middle", 1.0)])
    assert found.trial.attempt.name == "strong"
    assert "best out-of-fold roc_auc" in found.why


def test_errors_are_ranked_the_other_way_round():
    trials = [SimpleNamespace(value=v) for v in (3.0, 1.0, None, 2.0)]
    assert [t.value for t in ranked(setup("rmse"), trials)] == [1.0, 2.0, 3.0, None]


def test_a_tie_goes_to_a_model_five_times_cheaper():
    slow = trial("slow", 1.5, seconds=10.0, jitter=1)
    fast = trial("fast", 1.5, seconds=1.0, jitter=2)
    slow.value = fast.value + 0.0005
    found = choose(setup(), [slow, fast])
    assert found.trial is fast
    assert "10 times cheaper" in found.why


def test_a_tie_with_a_model_hardly_cheaper_is_decided_by_value():
    slow, fast = trial("slow", 1.5, seconds=3.0, jitter=1), trial("fast", 1.5, seconds=1.0, jitter=2)
    slow.value = fast.value + 0.0005
    assert choose(setup(), [slow, fast]).trial is slow


def test_a_cheap_model_that_is_worse_is_not_taken():
    slow, fast = trial("slow", 2.0, seconds=100.0), trial("fast", 1.0, seconds=1.0)
    assert choose(setup(), [slow, fast]).trial is slow


def test_a_combination_within_noise_of_its_best_member_is_not_worth_its_cost():
    single = trial("single", 1.5, jitter=1)
    blend = trial("blend", 1.5, jitter=2, members=["single", "other"])
    blend.value = single.value + 0.0005
    found = choose(setup(), [blend, single, trial("other", 1.0, seed=3)])
    assert found.trial is single
    assert "within noise" in found.why


def test_a_combination_better_beyond_noise_is_taken():
    single, blend = trial("single", 1.0, seed=1), trial("blend", 2.0, seed=2, members=["single", "other"])
    found = choose(setup(), [blend, single])
    assert found.trial is blend
    assert "beyond noise" in found.why


@pytest.mark.parametrize("metric", ["roc_auc", "log_loss", "accuracy"])
def test_a_choice_is_made_for_any_metric(metric):
    trials = [trial("weak", 0.5), trial("strong", 2.0)]
    for made in trials:
        made.value = score(metric, made.predictions)
    assert choose(setup(metric), trials).trial.attempt.name in {"weak", "strong"}
