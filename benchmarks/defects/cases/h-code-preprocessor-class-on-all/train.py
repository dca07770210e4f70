import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.impute import KNNImputer
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import RobustScaler


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


def iqr_report(frame, columns, k=1.5):
    """Counts values outside of the whiskers; only prints, nothing is removed."""
    for name in columns:
        q1, q3 = frame[name].quantile(0.25), frame[name].quantile(0.75)
        low, high = q1 - k * (q3 - q1), q3 + k * (q3 - q1)
        outside = ((frame[name] < low) | (frame[name] > high)).sum()
        print(f"{name:30s} [{low:10.3f}, {high:10.3f}] outside: {outside}")


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


class HousePreprocessor:
    """Imputes and scales the numeric columns of the listings table."""

    def __init__(self, num_cols, n_neighbors=5):
        self.num_cols = num_cols
        self.imputer = KNNImputer(n_neighbors=n_neighbors)
        self.scaler = RobustScaler()

    def fit(self, frame):
        values = self.imputer.fit_transform(frame[self.num_cols])
        self.scaler.fit(values)
        return self

    def transform(self, frame):
        frame = frame.copy()
        frame[self.num_cols] = self.scaler.transform(self.imputer.transform(frame[self.num_cols]))
        return frame


class Experiment:
    def __init__(self, path, target="price"):
        self.target = target
        self.df = pd.read_csv(path, parse_dates=["listed_on"])
        self.model = GradientBoostingRegressor(n_estimators=500, learning_rate=0.05, max_depth=4)

    def engineer(self):
        df = self.df
        df["age"] = df["listed_on"].dt.year - df["year_built"]
        df["log_lot"] = np.log1p(df["lot_sqft"])
        df["bath_per_bed"] = df["bathrooms"] / df["bedrooms"].clip(lower=1)
        self.df = df.drop(columns=["listed_on", "address", "agent"])

    def run(self):
        self.engineer()
        num_cols = [c for c in self.df.select_dtypes("number").columns if c != self.target]
        prep = HousePreprocessor(num_cols)
        prep.fit(self.df)
        clean = prep.transform(self.df)
        X = clean[num_cols]
        y = clean[self.target]
        X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=7)
        self.model.fit(X_train, y_train)
        pred = self.model.predict(X_test)
        return {"mae": mean_absolute_error(y_test, pred), "r2": r2_score(y_test, pred)}


if __name__ == "__main__":
    print(Experiment("data/listings.csv").run())
