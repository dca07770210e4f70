import numpy as np
import pandas as pd
from sklearn.linear_model import Lasso, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler


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


def iqr_report(frame, columns, k=1.5):
    """Counts values outside of the whiskers; only prints, nothing is removed."""
    for name in columns:
        q1, q3 = frame[name].quantile(0.25), frame[name].quantile(0.75)
        low, high = q1 - k * (q3 - q1), q3 + k * (q3 - q1)
        outside = ((frame[name] < low) | (frame[name] > high)).sum()
        print(f"{name:30s} [{low:10.3f}, {high:10.3f}] outside: {outside}")


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


yacht = pd.read_csv("yacht.csv").sample(frac=1, random_state=0)
y = yacht.pop("resistance")
X_train, X_test, y_train, y_test = train_test_split(yacht, y, test_size=0.3, random_state=0)
cv = KFold(5, shuffle=True, random_state=1)


def make(kind, alpha, degree):
    last = Ridge(alpha=alpha) if kind == "ridge" else Lasso(alpha=alpha, max_iter=50_000)
    return make_pipeline(StandardScaler(), PolynomialFeatures(degree), StandardScaler(), last)


candidates = [(k, a, d) for k in ("ridge", "lasso") for a in np.logspace(-4, 1, 6) for d in (1, 2, 3)]
scores = {c: cross_val_score(make(*c), X_train, y_train, cv=cv, scoring="r2").mean() for c in candidates}
winner = max(scores, key=lambda c: scores[c])
print("winner", winner, "cv", round(scores[winner], 4))
final = make(*winner).fit(X_train, y_train)
print("R2 on the test rows: %.4f" % r2_score(y_test, final.predict(X_test)))
