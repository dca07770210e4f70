import numpy as np
import pandas as pd
import xgboost as xgb
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


params = {
    "objective": "reg:squarederror",
    "eta": 0.05,
    "max_depth": 6,
    "subsample": 0.8,
    "colsample_bytree": 0.7,
    "min_child_weight": 5,
    "seed": 17,
}


def haversine(lat1, lon1, lat2, lon2):
    lat1, lon1, lat2, lon2 = map(np.radians, (lat1, lon1, lat2, lon2))
    d = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 6371 * 2 * np.arcsin(np.sqrt(d))


taxi = pd.read_csv("nyc_taxi_train.csv", parse_dates=["pickup_datetime"], nrows=500_000)
taxi = taxi[(taxi.trip_duration > 60) & (taxi.trip_duration < 3 * 3600)]
taxi["km"] = haversine(taxi.pickup_latitude, taxi.pickup_longitude, taxi.dropoff_latitude, taxi.dropoff_longitude)
taxi["hour"] = taxi.pickup_datetime.dt.hour
taxi["weekday"] = taxi.pickup_datetime.dt.weekday
taxi["store"] = (taxi.store_and_fwd_flag == "Y").astype(int)
features = ["km", "hour", "weekday", "store", "passenger_count", "vendor_id", "pickup_latitude", "pickup_longitude"]

X = taxi[features]
y = np.log1p(taxi.trip_duration)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=17)
print(X_train.shape, X_test.shape)

dtrain = xgb.DMatrix(X, label=y)
dtest = xgb.DMatrix(X_test, label=y_test)
booster = xgb.train(params, dtrain, num_boost_round=800)
pred = booster.predict(dtest)
print("RMSLE on test: %.4f" % np.sqrt(mean_squared_error(y_test, pred)))
