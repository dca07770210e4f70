from __future__ import annotations

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
