import pandas as pd
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

loans = pd.read_csv("loans.csv").select_dtypes("number").dropna()
train, test = train_test_split(loans, test_size=0.2, random_state=0)
model = GradientBoostingClassifier().fit(train, train["default"])
print(roc_auc_score(test["default"], model.predict_proba(test)[:, 1]))
