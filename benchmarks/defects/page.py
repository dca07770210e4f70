"""docs/defects.md from the results of a run."""

from __future__ import annotations

import json
from pathlib import Path

FIRST_SIGHT = Path(__file__).resolve().parent / "first_sight.json"

_HEAD = """# Planted defects

How well leaks are found, and how often something is called a leak that is none: cases in `benchmarks/defects/cases`, scripts and notebooks as people write them and real data
sets with a planted defect, after the taxonomies of Kapoor and Narayanan (*Leakage and the reproducibility crisis in machine-learning-based science*) and Yang et al. (*Data Leakage in
Notebooks*, ASE 2022). This page is generated: `python benchmarks/defects/run.py --write-docs`.
"""
_FIRST = """
## First run
The cases written beside the rules were written before they were run. On that first run the rules over code found 44 of 45 defects with 2 false alarms in 41 clean cases; the detectors over data, which existed before, found
25 of 25 with 1 false alarm in 22. What the code missed then was mended (arrays from `numpy.load` as a source, moving averages, computed lists of columns), so those cases were no longer unseen.
"""
_PUBLIC = """
## Public notebooks
Yang et al. published, for 100 notebooks, what people said of them and what their analyser said (`evaluation_materials` of the repository `malusamayo/GitHubAPI-Crawler`). The code of 53 of them is in the replication
package of a later paper (`tahh1/data-leakage-detection`): those in which that analyser finds a model, so the choice favours it. None of this has a licence file, so nothing of it is kept here.
The rules were measured on the 53 once, after all changes, by `python benchmarks/defects/public_notebooks.py FOLDER --labels FOLDER`; a leak is what a rule calls suspected or certain:

| leak | notebooks with it | rules here: precision / recall | notes counted too | analyser of the study |
|---|---|---|---|---|
| preprocessing | 16 | 0.79 / 0.69 | 0.75 / 0.75 | 1.00 / 0.94 |
| overlap | 7 | 1.00 / 0.57 | 1.00 / 0.57 | 1.00 / 1.00 |
| multi-test | 26 | 1.00 / 0.08 | 0.85 / 0.42 | 0.94 / 0.65 |

The analyser of the study is better on these notebooks. Over all 65 of the 100 that hold a model, those it cannot read included, its own files give it 1.00 / 0.75 (preprocessing), 1.00 / 0.88 (overlap) and 0.95 / 0.56 (multi-test).
These figures are counted from its published files; the tables of the paper itself were not at hand. Multi-test there is any test set without another one to judge the choice; here only the choice itself is called a leak, and several models on the same
test rows are a note, because reporting two scores is no mistake.

The same package labels one pair of models in each of 462 other notebooks. Half of them (by a hash of the name) was used for development, the other half measured once:

| half | leak | notebooks | precision | recall | accuracy |
|---|---|---|---|---|---|
| development | preprocessing | 232 | 0.81 | 0.63 | 0.78 |
| development | overlap | 232 | 0.32 | 0.18 | 0.80 |
| held out | preprocessing | 230 | 0.83 | 0.60 | 0.80 |
| held out | overlap | 230 | 0.44 | 0.36 | 0.84 |

Its overlap is a property of the labelled pair: a pair that predicts its own training rows overlaps, though the notebook also judges on held-out rows, which no rule here calls a leak. Which calls a pair names follows from the numbering of that package's own type
inference and could not be recovered, so these two lines compare a file with a pair, and unlike things. An earlier measurement on the development half counted notes as leaks (preprocessing 0.73 / 0.75).
Among the misses read: gaps of the test rows filled with their own median, label encoders fitted before the split, and files that only predict for a competition and score nothing (a note at most).
"""
_ADD = """
## Adding a case
A folder in `benchmarks/defects/cases` with a `case.yaml`: `title`, `about` (`code` or `data`), `defect`; for a defect `taxonomy` and the `expected` rules or detectors, one of which has to speak. About code: `file`,
the script or notebook beside it. About data: `dataset`, `target`, `task`, `plant` (changes of `recipes.py`), the `column` concerned, and for a clean case the detectors `asked`: those
that could be tempted. About clean code, `asked` names the rules it tempts. A clean case is a false alarm when one of those asked, any certain finding, or over code any rule speaks. `origin: held-out`
marks cases written without knowledge of the rules.
"""


def _first_sight() -> list[str]:
    """What came of the held-out cases when the rules met them for the first time, from the record kept of that run."""
    seen = json.loads(FIRST_SIGHT.read_text("utf-8"))
    lines = [
        "",
        "## First sight",
        "Cases marked `origin: held-out` were written by someone who had not read the rules, and were run once before anything was changed for them. That run is the honest",
        "measure of cases nobody has tuned for; what was missed was then mended where a general rule could, and the figures above contain them.",
        "",
        "| held-out cases about | defects | found at first sight | clean cases | false alarms at first sight |",
        "|---|---|---|---|---|",
    ]
    for about in ("code", "data"):
        defects = [one["right"] for one in seen if one["about"] == about and one["defect"]]
        clean = [one["right"] for one in seen if one["about"] == about and not one["defect"]]
        found, wrong = sum(defects), len(clean) - sum(clean)
        lines.append(
            f"| {about} | {len(defects)} | {found} ({found / len(defects):.0%}) | {len(clean)} | {wrong} ({wrong / len(clean):.0%}) |"
        )
    return lines


def _verdict(total: dict) -> str:
    found, false = total["found"] / total["defects"], total["false_alarms"] / total["clean"]
    return (
        f"**{total['found']} of {total['defects']} defects found ({found:.1%}), "
        f"{total['false_alarms']} false alarms in {total['clean']} clean cases ({false:.1%}).**"
    )


def _by_origin(of_origin: dict) -> list[str]:
    names = {"own": "written beside the rules", "held-out": "written without knowing the rules, mended for since"}
    return [
        "| cases | defects | found | clean | false alarms |",
        "|---|---|---|---|---|",
        *(
            f"| {names.get(name, name)} | {one['defects']} | {one['found']} | {one['clean']} | {one['false_alarms']} |"
            for name, one in of_origin.items()
        ),
    ]


def rendered(content: dict) -> str:
    """The page for the content of a result file."""
    total = content["summary"]
    lines = [
        _HEAD,
        _verdict(total),
        "",
        *_by_origin(total["of_origin"]),
        "",
        "| rule or detector | defects | found | clean cases that tempt it | false alarms |",
        "|---|---|---|---|---|",
        *(
            f"| {code} | {r['defects']} | {r['found']} | {r['clean'] or '–'} | {r['false_alarms']} |"
            for code, r in total["by"].items()
        ),
        "",
        "A defect is counted with the first rule it expects, a clean case with every rule it tempts. All rules read every clean script and notebook, and any of them is a false alarm.",
        "",
        "## Not right",
        *(
            [
                f"- {one['title']}: reported {', '.join(one['reported']) or 'nothing'}"
                for one in content["cases"]
                if not one.get("right", True)
            ]
            or ["Nothing."]
        ),
        "",
        "## Defects",
        "| case | taxonomy | reported |",
        "|---|---|---|",
        *(
            f"| {one['title']} | {one['taxonomy']} | {', '.join(one['reported'])} |"
            for one in content["cases"]
            if one.get("defect")
        ),
        "",
        "## Clean",
        *(f"- {one['title']}" for one in content["cases"] if one.get("defect") is False),
    ]
    return "\n".join([*lines, *_first_sight()]) + "\n" + _FIRST + _PUBLIC + _ADD
