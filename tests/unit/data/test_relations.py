from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp, spearmanr
from sklearn.metrics import roc_auc_score

from specweave.data.column_profile import profile_column
from specweave.data.relations import associations, correlation_ratio, cramers_v, drift_of_halves

N = 2000


def profiles(frame: pd.DataFrame):
    return [profile_column(c, frame[c]) for c in frame.columns]


def strengths(frame, target, task):
    found = associations(frame, target, task, profiles(frame))
    return {(a.column, a.measure): a.value for a in found}


def test_measures_agree_with_the_libraries():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"y": rng.integers(0, 2, N), "x": rng.normal(size=N)})
    frame["x"] += frame["y"]
    frame["z"] = frame["x"] ** 3 + rng.normal(size=N)
    auc = roc_auc_score(frame["y"], frame["x"])
    assert strengths(frame, "y", "binary")["x", "|2 AUC − 1|"] == pytest.approx(abs(2 * auc - 1))
    rho = spearmanr(frame["x"], frame["z"]).statistic
    assert strengths(frame, "z", "regression")["x", "|Spearman's rho|"] == pytest.approx(abs(rho))


def test_the_strongest_comes_first_and_gaps_are_judged():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, N)
    frame = pd.DataFrame({"y": y, "noise": rng.normal(size=N), "word": np.where(y == 1, "yes", "no")})
    frame["gap"] = np.where(y == 1, 1.0, np.nan)
    found = associations(frame, "y", "binary", profiles(frame))
    assert {found[0].column, found[1].column} == {"word", "gap"}
    assert found[0].value == pytest.approx(1.0, abs=0.01)
    assert next(a for a in found if a.column == "gap").measure == "being missing"


def test_noise_of_many_values_stays_near_zero():
    rng = np.random.default_rng(3)
    target, codes = rng.integers(0, 3, N), rng.integers(0, 200, N)
    assert cramers_v(codes, target) < 0.1
    assert correlation_ratio(codes, rng.normal(size=N)) < 0.2


def test_ids_constants_and_the_target_are_left_out():
    frame = pd.DataFrame({"y": [0, 1] * 50, "id": range(100), "same": [1] * 100})
    assert associations(frame, "y", "binary", profiles(frame)) == []


def test_drift_is_the_kolmogorov_smirnov_distance():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"x": np.concatenate([rng.normal(size=N), rng.normal(0.8, size=N)])})
    found = drift_of_halves(frame, profiles(frame), None)
    assert found[0].value == pytest.approx(ks_2samp(frame["x"][:N], frame["x"][N:]).statistic)
    assert found[0].order == "row order"


def test_drift_follows_the_clock_when_there_is_one():
    order = np.random.default_rng(5).permutation(N)
    frame = pd.DataFrame(
        {"at": pd.Timestamp(2024, 1, 1) + pd.to_timedelta(order, unit="h"), "x": np.where(order < N / 2, "old", "new")}
    )
    assert drift_of_halves(frame, profiles(frame), None) == []
    found = drift_of_halves(frame, profiles(frame), "at")
    assert (found[0].column, found[0].value) == ("x", 1.0)


def test_shuffled_columns_drift_in_less_than_one_per_cent():
    """Numbers, few words and many words without any change: false alarms stay rare although each is judged."""
    rng = np.random.default_rng(6)
    alarms = total = 0
    for _ in range(60):
        rows = int(rng.integers(120, 1500))
        frame = pd.DataFrame(
            {
                "a": rng.normal(size=rows),
                "b": rng.poisson(1.0, rows),
                "c": rng.choice(["x", "y", "z"], rows, p=[0.7, 0.2, 0.1]),
                "d": rng.integers(0, 60, rows).astype(str),
                "e": np.where(rng.random(rows) < 0.5, "p", "q"),
            }
        )
        alarms += len(drift_of_halves(frame, profiles(frame), None))
        total += 5
    assert alarms <= 0.01 * total


def test_few_rows_are_not_judged():
    frame = pd.DataFrame({"x": [0.0] * 40 + [1.0] * 40})
    assert drift_of_halves(frame, profiles(frame), None) == []
