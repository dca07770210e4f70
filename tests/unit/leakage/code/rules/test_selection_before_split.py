from __future__ import annotations

from specweave.leakage.code.conformance import RuleConformance
from specweave.leakage.code.rules.selection_before_split import SelectionBeforeSplit


class TestSelectionBeforeSplitRule(RuleConformance):
    rule = SelectionBeforeSplit
    leaky = """
import pandas as pd
df = pd.read_csv("table.csv")
X, y = df.drop(columns="y"), df["y"]
X = SelectKBest(k=5).fit_transform(X, y)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
"""
    sound = """
import pandas as pd
df = pd.read_csv("table.csv")
X, y = df.drop(columns="y"), df["y"]
print(cross_val_score(make_pipeline(SelectKBest(k=5), SVC()), X, y))
"""
