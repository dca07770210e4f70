import pandas as pd
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

news = pd.read_csv("ag_news.csv")
train, test = train_test_split(news, test_size=0.2, random_state=0)
A = TruncatedSVD(100).fit_transform(TfidfVectorizer().fit_transform(train.text))
B = TruncatedSVD(100).fit_transform(TfidfVectorizer().fit_transform(test.text))
lr = LogisticRegression(max_iter=300).fit(A, train.label)
print(f1_score(test.label, lr.predict(B), average="macro"))
