import argparse
import json
import logging
import os
import random
import sys
import time
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
logger = logging.getLogger(__name__)
import lightgbm as lgb
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split


def overview(frame, max_levels=8):
    """One line per column: type, gaps, number of values, some examples."""
    import pandas as pd

    lines = []
    for name in frame.columns:
        column = frame[name]
        lines.append(
            {
                "column": name,
                "dtype": str(column.dtype),
                "missing": int(column.isna().sum()),
                "missing_%": round(100 * column.isna().mean(), 2),
                "unique": column.nunique(),
                "example": ", ".join(map(str, column.dropna().unique()[:max_levels]))[:60],
            }
        )
    return pd.DataFrame(lines).set_index("column")


def reduce_mem_usage(frame, verbose=True):
    """Downcast numeric columns so the frame fits into memory."""
    start = frame.memory_usage().sum() / 1024**2
    for col in frame.columns:
        kind = frame[col].dtype
        if str(kind).startswith("int"):
            frame[col] = pd.to_numeric(frame[col], downcast="integer")
        elif str(kind).startswith("float"):
            frame[col] = frame[col].astype(np.float32)
    end = frame.memory_usage().sum() / 1024**2
    if verbose:
        print(f"Mem. usage decreased to {end:5.2f} Mb ({100 * (start - end) / start:.1f}% reduction)")
    return frame


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", type=int, default=40)
    args = parser.parse_args()
    frame = reduce_mem_usage(pd.read_csv("aps_failure.csv", na_values="na"))
    frame["class"] = (frame["class"] == "pos").astype(int)
    print(frame.isna().mean().sort_values(ascending=False).head())
    train, test = train_test_split(frame, test_size=0.3, stratify=frame["class"], random_state=14)
    y_train, y_test = train["class"], test["class"]
    X_train, X_test = train.drop(columns="class"), test.drop(columns="class")

    nearly_empty = X_train.columns[X_train.isna().mean() > 0.7]
    corr = X_train.corr().abs()
    upper = corr.where(np.triu(np.ones(corr.shape, dtype=bool), k=1))
    twins = [c for c in upper.columns if (upper[c] > 0.98).any()]
    X_train = X_train.drop(columns=set(nearly_empty) | set(twins))

    first = lgb.LGBMClassifier(n_estimators=200, is_unbalance=True, importance_type="gain", verbosity=-1)
    first.fit(X_train, y_train)
    gain = pd.Series(first.feature_importances_, index=X_train.columns).sort_values(ascending=False)
    kept = gain.index[: args.keep].tolist()
    logger.info("kept %s", kept)

    second = lgb.LGBMClassifier(n_estimators=400, learning_rate=0.05, is_unbalance=True, verbosity=-1)
    second.fit(X_train[kept], y_train)
    logger.info("test auc %.4f", roc_auc_score(y_test, second.predict_proba(X_test[kept])[:, 1]))
    Path("columns.json").write_text(json.dumps(kept))


if __name__ == "__main__":
    main()
