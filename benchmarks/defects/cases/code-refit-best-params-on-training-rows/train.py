import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import RandomizedSearchCV, train_test_split

df = pd.read_csv("adult.csv")
X, y = pd.get_dummies(df.drop(columns="income")), df["income"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
search = RandomizedSearchCV(RandomForestClassifier(), {"max_depth": [5, 10, 20]}, n_iter=3)
search.fit(X_train, y_train)
model = RandomForestClassifier(**search.best_params_, n_estimators=500)
model.fit(X_train, y_train)
print(accuracy_score(y_test, model.predict(X_test)))
