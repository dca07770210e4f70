from __future__ import annotations

from specweave.leakage.code import examine_source
from specweave.leakage.code.conformance import RuleConformance
from specweave.leakage.code.rules import test_used_to_choose


class TestUsedToChooseRule(RuleConformance):
    rule = test_used_to_choose.TestUsedToChoose
    leaky = """
import pandas as pd
df = pd.read_csv("table.csv")
X, y = df.drop(columns="y"), df["y"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
best = 0
for c in [1, 10]:
    score = SVC(C=c).fit(X_train, y_train).score(X_test, y_test)
    if score > best:
        best = score
"""
    sound = """
import pandas as pd
df = pd.read_csv("table.csv")
X, y = df.drop(columns="y"), df["y"]
X, X_test, y, y_test = train_test_split(X, y)
X_train, X_val, y_train, y_val = train_test_split(X, y)
best = 0
for c in [1, 10]:
    score = SVC(C=c).fit(X_train, y_train).score(X_val, y_val)
    if score > best:
        best = score
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
"""


COMPARED = """
import pandas as pd
df = pd.read_csv("table.csv")
X_train, X_test, y_train, y_test = train_test_split(df.drop(columns="y"), df["y"])
first = SVC().fit(X_train, y_train)
print(first.score(X_test, y_test))
second = LogisticRegression().fit(X_train, y_train)
print(second.score(X_test, y_test))
"""


def test_models_compared_on_the_same_test_rows_are_a_note():
    (finding,) = examine_source(COMPARED, rules=[test_used_to_choose.TestUsedToChoose()]).findings
    assert (finding.severity, finding.place.line) == ("note", 8)
    assert finding.sentence.startswith("2 models are judged on the same held-out rows")


def test_one_model_scored_twice_is_none():
    one = COMPARED.replace("second = LogisticRegression().fit(X_train, y_train)", "").replace("second.", "first.")
    assert examine_source(one, rules=[test_used_to_choose.TestUsedToChoose()]).findings == ()


def test_no_note_where_other_rows_judge_the_choice():
    third = "X_last = pd.read_csv('last.csv')\nprint(first.score(X_last.drop(columns='y'), X_last['y']))\n"
    assert examine_source(COMPARED + third, rules=[test_used_to_choose.TestUsedToChoose()]).findings == ()
