import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import mean_absolute_error

bikes = pd.read_csv("bike_day.csv").sort_values("dteday")
bikes["temp_next"] = bikes["temp"].shift(-1)
bikes["cnt_yesterday"] = bikes["cnt"].shift(1)
bikes = bikes.dropna()
features = bikes.drop(columns=["cnt", "dteday", "casual", "registered"])
cut = int(len(bikes) * 0.8)
model = HistGradientBoostingRegressor()
model.fit(features[:cut], bikes["cnt"][:cut])
print(mean_absolute_error(bikes["cnt"][cut:], model.predict(features[cut:])))
