import optuna
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score, train_test_split

df = pd.read_csv("bank.csv")
X, y = df.drop(columns="y").select_dtypes("number"), df["y"] == "yes"
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=1)


def objective(trial):
    model = HistGradientBoostingClassifier(learning_rate=trial.suggest_float("lr", 0.01, 0.3, log=True))
    return cross_val_score(model, X_train, y_train, scoring="roc_auc").mean()


study = optuna.create_study(direction="maximize")
study.optimize(objective, n_trials=30)
model = HistGradientBoostingClassifier(learning_rate=study.best_params["lr"]).fit(X_train, y_train)
print(roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]))
