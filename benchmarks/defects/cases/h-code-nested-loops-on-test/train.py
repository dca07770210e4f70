import itertools

import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.metrics import mean_squared_error
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


airfoil = pd.read_table("airfoil_self_noise.dat", names=["freq", "angle", "chord", "speed", "thickness", "db"])
airfoil["log_freq"] = np.log10(airfoil["freq"])
airfoil["reynolds"] = airfoil["speed"] * airfoil["chord"] / 1.5e-5
Xtr, Xte, ytr, yte = train_test_split(
    airfoil.drop(columns="db"), airfoil["db"], test_size=0.25, random_state=123
)

best_rmse = np.inf
best_params = None
history = []
for depth in [4, 6, 8, 12, None]:
    for n in [50, 100, 200, 400]:
        for leaf in (1, 2, 5):
            et = ExtraTreesRegressor(n_estimators=n, max_depth=depth, min_samples_leaf=leaf, random_state=0, n_jobs=2)
            et.fit(Xtr, ytr)
            rmse = mean_squared_error(yte, et.predict(Xte)) ** 0.5
            history.append((depth, n, leaf, rmse))
            if rmse < best_rmse:
                best_rmse = rmse
                best_params = {"max_depth": depth, "n_estimators": n, "min_samples_leaf": leaf}

print(pd.DataFrame(history, columns=["depth", "n", "leaf", "rmse"]).nsmallest(5, "rmse"))
print("best parameters", best_params)
print("RMSE of our model: %.3f dB" % best_rmse)
