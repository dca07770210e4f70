import argparse
import re

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split


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


URL = re.compile(r"https?://\S+")
MENTION = re.compile(r"@\w+")


def normalise(text):
    text = URL.sub(" url ", text.lower())
    text = MENTION.sub(" user ", text)
    return re.sub(r"(.)\1{2,}", r"\1\1", text)


def handmade(texts):
    return np.array([[len(t), t.count("!"), sum(ch.isupper() for ch in t) / (len(t) + 1)] for t in texts])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tweets")
    args = parser.parse_args()
    tweets = pd.read_csv(args.tweets).drop_duplicates("text")
    print(tweets["label"].value_counts(normalize=True))
    hasher = HashingVectorizer(n_features=2**18, alternate_sign=False, ngram_range=(1, 2))
    X = hstack([hasher.fit_transform([normalise(t) for t in tweets["text"]]), csr_matrix(handmade(tweets["text"]))]).tocsr()
    y = tweets["label"].to_numpy()
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    sgd = SGDClassifier(loss="log_loss", alpha=1e-6, max_iter=30, random_state=0)
    sgd.fit(X_train, y_train)
    print(classification_report(y_test, sgd.predict(X_test)))


if __name__ == "__main__":
    main()
