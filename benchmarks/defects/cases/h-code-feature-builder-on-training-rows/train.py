"""
Customer lifetime value model
=============================

Trains a gradient boosting model which predicts the 12-month revenue of a customer
from the behaviour of the first 30 days.

Usage:
    python clv.py --data customers.csv --output-dir runs/clv
"""
from __future__ import annotations

import argparse
import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Dict, List, Tuple

import joblib
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
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


logger = logging.getLogger("clv")


@dataclass
class Config:
    """All settings of a run."""

    target: str = "revenue_12m"
    id_column: str = "customer_id"
    numeric: List[str] = field(
        default_factory=lambda: ["age", "orders_30d", "revenue_30d", "sessions_30d", "minutes_30d", "returns_30d"]
    )
    categorical: List[str] = field(default_factory=lambda: ["channel", "device", "country", "first_category"])
    rare_threshold: int = 50
    test_size: float = 0.2
    random_state: int = 42
    learning_rate: float = 0.05
    max_iter: int = 400


class FeatureBuilder(BaseEstimator, TransformerMixin):
    """Imputes, groups rare categories, encodes by frequency and standardises."""

    def __init__(self, numeric: List[str], categorical: List[str], rare_threshold: int = 50):
        self.numeric = numeric
        self.categorical = categorical
        self.rare_threshold = rare_threshold

    def fit(self, X: pd.DataFrame, y=None) -> "FeatureBuilder":
        self.medians_ = X[self.numeric].median()
        self.means_ = X[self.numeric].mean()
        self.stds_ = X[self.numeric].std().replace(0, 1)
        self.common_: Dict[str, set] = {}
        self.frequency_: Dict[str, pd.Series] = {}
        for col in self.categorical:
            counts = X[col].value_counts()
            self.common_[col] = set(counts[counts >= self.rare_threshold].index)
            self.frequency_[col] = counts / len(X)
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        out = X.copy()
        out[self.numeric] = out[self.numeric].fillna(self.medians_)
        out["revenue_per_order"] = out["revenue_30d"] / out["orders_30d"].clip(lower=1)
        out["return_share"] = out["returns_30d"] / out["orders_30d"].clip(lower=1)
        out[self.numeric] = (out[self.numeric] - self.means_) / self.stds_
        for col in self.categorical:
            out[f"{col}_common"] = out[col].isin(self.common_[col]).astype(int)
            out[f"{col}_freq"] = out[col].map(self.frequency_[col]).fillna(0.0)
        return out.drop(columns=self.categorical)


def load_data(path: Path, config: Config) -> pd.DataFrame:
    """Read the table and apply the row filters agreed with the business."""
    customers = pd.read_csv(path, parse_dates=["first_order_at"])
    n = len(customers)
    customers = customers.drop_duplicates(subset=config.id_column)
    customers = customers.dropna(subset=[config.target])
    customers = customers[customers["age"].isna() | customers["age"].between(16, 100)]
    customers["first_month"] = customers.pop("first_order_at").dt.month
    logger.info("kept %d of %d rows", len(customers), n)
    return customers.drop(columns=[config.id_column]).reset_index(drop=True)


def compute_metrics(y_true: np.ndarray, y_pred: np.ndarray) -> Dict[str, float]:
    return {
        "mae": float(mean_absolute_error(y_true, y_pred)),
        "rmse": float(np.sqrt(mean_squared_error(y_true, y_pred))),
        "r2": float(r2_score(y_true, y_pred)),
    }


def train_model(X: pd.DataFrame, y: pd.Series, config: Config) -> HistGradientBoostingRegressor:
    model = HistGradientBoostingRegressor(
        learning_rate=config.learning_rate, max_iter=config.max_iter, random_state=config.random_state
    )
    model.fit(X, np.log1p(y))
    return model


def prepare(customers: pd.DataFrame, config: Config) -> Tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series, FeatureBuilder]:
    y = customers[config.target]
    X = customers.drop(columns=[config.target])
    builder = FeatureBuilder(config.numeric, config.categorical, config.rare_threshold)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=config.test_size, random_state=config.random_state
    )
    X_train = builder.fit_transform(X_train)
    X_test = builder.transform(X_test)
    return X_train, X_test, y_train, y_test, builder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output-dir", type=Path, default=Path("runs/clv"))
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO)

    config = Config()
    customers = load_data(args.data, config)
    logger.info("target: mean %.2f, median %.2f", customers[config.target].mean(), customers[config.target].median())
    X_train, X_test, y_train, y_test, builder = prepare(customers, config)
    model = train_model(X_train, y_train, config)

    metrics = {
        "train": compute_metrics(y_train, np.expm1(model.predict(X_train))),
        "test": compute_metrics(y_test, np.expm1(model.predict(X_test))),
    }
    logger.info("metrics: %s", json.dumps(metrics, indent=2))

    args.output_dir.mkdir(parents=True, exist_ok=True)
    joblib.dump({"builder": builder, "model": model}, args.output_dir / "model.joblib")
    (args.output_dir / "metrics.json").write_text(json.dumps(metrics, indent=2))
    (args.output_dir / "config.json").write_text(json.dumps(asdict(config), indent=2))


if __name__ == "__main__":
    main()
