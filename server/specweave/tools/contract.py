"""What each tool is called, takes and promises: all an MCP client sees of them.

Describing a tool imports pydantic and nothing heavier; the work is named by `operation` and resolved in the worker.
Every word here is paid for in each conversation: the whole list stays under 3,000 tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

IncrementRef = Annotated[str, Field(description="increment: 1, 0001 or 0001-name")]
Project = Annotated[str | None, Field(None, description="project folder if not the working directory")]


class Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")

    project: Project


class ReadingArguments(Arguments):
    data: str | None = Field(
        None, description="table file in the project (csv, tsv, parquet, json lines, xlsx; gzip too) or database URL"
    )
    query: str | None = Field(None, description="SQL, when data is a database")
    reading: dict[str, str | int | list[str]] | None = Field(
        None,
        description='overrides what is detected: {"delimiter": ";", "encoding": "latin-1", "header_row": 2, "decimal": ",", '
        '"thousands": ".", "missing_marks": ["?"], "sheet": "2024"}',
    )
    allow_outside: bool = Field(False, description="a file outside the project, if the user asked for it")


class CreateIncrement(ReadingArguments):
    request: str = Field(min_length=1, max_length=4000, description="what the user wants, in their words")
    title: str | None = Field(None, max_length=200)
    target: str | None = Field(None, description="column to predict")
    positive_label: str | None = Field(None, description="class of interest when there are two")
    metric: str | None = Field(
        None, description="to choose models by, such as roc_auc, average_precision, f1, rmse, mae"
    )
    success: list[str] | None = Field(None, description='criteria on the sealed test set, such as "precision >= 0.99"')
    exclude: list[str] | None = Field(None, description="columns no model may use")
    split: Literal["auto", "random", "stratified", "group", "time"] = "auto"
    group: str | None = Field(None, description="column whose equal values stay on one side of the split")
    time: str | None = Field(None, description="column that orders the rows in time")


class ProfileData(ReadingArguments):
    increment: IncrementRef | None = Field(None, description="writes into its reports/ and plan; else name data")
    target: str | None = None


class RunExperiment(Arguments):
    increment: IncrementRef
    candidates: list[str] | None = Field(None, description="model families to try; all that apply when absent")
    script: str | None = Field(None, description="run this .py of the user instead, in the project's interpreter")
    notebook: str | None = Field(None, description="run this .ipynb instead")
    arguments: list[str] | None = Field(None, description="command line of the script")
    python: str | None = Field(None, description="interpreter for script or notebook")
    allow_outside: bool = False


class CompareExperiments(Arguments):
    increment: IncrementRef
    experiments: list[str] | None = Field(None, description="only these, such as exp-003; all when absent")
    metric: str | None = Field(None, description="the increment's metric when absent")


class ReproduceExperiment(Arguments):
    increment: IncrementRef
    experiment: str = Field(description="exp-003 or exp-003-name")
    exact_env: bool = Field(False, description="rebuild the recorded Python and packages with uv")
    python: str | None = Field(None, description="interpreter for script or notebook")


class EvaluateModel(Arguments):
    increment: IncrementRef
    experiment: str | None = Field(
        None, description="exp-003 or exp-003-name; the best by cross-validation when absent"
    )
    purpose: str = Field("evaluation", max_length=300, description="why this look is taken; recorded in the ledger")
    predictions: str | None = Field(
        None, description="judge this csv or parquet of a model made elsewhere instead (columns truth, score); no look"
    )
    allow_outside: bool = False


class ExplainModel(Arguments):
    increment: IncrementRef
    experiment: str | None = None
    rows: list[str] | None = Field(None, description='"17", "id=7590", mistakes, borderline, typical')
    allow_change: list[str] | None = Field(None, description='"income up"')


class DeployModel(Arguments):
    increment: IncrementRef
    experiment: str | None = Field(None, description="the best when absent")


class LoadTest(Arguments):
    increment: IncrementRef
    url: str | None = Field(None, description="a running service of this machine; else the deployed one is started")
    target_rps: float = 100


class NextStep(Arguments):
    increment: IncrementRef | None = Field(None, description="the current one when absent")


class ValidateIncrement(Arguments):
    increment: IncrementRef


class CompleteIncrement(Arguments):
    increment: IncrementRef
    override_reason: str | None = Field(
        None, max_length=1000, description="a person's reason to complete although checks fail; recorded"
    )


class JobCall(Arguments):
    action: Literal["wait", "status", "cancel", "resume", "list"] = "wait"
    job: str = Field("latest", description="job id")
    seconds: float = Field(45, ge=0, le=45, description="longest wait")


@dataclass(frozen=True)
class Tool:
    """One MCP tool: its face, and the name of the function that does the work."""

    name: str
    title: str
    description: str
    arguments: type[Arguments]
    operation: str
    read_only: bool = False
    destructive: bool = False
    idempotent: bool = False
    in_server: bool = False
    """Runs in the server process itself, which loads nothing heavy, so that it answers while the worker is busy."""

    @property
    def annotations(self) -> dict[str, Any]:
        return {
            "readOnlyHint": self.read_only,
            "destructiveHint": self.destructive,
            "idempotentHint": self.idempotent,
            "openWorldHint": False,
        }

    def input_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = _without_noise(self.arguments.model_json_schema())
        schema.pop("description", None)
        return schema

    def listing(self) -> dict[str, Any]:
        """The tool as `tools/list` shows it."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.input_schema(),
            "annotations": self.annotations,
        }


