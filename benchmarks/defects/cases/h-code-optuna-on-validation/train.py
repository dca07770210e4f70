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
import optuna
import xgboost as xgb
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split


def glance_in_two_dimensions(frame, colour):
    """Scatter plot of the first two principal components. Returns nothing."""
    import matplotlib.pyplot as plt
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    numbers = frame.select_dtypes("number").fillna(0)
    points = PCA(n_components=2).fit_transform(StandardScaler().fit_transform(numbers))
    plt.figure(figsize=(7, 6))
    plt.scatter(points[:, 0], points[:, 1], c=colour, s=6, cmap="viridis")
    plt.colorbar()
    plt.title("Principal components")


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


def split(frame, target, seed):
    dev, test = train_test_split(frame, test_size=0.2, stratify=frame[target], random_state=seed)
    train, valid = train_test_split(dev, test_size=0.25, stratify=dev[target], random_state=seed)
    return train, valid, test


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="santander.parquet")
    parser.add_argument("--trials", type=int, default=50)
    args = parser.parse_args()
    seed_everything(9)
    frame = pd.read_parquet(args.data).drop(columns=["ID_code"])
    train, valid, test = split(frame, "target", 9)
    cols = [c for c in frame.columns if c != "target"]
    dtrain = xgb.DMatrix(train[cols], train["target"])
    dvalid = xgb.DMatrix(valid[cols], valid["target"])
    dtest = xgb.DMatrix(test[cols], test["target"])

    def objective(trial):
        params = {
            "objective": "binary:logistic",
            "eval_metric": "auc",
            "eta": trial.suggest_float("eta", 0.005, 0.2, log=True),
            "max_depth": trial.suggest_int("max_depth", 2, 9),
            "subsample": trial.suggest_float("subsample", 0.4, 1.0),
            "lambda": trial.suggest_float("lambda", 1e-3, 10.0, log=True),
        }
        booster = xgb.train(params, dtrain, 3000, evals=[(dvalid, "valid")], early_stopping_rounds=50, verbose_eval=False)
        trial.set_user_attr("rounds", booster.best_iteration + 1)
        return roc_auc_score(valid["target"], booster.predict(dvalid))

    study = optuna.create_study(direction="maximize")
    study.optimize(objective, n_trials=args.trials)
    logger.info("best valid auc %.4f with %s", study.best_value, study.best_params)
    params = {"objective": "binary:logistic", **study.best_params}
    final = xgb.train(params, dtrain, study.best_trial.user_attrs["rounds"])
    logger.info("test auc %.4f", roc_auc_score(test["target"], final.predict(dtest)))


if __name__ == "__main__":
    main()
