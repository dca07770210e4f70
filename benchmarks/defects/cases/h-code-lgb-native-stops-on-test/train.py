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
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split


class Settings(dict):
    """A dict with attribute access, for settings typed in a hurry."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error

    def __setattr__(self, name, value):
        self[name] = value


cfg = Settings(seed=42, folds=5, debug=False, out="./output", n_jobs=-1)
if cfg.debug:
    cfg.folds = 2


def keep(thing, name, folder="./output"):
    """Pickle an object next to the time it was made at."""
    import datetime
    import pathlib
    import pickle

    target = pathlib.Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    path = target / f"{name}-{stamp}.pkl"
    with path.open("wb") as handle:
        pickle.dump(thing, handle)
    print("saved", path)
    return path


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

PARAMS = {
    "objective": "regression_l1",
    "metric": "mae",
    "learning_rate": 0.03,
    "num_leaves": 127,
    "feature_fraction": 0.8,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "verbosity": -1,
}


def add_counts(frame):
    cats = [c for c in frame.columns if c.startswith("cat")]
    conts = [c for c in frame.columns if c.startswith("cont")]
    frame["n_missing"] = frame[cats].isna().sum(axis=1)
    frame["cont_mean"] = frame[conts].mean(axis=1)
    frame["cont_max"] = frame[conts].max(axis=1)
    return frame.drop(columns=["id"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--train", default="train.feather")
    parser.add_argument("--rounds", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=3)
    args = parser.parse_args()
    seed_everything(args.seed)

    df = reduce_mem_usage(pd.read_feather(args.train))
    df = add_counts(df)
    for c in df.columns[df.columns.str.startswith("cat")]:
        df[c] = df[c].astype("category")
    y = np.log1p(df.pop("loss"))
    X_train, X_test, y_train, y_test = train_test_split(df, y, test_size=0.15, random_state=args.seed)

    dtrain = lgb.Dataset(X_train, label=y_train)
    dtest = lgb.Dataset(X_test, label=y_test, reference=dtrain)
    with Timer("train"):
        booster = lgb.train(
            PARAMS,
            dtrain,
            num_boost_round=args.rounds,
            valid_sets=[dtrain, dtest],
            valid_names=["train", "test"],
            callbacks=[lgb.early_stopping(100), lgb.log_evaluation(200)],
        )
    pred = booster.predict(X_test, num_iteration=booster.best_iteration)
    logger.info("final test MAE (log): %.4f", mean_absolute_error(y_test, pred))
    booster.save_model("model.txt", num_iteration=booster.best_iteration)


if __name__ == "__main__":
    main()
