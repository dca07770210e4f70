import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split

bids = pd.read_csv("data/sealed_bids.csv")
bids["sealed"] = (bids["kind"] == "sealed").astype(int)
X, y = bids[["lot_size", "bidders", "sealed", "reserve"]], bids["price"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=4)
forest = RandomForestRegressor(300, random_state=0).fit(X_train, y_train)
print("MAE", mean_absolute_error(y_test, forest.predict(X_test)))
