from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets as samples

from datasets import dataset
from specweave.errors import ProblemError
from specweave.leakage import examine, find_leaks


def read(*files, **options):
    return pd.concat([pd.read_csv(dataset(file), **options) for file in files], ignore_index=True)


def certain(frame, target, task, **more):
    return {f.columns for f in find_leaks(frame, target, task=task, **more) if f.severity == "certain"}


@pytest.mark.parametrize(
    ("file", "target", "task"),
    [
        (("tabular/titanic.csv.gz",), "Survived", "binary"),
        (("tabular/adult_train.csv.gz", "tabular/adult_test.csv.gz"), "income", "binary"),
        (("tabular/telco_churn.csv.gz",), "Churn", "binary"),
        (("tabular/california_housing.csv.gz",), "median_house_value", "regression"),
        (("imbalanced/vehicle_claim_fraud.csv.gz",), "FraudFound_P", "binary"),
        (("tabular/segment_challenge.csv.gz", "tabular/segment_test.csv.gz"), "class", "multiclass"),
        (("tabular/ames_housing.csv.gz",), "SalePrice", "regression"),
        (("text/sms_spam.csv.gz",), "label", "binary"),
        (("recsys/ml-latest-small/ratings.csv.gz",), "rating", "regression"),
    ],
)
def test_real_healthy_tables_hold_nothing_certain(file, target, task):
    assert certain(read(*file, na_values="?"), target, task) == set()


@pytest.mark.parametrize(
    ("load", "task"),
    [
        (samples.load_breast_cancer, "binary"),
        (samples.load_iris, "multiclass"),
        (samples.load_wine, "multiclass"),
        (samples.load_digits, "multiclass"),
        (samples.load_diabetes, "regression"),
    ],
)
def test_strong_honest_features_are_not_even_suspected(load, task):
    frame = load(as_frame=True).frame
    assert {f.columns for f in find_leaks(frame, "target", task=task) if f.severity != "note"} == set()


def test_one_easy_class_is_no_leak():
    frame = samples.load_iris(as_frame=True).frame
    frame["setosa"] = frame.pop("target") == 0
    assert {f.columns for f in find_leaks(frame, "setosa", task="binary") if f.severity != "note"} == set()


@pytest.mark.parametrize(
    ("file", "target", "task", "leaks"),
    [
        ("dirty/made/titanic_leak_made.csv.gz", "Survived", "binary", {("lifeboat_code",)}),
        ("dirty/made/adult_id_leak_made.csv.gz", "income", "binary", {("group_code",)}),
        ("dirty/made/ames_leak_made.csv.gz", "SalePrice", "regression", {("Tax Assessed Value",)}),
        ("imbalanced/datacar_insurance_claims.csv.gz", "clm", "binary", {("numclaims",), ("claimcst0",)}),
        ("tabular/bike_sharing_hour.csv.gz", "cnt", "regression", {("casual", "registered")}),
        ("tabular/bike_sharing_day.csv.gz", "cnt", "regression", {("casual", "registered")}),
        ("imbalanced/creditcard_fraud_sample.csv.gz", "Class", "binary", {("Unnamed: 0",)}),
    ],
)
def test_real_leaks_are_certain_and_nothing_else_is(file, target, task, leaks):
    assert certain(read(file), target, task) == leaks


def test_a_class_that_many_honest_columns_tell_is_not_certain():
    frame = read("tabular/segment_challenge.csv.gz").assign(sky=lambda d: d.pop("class") == "sky")
    assert certain(frame, "sky", "binary") == set()


def test_other_columns_stay_clear_once_the_leaks_are_excluded():
    frame = read("tabular/bike_sharing_day.csv.gz")
    assert certain(frame, "cnt", "regression", excluded=["casual", "registered"]) == set()


def test_split_risks_of_real_tables():
    spam = find_leaks(read("text/sms_spam.csv.gz"), "label", task="binary")
    assert [(f.code, f.evidence["copies"]) for f in spam] == [("duplicates", 403)]
    bikes = find_leaks(read("tabular/bike_sharing_day.csv.gz"), "cnt", task="regression", time="dteday")
    assert "time-order" not in {f.code for f in bikes}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "true_relations"),
    [
        ("tabular/titanic.csv.gz", set()),
        ("tabular/telco_churn.csv.gz", set()),
        ("tabular/california_housing.csv.gz", set()),
        # dates count up with the row number, and the year stands in the date
        ("tabular/bike_sharing_day.csv.gz", {"season", "yr", "mnth", "casual", "registered", "cnt"}),
        # sums and means of colours
        ("tabular/segment_challenge.csv.gz", {
            "intensity-mean", "rawred-mean", "rawblue-mean", "rawgreen-mean", "exred-mean", "exblue-mean", "exgreen-mean",
        }),
    ],
)  # fmt: skip
def test_with_every_column_as_the_target_only_true_relations_are_certain(file, true_relations):
    frame = read(file)
    found = set()
    for column in frame.columns:
        values = frame[column].nunique()
        numeric = pd.api.types.is_numeric_dtype(frame[column])
        task = "regression" if numeric and values > 15 else "binary" if values == 2 else "multiclass"
        if (numeric or values <= 40) and values > 1 and certain(frame, column, task):
            found.add(column)
    assert found == true_relations


