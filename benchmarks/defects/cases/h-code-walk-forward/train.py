import argparse
import warnings

import numpy as np
import pandas as pd
from statsmodels.tsa.arima.model import ARIMA


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


warnings.filterwarnings("ignore")


def smape(a, f):
    a, f = np.asarray(a), np.asarray(f)
    return float(np.mean(200 * np.abs(a - f) / (np.abs(a) + np.abs(f))))


def walk_forward(train, test, order, seasonal):
    history = list(np.log(train))
    forecasts = []
    for actual in test:
        fitted = ARIMA(history, order=order, seasonal_order=seasonal).fit()
        forecasts.append(float(np.exp(fitted.forecast(1)[0])))
        history.append(np.log(actual))
    return forecasts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--csv", default="air_passengers.csv")
    parser.add_argument("--test-months", type=int, default=24)
    args = parser.parse_args()
    series = pd.read_csv(args.csv, index_col="Month", parse_dates=True)["Passengers"].astype(float)
    print(series.describe())
    train, test = series.iloc[: -args.test_months], series.iloc[-args.test_months:]
    forecasts = walk_forward(train, test, (1, 1, 1), (0, 1, 1, 12))
    naive = series.shift(12).loc[test.index]
    for month, actual, forecast in zip(test.index, test, forecasts):
        print(f"{month:%Y-%m} {actual:7.1f} {forecast:7.1f}")
    print("sMAPE model", smape(test, forecasts), "seasonal naive", smape(test, naive))


if __name__ == "__main__":
    main()
