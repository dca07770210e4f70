import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold

train = pd.read_csv("train.csv")
test = pd.read_csv("test.csv")
features = [c for c in train.columns if c not in ("id", "target")]
oof = np.zeros(len(train))
preds = np.zeros(len(test))
folds = KFold(n_splits=5, shuffle=True, random_state=15)
for fold, (trn, val) in enumerate(folds.split(train)):
    model = lgb.LGBMClassifier(n_estimators=2000, learning_rate=0.02)
    model.fit(train.iloc[trn][features], train.iloc[trn]["target"])
    oof[val] = model.predict_proba(train.iloc[val][features])[:, 1]
    preds += model.predict_proba(test[features])[:, 1] / folds.n_splits
print("CV", roc_auc_score(train["target"], oof))
pd.DataFrame({"id": test["id"], "target": preds}).to_csv("sub.csv", index=False)
