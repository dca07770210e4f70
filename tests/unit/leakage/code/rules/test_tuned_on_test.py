from __future__ import annotations

from specweave.leakage.code.conformance import RuleConformance
from specweave.leakage.code.rules.tuned_on_test import TunedOnTest


class TestTunedOnTestRule(RuleConformance):
    rule = TunedOnTest
    leaky = """
import pandas as pd
df = pd.read_csv("table.csv")
X, y = df.drop(columns="y"), df["y"]
grid = GridSearchCV(SVC(), {"C": [1, 10]}).fit(X, y)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = SVC(**grid.best_params_).fit(X_train, y_train)
print(model.score(X_test, y_test))
"""
    sound = """
import pandas as pd
df = pd.read_csv("table.csv")
X, y = df.drop(columns="y"), df["y"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
grid = GridSearchCV(SVC(), {"C": [1, 10]}).fit(X_train, y_train)
print(grid.score(X_test, y_test))
"""
