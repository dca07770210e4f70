import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

claims = pd.read_csv("claims.csv", parse_dates=["accident_date"])
claims["weekday"] = claims["accident_date"].dt.dayofweek
X = claims.drop(columns=["fraud", "accident_date"])
X_train, X_test, y_train, y_test = train_test_split(X, claims["fraud"], test_size=0.2, stratify=claims["fraud"])
print(RandomForestClassifier().fit(X_train, y_train).score(X_test, y_test))
