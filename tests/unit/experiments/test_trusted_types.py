from __future__ import annotations

from importlib import import_module

import pytest

from specweave.experiments import trusted_types


def test_every_allowed_name_without_a_package_of_its_own_version_exists():
    """A misspelt name would allow nothing; names of newer scikit-learn releases may be missing in older ones."""
    newer = {"sklearn.calibration._TemperatureScaling", "sklearn.neural_network._stochastic_optimizers.SGDOptimizer"}
    for name in trusted_types.ALLOWED - newer:
        module, _, attribute = name.rpartition(".")
        assert hasattr(import_module(module), attribute), name


@pytest.mark.parametrize(
    "name",
    [
        "numpy.testing._private.utils.runstring",
        "sklearn.linear_model.Unknown",
        "functools.partial",
        "operator.methodcaller",
        "builtins.eval",
        "os.system",
        "lightgbm.basic.Booster.save_model",
        "sklearn.utils._testing.os",
        "specweave.problems.tabular.kind.Path",
        "specweave.problems.nothing.Here",
        "specweave.workspace.write_bytes",
    ],
)
def test_everything_else_is_foreign_also_within_known_packages(name):
    assert trusted_types.foreign([name, "numpy.dtype"]) == [name]


def test_own_estimators_are_allowed():
    assert trusted_types.foreign(["specweave.problems.tabular.text_labels.TextLabels"]) == []


def test_types_another_distribution_registered_are_allowed(monkeypatch):
    monkeypatch.setattr(trusted_types, "extensions", lambda group: {group: ["catboost.core.CatBoostClassifier"]})
    assert trusted_types.foreign(["catboost.core.CatBoostClassifier", "catboost.core.Pool"]) == ["catboost.core.Pool"]


def test_a_partial_passes_beside_the_one_function_histogram_boosting_puts_into_it_and_never_with_another():
    check = "sklearn.utils.validation.check_array"
    assert trusted_types.foreign(["functools.partial", check]) == []
    assert trusted_types.foreign(["functools.partial", check, "os.system"]) == ["os.system"]
    assert trusted_types.foreign(["functools.partial"]) == ["functools.partial"]
