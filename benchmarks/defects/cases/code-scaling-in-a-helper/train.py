"""Train the churn model."""
import argparse

import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler


def load(path):
    frame = pd.read_csv(path)
    frame = frame.drop_duplicates()
    return frame


def prepare(frame, target):
    y = frame[target]
    X = pd.get_dummies(frame.drop(columns=[target]))
    X[X.columns] = MinMaxScaler().fit_transform(X)
    return X, y


def train(X, y):
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=7)
    model = LogisticRegression(max_iter=500)
    model.fit(X_train, y_train)
    return model, X_test, y_test


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    args = parser.parse_args()
    frame = load(args.path)
    X, y = prepare(frame, "Churn")
    model, X_test, y_test = train(X, y)
    print(classification_report(y_test, model.predict(X_test)))


if __name__ == "__main__":
    main()
