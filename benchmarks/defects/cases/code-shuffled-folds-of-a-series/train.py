import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, cross_val_score

prices = pd.read_csv("stock.csv", index_col="Date", parse_dates=True)
prices["ma5"] = prices["Close"].rolling(5).mean()
prices["ret1"] = prices["Close"].pct_change()
prices["target"] = prices["Close"].shift(-1)
prices = prices.dropna()
folds = KFold(n_splits=5, shuffle=True, random_state=0)
print(cross_val_score(Ridge(), prices[["ma5", "ret1"]], prices["target"], cv=folds, scoring="r2"))
