import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split


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


def tidy(df):
    df = df.rename(columns=str.lower).copy()
    df["make"] = df["make"].str.strip().str.lower().str.replace("vw", "volkswagen", regex=False)
    df["first_reg"] = pd.to_datetime(df["first_reg"], errors="coerce")
    df["reg_month"] = df["first_reg"].dt.month.fillna(0).astype(int)
    df["age_days"] = (pd.Timestamp("2020-01-01") - df["first_reg"]).dt.days.fillna(-1)
    df["log_km"] = np.log1p(df["km"].clip(lower=0))
    df["km_per_day"] = df["km"] / df["age_days"].clip(lower=1)
    df["kw_per_litre"] = np.where(df["litres"] > 0, df["kw"] / df["litres"], 0.0)
    df["title_len"] = df["title"].fillna("").str.len()
    df["mentions_service"] = df["title"].fillna("").str.contains("service|tüv", case=False, regex=True)
    df["row_missing"] = df.isna().sum(axis=1)
    for make in ("bmw", "audi", "volkswagen", "opel", "ford"):
        df["is_" + make] = (df["make"] == make).astype(int)
    return df


ads = tidy(pd.read_csv("car_ads.csv"))
print(ads.describe().T)
print("mean price", ads["price"].mean())
columns = ["reg_month", "age_days", "log_km", "km_per_day", "kw_per_litre", "title_len", "mentions_service", "row_missing"]
columns += [c for c in ads if c.startswith("is_")]
train, test = train_test_split(ads[ads["price"] > 0], test_size=0.2, random_state=1)
forest = RandomForestRegressor(300, min_samples_leaf=2, n_jobs=-1, random_state=1)
forest.fit(train[columns], np.log(train["price"]))
print("MAE", mean_absolute_error(test["price"], np.exp(forest.predict(test[columns]))))
