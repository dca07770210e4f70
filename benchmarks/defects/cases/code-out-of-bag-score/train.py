import pandas as pd
from sklearn.ensemble import RandomForestClassifier

df = pd.read_csv("wine.csv")
forest = RandomForestClassifier(n_estimators=500, oob_score=True)
forest.fit(df.drop(columns="quality"), df["quality"])
print("training", forest.score(df.drop(columns="quality"), df["quality"]))
print("out of bag", forest.oob_score_)
