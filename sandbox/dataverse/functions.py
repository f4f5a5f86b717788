"""Unbound functions and actions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from sandbox.common.wire import Response
from sandbox.dataverse import answers, errors, keys, option_values
from sandbox.dataverse.call import Call, privileges_of
from sandbox.dataverse.tables import TABLES
from sandbox.dataverse.writer import Writer

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
    if name in _NOT_SUPPORTED:
        raise errors.not_supported(f"the action '{name}'")
    action = _ACTIONS.get(name)
    if action is None:
        return None
    if not isinstance(body, dict):
        raise errors.bad_request("0x80040203", f"The action '{name}' needs its parameters.")
    result = action(call, body)
    if result is None:
        return answers.empty()
    return answers.body({"@odata.context": f"{call.base}$metadata#Microsoft.Dynamics.CRM.{name}Response", **result})


def user_privileges(call: Call, user: str) -> Response:
    """The bound function RetrieveUserPrivileges."""
    row = Writer(call).existing("systemuser", user)
    granted = privileges_of(call.store, user)
    everything = [
        f"prv{action}{table.schema_name}"
        for table in TABLES.values()
        for action in ("Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign")
    ]
    everything += ["prvWriteAttribute", "prvPublishCustomization"]
    listed = [
        {
            "Depth": "Global",
            "PrivilegeId": str(uuid.uuid5(uuid.NAMESPACE_OID, name)),
            "BusinessUnitId": row.get("_businessunitid_value"),
            "PrivilegeName": name,
        }
        for name in everything
        if "*" in granted or name.lower() in granted
    ]
    context = f"{call.base}$metadata#Microsoft.Dynamics.CRM.RetrieveUserPrivilegesResponse"
    return answers.body({"@odata.context": context, "RolePrivileges": listed})


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
        if name not in TABLES:
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


def _close_opportunity(state: int) -> Callable[[Call, dict[str, Any]], None]:
    return _close("OpportunityClose", "opportunityid", state)


def _close(activity: str, nav: str, state: int) -> Callable[[Call, dict[str, Any]], None]:
    """An action that moves a row to a state by way of a closing activity, which is not kept."""

    def run(call: Call, body: dict[str, Any]) -> None:
        given = body.get(activity)
        address = given.get(f"{nav}@odata.bind") if isinstance(given, dict) else None
        if not address:
            raise errors.bad_request("0x80040203", f"{activity} needs '{nav}@odata.bind'.")
        table, key = keys.resolve_address(call, str(address))
        call.require("Write", table.name)
        writer = Writer(call)
        old = writer.existing(table.name, key)
        reason = int(body.get("Status", -1))
        reason = table.default_reason(state) if reason < 0 else reason
        if reason not in table.states[state].reasons:
            raise errors.state_invalid(table.schema_name, table.name, table.states[state].label, reason, key)
        row = {**old, "statecode": state, "statuscode": reason}
        row |= {"modifiedon": call.now, "_modifiedby_value": call.writer}
        call.counts.append((table.name, "updated"))
        call.store.put(table.name, key, row)

    return run


def _publish(call: Call, _body: dict[str, Any]) -> None:
    call.require_customizer()


_FUNCTIONS: dict[str, Callable[[Call, dict[str, Any]], dict[str, Any]]] = {
    "WhoAmI": _who_am_i,
    "RetrieveVersion": _version,
    "RetrieveTotalRecordCount": _record_count,
    "RetrieveCurrentOrganization": _current_organization,
}
_ACTIONS: dict[str, Callable[[Call, dict[str, Any]], dict[str, Any] | None]] = {
    "InsertOptionValue": option_values.insert,
    "UpdateOptionValue": option_values.update,
    "DeleteOptionValue": option_values.delete,
    "PublishXml": _publish,
    "PublishAllXml": _publish,
    "WinOpportunity": _close_opportunity(1),
    "LoseOpportunity": _close_opportunity(2),
    "WinQuote": _close("QuoteClose", "quoteid", 2),
    "CloseQuote": _close("QuoteClose", "quoteid", 3),
    "FulfillSalesOrder": _close("OrderClose", "salesorderid", 3),
    "CancelSalesOrder": _close("OrderClose", "salesorderid", 2),
}
_NOT_SUPPORTED = frozenset(
    {
        "BulkDelete",
        "CalculatePrice",
        "ConvertQuoteToSalesOrder",
        "ConvertSalesOrderToInvoice",
        "GenerateQuoteFromOpportunity",
        "GenerateSalesOrderFromOpportunity",
        "ImportSolution",
        "ImportSolutionAsync",
        "InsertStatusValue",
        "LockInvoicePricing",
        "LockSalesOrderPricing",
        "Merge",
        "OrderOption",
        "ReviseQuote",
        "StageSolution",
        "UnlockInvoicePricing",
        "UnlockSalesOrderPricing",
        "DeleteAndPromoteAsync",
    }
)
