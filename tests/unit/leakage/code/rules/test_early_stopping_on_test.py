from __future__ import annotations

from specweave.leakage.code.conformance import RuleConformance
from specweave.leakage.code.rules.early_stopping_on_test import EarlyStoppingOnTest


class TestEarlyStoppingOnTestRule(RuleConformance):
    rule = EarlyStoppingOnTest
    leaky = """
import pandas as pd
df = pd.read_csv("table.csv")
X, y = df.drop(columns="y"), df["y"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = XGBClassifier(early_stopping_rounds=5)
model.fit(X_train, y_train, eval_set=[(X_test, y_test)])
print(model.score(X_test, y_test))
"""
    sound = """
import pandas as pd
df = pd.read_csv("table.csv")
X, y = df.drop(columns="y"), df["y"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
X_train, X_val, y_train, y_val = train_test_split(X_train, y_train)
model = XGBClassifier(early_stopping_rounds=5)
model.fit(X_train, y_train, eval_set=[(X_val, y_val)])
print(model.score(X_test, y_test))
"""
