import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split

ames = pd.read_csv("ames.csv")
ames["TotalSF"] = ames["1st Flr SF"] + ames["2nd Flr SF"]
ames["LogLot"] = np.log1p(ames["Lot Area"])
ames["Old"] = ames["Year Built"].apply(lambda year: int(year < 1960))
ames = ames.fillna(0)
y = np.log(ames["SalePrice"])
X = pd.get_dummies(ames.drop(columns=["SalePrice"]))
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
model = Ridge(alpha=10).fit(X_train, y_train)
print(r2_score(y_test, model.predict(X_test)))
