"""Publishes and unpublishes duplicate detection rules. Publishing is a system job, which is done when it is answered."""

from __future__ import annotations

import uuid

from sandbox.common.wire import Response
from sandbox.dataverse import answers, errors
from sandbox.dataverse.actions.parameters import Body, row_of
from sandbox.dataverse.call import Call
from sandbox.dataverse.rules import duplicates
from sandbox.dataverse.store import Row
from sandbox.dataverse.writer import Writer

DETECTION = 8
DONE = {"statecode": 3, "statuscode": 30}


def publish(call: Call, key: str, _body: Body) -> Response:
    """PublishDuplicateRule, bound to the rule: answers the id of the job."""
    writer = Writer(call)
    row = writer.existing("duplicaterule", key)
    call.require_row("Write", "duplicaterule", row)
    if not call.store.data["duplicaterulecondition"].find("_regardingobjectid_value", key):
        raise errors.bad_request(
            "0x80040203", "The duplicate detection rule has no conditions and cannot be published."
        )
    if row["statecode"] == 0:
        duplicates.publish(writer, key)
    context = f"{call.base}$metadata#Microsoft.Dynamics.CRM.PublishDuplicateRuleResponse"
    return answers.body({"@odata.context": context, "JobId": _job(writer, row)})


def unpublish(call: Call, body: Body) -> None:
    """UnpublishDuplicateRule."""
    row = row_of(call, body, "DuplicateRuleId", "duplicaterule")
    call.require_row("Write", "duplicaterule", row)
    duplicates.unpublish(Writer(call), row["duplicateruleid"])


def _job(writer: Writer, rule: Row) -> str:
    table = writer.store.tables["asyncoperation"]
    key = str(uuid.uuid4())
    job: Row = {"asyncoperationid": key, "name": f"Publish {rule['name']}", "startedon": writer.call.now}
    writer.insert(table, job)
    done = {**DONE, "completedon": writer.call.now}
    writer.overwrite(table, writer.store.rows(table.name)[key], done)
    return key
