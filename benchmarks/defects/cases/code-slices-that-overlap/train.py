import numpy as np
from sklearn.ensemble import GradientBoostingRegressor

table = np.loadtxt("energy.csv", delimiter=",", skiprows=1)
X, y = table[:, :-1], table[:, -1]
X_test, y_test = X[600:], y[600:]
model = GradientBoostingRegressor()
model.fit(X, y)
print("score", model.score(X_test, y_test))
