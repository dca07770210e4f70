import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate

df = pd.read_parquet("spambase.parquet")
y = df.pop("is_spam")
sel = SelectFromModel(ExtraTreesClassifier(n_estimators=50)).fit(df, y)
X = sel.transform(df)
result = cross_validate(LogisticRegression(max_iter=1000), X, y, cv=5, scoring=["accuracy", "roc_auc"])
print(result["test_roc_auc"].mean())