def _without_noise(node: Any) -> Any:
    """The schema without generated titles, empty defaults and `null` alternatives, which cost tokens and say nothing."""
    if isinstance(node, list):
        return [_without_noise(item) for item in node]
    if not isinstance(node, dict):
        return node
    slim = {
        key: {name: _without_noise(child) for name, child in value.items()}
        if key == "properties"
        else _without_noise(value)
        for key, value in node.items()
        if key != "title" and not (key == "default" and value is None)
    }
    choices = [option for option in slim.get("anyOf", []) if option != {"type": "null"}]
    if len(choices) == 1:
        del slim["anyOf"]
        slim = {**choices[0], **slim}
    return slim


TOOLS: tuple[Tool, ...] = (
    Tool(
        name="create_increment",
        title="Create an ML increment",
        description=(
            "Start one piece of machine-learning work from the user's request: writes spec.md, plan.md, tasks.md and tests.md "
            "under .specweave/increments/NNNN-name/. Give data and target when known; the data are then read and profiled at once."
        ),
        arguments=CreateIncrement,
        operation="specweave.tools.operations.increments:create",
    ),
    Tool(
        name="profile_data",
        title="Profile a data set",
        description=(
            "Read a table (delimiter, encoding, header, dates and number formats detected and shown) and report types, missing values, "
            "outliers, ids, duplicates, class balance, drift and suspected leaks, as markdown and an HTML page."
        ),
        arguments=ProfileData,
        operation="specweave.tools.operations.data:profile_data",
        idempotent=True,
    ),
    Tool(
        name="run_experiment",
        title="Train baselines and candidates",
        description=(
            "Seal a test set (once), then train baselines and candidate models with cross-validation as a background job and record each "
            "as an experiment. Or run the user's own script or notebook as a recorded experiment. Answers with the result, or with "
            "what the cheap checks found, an estimate and a job id for the tool job."
        ),
        arguments=RunExperiment,
        operation="specweave.tools.operations.experiments:run_experiment",
    ),
    Tool(
        name="compare_experiments",
        title="Compare experiments",
        description=(
            "Recorded experiments side by side on their out-of-fold predictions: better, within noise or worse than the best baseline "
            "and the best so far, corrected for the number of comparisons; table, plots, reasons for what is not comparable. No look is spent."
        ),
        arguments=CompareExperiments,
        operation="specweave.tools.operations.comparison:compare_experiments",
        idempotent=True,
    ),
    Tool(
        name="reproduce_experiment",
        title="Run an experiment again and compare",
        description=(
            "Run a recorded experiment again in a clean process from its commit, data, params and seeds, as a background job, and report "
            "prediction by prediction what is equal, what differs and why (data, package, code, missing file, no fixed seed)."
        ),
        arguments=ReproduceExperiment,
        operation="specweave.tools.operations.reproduction:reproduce_experiment",
        idempotent=True,
    ),
    Tool(
        name="evaluate_model",
        title="Evaluate on the sealed test set",
        description=(
            "Judge the best (or named) experiment on the sealed test set: metrics with confidence intervals, comparison with the best "
            "baseline, figures, evaluation-report.md. Each call is one counted look; do not call it to choose between models."
        ),
        arguments=EvaluateModel,
        operation="specweave.tools.operations.evaluation:evaluate_model",
    ),
    Tool(
        name="explain_model",
        title="Explain a model",
        description=(
            "What a model relies on (importance, SHAP, dependence), why rows got their answer, what would change it; "
            "report, page and model card. No look is spent."
        ),
        arguments=ExplainModel,
        operation="specweave.tools.operations.explanation:explain_model",
        idempotent=True,
    ),
    Tool(
        name="deploy_model",
        title="Deploy a model",
        description=(
            "Export a model, write API, container and monitoring files, run the service, test and load it; "
            "refused when p95 or errors miss their limits."
        ),
        arguments=DeployModel,
        operation="specweave.tools.operations.deployment:deploy_model",
        idempotent=True,
    ),
    Tool(
        name="load_test",
        title="Load-test a service",
        description="Constant-rate load on a deployed service: p95, errors, saturation.",
        arguments=LoadTest,
        operation="specweave.tools.operations.deployment:load_test",
        idempotent=True,
    ),
    Tool(
        name="next_step",
        title="What to do next",
        description="Where an increment stands and the exact next tool call, worked out from the evidence on disk.",
        arguments=NextStep,
        operation="specweave.tools.operations.increments:next_step",
        read_only=True,
        idempotent=True,
    ),
    Tool(
        name="validate_increment",
        title="Run all checks",
        description="Run every discipline check (baseline, margin, folds, criteria, looks, leaks, proof of numbers) and write validation-report.md.",
        arguments=ValidateIncrement,
        operation="specweave.tools.operations.increments:validate",
        idempotent=True,
    ),
    Tool(
        name="complete_increment",
        title="Complete an increment",
        description="Close the increment with COMPLETION-SUMMARY.md; refused while a check fails. Only a person may give override_reason.",
        arguments=CompleteIncrement,
        operation="specweave.tools.operations.increments:complete",
        destructive=True,
    ),
    Tool(
        name="job",
        title="Wait for, cancel or resume a job",
        description=(
            "wait (up to 45 s, with progress; call again while it runs), status, list, cancel, or resume a lost or cancelled job "
            "from its last finished fold. Jobs survive the end of the session."
        ),
        arguments=JobCall,
        operation="specweave.tools.operations.jobs:job",
        in_server=True,
    ),
)


def tool(name: str) -> Tool | None:
    return next((found for found in TOOLS if found.name == name), None)
