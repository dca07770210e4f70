import numpy as np
from sklearn.tree import DecisionTreeClassifier

from specweave.problems.tabular.text_labels import TextLabels


class OnlyNumbers(DecisionTreeClassifier):
    def fit(self, X, y):
        assert y.dtype.kind == "i"
        return super().fit(X, y)


def test_labels_go_in_and_come_out_as_text():
    X, y = np.arange(9.0)[:, None], np.array(["lo", "mid", "top"]).repeat(3)
    model = TextLabels(OnlyNumbers()).fit(X, y)
    assert list(model.classes_) == ["lo", "mid", "top"]
    assert list(model.predict(X)) == list(y)
    assert model.predict_proba(X).shape == (9, 3)
