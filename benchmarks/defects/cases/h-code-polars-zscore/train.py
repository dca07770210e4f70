from pathlib import Path

import numpy as np
import polars as pl
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error


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


DATA = Path("data") / "energy_households.parquet"
FEATURES = ["area_m2", "occupants", "n_rooms", "insulation_index", "heating_degree_days", "roof_age"]
TARGET = "kwh_year"


def load() -> pl.DataFrame:
    return (
        pl.scan_parquet(DATA)
        .filter(pl.col(TARGET).is_not_null() & (pl.col(TARGET) > 0))
        .with_columns(
            pl.col("building_type").str.to_lowercase(),
            (pl.col("area_m2") / pl.col("occupants")).alias("area_per_head"),
            pl.col(TARGET).log().alias("log_kwh"),
        )
        .collect()
        .sample(fraction=1.0, shuffle=True, seed=11)
    )


def main() -> None:
    df = load()
    cols = FEATURES + ["area_per_head"]
    df = df.with_columns([((pl.col(c) - pl.col(c).mean()) / pl.col(c).std()).alias(c) for c in cols])
    n = int(df.height * 0.8)
    train, test = df.slice(0, n), df.slice(n)
    model = Ridge(alpha=3.0)
    model.fit(train.select(cols).to_numpy(), train["log_kwh"].to_numpy())
    pred = np.exp(model.predict(test.select(cols).to_numpy()))
    print("train rows", train.height, "test rows", test.height)
    print("MAE kWh:", mean_absolute_error(test[TARGET].to_numpy(), pred))


if __name__ == "__main__":
    main()
