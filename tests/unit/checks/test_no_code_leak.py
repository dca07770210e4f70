from __future__ import annotations

import increment_factory as made
from specweave.checks.conformance import CheckConformance
from specweave.checks.no_code_leak import NoCodeLeak

LEAKY = """
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
df = pd.read_csv("churn.csv")
X = StandardScaler().fit_transform(df.drop(columns="churn"))
X_train, X_test, y_train, y_test = train_test_split(X, df["churn"])
print(LogisticRegression().fit(X_train, y_train).score(X_test, y_test))
"""
SOUND = LEAKY.replace('StandardScaler().fit_transform(df.drop(columns="churn"))', 'df.drop(columns="churn")').replace(
    "LogisticRegression().fit", "make_pipeline(StandardScaler(), LogisticRegression()).fit"
)


def notebook(root, source, name="train.py"):
    folder = made.place(root)
    folder.notebooks.mkdir(exist_ok=True)
    (folder.notebooks / name).write_text(source, "utf-8")
    return folder


class TestNoCodeLeak(CheckConformance):
    def check(self):
        return NoCodeLeak()

    def broken(self, root):
        return notebook(root, LEAKY)

    def sound(self, root):
        return notebook(root, SOUND)

    def unknowable(self, root):
        return made.place(root)


def test_the_line_and_the_fix_are_named(tmp_path):
    verdict = NoCodeLeak().run(notebook(tmp_path, LEAKY))
    assert "notebooks/train.py, line 7: StandardScaler.fit_transform" in verdict.sentence
    assert "Pipeline" in verdict.remedy.sentence


def test_a_script_an_experiment_ran_is_read_where_it_is(tmp_path):
    folder = made.place(tmp_path)
    script = tmp_path / "train.py"
    script.write_text(LEAKY, "utf-8")
    made.record(folder, "train", kind="script", entry={"by": "script", "path": str(script)})
    assert NoCodeLeak().run(folder).outcome == "failed"
    script.write_text(SOUND, "utf-8")
    assert NoCodeLeak().run(folder).outcome == "passed"


def test_what_is_allowed_with_a_reason_passes_and_is_shown(tmp_path):
    allowed = LEAKY.replace(
        '"churn"))\nX_train', '"churn"))  # sw-ml: allow preprocessing-before-split because a demo\nX_train'
    )
    verdict = NoCodeLeak().run(notebook(tmp_path, allowed))
    assert verdict.outcome == "passed"
    assert "a demo" in verdict.sentence


def test_without_a_reason_nothing_is_allowed(tmp_path):
    bare = LEAKY.replace('"churn"))\nX_train', '"churn"))  # sw-ml: allow preprocessing-before-split\nX_train')
    assert NoCodeLeak().run(notebook(tmp_path, bare)).outcome == "failed"
