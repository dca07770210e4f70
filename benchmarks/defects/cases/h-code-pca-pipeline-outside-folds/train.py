import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC


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


SPECTRA = "spectra_2019.csv"
N_COMPONENTS = 20


def read():
    table = pd.read_csv(SPECTRA, index_col=0)
    labels = table.pop("species").map({"wheat": 0, "rye": 1, "barley": 2})
    wavelengths = [c for c in table.columns if c.startswith("nm_")]
    return table[wavelengths].to_numpy(float), labels.to_numpy()


def savgol_like(X):
    """First difference along the wavelength axis, row by row."""
    return np.diff(X, axis=1)


X, y = read()
X = savgol_like(X)
print("spectra", X.shape, "classes", np.bincount(y))

reduce = make_pipeline(StandardScaler(), PCA(n_components=N_COMPONENTS, whiten=True, random_state=0))
Z = reduce.fit_transform(X)
print("explained", reduce[-1].explained_variance_ratio_.sum().round(3))

scores = []
for fold, (a, b) in enumerate(KFold(n_splits=8, shuffle=True, random_state=3).split(Z)):
    svm = SVC(C=5, gamma="scale")
    svm.fit(Z[a], y[a])
    s = balanced_accuracy_score(y[b], svm.predict(Z[b]))
    print(f"fold {fold}: {s:.3f}")
    scores.append(s)
print("mean", np.mean(scores), "std", np.std(scores))
