from __future__ import annotations

from specweave.leakage.code.conformance import RuleConformance
from specweave.leakage.code.rules.fit_on_test import FitOnTest


class TestFitOnTestRule(RuleConformance):
    rule = FitOnTest
    leaky = """
import pandas as pd
df = pd.read_csv("table.csv")
X, y = df.drop(columns="y"), df["y"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
X_train = StandardScaler().fit_transform(X_train)
X_test = StandardScaler().fit_transform(X_test)
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
"""
    sound = """
import pandas as pd
df = pd.read_csv("table.csv")
X, y = df.drop(columns="y"), df["y"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)
X_test = scaler.transform(X_test)
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
"""
