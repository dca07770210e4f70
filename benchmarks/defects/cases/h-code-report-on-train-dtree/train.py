import argparse

import joblib
import pandas as pd
from sklearn.metrics import classification_report, cohen_kappa_score, confusion_matrix
from sklearn.preprocessing import OrdinalEncoder
from sklearn.tree import DecisionTreeClassifier, export_text


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


COLS = ["cap_shape", "cap_surface", "cap_color", "odor", "gill_size", "stalk_shape", "ring_type", "habitat"]


def parse():
    p = argparse.ArgumentParser("mushroom tree")
    p.add_argument("--input", default="mushrooms.csv")
    p.add_argument("--depth", type=int, default=12)
    p.add_argument("--save", default="tree.joblib")
    return p.parse_args()


def train_and_report(frame, depth):
    enc = OrdinalEncoder()
    features = enc.fit_transform(frame[COLS])
    label = frame["edible"]
    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(features, label)
    guess = tree.predict(features)
    print(confusion_matrix(label, guess))
    print(classification_report(label, guess))
    print("kappa", cohen_kappa_score(label, guess))
    return tree, enc


def main():
    args = parse()
    frame = pd.read_csv(args.input)
    frame = frame[frame["stalk_shape"] != "?"]
    tree, enc = train_and_report(frame, args.depth)
    print(export_text(tree, feature_names=COLS, max_depth=3))
    joblib.dump((tree, enc), args.save)


if __name__ == "__main__":
    main()
