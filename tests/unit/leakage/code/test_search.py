from __future__ import annotations

import json

from click.testing import CliRunner

from specweave.cli import main
from specweave.leakage.code import examine_folder, examine_source

LEAKY = """import pandas as pd
from sklearn.preprocessing import StandardScaler
df = pd.read_csv("t.csv")
X = StandardScaler().fit_transform(df.drop(columns="y"))
a, b, c, d = train_test_split(X, df.y)
SVC().fit(a, c).score(b, d)
"""


def folder(root):
    (root / "deep").mkdir()
    (root / "deep" / "leaky.py").write_text(LEAKY, "utf-8")
    (root / "sound.py").write_text("x = 1\n", "utf-8")
    (root / "broken.ipynb").write_text("{", "utf-8")
    (root / ".hidden").mkdir()
    (root / ".hidden" / "leaky.py").write_text(LEAKY, "utf-8")
    return root


def test_every_script_and_notebook_gets_a_report_and_hidden_folders_none(tmp_path):
    reports = examine_folder(folder(tmp_path))
    assert [report.file for report in reports] == ["broken.ipynb", "sound.py", "deep/leaky.py"]
    assert [report.fails for report in reports] == [False, False, True]
    assert reports[0].skipped


def test_the_same_code_gives_the_same_report():
    assert examine_source(LEAKY) == examine_source(LEAKY)


def test_a_program_too_large_to_follow_says_so():
    deep = "\n".join("  " * i + f"for i{i} in [1, 2, 3, 4, 5, 6, 7, 8]:" for i in range(9)) + "\n" + "  " * 9 + "x = 1"
    assert any("too large" in reason for reason in examine_source(deep).skipped)


def test_the_command_tells_the_flow_and_leaves_with_1(tmp_path):
    done = CliRunner().invoke(main, ["leakage", str(folder(tmp_path))])
    assert done.exit_code == 1
    assert "1 leak in 1 of 3 files." in done.output
    assert "line 4: X = StandardScaler().fit_transform" in done.output


def test_the_command_prints_json_and_leaves_with_0_when_there_is_none(tmp_path):
    (tmp_path / "sound.py").write_text("x = 1\n", "utf-8")
    done = CliRunner().invoke(main, ["leakage", str(tmp_path / "sound.py"), "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)[0]["file"] == "sound.py"


FITTED_ON_TEXTS = """
vectoriser = CountVectorizer()
X = vectoriser.fit_transform(corpus)
X_train, X_test, y_train, y_test = train_test_split(X, y)
model = MultinomialNB()
model.fit(X_train, y_train)
print(model.score(X_test, y_test))
"""
READ = """
corpus = []
for name in names:
    corpus.append(clean(open(name).read()))
"""


def test_texts_collected_in_a_loop_are_rows():
    (finding,) = examine_source(READ + FITTED_ON_TEXTS).findings
    assert finding.rule == "preprocessing-before-split"


def test_texts_of_a_column_walked_through_are_rows_of_its_table():
    walked = "import pandas as pd\ntable = pd.read_csv('a.csv')\ncorpus = [clean(one) for one in table['text']]\n"
    (finding,) = examine_source(walked + FITTED_ON_TEXTS).findings
    assert any("read_csv" in step.text for step in finding.flow)


def test_names_written_out_are_no_rows():
    assert examine_source("corpus = ['cat', 'dog']\n" + FITTED_ON_TEXTS).findings == ()


def test_nested_loops_with_thousands_of_scores_are_judged_once_a_line():
    source = """
import pandas as pd
from sklearn.model_selection import train_test_split
X_train, X_test, y_train, y_test = train_test_split(pd.read_csv("a.csv"), y)
best = 0
for a in [1, 2, 3, 4, 5, 6, 7, 8, 9]:
    for b in [1, 2, 3, 4, 5, 6, 7, 8, 9]:
        model = LogisticRegression(C=a).fit(X_train, y_train)
        score = model.score(X_test, y_test)
        if score > best:
            best = score
"""
    (finding,) = examine_source(source).findings
    assert (finding.rule, finding.place.line) == ("test-used-to-choose", 10)
