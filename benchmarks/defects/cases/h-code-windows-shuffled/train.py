import argparse

import numpy as np
import pandas as pd
from sklearn.metrics import mean_absolute_percentage_error
from sklearn.model_selection import train_test_split
from tensorflow import keras
from tensorflow.keras import layers


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


WINDOW = 48


def make_windows(series, window=WINDOW, horizon=1):
    X, y = [], []
    for start in range(len(series) - window - horizon + 1):
        X.append(series[start:start + window])
        y.append(series[start + window + horizon - 1])
    return np.asarray(X)[..., None], np.asarray(y)


def network(window):
    model = keras.Sequential(
        [
            layers.Input((window, 1)),
            layers.Conv1D(32, 5, activation="relu"),
            layers.GRU(64),
            layers.Dense(32, activation="relu"),
            layers.Dense(1),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mae")
    return model


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--csv", default="load_de.csv")
    parser.add_argument("--epochs", type=int, default=15)
    args = parser.parse_args()
    load = pd.read_csv(args.csv, parse_dates=["utc_timestamp"], index_col="utc_timestamp")["load_mw"]
    load = load.resample("1h").mean().ffill() / 100_000
    X, y = make_windows(load.to_numpy())
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
    print(X_train.shape, X_test.shape)
    model = network(WINDOW)
    model.fit(X_train, y_train, epochs=args.epochs, batch_size=256, verbose=2)
    print("MAPE", mean_absolute_percentage_error(y_test, model.predict(X_test).ravel()))


if __name__ == "__main__":
    main()
