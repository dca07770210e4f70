"""Explanations of any model in the user's raw columns.

The flow: a `Subject` (model, rows, what its answers mean) is made by `recorded_subject` from an experiment of an
increment or by `given_subject` from any model. `attribution.attribute(subject, rows)` gives contributions of raw columns
to single answers (SHAP values) by the exact route the model allows, or by sampling with an error; `anatomy` is what leads
from encoded columns back to raw ones. The global part measures importance on rows a model has not seen, dependence, ALE,
interactions, and asks whether all that can be trusted (`honesty`); `global_facts` holds its typed result. The local part
takes single rows. Documents and figures are rendered from the facts.

Sealed rows are never opened for an explanation: it would be a look that nobody counts.
"""
