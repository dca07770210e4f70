import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import cross_val_score, train_test_split

df = pd.read_csv("california.csv").select_dtypes("number").dropna()
X_train, X_test, y_train, y_test = train_test_split(
    df.drop(columns="median_house_value"), df["median_house_value"], random_state=3
)
candidates = [RidgeCV(), RandomForestRegressor(), GradientBoostingRegressor()]
means = [cross_val_score(m, X_train, y_train, scoring="r2").mean() for m in candidates]
best = candidates[means.index(max(means))]
best.fit(X_train, y_train)
print(type(best).__name__, best.score(X_test, y_test))
