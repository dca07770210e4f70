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
from catboost import CatBoostClassifier
from imblearn.combine import SMOTETomek
from sklearn.metrics import f1_score, recall_score
from sklearn.model_selection import StratifiedKFold


def bars_of_categories(frame, columns, top=12, ncols=3):
    """Bar charts of the commonest values of some columns."""
    import math

    import matplotlib.pyplot as plt

    nrows = math.ceil(len(columns) / ncols)
    figure, axes = plt.subplots(nrows, ncols, figsize=(5 * ncols, 3.2 * nrows), squeeze=False)
    for ax, name in zip(axes.ravel(), columns):
        frame[name].value_counts().head(top).plot.barh(ax=ax)
        ax.set_title(name)
        ax.invert_yaxis()
    for ax in axes.ravel()[len(columns):]:
        ax.axis("off")
    figure.tight_layout()
    return figure


def iqr_report(frame, columns, k=1.5):
    """Counts values outside of the whiskers; only prints, nothing is removed."""
    for name in columns:
        q1, q3 = frame[name].quantile(0.25), frame[name].quantile(0.75)
        low, high = q1 - k * (q3 - q1), q3 + k * (q3 - q1)
        outside = ((frame[name] < low) | (frame[name] > high)).sum()
        print(f"{name:30s} [{low:10.3f}, {high:10.3f}] outside: {outside}")


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


def read_patients(path):
    patients = pd.read_csv(path)
    patients = patients.drop_duplicates(subset="patient_id").drop(columns=["patient_id", "ward"])
    patients["sex"] = patients["sex"].eq("F").astype(int)
    patients["smoker"] = patients["smoker"].map({"never": 0, "former": 1, "current": 2}).fillna(-1)
    patients["bmi"] = patients["weight_kg"] / (patients["height_cm"] / 100) ** 2
    return patients.fillna(-1)


def balance(X, y, seed):
    sampler = SMOTETomek(random_state=seed)
    Xb, yb = sampler.fit_resample(X, y)
    logger.info("balanced from %d to %d rows", len(X), len(Xb))
    return Xb, yb


def cross_validate(X, y, seed, n_splits=5):
    folds = StratifiedKFold(n_splits=n_splits, shuffle=True, random_state=seed)
    rows = []
    for k, (fit_rows, held_out) in enumerate(folds.split(X, y)):
        model = CatBoostClassifier(iterations=400, depth=6, verbose=False, random_seed=seed)
        model.fit(X.iloc[fit_rows], y.iloc[fit_rows])
        pred = model.predict(X.iloc[held_out])
        rows.append({"fold": k, "f1": f1_score(y.iloc[held_out], pred), "recall": recall_score(y.iloc[held_out], pred)})
    return pd.DataFrame(rows)


def main(argv=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("csv")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    seed_everything(args.seed)
    patients = read_patients(args.csv)
    y = patients.pop("readmitted")
    X, y = balance(patients, y, args.seed)
    with Timer("cv"):
        table = cross_validate(X, y, args.seed)
    print(table.to_string(index=False))
    print("mean F1 %.3f" % table["f1"].mean())


if __name__ == "__main__":
    sys.exit(main())
