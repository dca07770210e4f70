"""Grid of gradient boosting settings for the turnover data."""
import argparse
import itertools
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def regression_table(pairs):
    """MAE, RMSE and R2 for named (true, predicted) pairs."""
    import numpy as np
    import pandas as pd

    rows = {}
    for label, (true, guess) in pairs.items():
        true, guess = np.asarray(true, float), np.asarray(guess, float)
        error = guess - true
        rows[label] = {
            "mae": np.abs(error).mean(),
            "rmse": np.sqrt((error**2).mean()),
            "bias": error.mean(),
            "r2": 1 - (error**2).sum() / ((true - true.mean()) ** 2).sum(),
        }
    return pd.DataFrame(rows).T.round(4)


def print_versions(names=("numpy", "pandas", "sklearn", "matplotlib")):
    """For the bug reports."""
    import importlib
    import platform

    print("python", platform.python_version())
    for name in names:
        try:
            module = importlib.import_module(name)
        except ImportError:
            print(f"{name:15s} not installed")
        else:
            print(f"{name:15s} {getattr(module, '__version__', '?')}")


print_versions()


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


GRID = {
    "n_estimators": [100, 300],
    "max_depth": [2, 3, 5],
    "learning_rate": [0.03, 0.1],
    "subsample": [0.7, 1.0],
}


def grid(space):
    keys = sorted(space)
    for values in itertools.product(*(space[k] for k in keys)):
        yield dict(zip(keys, values))


class Experiment:
    """Reads the data, tries all settings, remembers the best one."""

    def __init__(self, path, target="left", seed=0):
        self.target = target
        self.seed = seed
        self.log = []
        self.best = {"score": -np.inf, "params": None, "model": None}
        self._load(path)

    def _load(self, path):
        staff = pd.read_csv(path)
        staff = staff.rename(columns={"average_montly_hours": "hours", "time_spend_company": "years"})
        staff = staff.drop_duplicates().reset_index(drop=True)
        staff["overworked"] = (staff["hours"] > 230).astype(int)
        staff["hours_per_project"] = staff["hours"] / staff["number_project"]
        staff["salary"] = staff["salary"].map({"low": 0, "medium": 1, "high": 2})
        y = staff.pop(self.target)
        X_dev, self.X_test, y_dev, self.y_test = train_test_split(staff, y, test_size=0.2, stratify=y, random_state=self.seed)
        self.X_train, self.X_valid, self.y_train, self.y_valid = train_test_split(
            X_dev, y_dev, test_size=0.25, stratify=y_dev, random_state=self.seed
        )
        self.numeric = [c for c in staff.columns if staff[c].dtype != object]
        self.categorical = [c for c in staff.columns if c not in self.numeric]

    def build(self, **params):
        prep = ColumnTransformer(
            [("n", StandardScaler(), self.numeric), ("c", OneHotEncoder(handle_unknown="ignore"), self.categorical)]
        )
        return Pipeline([("prep", prep), ("gb", GradientBoostingClassifier(random_state=self.seed, **params))])

    @staticmethod
    def score(model, X, y):
        p = model.predict_proba(X)[:, 1]
        return {"auc": roc_auc_score(y, p), "f1": f1_score(y, p > 0.5), "acc": accuracy_score(y, p > 0.5)}

    def run(self):
        for number, params in enumerate(grid(GRID)):
            start = time.time()
            model = self.build(**params).fit(self.X_train, self.y_train)
            scores = self.score(model, self.X_valid, self.y_valid)
            self.log.append({**params, **scores, "seconds": round(time.time() - start, 1)})
            print(f"{number:3d} auc {scores['auc']:.4f} {params}")
            if scores["auc"] > self.best["score"]:
                self.best = {"score": scores["auc"], "params": params, "model": model}
        return self

    def report(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(self.log).sort_values("auc", ascending=False).to_csv(folder / "runs.csv", index=False)
        final = {"params": self.best["params"], **self.score(self.best["model"], self.X_test, self.y_test)}
        (folder / "final.json").write_text(json.dumps(final, indent=2))
        print("final", final)


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--csv", default="HR_comma_sep.csv")
    ap.add_argument("--out", type=Path, default=Path("runs"))
    given = ap.parse_args()
    Experiment(given.csv).run().report(given.out)
