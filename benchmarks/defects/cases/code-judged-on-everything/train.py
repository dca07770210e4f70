import pandas as pd
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

iris = pd.read_csv("iris.csv")
X = iris.drop("species", axis=1)
y = iris["species"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5)
knn = KNeighborsClassifier(1)
knn.fit(X_train, y_train)
print(classification_report(y, knn.predict(X)))
