"""Scorecard with weight of evidence."""
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split


def retry(times=3, wait=2.0):
    """Decorator for downloads that fail now and then."""
    import functools
    import time

    def outer(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            for attempt in range(1, times + 1):
                try:
                    return function(*args, **kwargs)
                except OSError as error:
                    print(f"attempt {attempt} failed: {error}")
                    if attempt == times:
                        raise
                    time.sleep(wait * attempt)

        return inner

    return outer


CATS = ["home_ownership", "purpose", "employment_type", "region", "education"]
NUMS = ["age", "income", "loan_amount", "n_open_accounts", "utilisation"]
BAD = "default_12m"


def woe_table(frame, col, target):
    good = frame.loc[frame[target] == 0, col].value_counts()
    bad = frame.loc[frame[target] == 1, col].value_counts()
    table = pd.DataFrame({"good": good, "bad": bad}).fillna(0.5)
    table["p_good"] = table["good"] / table["good"].sum()
    table["p_bad"] = table["bad"] / table["bad"].sum()
    table["woe"] = np.log(table["p_good"] / table["p_bad"])
    table["iv"] = (table["p_good"] - table["p_bad"]) * table["woe"]
    return table


def gini(y, p):
    return 2 * roc_auc_score(y, p) - 1


applications = pd.read_csv("applications.csv", parse_dates=["applied_on"])
applications = applications[applications["applied_on"] < "2019-01-01"].reset_index(drop=True)
applications[CATS] = applications[CATS].fillna("n/a")
applications[NUMS] = applications[NUMS].fillna(0)
applications["debt_ratio"] = applications["loan_amount"] / (applications["income"] + 1)

for col in CATS:
    table = woe_table(applications, col, BAD)
    print(f"{col:20s} IV={table['iv'].sum():.3f}")
    applications[col + "_woe"] = applications[col].map(table["woe"])

features = [c + "_woe" for c in CATS] + NUMS + ["debt_ratio"]
train, test = train_test_split(applications, test_size=0.3, random_state=99, stratify=applications[BAD])
card = LogisticRegression(C=1.0, solver="liblinear")
card.fit(train[features], train[BAD])
print("Gini train", gini(train[BAD], card.predict_proba(train[features])[:, 1]))
print("Gini test", gini(test[BAD], card.predict_proba(test[features])[:, 1]))
