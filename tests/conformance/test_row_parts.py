"""What every registered way of taking rows apart owes its callers; texts and pictures as a third party would add them."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from datasets import dataset
from specweave import ModelExplainer
from specweave.explanation.conformance import PartsConformance
from specweave.explanation.parts import Table, row_parts
from specweave.extensions import extensions

WORD = re.compile(r"\b\w\w+\b")


class Words:
    """Texts: whether each of the most frequent words is in them, and all other words together."""

    def __init__(self, words):
        self._words = tuple(words)

    @classmethod
    def of(cls, rows):
        counts = Counter(word for text in rows["text"] for word in set(WORD.findall(text.lower())))
        return cls(sorted(word for word, _ in counts.most_common(30)))

    def names(self):
        return (*(f"word {word}" for word in self._words), "other words")

    def take_apart(self, rows):
        said = [WORD.findall(text.lower()) for text in rows["text"]]
        table = {f"word {word}": [word in one for one in said] for word in self._words}
        table["other words"] = [" ".join(word for word in one if word not in self._words) for one in said]
        return pd.DataFrame(table, index=rows.index)

    def put_together(self, parts):
        flags = parts[[f"word {word}" for word in self._words]].to_numpy(dtype=bool)
        there = [[word for word, present in zip(self._words, one, strict=True) if present] for one in flags]
        texts = [" ".join([*words, rest]).strip() for words, rest in zip(there, parts["other words"], strict=True)]
        return pd.DataFrame({"text": texts}, index=parts.index)


class Tiles:
    """Pictures of 8 by 8 pixels as four by four tiles of four pixels."""

    @classmethod
    def of(cls, rows):
        return cls()

    def names(self):
        return tuple(f"tile {row + 1},{column + 1}" for row in range(4) for column in range(4))

    def take_apart(self, rows):
        tiles = rows.to_numpy().reshape(-1, 4, 2, 4, 2).transpose(0, 1, 3, 2, 4).reshape(len(rows), 16, 4)
        table = {
            name: [" ".join(f"{v:g}" for v in one) for one in tiles[:, at]] for at, name in enumerate(self.names())
        }
        return pd.DataFrame(table, index=rows.index)

    def put_together(self, parts):
        values = [[[float(v) for v in tile.split()] for tile in row] for row in parts[list(self.names())].to_numpy()]
        pixels = np.array(values).reshape(-1, 4, 4, 2, 2).transpose(0, 1, 3, 2, 4).reshape(len(parts), 64)
        return pd.DataFrame(pixels, columns=PIXELS, index=parts.index)


PIXELS = [f"pixel {at}" for at in range(64)]
SPAM = ("win a free prize now", "call now to claim free cash", "urgent prize waiting call")
HAM = ("see you at lunch then", "are you home now", "call me when you are done at work")


def messages(n=60, start=100):
    rng = np.random.default_rng(0)
    labels = np.where(rng.random(n) < 0.5, "spam", "ham")
    texts = [" ".join(rng.choice((" ".join(SPAM if one == "spam" else HAM)).split(), 8)) for one in labels]
    return pd.DataFrame({"text": texts}, index=pd.RangeIndex(start, start + n)), labels


def reader():
    # Whether a word is there, not how often and not where: what the parts above keep.
    return make_pipeline(make_column_transformer((TfidfVectorizer(binary=True), "text")), LogisticRegression())


def pictures():
    data = load_digits()
    return pd.DataFrame(data.data[:400], columns=PIXELS, index=pd.RangeIndex(7, 407)), data.target[:400]


class TestWords(PartsConformance):
    parts = Words

    def rows(self):
        return messages()[0]

    def model(self):
        return reader().fit(*messages())


class TestTiles(PartsConformance):
    parts = Tiles

    def rows(self):
        return pictures()[0].iloc[:60]

    def model(self):
        return LogisticRegression(max_iter=500).fit(*pictures())


class TestTable(PartsConformance):
    parts = Table

    def rows(self):
        return pictures()[0].iloc[:60]

    def model(self):
        return LogisticRegression(max_iter=500).fit(*pictures())


def test_every_registered_kind_has_the_protocol_and_others_are_tables():
    assert extensions("row_parts")["tabular"] is Table
    assert row_parts("a kind nobody registered") is Table
    for member in extensions("row_parts").values():
        assert all(callable(getattr(member, name)) for name in ("of", "names", "take_apart", "put_together"))


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_text_classifier_is_explained_in_words(tmp_path):
    frame = pd.read_csv(dataset("text/sms_spam.csv.gz")).rename(columns={"message": "text"}).sample(800, random_state=0)
    rows, answers = frame[["text"]], frame["label"].to_numpy()
    model = reader().fit(rows, answers)
    found = ModelExplainer(
        model, rows, y_train=answers, positive="spam", target="label", parts=Words.of(rows), folder=tmp_path / "told"
    ).generate_all_reports(rows=["mistakes", "typical"])
    assert found.columns[-1] == "other words"
    assert found.gap < 1e-9
    assert found.overall.column("word call").matters
    assert any(share.column.startswith("word ") for row in found.rows for share in row.shares)
    assert (tmp_path / "told" / "explanation.html").is_file()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_classifier_of_pictures_is_explained_in_tiles(tmp_path):
    rows, answers = pictures()
    few = np.isin(answers, [0, 1])
    model = LogisticRegression(max_iter=500).fit(rows[few], answers[few])
    found = ModelExplainer(
        model, rows[few], y_train=answers[few], parts=Tiles.of(rows), folder=tmp_path / "told"
    ).generate_all_reports(rows=["typical"])
    # A nought has a hole where a one has its stroke.
    assert found.overall.columns[0].column in {"tile 2,3", "tile 3,3", "tile 2,2", "tile 3,2"}
