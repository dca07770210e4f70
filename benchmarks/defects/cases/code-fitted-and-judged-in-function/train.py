import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error


def build(path):
    df = pd.read_csv(path)
    X = df[["temp", "hum", "windspeed"]]
    y = df["cnt"]
    model = LinearRegression()
    model.fit(X, y)
    rmse = mean_squared_error(y, model.predict(X)) ** 0.5
    return model, rmse


model, rmse = build("bike_day.csv")
print("RMSE", rmse)
