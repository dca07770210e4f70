import numpy as np
import pandas as pd
from lightgbm import LGBMRegressor
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split

flats = pd.read_csv("flats.csv")
flats["log_rent"] = np.log1p(flats["rent"])
X = flats.drop(columns=["rent", "log_rent", "id"])
y = flats["log_rent"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=5)
model = LGBMRegressor(n_estimators=400).fit(X_train, y_train)
print("MAE", mean_absolute_error(np.expm1(y_test), np.expm1(model.predict(X_test))))
