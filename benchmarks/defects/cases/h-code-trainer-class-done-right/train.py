import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


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


class RentModel:
    NUM = ["living_space", "rooms", "floor", "year_built", "picture_count"]
    FLAGS = ["balcony", "kitchen", "cellar", "lift"]

    def __init__(self, alpha=1.0):
        self.alpha = alpha
        self.scaler = StandardScaler()
        self.model = Ridge(alpha=alpha)
        self.medians_ = None
        self.caps_ = None
        self.state_means_ = None

    def _prepare(self, frame, learn=False):
        frame = frame.copy()
        if learn:
            self.medians_ = frame[self.NUM].median()
            self.caps_ = frame[self.NUM].quantile([0.01, 0.99])
            self.state_means_ = frame.groupby("state")["living_space"].mean()
        frame[self.NUM] = frame[self.NUM].fillna(self.medians_)
        frame[self.NUM] = frame[self.NUM].clip(self.caps_.iloc[0], self.caps_.iloc[1], axis=1)
        frame["space_vs_state"] = frame["living_space"] / frame["state"].map(self.state_means_).fillna(80.0)
        frame[self.FLAGS] = frame[self.FLAGS].astype(int)
        columns = self.NUM + self.FLAGS + ["space_vs_state"]
        if learn:
            return self.scaler.fit_transform(frame[columns])
        return self.scaler.transform(frame[columns])

    def fit(self, frame):
        self.model.fit(self._prepare(frame, learn=True), np.log(frame["rent"]))
        return self

    def predict(self, frame):
        return np.exp(self.model.predict(self._prepare(frame)))

    def evaluate(self, frame):
        pred = self.predict(frame)
        return {"mae": mean_absolute_error(frame["rent"], pred), "r2": r2_score(frame["rent"], pred)}


def main():
    flats = pd.read_csv("immo_data.csv", usecols=RentModel.NUM + RentModel.FLAGS + ["state", "rent"])
    flats = flats.dropna(subset=["rent"]).query("100 < rent < 10000")
    train, test = train_test_split(flats, test_size=0.2, random_state=13)
    model = RentModel(alpha=5.0).fit(train)
    print("train", model.evaluate(train))
    print("test ", model.evaluate(test))


if __name__ == "__main__":
    main()
