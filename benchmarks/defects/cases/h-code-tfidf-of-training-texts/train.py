import argparse
import json
import logging
import os
import random
import sys
import time
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
logger = logging.getLogger(__name__)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import ComplementNB


def iqr_report(frame, columns, k=1.5):
    """Counts values outside of the whiskers; only prints, nothing is removed."""
    for name in columns:
        q1, q3 = frame[name].quantile(0.25), frame[name].quantile(0.75)
        low, high = q1 - k * (q3 - q1), q3 + k * (q3 - q1)
        outside = ((frame[name] < low) | (frame[name] > high)).sum()
        print(f"{name:30s} [{low:10.3f}, {high:10.3f}] outside: {outside}")


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


def seed_everything(seed: int = 42) -> None:
    random.seed(seed)
    os.environ["PYTHONHASHSEED"] = str(seed)
    np.random.seed(seed)


class Timer:
    """Context manager that logs how long a block took."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.t0 = time.time()
        return self

    def __exit__(self, *exc):
        logger.info("[%s] done in %.1f s", self.name, time.time() - self.t0)
        return False


class TextPipeline:
    """Vectoriser, selector and classifier kept together by hand."""

    def __init__(self, k=5000):
        self.vectorizer = TfidfVectorizer(lowercase=True, stop_words="english", min_df=2)
        self.selector = SelectKBest(chi2, k=k)
        self.clf = ComplementNB()

    def _features(self, texts, labels=None):
        if labels is not None:
            counts = self.vectorizer.fit_transform(texts)
            return self.selector.fit_transform(counts, labels)
        return self.selector.transform(self.vectorizer.transform(texts))

    def fit(self, texts, labels):
        self.clf.fit(self._features(texts, labels), labels)
        return self

    def predict(self, texts):
        return self.clf.predict(self._features(texts))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--news", default="bbc-text.csv")
    parser.add_argument("--k", type=int, default=5000)
    args = parser.parse_args()
    seed_everything(0)
    news = pd.read_csv(args.news).drop_duplicates("text")
    news["text"] = news["text"].str.replace(r"\d+", " ", regex=True).str.strip()
    logger.info("mean length %.1f", news["text"].str.len().mean())
    train_texts, test_texts, train_labels, test_labels = train_test_split(
        news["text"], news["category"], test_size=0.25, stratify=news["category"], random_state=0
    )
    with Timer("fit"):
        model = TextPipeline(args.k).fit(train_texts, train_labels)
    print(classification_report(test_labels, model.predict(test_texts)))
    joblib.dump(model, "bbc.joblib")


if __name__ == "__main__":
    main()
