import joblib
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split

df = pd.read_csv("california.csv").select_dtypes("number").dropna()
X, y = df.drop(columns="median_house_value"), df["median_house_value"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
model = RandomForestRegressor(random_state=0)
model.fit(X_train, y_train)
print("MAE", mean_absolute_error(y_test, model.predict(X_test)))

model.fit(X, y)
joblib.dump(model, "model.joblib")
