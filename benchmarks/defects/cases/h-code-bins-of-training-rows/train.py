import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split


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


NUMS = ["age", "income", "loan_amount", "utilisation"]
BAD = "default_12m"


def learn_bins(frame, columns, q=10):
    edges = {}
    for c in columns:
        _, cuts = pd.qcut(frame[c], q, retbins=True, duplicates="drop")
        cuts[0], cuts[-1] = -np.inf, np.inf
        edges[c] = cuts
    return edges


def learn_woe(frame, edges):
    tables = {}
    for c, cuts in edges.items():
        code = pd.cut(frame[c], cuts, labels=False)
        rate = frame.groupby(code)[BAD].mean().clip(0.001, 0.999)
        prior = frame[BAD].mean()
        tables[c] = np.log(rate / (1 - rate)) - np.log(prior / (1 - prior))
    return tables


def apply(frame, edges, tables):
    return pd.DataFrame(
        {c: pd.cut(frame[c], edges[c], labels=False).map(tables[c]).fillna(0.0) for c in edges}, index=frame.index
    )


apps = pd.read_csv("applications.csv").dropna(subset=[BAD])
apps[NUMS] = apps[NUMS].fillna(0)
train, test = train_test_split(apps, test_size=0.3, stratify=apps[BAD], random_state=99)
edges = learn_bins(train, NUMS)
tables = learn_woe(train, edges)
card = LogisticRegression().fit(apply(train, edges, tables), train[BAD])
for name, part in {"train": train, "test": test}.items():
    print(name, "Gini", 2 * roc_auc_score(part[BAD], card.predict_proba(apply(part, edges, tables))[:, 1]) - 1)
