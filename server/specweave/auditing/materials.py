"""The bill of materials as CycloneDX 1.6 JSON: the model with its model card, the data set, the libraries.

The library writes everything but `modelCard` and `data`, which it does not model; both are laid into its output, and the
whole is validated against the schema.
"""

from __future__ import annotations

import json
from typing import Any

from cyclonedx.exception import MissingOptionalDependencyException
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

MODEL, DATA = "model", "data"
_TASKS = {"binary": "classification", "multiclass": "classification", "regression": "regression"}


def bill_of_materials(facts: dict[str, Any], evaluation: dict[str, Any] | None, packages: list[tuple[str, str]]) -> str:
    """The JSON text. `facts` is the lineage, `evaluation` the content of evaluation.json, `packages` names and versions.

    Raises ValueError when the result does not follow the schema.
    """
    bom = Bom()
    model = Component(
        name=f"{facts['increment']}:{evaluation['experiment'] if evaluation else 'no-model-evaluated'}",
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref=MODEL,
        hashes=_hashes(evaluation.get("model_sha256") if evaluation else None),
    )
    data = Component(name=f"{facts['increment']}:data", type=ComponentType.DATA, bom_ref=DATA)
    bom.metadata.component = model
    libraries = [
        Component(
            name=name, version=version, type=ComponentType.LIBRARY, purl=PackageURL("pypi", None, name.lower(), version)
        )
        for name, version in packages
    ]
    bom.components.update([data, *libraries])
    bom.register_dependency(model, [data, *libraries])
    found = json.loads(JsonV1Dot6(bom).output_as_string())
    found["metadata"]["component"]["modelCard"] = _model_card(evaluation)
    for component in found["components"]:
        if component.get("bom-ref") == DATA:
            component["data"] = [_data_set(facts)]
    text = json.dumps(found, indent=2, ensure_ascii=False)
    wrong = schema_error(text)
    if wrong:
        raise ValueError(f"the bill of materials does not follow its schema: {wrong}")
    return text


def schema_error(text: str) -> str | None:
    """What is wrong with a bill of materials by the CycloneDX 1.6 schema; None when nothing is, or no validator is installed."""
    try:
        found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    except MissingOptionalDependencyException:
        return None
    return None if found is None else str(found)[:500]


def _hashes(sha256: str | None) -> list[HashType]:
    return [HashType(alg=HashAlgorithm.SHA_256, content=sha256)] if sha256 else []


def _data_set(facts: dict[str, Any]) -> dict[str, Any]:
    data, split = facts["data"] or {}, facts["split"] or {}
    known = {
        "content fingerprint": data.get("content"),
        "schema fingerprint": data.get("schema_hash"),
        "target": data.get("target"),
        "split": split.get("strategy"),
        "seal": split.get("id"),
        "training rows": (split.get("training") or {}).get("rows"),
        "sealed rows": (split.get("test") or {}).get("rows"),
    }
    properties = [{"name": name, "value": str(value)} for name, value in known.items() if value is not None]
    return {"type": "dataset", "name": f"{facts['increment']}:data", "contents": {"properties": properties}}


def _model_card(evaluation: dict[str, Any] | None) -> dict[str, Any]:
    if evaluation is None:
        return {"modelParameters": {"datasets": [{"ref": DATA}]}}
    measured = [_performance(one) for one in evaluation.get("estimates", ()) if one.get("value") is not None]
    limits = list((evaluation.get("diagnosis") or {}).get("findings") or ())
    return {
        "modelParameters": {
            "approach": {"type": "supervised"},
            "task": _TASKS.get(str(evaluation.get("task")), str(evaluation.get("task"))),
            "datasets": [{"ref": DATA}],
        },
        "quantitativeAnalysis": {"performanceMetrics": measured},
        "considerations": {"technicalLimitations": limits},
    }


def _performance(one: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": one["metric"], "value": repr(one["value"]), "slice": "sealed test set"}
    if one.get("low") is not None:
        found["confidenceInterval"] = {"lowerBound": repr(one["low"]), "upperBound": repr(one["high"])}
    return found
