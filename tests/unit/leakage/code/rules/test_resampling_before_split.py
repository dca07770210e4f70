from __future__ import annotations

from specweave.leakage.code.conformance import RuleConformance
from specweave.leakage.code.rules.resampling_before_split import ResamplingBeforeSplit


class TestResamplingBeforeSplitRule(RuleConformance):
    rule = ResamplingBeforeSplit
    leaky = """
import pandas as pd
df = pd.read_csv("table.csv")
X, y = df.drop(columns="y"), df["y"]
X, y = SMOTE().fit_resample(X, y)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
"""
    sound = """
import pandas as pd
df = pd.read_csv("table.csv")
X, y = df.drop(columns="y"), df["y"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
X_train, y_train = SMOTE().fit_resample(X_train, y_train)
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
"""
