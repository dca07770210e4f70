import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_score

from specweave import track_experiment

rows = pd.read_parquet(".specweave/increments/0001-churn/data/training.parquet")
X, y = rows.drop(columns=["Churn", "row_number"]).select_dtypes("number"), rows["Churn"]
with track_experiment("boosting", increment=1) as run:
    auc = cross_val_score(HistGradientBoostingClassifier(), X, y, scoring="roc_auc").mean()
    run.log_metric("roc_auc", auc)
