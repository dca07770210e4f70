import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss, log_loss
from sklearn.model_selection import train_test_split


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


flights = pd.read_csv("flights_2015_sample.csv")
flights = flights[(flights["CANCELLED"] == 0) & flights["ARRIVAL_DELAY"].notna()]
flights["late"] = (flights["ARRIVAL_DELAY"] > 15).astype(int)
flights["hour"] = flights["SCHEDULED_DEPARTURE"] // 100
flights["minute_of_day"] = flights["hour"] * 60 + flights["SCHEDULED_DEPARTURE"] % 100
columns = ["MONTH", "DAY_OF_WEEK", "hour", "minute_of_day", "DISTANCE", "SCHEDULED_TIME"]

rest, test = train_test_split(flights, test_size=0.2, random_state=40)
fit_part, cal_part = train_test_split(rest, test_size=0.25, random_state=40)

forest = RandomForestClassifier(400, min_samples_leaf=10, n_jobs=-1, random_state=40)
forest.fit(fit_part[columns], fit_part["late"])
raw_cal = forest.predict_proba(cal_part[columns])[:, 1]
iso = IsotonicRegression(out_of_bounds="clip").fit(raw_cal, cal_part["late"])

raw = forest.predict_proba(test[columns])[:, 1]
calibrated = iso.predict(raw)
for name, p in (("raw", raw), ("calibrated", np.clip(calibrated, 1e-4, 1 - 1e-4))):
    print(f"{name:10s} brier {brier_score_loss(test['late'], p):.4f} log loss {log_loss(test['late'], p):.4f}")
