import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler


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


def iqr_report(frame, columns, k=1.5):
    """Counts values outside of the whiskers; only prints, nothing is removed."""
    for name in columns:
        q1, q3 = frame[name].quantile(0.25), frame[name].quantile(0.75)
        low, high = q1 - k * (q3 - q1), q3 + k * (q3 - q1)
        outside = ((frame[name] < low) | (frame[name] > high)).sum()
        print(f"{name:30s} [{low:10.3f}, {high:10.3f}] outside: {outside}")


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


CHANNELS = [f"ch{k}" for k in range(14)]


def band_power(block):
    spectrum = np.abs(np.fft.rfft(block, axis=0)) ** 2
    return np.concatenate([spectrum[1:4].mean(0), spectrum[4:8].mean(0), spectrum[8:13].mean(0)])


def epochs(recording, length=256):
    for start in range(0, len(recording) - length + 1, length):
        yield band_power(recording[start:start + length])


eeg = pd.read_parquet("eeg_long.parquet")
rows, labels, subjects = [], [], []
for (subject, trial), part in eeg.groupby(["subject", "trial"]):
    for vector in epochs(part[CHANNELS].to_numpy()):
        rows.append(np.log(vector + 1e-9))
        labels.append(part["drowsy"].iloc[0])
        subjects.append(subject)
X, y, groups = np.vstack(rows), np.array(labels), np.array(subjects)

scores = []
for k, (train_idx, test_idx) in enumerate(GroupKFold(n_splits=6).split(X, y, groups)):
    scaler = StandardScaler().fit(X[train_idx])
    model = LogisticRegression(max_iter=3000, class_weight="balanced")
    model.fit(scaler.transform(X[train_idx]), y[train_idx])
    scores.append(f1_score(y[test_idx], model.predict(scaler.transform(X[test_idx]))))
    print(f"fold {k}: subjects {sorted(set(groups[test_idx]))} F1 {scores[-1]:.3f}")
print("F1", np.mean(scores))
