"""Solutions of an environment: what is installed, importing one, following the import, publishing.

An import runs on the server for minutes and only one at a time; its progress stands in the import job, its end in the system
job. Source: learn.microsoft.com, "ImportSolutionAsync action", "RetrieveSolutionImportResult function", "Work with solutions
using the Dataverse SDK".
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from connector import odata
from connector.dataverse.wire import Wire
from connector.errors import NotFound, RecordRejected, ServerUnavailable
from connector.retry import Replay

ANOTHER_RUNS = "0x80071151"
"""The code for an import or removal that is under way: only one at a time per environment."""
_COLUMNS = "solutionid,uniquename,friendlyname,version,ismanaged"
_COMPLETED, _SUCCEEDED = 3, 30
# Most that a person reads of a failed import.
_MOST_SENTENCES = 5


@dataclass(frozen=True, slots=True)
class Solution:
    """An installed solution."""

    key: str
    unique_name: str
    title: str
    version: str
    managed: bool


@dataclass(frozen=True, slots=True)
class ImportStarted:
    """An import that runs; empty ids where the server gave none."""

    job_id: str
    operation_id: str


@dataclass(frozen=True, slots=True)
class ImportState:
    """How far an import is: `percent` is None while the server does not say; `errors` are the server's own sentences."""

    is_done: bool
    has_succeeded: bool
    percent: int | None
    errors: list[str] = field(default_factory=list)
    code: str = ""


def solutions_find(wire: Wire, names: Iterable[str]) -> dict[str, Solution]:
    """Return those of the named solutions that are installed, by unique name."""
    where = odata.any_of("uniquename", names)
    rows = wire.get("solutions" + odata.query({"$select": _COLUMNS, "$filter": where}))["value"]
    found = [
        Solution(
            str(row["solutionid"]).lower(),
            str(row["uniquename"]),
            str(row.get("friendlyname") or row["uniquename"]),
            str(row.get("version") or "0.0"),
            bool(row.get("ismanaged")),
        )
        for row in rows
    ]
    return {solution.unique_name: solution for solution in found}


def solution_import(wire: Wire, package: bytes, *, as_upgrade: bool = False) -> ImportStarted:
    """Start importing a package; `as_upgrade` holds it beside the installed version until it is promoted.

    Raises ServerUnavailable with the code ANOTHER_RUNS while another import runs, PermissionMissing, ValidationRejected.
    """
    body = {
        "CustomizationFile": base64.b64encode(package).decode(),
        "OverwriteUnmanagedCustomizations": False,
        "PublishWorkflows": False,
        "HoldingSolution": as_upgrade,
    }
    answer = wire.send("POST", "ImportSolutionAsync", body, replay=Replay.ONCE)
    data = answer.data if isinstance(answer.data, dict) else {}
    started = ImportStarted(str(data.get("ImportJobKey") or ""), str(data.get("AsyncOperationId") or ""))
    if not started.operation_id:
        raise ServerUnavailable(
            "Sales took the solution without saying how its import can be followed. Look into the environment's solution "
            "history, then try again.",
            code="no_import_job",
            outcome_unknown=True,
        )
    return started


def solution_promote(wire: Wire, unique_name: str) -> ImportStarted:
    """Let an upgrade that is held take the place of the installed version; return what can be followed."""
    answer = wire.send("POST", "DeleteAndPromoteAsync", {"UniqueName": unique_name}, replay=Replay.ONCE)
    data = answer.data if isinstance(answer.data, dict) else {}
    return ImportStarted("", str(data.get("AsyncOperationId") or data.get("AsyncJobId") or ""))


def import_state(wire: Wire, started: ImportStarted) -> ImportState:
    """Return how far an import is. Raises Retryable when the server does not answer."""
    columns = "statecode,statuscode,message,friendlymessage,errorcode"
    path = f"asyncoperations({started.operation_id})" + odata.query({"$select": columns})
    row = wire.get(path, record_key=started.operation_id)
    is_done = int(row.get("statecode") or 0) == _COMPLETED
    has_succeeded = is_done and int(row.get("statuscode") or 0) == _SUCCEEDED
    percent = 100 if has_succeeded else _percent(wire, started.job_id)
    if not is_done or has_succeeded:
        return ImportState(is_done, has_succeeded, percent)
    number = row.get("errorcode")
    return ImportState(
        is_done=True,
        has_succeeded=False,
        percent=percent,
        errors=_errors(wire, started, row),
        code=f"0x{int(number) & 0xFFFFFFFF:08x}" if isinstance(number, int) and number else "",
    )


def _percent(wire: Wire, job_id: str) -> int | None:
    if not job_id:
        return None
    try:
        row = wire.get(f"importjobs({job_id})" + odata.query({"$select": "progress"}), record_key=job_id)
    except NotFound:
        # In the first seconds there is no row yet.
        return None
    progress = row.get("progress")
    return None if progress is None else max(0, min(100, int(float(progress))))


def _errors(wire: Wire, started: ImportStarted, row: dict[str, Any]) -> list[str]:
    """Return why an import failed: per component where the import job says so, else what the system job says."""
    found: list[str] = []
    for read in (_job_errors, _result_errors):
        if started.job_id and not found:
            try:
                found = read(wire, started.job_id)
            except RecordRejected:
                # The import has failed already; the reason is then the system job's.
                found = []
    found = found or [str(row.get("friendlymessage") or row.get("message") or "")]
    return [text for text in dict.fromkeys(" ".join(text.split()) for text in found) if text][:_MOST_SENTENCES]


def _job_errors(wire: Wire, job_id: str) -> list[str]:
    text = str(wire.get(f"importjobs({job_id})" + odata.query({"$select": "data"})).get("data") or "")
    try:
        root = fromstring(text) if text else None
    except (ParseError, DefusedXmlException):
        return []
    if root is None:
        return []
    return [
        str(element.get("errortext") or "")
        for element in root.iter("result")
        if element.get("result") in {"failure", "error"} and element.get("errortext")
    ]


def _result_errors(wire: Wire, job_id: str) -> list[str]:
    result = wire.get(f"RetrieveSolutionImportResult(ImportJobId={job_id})").get("SolutionOperationResult") or {}
    return [str(text) for text in result.get("ErrorMessages") or ()]


def publish_all(wire: Wire) -> None:
    """Publish what was changed; a managed solution needs none."""
    wire.send("POST", "PublishAllXml", {}, replay=Replay.KEYED)
