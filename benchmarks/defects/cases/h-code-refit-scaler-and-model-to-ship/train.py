import argparse
import json
from pathlib import Path

import joblib
import pandas as pd
from sklearn.linear_model import HuberRegressor
from sklearn.metrics import mean_absolute_error, median_absolute_error
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


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


FEATURES = ["power_kw", "mass_kg", "displacement_l", "gears", "hybrid", "year"]


def fit(frame):
    scaler = StandardScaler().fit(frame[FEATURES])
    model = HuberRegressor(max_iter=1000).fit(scaler.transform(frame[FEATURES]), frame["l_per_100km"])
    return scaler, model


def judge(scaler, model, frame):
    pred = model.predict(scaler.transform(frame[FEATURES]))
    return {
        "mae": mean_absolute_error(frame["l_per_100km"], pred),
        "medae": median_absolute_error(frame["l_per_100km"], pred),
        "rows": len(frame),
    }


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--cars", default="cars.csv")
    ap.add_argument("--out", type=Path, default=Path("artifacts"))
    args = ap.parse_args()
    cars = pd.read_csv(args.cars)
    cars = cars.dropna(subset=["l_per_100km"])
    cars["power_kw"] = cars["hp"] * 0.7457
    cars["mass_kg"] = cars["lbs"] * 0.453592
    cars["hybrid"] = cars["fuel"].str.contains("hybrid", case=False, na=False).astype(int)
    cars[FEATURES] = cars[FEATURES].fillna(0)

    train, test = train_test_split(cars, test_size=0.25, random_state=4)
    metrics = judge(*fit(train), test)
    print(metrics)

    # Evaluation is done; ship a model that has seen everything.
    scaler, model = fit(cars)
    args.out.mkdir(parents=True, exist_ok=True)
    joblib.dump((scaler, model), args.out / "consumption.joblib")
    (args.out / "metrics.json").write_text(json.dumps(metrics))


if __name__ == "__main__":
    main()
