import category_encoders as ce
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

df = pd.read_csv("adult.csv")
y = (df["income"] == ">50K").astype(int)
X = df.drop(columns="income")
encoder = ce.TargetEncoder(cols=["occupation", "native_country"])
X_enc = encoder.fit_transform(X, y)
print(cross_val_score(LogisticRegression(max_iter=2000), X_enc.select_dtypes("number"), y, cv=5).mean())
