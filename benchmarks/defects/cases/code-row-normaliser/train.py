import pandas as pd
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import Normalizer

sms = pd.read_csv("sms_spam.csv")
X = Normalizer().fit_transform(HashingVectorizer(n_features=2**16).fit_transform(sms["text"]))
X_train, X_test, y_train, y_test = train_test_split(X, sms["label"], random_state=2)
clf = SGDClassifier().fit(X_train, y_train)
print(accuracy_score(y_test, clf.predict(X_test)))