def table(n=300, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return pd.DataFrame({"x": rng.normal(size=n), "z": rng.normal(size=n), "code": 1 - y, "y": y})


def test_the_surest_finding_stands_first_and_each_cause_once():
    findings = find_leaks(table().assign(row_id=np.arange(300)), "y", task="binary")
    assert [(f.code, f.severity) for f in findings] == [("target-copy", "certain"), ("row-ids", "note")]


def test_every_detector_answers_with_a_verdict_and_says_why_it_could_not():
    answers = {e.code: e for e in examine(table(), "y", task="binary")}
    assert answers["target-copy"].verdict == "found"
    assert answers["combination"].verdict == "not applicable"
    assert answers["combination"].reason.startswith("the target is a class")


def test_too_few_rows_are_not_applicable_not_clear():
    assert {e.verdict for e in examine(table(12), "y", task="binary")} == {"not applicable"}


def test_an_excluded_column_is_not_looked_at():
    assert find_leaks(table(), "y", task="binary", excluded=["code"]) == []


def test_rows_without_target_are_left_out():
    frame = table().astype({"y": float})
    frame.loc[:50, "y"] = np.nan
    assert find_leaks(frame, "y", task="binary")[0].evidence["rows"] == 249


def test_a_target_that_is_not_there_is_an_error_with_a_suggestion():
    with pytest.raises(ProblemError) as error:
        find_leaks(table().rename(columns={"y": "Churn"}), "churn", task="binary")
    assert error.value.next_step == "did you mean Churn?"


def test_a_text_target_of_a_regression_is_an_error():
    with pytest.raises(ProblemError, match="holds text"):
        find_leaks(table().assign(y="much"), "y", task="regression")


def test_progress_reaches_its_end():
    seen = []
    find_leaks(table(), "y", task="binary", progress=lambda done, total, message: seen.append((done, total, message)))
    assert seen[-1][0] == seen[-1][1] == len(seen) - 1
    assert all(len(message) <= 200 for _, _, message in seen)


def test_the_findings_do_not_depend_on_the_order_of_columns_or_on_being_asked_twice():
    frame = table().assign(late=lambda d: d["y"] * 3 + np.random.default_rng(1).random(300))
    first = find_leaks(frame, "y", task="binary")
    assert find_leaks(frame, "y", task="binary") == first
    turned = find_leaks(frame[frame.columns[::-1]], "y", task="binary")
    assert {(f.code, f.columns) for f in turned} == {(f.code, f.columns) for f in first}


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_tables_of_noise_raise_no_alarm(task):
    alarms = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        y = {
            "binary": rng.integers(0, 2, 120),
            "multiclass": rng.integers(0, 4, 120),
            "regression": rng.normal(size=120),
        }
        frame = (
            pd.DataFrame(rng.normal(size=(120, 6))).add_prefix("x").assign(kind=rng.choice(list("abc"), 120), y=y[task])
        )
        alarms += len(find_leaks(frame, "y", task=task))
    assert alarms == 0


LARGE = """
import resource, sys, time
import numpy as np, pandas as pd
from specweave.leakage import find_leaks

rng, n = np.random.default_rng(0), 1_000_000
frame = pd.DataFrame({f"x{i}": rng.normal(size=n) for i in range(30)} | {f"k{i}": rng.integers(0, 1000, n) for i in range(10)})
texts = np.array([f"v{i}" for i in range(200)], dtype=object)
frame = frame.assign(**{f"s{i}": texts[rng.integers(0, 200, n)] for i in range(7)}, customer_id=rng.integers(0, 200_000, n))
frame["y"] = (frame["x0"] + rng.normal(size=n) > 1.5).astype(int)
frame["leak"] = np.where(rng.random(n) < 0.995, frame["y"], 1 - frame["y"]) + rng.random(n)
start = time.process_time()
certain = [finding.columns for finding in find_leaks(frame, "y", task="binary") if finding.severity == "certain"]
print(certain, time.process_time() - start < 60, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < (4e9 if sys.platform == "darwin" else 4e6))
"""


@pytest.mark.slow
def test_a_million_rows_of_fifty_columns_take_a_minute_and_four_gigabytes_at_most():
    done = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[('leak',)] True True"
