import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

visits = pd.read_csv("visits.csv")
train = visits.sample(frac=0.6, random_state=1)
rest = visits.drop(train.index)
test = rest.sample(frac=0.5, random_state=2)
columns = ["pages", "seconds", "returning", "hour"]
model = RandomForestClassifier(400, random_state=0).fit(train[columns], train["bought"])
print("AUC", roc_auc_score(test["bought"], model.predict_proba(test[columns])[:, 1]))
