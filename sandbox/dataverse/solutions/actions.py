"""The requests about solutions: ImportSolution and its relatives.

Source: learn.microsoft.com, Web API reference of ImportSolution, ImportSolutionAsync, StageSolution, DeleteAndPromote.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from defusedxml.ElementTree import fromstring

from sandbox.common.wire import Response
from sandbox.dataverse import answers, errors
from sandbox.dataverse.call import Call
from sandbox.dataverse.solutions import jobs
from sandbox.dataverse.solutions.checks import IMPORT_FAILED, Problem, check, summary
from sandbox.dataverse.solutions.components import Components, read_components
from sandbox.dataverse.solutions.manifest import Manifest, read_manifest
from sandbox.dataverse.solutions.package import open_package
from sandbox.dataverse.values import GUID

BUSY = "0x80071151"
JOB_IN_USE = "0x80071155"
JOB_UNKNOWN = "0x80044252"
KNOWN = frozenset(
    "OverwriteUnmanagedCustomizations PublishWorkflows CustomizationFile ImportJobId ConvertToManaged "
    "SkipProductUpdateDependencies HoldingSolution SkipQueueRibbonJob LayerDesiredOrder AsyncRibbonProcessing "
    "ComponentParameters SolutionParameters IsTemplateMode TemplateSuffix TemplateDisplayNamePrefix".split()
)
REQUIRED = ("OverwriteUnmanagedCustomizations", "PublishWorkflows")
TITLES = {1: "Entity", 9: "OptionSet", 20: "Role", 10: "Relationship"}

Action = Callable[[Call, dict[str, Any]], dict[str, Any] | Response | None]
Contents = tuple[Manifest, Components]


def import_solution(call: Call, body: dict[str, Any]) -> Response:
    """ImportSolution: the answer comes when the import is done; its job can be watched meanwhile."""
    given = _given(call, body, _chosen_id(body))
    now = call.seconds
    given.problems = check(call.store, given.manifest, given.components)
    if given.problems:
        jobs.record_failure(call.store, given, call.user, now)
        return answers.refusal(summary(given.manifest, given.problems).error())
    job = jobs.start_import(call.store, given, call.user, now, background=False)
    return Response(204, seconds=job.ends - now)


def import_solution_async(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """ImportSolutionAsync: a system job that has an import job."""
    given = _given(call, body, str(uuid.uuid4()))
    job = jobs.start_import(call.store, given, call.user, call.seconds, background=True)
    return {"ImportJobKey": given.key, "AsyncOperationId": job.operation}


def stage_solution(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """StageSolution: check a file and keep it for an import."""
    _require(call)
    manifest, components = _read(body.get("CustomizationFile"))
    problems = check(call.store, manifest, components)
    upload = str(uuid.uuid4())
    call.store.staged[upload] = (manifest, components)
    missing = [problem for problem in problems if problem.dependency is not None]
    return {
        "StageSolutionResults": {
            "StageSolutionUploadId": upload,
            "StageSolutionStatus": "Failed" if problems else "Passed",
            "SolutionValidationResults": [_validation(each) for each in problems if each.dependency is None],
            "MissingDependencies": [_missing(each) for each in missing],
            "SolutionDetails": _details(manifest),
            "SolutionComponentsDetails": [
                {
                    "SolutionComponentType": each.type,
                    "SolutionComponentTypeName": TITLES.get(each.type, str(each.type)),
                    "SolutionComponentSchemaName": each.schema_name or each.id,
                }
                for each in manifest.roots
            ],
        }
    }


def delete_and_promote(call: Call, body: dict[str, Any]) -> Response:
    """DeleteAndPromote: replace a solution by the one held for its upgrade; answers when it is done."""
    job = _promotion(call, body, background=False)
    held = call.store.data["solution"].find("uniquename", body["UniqueName"])
    context = f"{call.base}$metadata#Microsoft.Dynamics.CRM.DeleteAndPromoteResponse"
    response = answers.body({"@odata.context": context, "SolutionId": min(held)})
    response.seconds = job.ends - call.seconds
    return response


def delete_and_promote_async(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """DeleteAndPromoteAsync: the same as a system job."""
    return {"AsyncOperationId": _promotion(call, body, background=True).operation}


def import_result(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    """RetrieveSolutionImportResult: how an import ended."""
    call.require("Read", "importjob")
    key = str(parameters.get("ImportJobId", "")).strip("'").lower()
    row = call.store.get("importjob", key)
    if row is None:
        raise errors.bad_request(JOB_UNKNOWN, f"The import job id '{key}' is invalid.")
    failed = 'result="failure"' in row["data"]
    texts = _failures(row["data"]) if failed else []
    return {
        "SolutionOperationResult": {
            "Type": "Import",
            "Status": "Failed" if failed else "Passed" if row.get("completedon") else "InProgress",
            "WarningMessages": [],
            "ErrorMessages": texts,
            "ActionLink": {"Label": "", "Target": ""},
        }
    }


def formatted_results(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    """RetrieveFormattedImportJobResults is a spreadsheet, which this stand-in does not make."""
    raise errors.not_supported("RetrieveFormattedImportJobResults; read the data of the import job")


def _given(call: Call, body: dict[str, Any], key: str) -> jobs.Import:
    """The import a request asks for, once nothing else is under way. Raises: ServiceError."""
    _require(call)
    _check_parameters(body)
    manifest, components = _contents(call, body)
    if jobs.running(call.store) is not None:
        text = (
            "Cannot start another [Import] because there is a previous [Import] running at this moment. "
            "Use Solution History for more details."
        )
        raise errors.bad_request(BUSY, text)
    if key in call.store.rows("importjob"):
        raise errors.bad_request(JOB_IN_USE, f"The import job id '{key}' is in use.")
    return jobs.Import(key, manifest, components, bool(body.get("HoldingSolution")), call.effects)


def _require(call: Call) -> None:
    call.require_privilege("prvImportCustomization")


def _check_parameters(body: dict[str, Any]) -> None:
    unknown = sorted(name for name in body.keys() - KNOWN if "@" not in name)
    if unknown:
        inner = f"The parameter '{unknown[0]}' in the request payload is not a valid parameter for the operation."
        raise errors.payload_invalid("ImportSolution", inner)
    for name in REQUIRED:
        if not isinstance(body.get(name), bool):
            raise errors.bad_request("0x80040203", f"Required field '{name}' is missing.")


def _contents(call: Call, body: dict[str, Any]) -> Contents:
    """The package of a request: the file, or one staged before."""
    upload = (body.get("SolutionParameters") or {}).get("StageSolutionUploadId")
    if upload is not None and not body.get("CustomizationFile"):
        found = call.store.staged.get(str(upload).lower())
        if found is None:
            raise errors.bad_request("0x80040217", f"stagesolutionupload With Id = {upload} Does Not Exist")
        return found
    return _read(body.get("CustomizationFile"))


def _read(text: object) -> Contents:
    package = open_package(text)
    return read_manifest(package.solution), read_components(package.customizations)


def _chosen_id(body: dict[str, Any]) -> str:
    key = body.get("ImportJobId")
    if not isinstance(key, str) or not GUID.fullmatch(key):
        raise errors.bad_request("0x80040203", "Required field 'ImportJobId' is missing.")
    return key.lower()


def _promotion(call: Call, body: dict[str, Any], *, background: bool) -> jobs.Job:
    _require(call)
    name = body.get("UniqueName")
    if not isinstance(name, str) or not name:
        raise errors.bad_request("0x80040203", "Required field 'UniqueName' is missing.")
    solutions = call.store.data["solution"]
    if not solutions.find("uniquename", name) or not solutions.find("uniquename", f"{name}{jobs.SUFFIX}"):
        raise errors.bad_request("0x80048037", f"There is no holding solution for '{name}'.")
    if jobs.running(call.store) is not None:
        raise errors.bad_request(BUSY, "Cannot start another [Upgrade] because there is a previous [Import] running.")
    return jobs.start_promote(call.store, name, call.user, call.seconds, background=background)


def _validation(problem: Problem) -> dict[str, Any]:
    return {
        "SolutionValidationResultType": "Error",
        "ErrorCode": int(problem.code, 16) - 2**32,
        "AdditionalInfo": problem.name,
        "Message": problem.message,
    }


def _missing(problem: Problem) -> dict[str, Any]:
    needed = problem.dependency
    if needed is None:
        raise RuntimeError("the problem is no missing dependency")
    return {
        "RequiredComponentSchemaName": needed.schema_name or needed.id,
        "RequiredComponentTypeName": TITLES.get(needed.type, str(needed.type)),
        "RequiredComponentParentSchemaName": needed.parent,
        "RequiredSolutionName": needed.solution,
        "DependentComponentSchemaName": problem.name,
    }


def _details(manifest: Manifest) -> dict[str, Any]:
    return {
        "SolutionUniqueName": manifest.unique_name,
        "SolutionFriendlyName": manifest.name,
        "IsManaged": manifest.managed,
        "SolutionVersion": manifest.version,
    }


def _failures(data: str) -> list[str]:
    found = [each.get("errortext", "") for each in fromstring(data).iter("result") if each.get("result") == "failure"]
    return list(dict.fromkeys(found)) or [IMPORT_FAILED]


ACTIONS: dict[str, Action] = {
    "ImportSolution": import_solution,
    "ImportSolutionAsync": import_solution_async,
    "StageSolution": stage_solution,
    "DeleteAndPromote": delete_and_promote,
    "DeleteAndPromoteAsync": delete_and_promote_async,
}
FUNCTIONS: dict[str, Callable[[Call, dict[str, Any]], dict[str, Any]]] = {
    "RetrieveSolutionImportResult": import_result,
    "RetrieveFormattedImportJobResults": formatted_results,
}
NOT_SUPPORTED = frozenset({"ExportSolution", "ExportSolutionAsync", "CloneAsPatch", "CloneAsSolution"})
