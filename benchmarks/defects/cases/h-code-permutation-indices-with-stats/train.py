"""Softmax regression from scratch on digits."""
import numpy as np
from sklearn.datasets import load_digits


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


rng = np.random.default_rng(77)
digits = load_digits()
X, y = digits.data.astype(float), digits.target
n = len(X)
perm = rng.permutation(n)
n_train = int(0.75 * n)
train_idx, test_idx = perm[:n_train], perm[n_train:]
assert not set(train_idx) & set(test_idx)

mean = X[train_idx].mean(axis=0)
scale = X[train_idx].std(axis=0) + 1e-6
Z = (X - mean) / scale
_, _, Vt = np.linalg.svd(Z[train_idx], full_matrices=False)
Z = Z @ Vt[:30].T
Z = np.hstack([Z, np.ones((n, 1))])


def softmax(a):
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


W = np.zeros((Z.shape[1], 10))
onehot = np.eye(10)[y]
for step in range(500):
    batch = rng.choice(train_idx, 128)
    grad = Z[batch].T @ (softmax(Z[batch] @ W) - onehot[batch]) / len(batch)
    W -= 0.1 * (grad + 1e-4 * W)
    if step % 100 == 0:
        print(step, "train accuracy", (np.argmax(Z[train_idx] @ W, 1) == y[train_idx]).mean())
print("test accuracy", (np.argmax(Z[test_idx] @ W, 1) == y[test_idx]).mean())
