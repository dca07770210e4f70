import joblib
import pandas as pd
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

df = pd.read_csv("bank.csv")
y = (df.pop("y") == "yes").astype(int)
X = pd.get_dummies(df)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)

models = {
    "logistic": LogisticRegression(max_iter=1000),
    "forest": RandomForestClassifier(n_estimators=300),
    "boosting": GradientBoostingClassifier(),
}
best_auc, best_model = 0, None
for name, model in models.items():
    model.fit(X_train, y_train)
    auc = roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])
    print(name, auc)
    if auc > best_auc:
        best_auc, best_model = auc, model

print("final AUC", best_auc)
joblib.dump(best_model, "model.joblib")
