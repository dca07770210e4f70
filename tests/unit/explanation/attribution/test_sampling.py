# ruff: noqa: PD011 - the values are an attribution's, not those of pandas
import numpy as np
import pandas as pd

from specweave.explanation.attribution.sampling import Enough, sample_attribution
from specweave.explanation.given_subject import given_subject

RNG = np.random.default_rng(2)
ROWS = pd.DataFrame(RNG.normal(size=(300, 4)), columns=["a", "b", "c", "none"])


def known(rows):
    """Linear in a, and b times c; its Shapley values against a background are known in closed form."""
    return (2 * rows["a"] + rows["b"] * rows["c"]).to_numpy()


def truth(rows, background):
    a, b, c = (rows[name].to_numpy() for name in "abc")
    mean = background.mean()
    together = (background["b"] * background["c"]).mean()
    of_b = ((b * mean["c"] - together) + (b * c - mean["b"] * c)) / 2
    of_c = ((c * mean["b"] - together) + (b * c - b * mean["c"])) / 2
    return np.column_stack([2 * (a - mean["a"]), of_b, of_c, np.zeros(len(rows))])


def sampled(**enough):
    subject = given_subject(known, ROWS, task="regression")
    return sample_attribution(subject, ROWS.iloc[:150], seed=0, enough=Enough(**enough)), subject.background


def test_values_are_those_of_the_closed_form_within_their_errors():
    found, background = sampled(share=0.0, rounds=64)
    wanted = truth(ROWS.iloc[:150], background)
    off = np.abs(found.values - wanted)[:, :3]
    assert 0.85 < (off <= 2 * found.error[:, :3]).mean() <= 1
    assert np.abs(found.values[:, 3]).max() < 1e-12
    assert found.gap < 1e-12


def test_it_stops_when_the_error_is_small_enough_and_says_so():
    coarse, _ = sampled(share=0.2)
    fine, _ = sampled(share=0.08, rounds=200)
    assert fine.error.mean() < coarse.error.mean()
    assert "at most 8% were wanted" in fine.stopped
    rushed, _ = sampled(share=1e-9, rounds=8)
    assert "after 8 rounds" in rushed.stopped
    assert "not reached" in rushed.stopped


def test_text_columns_and_several_classes_are_taken_as_they_are():
    rows = ROWS.assign(colour=np.where(ROWS["a"] > 0, "red", "blue"))

    def shares(given):
        score = np.column_stack([(given["colour"] == "red") * 1.0, given["b"], np.zeros(len(given))])
        return np.exp(score) / np.exp(score).sum(axis=1, keepdims=True)

    subject = given_subject(shares, rows, classes=("p", "q", "r"))
    found = sample_attribution(subject, rows.iloc[:30])
    assert found.values.shape == (30, 5, 3)
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), subject.score(rows.iloc[:30]), atol=1e-12)
    assert np.abs(found.values[:, 4, 0]).mean() > 0.05
    assert np.abs(found.values[:, 0]).max() < 1e-12
