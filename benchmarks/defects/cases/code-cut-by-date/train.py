import pandas as pd
from sklearn.linear_model import ElasticNet
from sklearn.metrics import mean_absolute_error
from sklearn.preprocessing import StandardScaler

sales = pd.read_csv("store_sales.csv", parse_dates=["date"])
sales["last_week"] = sales.groupby("store")["sales"].shift(7)
sales = sales.dropna()
past = sales[sales["date"] < "2015-06-01"]
future = sales[sales["date"] >= "2015-06-01"]
cols = ["last_week", "promo", "holiday"]
scaler = StandardScaler().fit(past[cols])
model = ElasticNet().fit(scaler.transform(past[cols]), past["sales"])
print(mean_absolute_error(future["sales"], model.predict(scaler.transform(future[cols]))))
