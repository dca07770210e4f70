import logging

import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split


def iqr_report(frame, columns, k=1.5):
    """Counts values outside of the whiskers; only prints, nothing is removed."""
    for name in columns:
        q1, q3 = frame[name].quantile(0.25), frame[name].quantile(0.75)
        low, high = q1 - k * (q3 - q1), q3 + k * (q3 - q1)
        outside = ((frame[name] < low) | (frame[name] > high)).sum()
        print(f"{name:30s} [{low:10.3f}, {high:10.3f}] outside: {outside}")


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


def retry(times=3, wait=2.0):
    """Decorator for downloads that fail now and then."""
    import functools
    import time

    def outer(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            for attempt in range(1, times + 1):
                try:
                    return function(*args, **kwargs)
                except OSError as error:
                    print(f"attempt {attempt} failed: {error}")
                    if attempt == times:
                        raise
                    time.sleep(wait * attempt)

        return inner

    return outer


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


log = logging.getLogger("catch")
logging.basicConfig(level="INFO")

INCH, POUND = 2.54, 0.45359237


def to_metric(fish):
    fish = fish.copy()
    fish["length_cm"] = np.where(fish["unit"].eq("in"), fish["length"] * INCH, fish["length"])
    fish["girth_cm"] = np.where(fish["unit"].eq("in"), fish["girth"] * INCH, fish["girth"])
    fish["kg"] = np.where(fish["weight_unit"].eq("lb"), fish["weight"] * POUND, fish["weight"])
    fish["water_c"] = (fish["water_f"] - 32) * 5 / 9
    return fish.drop(columns=["length", "girth", "weight", "water_f", "unit", "weight_unit"])


fish = pd.read_csv("catches.csv")
before = len(fish)
fish = fish.drop_duplicates(subset=[c for c in fish.columns if c != "catch_id"]).reset_index(drop=True)
log.info("dropped %d duplicates", before - len(fish))
fish = to_metric(fish).drop(columns=["catch_id", "angler_name"])
fish = fish[fish["kg"].between(0.01, 60)]
log.info("length: min %.1f mean %.1f max %.1f", fish["length_cm"].min(), fish["length_cm"].mean(), fish["length_cm"].max())

fish["month"] = pd.to_datetime(fish.pop("caught_on")).dt.month
fish["volume"] = fish["length_cm"] * fish["girth_cm"] ** 2 / 1000
for species in ("trout", "pike", "perch", "carp"):
    fish[species] = fish["species"].str.lower().eq(species).astype(int)
fish = fish.drop(columns="species")
y = fish.pop("kg")
X_train, X_test, y_train, y_test = train_test_split(fish, y, test_size=0.2, random_state=22)
gbr = GradientBoostingRegressor(random_state=0).fit(X_train.fillna(0), y_train)
log.info("MAE kg %.3f", mean_absolute_error(y_test, gbr.predict(X_test.fillna(0))))
