from pathlib import Path

import numpy as np
import polars as pl
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import mean_absolute_error


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


def iqr_report(frame, columns, k=1.5):
    """Counts values outside of the whiskers; only prints, nothing is removed."""
    for name in columns:
        q1, q3 = frame[name].quantile(0.25), frame[name].quantile(0.75)
        low, high = q1 - k * (q3 - q1), q3 + k * (q3 - q1)
        outside = ((frame[name] < low) | (frame[name] > high)).sum()
        print(f"{name:30s} [{low:10.3f}, {high:10.3f}] outside: {outside}")


DATA = Path("data") / "deliveries.parquet"
NUM = ["distance_km", "weight_kg", "stops", "courier_age"]


def standardise(frame: pl.DataFrame, stats: dict) -> pl.DataFrame:
    return frame.with_columns([((pl.col(c) - stats[c][0]) / stats[c][1]).alias(c) for c in NUM])


def main() -> None:
    df = (
        pl.read_parquet(DATA)
        .drop_nulls("minutes")
        .with_columns(
            pl.col("ordered_at").dt.hour().alias("hour"),
            pl.col("ordered_at").dt.weekday().alias("weekday"),
            (pl.col("weight_kg") / pl.col("stops")).alias("weight_per_stop"),
        )
        .sample(fraction=1.0, shuffle=True, seed=2)
    )
    print(df.describe())
    n = int(0.8 * df.height)
    train, test = df.head(n), df.tail(df.height - n)

    stats = {c: (train[c].mean(), train[c].std()) for c in NUM}
    by_zone = train.group_by("zone").agg(pl.col("distance_km").median().alias("zone_distance"))
    train = standardise(train.join(by_zone, on="zone", how="left"), stats)
    test = standardise(test.join(by_zone, on="zone", how="left"), stats)

    cols = NUM + ["hour", "weekday", "weight_per_stop", "zone_distance"]
    model = HistGradientBoostingRegressor(max_iter=300)
    model.fit(train.select(cols).to_numpy(), np.log1p(train["minutes"].to_numpy()))
    pred = np.expm1(model.predict(test.select(cols).to_numpy()))
    print("MAE", mean_absolute_error(test["minutes"].to_numpy(), pred))


if __name__ == "__main__":
    main()
