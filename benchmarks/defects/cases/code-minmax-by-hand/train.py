import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsRegressor
from sklearn.metrics import mean_absolute_error

houses = pd.read_csv("california.csv")
target = houses.pop("median_house_value")
numeric = houses.drop("ocean_proximity", axis=1)
normalised = (numeric - numeric.min()) / (numeric.max() - numeric.min())

train_x, test_x, train_y, test_y = train_test_split(normalised, target, test_size=0.3)
knn = KNeighborsRegressor(n_neighbors=7)
knn.fit(train_x, train_y)
pred = knn.predict(test_x)
print(mean_absolute_error(test_y, pred))
