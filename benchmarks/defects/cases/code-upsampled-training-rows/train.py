import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.utils import resample

df = pd.read_csv("telco_churn.csv").drop(columns="customerID")
train, test = train_test_split(df, test_size=0.2, random_state=0)
stay, leave = train[train.Churn == "No"], train[train.Churn == "Yes"]
train = pd.concat([stay, resample(leave, n_samples=len(stay), random_state=0)])
X_train, X_test = pd.get_dummies(train.drop(columns="Churn")), pd.get_dummies(test.drop(columns="Churn"))
X_test = X_test.reindex(columns=X_train.columns, fill_value=0)
model = ExtraTreesClassifier().fit(X_train, train.Churn)
print(balanced_accuracy_score(test.Churn, model.predict(X_test)))
