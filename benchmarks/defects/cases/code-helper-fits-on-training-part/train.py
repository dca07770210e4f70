import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


class Preparation:
    def __init__(self, columns):
        self.columns = columns
        self.scaler = StandardScaler()

    def learn(self, frame):
        self.medians = frame[self.columns].median()
        self.scaler.fit(frame[self.columns].fillna(self.medians))
        return self

    def apply(self, frame):
        return self.scaler.transform(frame[self.columns].fillna(self.medians))


def main():
    df = pd.read_csv("pima.csv")
    train, test = train_test_split(df, test_size=0.2, stratify=df["Outcome"], random_state=0)
    prep = Preparation(["Glucose", "BMI", "Age"]).learn(train)
    model = LogisticRegression().fit(prep.apply(train), train["Outcome"])
    print(roc_auc_score(test["Outcome"], model.predict_proba(prep.apply(test))[:, 1]))


main()
