import numpy as np
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LassoCV
from sklearn.model_selection import RepeatedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler


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


def iqr_report(frame, columns, k=1.5):
    """Counts values outside of the whiskers; only prints, nothing is removed."""
    for name in columns:
        q1, q3 = frame[name].quantile(0.25), frame[name].quantile(0.75)
        low, high = q1 - k * (q3 - q1), q3 + k * (q3 - q1)
        outside = ((frame[name] < low) | (frame[name] > high)).sum()
        print(f"{name:30s} [{low:10.3f}, {high:10.3f}] outside: {outside}")


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


def pairs(X: pd.DataFrame) -> pd.DataFrame:
    """All products of two columns."""
    poly = PolynomialFeatures(degree=2, include_bias=False)
    values = poly.fit_transform(X)
    return pd.DataFrame(values, columns=poly.get_feature_names_out(X.columns), index=X.index)


X, y = load_diabetes(return_X_y=True, as_frame=True)
X = pairs(X)
print(X.shape)

lasso = make_pipeline(StandardScaler(), LassoCV(cv=5, n_alphas=60, max_iter=20_000))
lasso.fit(X, y)
coef = pd.Series(lasso[-1].coef_, index=X.columns)
chosen = coef[coef.abs() > 1e-8].index
print(len(chosen), "columns survive")

forest = RandomForestRegressor(n_estimators=300, min_samples_leaf=3, random_state=0, n_jobs=-1)
cv = RepeatedKFold(n_splits=5, n_repeats=3, random_state=0)
mae = -cross_val_score(forest, X[chosen], y, cv=cv, scoring="neg_mean_absolute_error")
print(f"MAE {mae.mean():.2f} ({mae.std():.2f})")
