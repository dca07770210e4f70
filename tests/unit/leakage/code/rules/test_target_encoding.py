from __future__ import annotations

from specweave.leakage.code.conformance import RuleConformance
from specweave.leakage.code.rules.target_encoding import TargetEncoding


class TestTargetEncodingRule(RuleConformance):
    rule = TargetEncoding
    leaky = """
import pandas as pd
df = pd.read_csv("table.csv")
X, y = df.drop(columns="y"), df["y"]
X["city"] = df["city"].map(df.groupby("city")["y"].mean())
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
"""
    sound = """
import pandas as pd
df = pd.read_csv("table.csv")
X, y = df.drop(columns="y"), df["y"]
print(cross_val_score(make_pipeline(TargetEncoder(), SVC()), X, y))
"""
