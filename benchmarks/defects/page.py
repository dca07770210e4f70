"""docs/defects.md from the results of a run."""

from __future__ import annotations

_HEAD = """# Planted defects

How well leaks are found, and how often something is called a leak that is none: cases in `benchmarks/defects/cases`, scripts and notebooks as people write them and real data
sets with a planted defect, after the taxonomies of Kapoor and Narayanan (*Leakage and the reproducibility crisis in machine-learning-based science*) and Yang et al. (*Data Leakage in
Notebooks*, ASE 2022). This page is generated: `python benchmarks/defects/run.py --write-docs`.
"""
_FIRST = """
## First run
Cases were written before they were run. On that first run the rules over code found 44 of 45 defects with 2 false alarms in 41 clean cases; the detectors over data, which existed before, found
25 of 25 with 1 false alarm in 22. What the code missed then was mended (arrays from `numpy.load` as a source, moving averages, computed lists of columns), so the figures above are no longer those of unseen cases.
"""
_PUBLIC = """
## Public notebooks
The repository of Yang et al.'s analyser has no licence file; it holds test scripts with the answers expected of the tool, not the labels of the study. Labels made with the same definitions are in the replication package of a later paper (repository
`tahh1/data-leakage-detection`, no licence either), so none of its files is here. Measured outside the repository on its Kaggle and GitHub notebooks, a file counted as leaking when one of its labelled pairs of
models is, on the half used for development (232 notebooks, first measurement, nothing adapted to them since):

| leak | precision | recall | accuracy |
|---|---|---|---|
| preprocessing (with selection, encoding, tuning) | 0.73 | 0.75 | 0.78 |
| overlap (with training scores and resampling) | 0.29 | 0.24 | 0.78 |

Overlap there is a property of one labelled pair of models, while a file is judged here as a whole, so the second line compares unlike things; it is shown because it is bad. The paper's analyser was not run beside it, and its published figures were not at hand, so none stands here.
There is work left in this.
"""
_ADD = """
## Adding a case
A folder in `benchmarks/defects/cases` with a `case.yaml`: `title`, `about` (`code` or `data`), `defect`; for a defect `taxonomy` and the `expected` rules or detectors, one of which has to speak. About code: `file`,
the script or notebook beside it. About data: `dataset`, `target`, `task`, `plant` (changes of `recipes.py`), the `column` concerned, and for a clean case the detectors `asked`: those
that could be tempted. A clean case is a false alarm when one of them, or any certain finding, speaks.
"""


def _verdict(total: dict) -> str:
    found, false = total["found"] / total["defects"], total["false_alarms"] / total["clean"]
    return (
        f"**{total['found']} of {total['defects']} defects found ({found:.1%}), "
        f"{total['false_alarms']} false alarms in {total['clean']} clean cases ({false:.1%}).**"
    )


def rendered(content: dict) -> str:
    """The page for the content of a result file."""
    total = content["summary"]
    lines = [
        _HEAD,
        _verdict(total),
        "",
        "| rule or detector | defects | found | clean cases that tempt it | false alarms |",
        "|---|---|---|---|---|",
        *(
            f"| {code} | {r['defects']} | {r['found']} | {r['clean'] or '–'} | {r['false_alarms']} |"
            for code, r in total["by"].items()
        ),
        "",
        "A defect is counted with the first rule it expects. Every clean script and notebook is read by all rules over code.",
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
    return "\n".join(lines) + "\n" + _FIRST + _PUBLIC + _ADD
