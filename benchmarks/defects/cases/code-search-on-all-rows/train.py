import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV, train_test_split

df = pd.read_csv("adult.csv")
X = pd.get_dummies(df.drop(columns="income"))
y = df["income"]
grid = GridSearchCV(RandomForestClassifier(), {"max_depth": [5, 10, None], "min_samples_leaf": [1, 5, 20]}, cv=5)
grid.fit(X, y)
print(grid.best_params_)

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
model = RandomForestClassifier(**grid.best_params_)
model.fit(X_train, y_train)
print("test", model.score(X_test, y_test))
