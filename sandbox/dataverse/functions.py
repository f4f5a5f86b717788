"""Unbound functions and actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from sandbox.common.wire import Response
from sandbox.dataverse import (
    actions,
    answers,
    bulk_deletes,
    errors,
    metadata_changes,
    metadata_writes,
    option_values,
    role_actions,
)
from sandbox.dataverse.call import Call
from sandbox.dataverse.labels import ENGLISH
from sandbox.dataverse.solutions import actions as solution_actions

VERSION = "9.2.24011.10001"


def run_function(call: Call, name: str, key: str | None, raw: Mapping[str, str]) -> Response | None:
    """The answer of a function; None if there is none of this name."""
    function = _FUNCTIONS.get(name)
    if function is None:
        return None
    body = function(call, _parameters(key, raw))
    return answers.body({"@odata.context": f"{call.base}$metadata#Microsoft.Dynamics.CRM.{name}Response", **body})


def run_action(call: Call, name: str, body: Any) -> Response | None:
    """The answer of an action; None if there is none of this name. Raises: ServiceError 501 for one not supported."""
    if name in _NOT_SUPPORTED or name in solution_actions.NOT_SUPPORTED:
        raise errors.not_supported(f"the action '{name}'")
    action = _ACTIONS.get(name)
    if action is None:
        return None
    if not isinstance(body, dict):
        raise errors.bad_request("0x80040203", f"The action '{name}' needs its parameters.")
    result = action(call, body)
    if result is None:
        return answers.empty()
    if isinstance(result, Response):
        return result
    return answers.body({"@odata.context": f"{call.base}$metadata#Microsoft.Dynamics.CRM.{name}Response", **result})


def _parameters(key: str | None, raw: Mapping[str, str]) -> dict[str, Any]:
    """Function parameters, also given as `Name=@p&@p=value`."""
    found: dict[str, Any] = {}
    for pair in (key or "").split(","):
        name, _, value = pair.partition("=")
        if value:
            found[name.strip()] = raw.get(value.strip(), value.strip())
    return found


def _who_am_i(call: Call, _parameters: dict[str, Any]) -> dict[str, Any]:
    user = call.store.rows("systemuser")[call.user]
    organization = call.store.organization()["organizationid"]
    return {"BusinessUnitId": user["_businessunitid_value"], "UserId": call.user, "OrganizationId": organization}


def _version(_call: Call, _parameters: dict[str, Any]) -> dict[str, Any]:
    return {"Version": VERSION}


def _record_count(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    try:
        names = orjson.loads(parameters.get("EntityNames", ""))
    except orjson.JSONDecodeError as error:
        raise errors.query_invalid("EntityNames is not a list of names.") from error
    for name in names:
        if name not in call.store.tables:
            raise errors.bad_request("0x80041102", f"The entity with a name = '{name}' was not found.")
        call.require("Read", name)
    counts = [len(call.store.rows(name)) for name in names]
    collection = {"Count": len(names), "IsReadOnly": False, "Keys": names, "Values": counts}
    return {"EntityRecordCountCollection": collection}


def _current_organization(call: Call, _parameters: dict[str, Any]) -> dict[str, Any]:
    row = call.store.organization()
    address = call.base.partition("/api/")[0]
    endpoints = {
        "WebApplication": f"{address}/",
        "OrganizationService": f"{address}/XRMServices/2011/Organization.svc",
        "OrganizationDataService": f"{address}/XRMServices/2011/OrganizationData.svc",
    }
    detail = {
        "OrganizationId": row["organizationid"],
        "FriendlyName": row["name"],
        "OrganizationVersion": VERSION,
        "UrlName": row["name"],
        "UniqueName": row["name"],
        "State": "Enabled",
        "Endpoints": {
            "Count": len(endpoints),
            "IsReadOnly": False,
            "Keys": list(endpoints),
            "Values": list(endpoints.values()),
        },
    }
    return {"Detail": detail}


def _languages(_call: Call, _parameters: dict[str, Any]) -> dict[str, Any]:
    return {"LocaleIds": [ENGLISH]}


_FUNCTIONS: dict[str, Callable[[Call, dict[str, Any]], dict[str, Any]]] = {
    **solution_actions.FUNCTIONS,
    "RetrieveAadUserRoles": role_actions.directory_roles,
    "WhoAmI": _who_am_i,
    "RetrieveVersion": _version,
    "RetrieveTotalRecordCount": _record_count,
    "RetrieveCurrentOrganization": _current_organization,
    "RetrieveAvailableLanguages": _languages,
    "RetrieveMetadataChanges": metadata_changes.answer,
}
_ACTIONS: dict[str, Callable[[Call, dict[str, Any]], dict[str, Any] | Response | None]] = {
    **solution_actions.ACTIONS,
    **actions.UNBOUND,
    "InsertOptionValue": option_values.insert,
    "UpdateOptionValue": option_values.update,
    "DeleteOptionValue": option_values.delete,
    "PublishXml": option_values.publish,
    "PublishAllXml": option_values.publish_all,
    "ReactivateEntityKey": metadata_writes.reactivate_key,
    "BulkDelete": bulk_deletes.start,
}
_NOT_SUPPORTED = actions.NOT_SUPPORTED | {"CreateEntities", "InsertStatusValue", "OrderOption"}
