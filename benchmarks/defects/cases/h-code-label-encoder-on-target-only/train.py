import numpy as np
import pandas as pd
import seaborn as sns
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.svm import SVC


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


beans = pd.read_excel("Dry_Bean_Dataset.xlsx")
print(beans["Class"].value_counts())
print(beans.drop(columns="Class").corr().round(2))

le = LabelEncoder()
y = le.fit_transform(beans["Class"])
X = beans.drop(columns="Class").values

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=55, stratify=y)
scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)
X_test = scaler.transform(X_test)

svc = SVC(C=10, gamma="scale")
svc.fit(X_train, y_train)
pred = svc.predict(X_test)
print("accuracy", accuracy_score(y_test, pred))
print(pd.DataFrame(confusion_matrix(y_test, pred), index=le.classes_, columns=le.classes_))
print(le.inverse_transform(pred[:10]))
