import pandas as pd
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

df = pd.read_csv("california.csv")
km = KMeans(n_clusters=12, random_state=0)
df["region"] = km.fit_predict(df[["longitude", "latitude"]])
X = df.drop(["median_house_value", "ocean_proximity"], axis=1)
y = df["median_house_value"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)
rf = RandomForestRegressor(n_jobs=-1).fit(X_train, y_train)
print(mean_squared_error(y_test, rf.predict(X_test)) ** 0.5)
