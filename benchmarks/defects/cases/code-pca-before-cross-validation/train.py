from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC

X, y = load_breast_cancer(return_X_y=True)
X_reduced = PCA(n_components=10).fit_transform(X)
scores = cross_val_score(SVC(), X_reduced, y, cv=10)
print(f"accuracy {scores.mean():.3f} +- {scores.std():.3f}")
