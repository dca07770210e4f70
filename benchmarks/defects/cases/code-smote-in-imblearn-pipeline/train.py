import pandas as pd
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import Pipeline
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.preprocessing import StandardScaler

frame = pd.read_csv("mammography.csv")
X, y = frame.drop(columns="class"), frame["class"]
pipe = Pipeline([("scale", StandardScaler()), ("smote", SMOTE()), ("forest", RandomForestClassifier())])
print(cross_val_score(pipe, X, y, cv=StratifiedKFold(5, shuffle=True, random_state=0), scoring="f1").mean())
