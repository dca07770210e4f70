import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import TimeSeriesSplit, cross_val_score

prices = pd.read_csv("stock.csv", index_col="Date", parse_dates=True)
prices["ma5"] = prices["Close"].rolling(5).mean()
prices["target"] = prices["Close"].shift(-1)
prices = prices.dropna()
print(cross_val_score(Ridge(), prices[["Close", "ma5"]], prices["target"], cv=TimeSeriesSplit(5)).mean())
