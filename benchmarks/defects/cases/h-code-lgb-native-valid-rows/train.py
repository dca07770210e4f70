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


def draw_learning_curve(estimator, X, y, cv=5, scoring=None):
    """Learning curve of an estimator (slow, rarely used)."""
    import matplotlib.pyplot as plt
    import numpy as np
    from sklearn.model_selection import learning_curve

    sizes, fitted, held_out = learning_curve(
        estimator, X, y, cv=cv, scoring=scoring, train_sizes=np.linspace(0.1, 1.0, 6), n_jobs=-1
    )
    for label, values in (("training", fitted), ("cross-validation", held_out)):
        mean, spread = values.mean(axis=1), values.std(axis=1)
        plt.fill_between(sizes, mean - spread, mean + spread, alpha=0.15)
        plt.plot(sizes, mean, "o-", label=label)
    plt.xlabel("rows")
    plt.legend()
    plt.tight_layout()


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

def seed_everything(seed: int = 42) -> None:
    random.seed(seed)
    os.environ["PYTHONHASHSEED"] = str(seed)
    np.random.seed(seed)


class Timer:
    """Context manager that logs how long a block took."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.t0 = time.time()
        return self

    def __exit__(self, *exc):
        logger.info("[%s] done in %.1f s", self.name, time.time() - self.t0)
        return False

PARAMS = dict(objective="binary", metric="auc", learning_rate=0.02, num_leaves=48, feature_fraction=0.7, verbosity=-1)


def clean(frame):
    frame["DAYS_EMPLOYED"] = frame["DAYS_EMPLOYED"].replace(365243, np.nan)
    frame["credit_to_income"] = frame["AMT_CREDIT"] / frame["AMT_INCOME_TOTAL"]
    frame["annuity_to_credit"] = frame["AMT_ANNUITY"] / frame["AMT_CREDIT"]
    frame["age_years"] = -frame["DAYS_BIRTH"] / 365.25
    for c in frame.select_dtypes("object"):
        frame[c] = frame[c].str.strip().str.lower().fillna("none").astype("category")
    return frame.drop(columns=["SK_ID_CURR"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--path", type=Path, default=Path("application_train.csv"))
    parser.add_argument("--seed", type=int, default=50)
    args = parser.parse_args()
    seed_everything(args.seed)
    frame = clean(reduce_mem_usage(pd.read_csv(args.path)))
    y = frame.pop("TARGET")
    X_dev, X_test, y_dev, y_test = train_test_split(frame, y, test_size=0.2, stratify=y, random_state=args.seed)
    X_train, X_valid, y_train, y_valid = train_test_split(X_dev, y_dev, test_size=0.2, stratify=y_dev, random_state=args.seed)

    dtrain = lgb.Dataset(X_train, y_train)
    dvalid = lgb.Dataset(X_valid, y_valid, reference=dtrain)
    with Timer("fit"):
        booster = lgb.train(PARAMS, dtrain, 10_000, valid_sets=[dtrain, dvalid], valid_names=["train", "valid"],
                            callbacks=[lgb.early_stopping(200), lgb.log_evaluation(500)])
    logger.info("valid auc %.4f", roc_auc_score(y_valid, booster.predict(X_valid)))
    logger.info("test  auc %.4f", roc_auc_score(y_test, booster.predict(X_test, num_iteration=booster.best_iteration)))


if __name__ == "__main__":
    main()
