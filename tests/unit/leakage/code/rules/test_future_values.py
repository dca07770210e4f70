from __future__ import annotations

from specweave.leakage.code.conformance import RuleConformance
from specweave.leakage.code.rules.future_values import FutureValues


class TestFutureValuesRule(RuleConformance):
    rule = FutureValues
    leaky = """
import pandas as pd
df = pd.read_csv("table.csv")
X, y = df.drop(columns="y"), df["y"]
X["next"] = df["v"].shift(-1)
X_train, X_test, y_train, y_test = train_test_split(X, y, shuffle=False)
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
"""
    sound = """
import pandas as pd
df = pd.read_csv("table.csv")
df["next"] = df["v"].shift(-1)
X, y = df.drop(columns="next"), df["next"]
X_train, X_test, y_train, y_test = train_test_split(X, y, shuffle=False)
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
"""
