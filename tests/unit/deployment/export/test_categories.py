"""Encoders of several columns at once, whose categories overlap, beside what they say themselves."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from onnx import TensorProto
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

from specweave.deployment.export import categories
from specweave.deployment.export.graph import Graph
from specweave.deployment.export.inputs import Inputs
from specweave.deployment.signature import MISSING_TEXT

NAMES = ["one", "two", "constant", "three"]
STEPS = {
    "one hot": lambda: OneHotEncoder(handle_unknown="ignore"),
    "one hot, rare": lambda: OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20, drop="if_binary"),
    "ordinal": lambda: OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2),
    "target": lambda: TargetEncoder(target_type="binary", random_state=0),
}


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "one": rng.choice(["a", "b", "ä", None], 200, p=[0.5, 0.3, 0.15, 0.05]),
            "two": rng.choice(["b", "c"], 200),
            "constant": ["a"] * 200,
            "three": rng.choice([*"abcdefgh", None], 200),
        }
    )
    return frame, (rng.random(200) < 0.4).astype(int)


def graph_of(step, width):
    graph = Graph()
    inputs = Inputs("", (), graph.input("texts", TensorProto.STRING, len(NAMES)), tuple(NAMES))
    encoded = categories.encoded(graph, step, NAMES, inputs)
    return graph.model({"out": (encoded, width)})


@pytest.mark.filterwarnings("ignore:Found unknown categories")
@pytest.mark.parametrize("most_cells", [categories._MOST_CELLS, 0], ids=["at once", "one by one"])
@pytest.mark.parametrize("name", STEPS)
def test_known_missing_and_unknown_cells_become_what_the_encoder_makes_of_them(name, most_cells, table, monkeypatch):
    monkeypatch.setattr(categories, "_MOST_CELLS", most_cells)
    frame, y = table
    step = STEPS[name]().fit(frame, y)
    asked = pd.concat([frame, pd.DataFrame([["c", "a", "z", ""], [None] * 4, ["b", "b", "a", "z"]], columns=NAMES)])
    asked = asked.where(asked.notna(), np.nan)
    expected = step.transform(asked)
    expected = expected.toarray() if hasattr(expected, "toarray") else np.asarray(expected, dtype=np.float64)
    model = graph_of(step, expected.shape[1])
    lookups = sum(node.op_type == "LabelEncoder" for node in model.graph.node)
    assert lookups == 1 if most_cells else lookups > 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    texts = np.where(asked.isna(), MISSING_TEXT, asked).astype(object)
    found = session.run(None, {"texts": texts})[0]
    np.testing.assert_array_equal(found, expected)
    alone = np.concatenate([session.run(None, {"texts": texts[at : at + 1]})[0] for at in range(len(texts))])
    np.testing.assert_array_equal(found, alone)
