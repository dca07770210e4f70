import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import TargetEncoder

df = pd.read_csv("adult.csv")
y = df["income"] == ">50K"
X = df[["occupation", "native_country", "education"]]
print(cross_val_score(make_pipeline(TargetEncoder(), LogisticRegression()), X, y, cv=5).mean())
