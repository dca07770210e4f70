import pandas as pd
from imblearn.over_sampling import BorderlineSMOTE
from sklearn.model_selection import cross_val_score
from lightgbm import LGBMClassifier

frame = pd.read_csv("mammography.csv")
X, y = frame.iloc[:, :-1], frame.iloc[:, -1]
X_bal, y_bal = BorderlineSMOTE().fit_resample(X, y)
scores = cross_val_score(LGBMClassifier(), X_bal, y_bal, scoring="f1", cv=5)
print(scores.mean())
