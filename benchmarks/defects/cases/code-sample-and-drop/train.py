import pandas as pd
from sklearn.linear_model import LinearRegression

mpg = pd.read_csv("auto_mpg.csv").dropna()
train = mpg.sample(frac=0.8, random_state=0)
test = mpg.drop(train.index)
stats = train.describe().T
cols = ["weight", "horsepower"]
norm_train = (train[cols] - train[cols].mean()) / train[cols].std()
norm_test = (test[cols] - train[cols].mean()) / train[cols].std()
model = LinearRegression().fit(norm_train, train["mpg"])
print(model.score(norm_test, test["mpg"]))
