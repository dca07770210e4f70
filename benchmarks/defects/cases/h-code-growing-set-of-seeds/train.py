import numpy as np
import pandas as pd
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


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


power = pd.read_excel("Folds5x2_pp.xlsx").drop_duplicates()
X, y = power[["AT", "V", "AP", "RH"]], power["PE"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=1)

errors, predictions = [], []
for seed in range(5):
    net = make_pipeline(
        StandardScaler(), MLPRegressor((64, 32), early_stopping=True, validation_fraction=0.15, random_state=seed, max_iter=500)
    )
    net.fit(X_train, y_train)
    predictions.append(net.predict(X_test))
    errors.append(mean_absolute_error(y_test, predictions[-1]))
    print(f"seed {seed}: MAE {errors[-1]:.3f}")

print(f"MAE {np.mean(errors):.3f} +- {np.std(errors):.3f}")
print("MAE of the averaged prediction", mean_absolute_error(y_test, np.mean(predictions, axis=0)))
