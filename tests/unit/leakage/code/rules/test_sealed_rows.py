from __future__ import annotations

from specweave.leakage.code.conformance import RuleConformance
from specweave.leakage.code.rules.sealed_rows import SealedRows


class TestSealedRowsRule(RuleConformance):
    rule = SealedRows
    leaky = """
import pandas as pd
rows = pd.read_parquet("data/sealed/test.parquet")
"""
    sound = """
import pandas as pd
rows = pd.read_parquet("data/training.parquet")
# the sealed rows are judged by evaluate_model
"""
