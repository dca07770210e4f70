import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier
from sklearn.metrics import recall_score

df = pd.read_csv("thyroid.csv")
rare = df[df["sick"] == 1]
df = pd.concat([df, rare, rare, rare])
df = df.sample(frac=1, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(df.drop(columns="sick"), df["sick"], test_size=0.25)
tree = DecisionTreeClassifier(min_samples_leaf=5)
tree.fit(X_train, y_train)
print(recall_score(y_test, tree.predict(X_test)))
